"""Recordings and rasters as a single array in NumPy's ``.npy`` format."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.arrays import agreed_bin_width, as_recording, refuse_array_name
from neuroqgan.data.damage import damage_as_error

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.raster import SpikeRaster


def read(path: Path, bin_width: float | None, array: str | None) -> SpikeRaster:
    """Read a recording of shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, one trial.

    Parameters
    ----------
    path
        The file.
    bin_width
        Width of a bin in seconds; needed, since the format has no place for it.
    array
        Must be ``None``, since the array has no name.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named or the bin width is missing.
    RasterError
        If the array is not a raster.
    """
    refuse_array_name(path, array)
    width = agreed_bin_width(path, None, bin_width)
    with damage_as_error(path, "a .npy file"), path.open("rb") as handle:
        # Not `np.load`, which would also open an archive of several arrays.
        values = np.lib.format.read_array(handle, allow_pickle=False)
    return as_recording(values, width)


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write the spikes, bool of shape ``(samples, bins, neurons)``; the bin width is lost."""
    np.save(handle, raster.spikes, allow_pickle=False)
