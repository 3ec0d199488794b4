"""Recordings and rasters as a single array in NumPy's ``.npy`` format."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.binned import as_recording
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.arrays.stored import Beside
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import COLUMNS, COVARIATES, LABELS, WIDTH, FileFormat
from neuroqgan.data.formats.sorter import is_spike_times, read_sorted
from neuroqgan.data.times.trains import read_trains
from neuroqgan.data.untrusted.archive import read_array, read_header
from neuroqgan.data.untrusted.pickled import read_pickled
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster

_NAME = "The array"


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording of shape ``(n_trials, n_bins, n_neurons)``, or ``(n_bins, n_neurons)``.

    Pickled lists of spike times per neuron are read as well, and so are the spike times of a
    sorter; see `neuroqgan.data.formats.sorter`.

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
    with path.open("rb") as handle:
        _refuse_archive(path, handle)
        with damage_as_error(path, "a .npy file"):
            header = read_header(handle)
        handle.seek(0)
        if header.dtype.hasobject:
            trains = read_pickled(path, _NAME, handle)
            width, notes = bin_width_of(path, None, options, has_times=True)
            return read_trains(path, _NAME, trains, width, options, notes)
        with damage_as_error(path, "a .npy file"):
            values = read_array(path, handle)
    if is_spike_times(path, values):
        return read_sorted(path, values, options)
    return as_recording(path, _NAME, values, Beside(), options)


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write the spikes, booleans of shape ``(n_samples, n_bins, n_neurons)``, and nothing else."""
    np.save(handle, raster.spikes, allow_pickle=False)


def _refuse_archive(path: Path, handle: IO[bytes]) -> None:
    magic = handle.read(4)
    handle.seek(0)
    if magic == b"PK\x03\x04":
        raise RecordingError(
            f"{path} is not a single array.",
            expected="an array, as numpy.save writes it",
            got="an archive of named arrays, as in a .npz file",
            hint=f"numpy.savez writes such files: call it {path.with_suffix('.npz').name}",
        )


NPY = FileFormat(
    title="a .npy file",
    suffixes=(".npy",),
    read=read,
    write=write,
    loses=(WIDTH, LABELS, COVARIATES),
    knows=COLUMNS,
)
