"""Recordings and rasters in MATLAB's ``.mat`` files, versions 4 to 7."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, cast

import numpy as np

from neuroqgan.data.arrays import (
    BIN_WIDTH,
    LABELS,
    SPIKES,
    agreed_bin_width,
    as_recording,
    pick_array,
)
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import Reading
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording.

    Parameters
    ----------
    path
        A file with the spikes, shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, full or
        sparse, and possibly a scalar ``bin_width`` in seconds.
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
    arrays = read_arrays(path)
    values = pick_array(path, arrays, options.array)
    width = agreed_bin_width(path, arrays.get(BIN_WIDTH), options.bin_width)
    return Reading(as_recording(values, width, arrays.get(LABELS)))


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Return all variables of a file by name.

    Raises
    ------
    RecordingError
        If the file is damaged or of version 7.3.
    """
    from scipy import io, sparse

    reader_error = io.matlab.MatReadError
    with damage_as_error(path, "a MATLAB file", reader_error), path.open("rb") as handle:
        _refuse_hdf5(path, handle)
        # scipy's stubs know names of files only, and sparse arrays only as a base class.
        variables: dict[str, Any] = io.loadmat(handle, spmatrix=False)  # type: ignore[arg-type]
    return {
        name: np.asarray(cast("Any", values).toarray() if sparse.issparse(values) else values)
        for name, values in variables.items()
        if not name.startswith("__")
    }


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, logical ``(samples, bins, neurons)``, ``bin_width`` and labels."""
    from scipy import io

    arrays: dict[str, Any] = {SPIKES: raster.spikes, BIN_WIDTH: raster.bin_width}
    if not raster.has_default_labels:
        arrays[LABELS] = np.array(raster.neuron_labels)
    io.savemat(handle, arrays, do_compression=True)  # type: ignore[arg-type]  # as above


def _refuse_hdf5(path: Path, handle: IO[bytes]) -> None:
    # Such a file begins with MATLAB's text header, and HDF5's own signature follows at byte 512.
    head = handle.read(520)
    handle.seek(0)
    if head.startswith(b"MATLAB 7.3") or b"\x89HDF\r\n\x1a\n" in (head[:8], head[512:]):
        raise RecordingError(
            f"{path} is a MATLAB 7.3 file.",
            expected="a MATLAB file of version 7 or older",
            got="version 7.3, which is HDF5",
            hint="in MATLAB: save(file, '-v7')",
        )
