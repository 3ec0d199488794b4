"""What a library is: how its objects become rasters, how rasters become its objects."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.raster import SpikeRaster


def _cannot(*_: object, **__: object) -> NoReturn:
    raise NotImplementedError("rasters and objects of this library are not turned that way")


@dataclass(frozen=True, kw_only=True)
class Library:
    """A library whose objects hold spikes.

    Parameters
    ----------
    title
        Its name, for messages.
    read
        Turns one of its objects into a raster.
    write
        Turns a raster into one of its objects.
    requires
        The module that must be importable, if any.
    extra
        The extra of neuroqgan that installs that module.
    """

    title: str
    read: Callable[..., SpikeRaster] = _cannot
    write: Callable[..., Any] = _cannot
    requires: str = ""
    extra: str = ""

    def check(self) -> None:
        """Check that the library is installed, without importing it.

        Raises
        ------
        RecordingError
            If it is not.
        """
        if self.requires and importlib.util.find_spec(self.requires) is None:
            raise RecordingError(
                f"{self.title} is not installed.",
                expected=f"the package {self.requires}",
                got="none",
                hint=f'pip install "neuroqgan[{self.extra}]"',
            )
