"""Recordings and rasters in NumPy's ``.npz`` archives."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

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

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording.

    Parameters
    ----------
    path
        An archive with the spikes, shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, and
        possibly a scalar ``bin_width`` in seconds.
    options
        What the user says about the file.

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
            values = pick_array(path, archive, options.array)
            stored = archive.get(BIN_WIDTH, None)
            labels = archive.get(LABELS, None)
    width = agreed_bin_width(path, stored, options.bin_width)
    return Reading(as_recording(values, width, labels))


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, bool of shape ``(samples, bins, neurons)``, ``bin_width`` and labels.

    The archive is compressed: spikes are rare, and it shrinks to a tenth or less.
    """
    arrays: dict[str, Any] = {SPIKES: raster.spikes, BIN_WIDTH: np.float64(raster.bin_width)}
    if not raster.has_default_labels:
        arrays[LABELS] = np.array(raster.neuron_labels)
    np.savez_compressed(handle, allow_pickle=False, **arrays)
