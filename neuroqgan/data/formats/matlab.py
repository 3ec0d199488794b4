"""Recordings and rasters in MATLAB's ``.mat`` files, versions 4 to 7."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.binned import as_recording
from neuroqgan.data.arrays.pick import pick_array
from neuroqgan.data.arrays.stored import BIN_WIDTH, beside_of, members_of
from neuroqgan.data.formats.format import FileFormat
from neuroqgan.data.times.trains import read_trains
from neuroqgan.data.untrusted.isolated import parsed_matlab
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


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
        If the file is damaged or of version 7.3, its array cannot be chosen or its bin width is
        unknown.
    RasterError
        If the array is not a raster.
    """
    _refuse_hdf5(path)
    with parsed_matlab(path) as variables:
        name = pick_array(path, variables.headers, options.array)
        if name in variables.cells:
            trains = variables.load_trains(name)
            stored = variables.find(BIN_WIDTH)
            width, notes = bin_width_of(path, stored, options, has_times=True)
            return read_trains(path, name, trains, width, options, notes)
        values = variables.load(name)
        beside = beside_of(variables, name)
    return as_recording(path, name, values, beside, options)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return all variables of a file that are arrays of numbers or texts, by name.

    Raises
    ------
    RecordingError
        If the file is damaged or of version 7.3.
    """
    _refuse_hdf5(path)
    with parsed_matlab(path) as variables:
        return {name: variables.load(name) for name in variables.arrays}


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, shape ``(n_samples, n_bins, n_neurons)``, and what explains them."""
    from scipy import io

    # SciPy's stubs allow only names of files.
    io.savemat(handle, members_of(raster), do_compression=True)  # type: ignore[arg-type]


def _refuse_hdf5(path: Path) -> None:
    # Such a file begins with MATLAB's text header, and HDF5's own signature follows at byte 512.
    with path.open("rb") as handle:
        head = handle.read(520)
    if head.startswith(b"MATLAB 7.3") or b"\x89HDF\r\n\x1a\n" in (head[:8], head[512:]):
        raise RecordingError(
            f"{path} is a MATLAB 7.3 file.",
            expected="a MATLAB file of version 7 or older",
            got="version 7.3, which is HDF5",
            hint=f"in MATLAB: s = load('{path.name}'); save('spikes7.mat', '-struct', 's', '-v7')",
        )


MATLAB = FileFormat(
    title="a MATLAB file",
    suffixes=(".mat",),
    read=read,
    write=write,
)
