"""Where the conversions between rasters and objects of other libraries are.

Conversions read spike times, so they belong to `neuroqgan.data`, which is built on rasters. They
are named here by text and imported at their first use, so that ``SpikeRaster.from_neo`` can be a
method without rasters knowing the libraries. This is the only list of them: a new one is a module
in `neuroqgan.data.libraries`, one line here, and its methods in
`neuroqgan.raster.library_conversions` or a file like it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

LIBRARIES = {
    "spike_times": "neuroqgan.data.libraries.spike_times:SPIKE_TIMES",
    "frame": "neuroqgan.data.libraries.frames:FRAMES",
    "array": "neuroqgan.data.libraries.arrays_in_memory:ARRAYS",
    "neo": "neuroqgan.data.libraries.neo_objects:NEO",
    "elephant": "neuroqgan.data.libraries.elephant_binned:ELEPHANT",
    "pynapple": "neuroqgan.data.libraries.pynapple_groups:PYNAPPLE",
    "spikeinterface": "neuroqgan.data.libraries.spikeinterface_sortings:SPIKEINTERFACE",
    "nwb": "neuroqgan.data.libraries.nwb_files:NWB_FILES",
}
"""Where each `neuroqgan.data.libraries.library.Library` is, as ``module:name``."""


class Converter(Protocol):
    """What rasters ask of a library."""

    @property
    def read(self) -> Callable[..., Any]:
        """Turn objects of the library into a raster."""

    @property
    def write(self) -> Callable[..., Any]:
        """Turn a raster into objects of the library."""

    def check(self) -> None:
        """Raise an error if the library is not installed."""


def library(name: str) -> Converter:
    """Return a library, once it is certain that it is installed.

    Parameters
    ----------
    name
        One of `LIBRARIES`.

    Raises
    ------
    RecordingError
        If it is not installed.
    """
    module, _, attribute = LIBRARIES[name].partition(":")
    found: Converter = getattr(import_module(module), attribute)
    found.check()
    return found
