"""Recordings and rasters as a single array in NumPy's ``.npy`` format."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.arrays import agreed_bin_width, as_recording, refuse_array_name
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording of shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, one trial.

    Parameters
    ----------
    path
        The file.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named or the bin width is missing.
    RasterError
        If the array is not a raster.
    """
    refuse_array_name(path, options.array)
    width = agreed_bin_width(path, None, options.bin_width)
    with damage_as_error(path, "a .npy file"), path.open("rb") as handle:
        # Not `np.load`, which would also open an archive of several arrays.
        values = np.lib.format.read_array(handle, allow_pickle=False)
    return Reading(as_recording(values, width))


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write the spikes, bool of shape ``(samples, bins, neurons)``; the bin width is lost."""
    np.save(handle, raster.spikes, allow_pickle=False)
