"""Where recordings come from: the names that need no path, and the formats of files and folders.

This is the only list of either. A format is one module in `neuroqgan.data.formats` and one line
in `_FORMATS`; another package adds its own with an entry point in the group
``neuroqgan.formats`` that loads a `Format`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from neuroqgan.data.formats.format import Format
from neuroqgan.data.formats.unreadable import unknown_format
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.raster import SpikeRaster

FORMAT_GROUP = "neuroqgan.formats"
"""Entry points of this group are formats of other packages."""

_FORMATS = (
    "neuroqgan.data.formats.npz:NPZ",
    "neuroqgan.data.formats.npy:NPY",
    "neuroqgan.data.formats.matlab:MATLAB",
    "neuroqgan.data.formats.hdf5:HDF5",
    "neuroqgan.data.formats.zarr_folder:ZARR_FOLDER",
    "neuroqgan.data.formats.zarr_zip:ZARR_ZIP",
    "neuroqgan.data.formats.comma_separated:COMMA_SEPARATED",
    "neuroqgan.data.formats.tab_separated:TAB_SEPARATED",
    "neuroqgan.data.formats.parquet:PARQUET",
    "neuroqgan.data.formats.excel:EXCEL",
    "neuroqgan.data.formats.sorter:SORTER",
    "neuroqgan.data.formats.sorting_folder:SORTING_FOLDER",
    "neuroqgan.data.formats.neo_files:NEO_FILE",
    "neuroqgan.data.formats.nwb:NWB",
)


@dataclass(frozen=True)
class NamedRecording:
    """A recording that needs no path.

    Parameters
    ----------
    summary
        One line for lists.
    loader
        Where the function is that returns it, as ``module:function``; imported at its first use.
    is_synthetic
        Whether it was simulated.
    """

    summary: str
    loader: str
    is_synthetic: bool = False

    def load(self) -> SpikeRaster:
        """Return the recording.

        Raises
        ------
        RecordingError
            If it has to be downloaded first.
        DownloadError
            If the downloaded file has changed.
        """
        load: Callable[[], SpikeRaster] = _imported(self.loader)
        return load()


NAMED = {
    "simulated": NamedRecording(
        "8 simulated neurons that see a stimulus, with bursts (140 trials of 10 s)",
        "neuroqgan.data.simulate:simulate_population",
        is_synthetic=True,
    ),
    "salamander": NamedRecording(
        "50 retinal ganglion cells under a natural movie (297 trials of 19 s; Marre et al. 2017)",
        "neuroqgan.data.download.fetch:load_salamander",
    ),
}
"""Recordings by name."""


def names() -> dict[str, str]:
    """Return the names of the recordings that need no path, each with a line about it.

    Examples
    --------
    >>> list(names())
    ['simulated', 'salamander']
    """
    return {name: recording.summary for name, recording in NAMED.items()}


def formats() -> tuple[Format, ...]:
    """Return all formats, those of other packages last.

    Raises
    ------
    RecordingError
        If the entry point of another package does not provide a `Format`.
    """
    others = sorted(entry_points(group=FORMAT_GROUP), key=lambda point: point.name)
    found = [(target, _imported(target)) for target in _FORMATS]
    found += [(point.name, point.load()) for point in others]
    for name, value in found:
        if not isinstance(value, Format):
            raise RecordingError(
                f"The entry point {name} does not provide a format.",
                expected="a neuroqgan.data.formats.format.Format",
                got=repr(value),
            )
    return tuple(value for _, value in found)


def readable() -> tuple[str, ...]:
    """Return the suffixes of all formats that can be read.

    Examples
    --------
    >>> ".npz" in readable()
    True
    """
    return tuple(suffix for entry in formats() for suffix in entry.suffixes)


def writable() -> tuple[str, ...]:
    """Return the suffixes of all formats that can be written.

    Examples
    --------
    >>> ".xlsx" in writable()
    False
    """
    return tuple(suffix for entry in formats() if entry.is_writable for suffix in entry.suffixes)


def find_format(path: Path) -> Format:
    """Return the format of a path: that with the longest suffix that fits.

    Parameters
    ----------
    path
        A file or folder; it need not exist.

    Raises
    ------
    RecordingError
        If no format fits.
    """
    known = formats()
    best = max(known, key=lambda entry: entry.recognises(path))
    if not best.recognises(path):
        raise unknown_format(path, readable())
    return best


def _imported(target: str) -> Any:
    module, _, attribute = target.partition(":")
    return getattr(import_module(module), attribute)
