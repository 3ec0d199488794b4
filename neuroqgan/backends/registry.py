"""Backends by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.circuits.program import Program
    from neuroqgan.raster import SpikeRaster


class Backend(Protocol):
    """What runs a program."""

    name: str

    def run(
        self,
        program: Program,
        *,
        seed: int,
        on_progress: Callable[[int], None] | None = None,
    ) -> SpikeRaster:
        """Run a program, put its bits together, and say how far it is."""
        ...


def resolve(name: str) -> Backend:
    """Return the backend of that name.

    Raises
    ------
    InputError
        If there is none.
    """
    if name == "aer":
        from neuroqgan.backends.aer import AerBackend

        return AerBackend()
    raise InputError(
        f"There is no backend {name!r} in this version.",
        expected="aer",
        got=name,
        hint="--backend aer",
    )
