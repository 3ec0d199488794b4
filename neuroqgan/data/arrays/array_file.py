"""What readers of files of named arrays offer, whatever library reads them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from neuroqgan.data.times.trains import Trains
    from neuroqgan.data.untrusted.archive import Header


class FoundArrays(Protocol):
    """Arrays that have names, some of which are looked for."""

    @property
    def headers(self) -> Mapping[str, Header]:
        """Shape and type of all arrays; spike times per neuron have the type of objects."""

    def find(self, name: str) -> NDArray[Any] | None:
        """Read an array of numbers or texts, if there is one of that name."""


class NamedArrays(FoundArrays, Protocol):
    """A file of arrays that have names, read one by one."""

    @property
    def is_compressed(self) -> bool:
        """Whether all arrays are compressed."""

    def load(self, name: str) -> NDArray[Any]:
        """Read an array of numbers or texts."""

    def load_all(self, names: Sequence[str]) -> list[NDArray[Any]]:
        """Read several arrays of numbers or texts."""

    def load_trains(self, name: str) -> Trains:
        """Read spike times per neuron."""
