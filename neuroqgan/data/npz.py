"""Recordings and rasters in NumPy's ``.npz`` archives."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays import BIN_WIDTH, SPIKES, agreed_bin_width, as_recording, pick_array
from neuroqgan.data.damage import damage_as_error
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.raster import SpikeRaster


def read(path: Path, bin_width: float | None, array: str | None) -> SpikeRaster:
    """Read a recording.

    Parameters
    ----------
    path
        An archive with the spikes, shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, and
        possibly a scalar ``bin_width`` in seconds.
    bin_width
        Width of a bin in seconds; needed where the archive has none.
    array
        Name of the array with the spikes; needed where it cannot be told.

    Raises
    ------
    RecordingError
        If the file is damaged, its array cannot be chosen or its bin width is unknown.
    RasterError
        If the array is not a raster.
    """
    # Opened here because numpy leaves files open that it was given by name and cannot read.
    with damage_as_error(path, "a .npz archive"), path.open("rb") as handle:
        archive = np.load(handle, allow_pickle=False)
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise RecordingError(
                f"{path} is not a .npz archive.",
                expected="an archive with named arrays",
                got="a single array, as in a .npy file",
                hint="give the file the suffix .npy",
            )
        with archive:
            values = pick_array(path, archive, array)
            stored = archive.get(BIN_WIDTH, None)
    return as_recording(values, agreed_bin_width(path, stored, bin_width))


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, bool of shape ``(samples, bins, neurons)``, and ``bin_width``.

    The archive is compressed: spikes are rare, and it shrinks to a tenth or less.
    """
    arrays: dict[str, Any] = {SPIKES: raster.spikes, BIN_WIDTH: np.float64(raster.bin_width)}
    np.savez_compressed(handle, allow_pickle=False, **arrays)
