"""Recordings and rasters in MATLAB's ``.mat`` files, all versions."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.arrays.stored import members_of
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.untrusted.isolated import HDF5_PARSER, MATLAB_PARSER, Parser, parsed

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster

_SIGNATURE = b"\x89HDF\r\n\x1a\n"


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording.

    Parameters
    ----------
    path
        A file with the spikes, shape ``(n_trials, n_bins, n_neurons)`` or ``(n_bins, n_neurons)``,
        full or sparse, or a cell array of spike times, with one cell per neuron, or per neuron
        and trial; and possibly ``bin_width`` in seconds. Fields of structures have names such as
        ``spikes.times``.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, its array cannot be chosen or its bin width is unknown.
    RasterError
        If the array is not a raster.
    """
    with parsed(path, _parser(path)) as variables:
        return read_named(path, variables, options)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return all variables of a file that are arrays of numbers or texts, by name.

    Raises
    ------
    RecordingError
        If the file is damaged.
    """
    with parsed(path, _parser(path)) as variables:
        return {name: variables.load(name) for name in variables.arrays}


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, shape ``(n_samples, n_bins, n_neurons)``, and what explains them."""
    from scipy import io

    # SciPy's stubs allow only names of files.
    io.savemat(handle, members_of(raster), do_compression=True)  # type: ignore[arg-type]


def _parser(path: Path) -> Parser:
    """Return what parses a file; version 7.3 is HDF5 after MATLAB's own header."""
    with path.open("rb") as handle:
        head = handle.read(520)
    return HDF5_PARSER if _SIGNATURE in (head[:8], head[512:]) else MATLAB_PARSER


MATLAB = FileFormat(
    title="a MATLAB file",
    suffixes=(".mat",),
    read=read,
    write=write,
    knows=COLUMNS,
)
