"""Recordings and rasters in NumPy's ``.npz`` archives."""

from __future__ import annotations

import warnings
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.arrays.stored import LABELS, members_of
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.libraries.pynapple_archive import is_of_pynapple, read_group
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.untrusted.archive import Archive
from neuroqgan.data.untrusted.pickled import read_pickled
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.data.times.trains import Trains
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording.

    Parameters
    ----------
    path
        An archive with the spikes, shape ``(n_trials, n_bins, n_neurons)`` or
        ``(n_bins, n_neurons)``, or spike times per neuron, and possibly ``bin_width`` in
        seconds, ``neuron_labels`` and ``axes``; or one that pynapple wrote.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, its array cannot be chosen or its bin width is unknown.
    RasterError
        If the array is not a raster.

    Warns
    -----
    RecordingWarning
        If the labels of the neurons cannot be read.
    """
    with path.open("rb") as handle:
        _refuse_single_array(path, handle)
        with damage_as_error(path, "a .npz archive"):
            archive = _Archive(path, handle)
        if options.array is None and is_of_pynapple(archive.headers):
            return read_group(path, archive, options)
        if LABELS in archive.headers and archive.headers[LABELS].dtype.hasobject:
            warnings.warn(
                f"{LABELS} in {path} holds Python objects and is not read. Save texts: "
                f"{LABELS}=np.array(labels, dtype=str).",
                RecordingWarning,
                stacklevel=2,
            )
        return read_named(path, archive, options)


class _Archive(Archive):
    """An archive whose errors name the file, and which may hold pickled spike times."""

    def load(self, name: str) -> NDArray[Any]:
        with damage_as_error(self.path, "a .npz archive"):
            return super().load(name)

    def load_trains(self, name: str) -> Trains:
        """Read spike times, which numpy pickles; no code in them is run."""
        with self.open(name) as member:
            return read_pickled(self.path, name, member)


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, shape ``(n_samples, n_bins, n_neurons)``, and what explains them.

    The other arrays are ``bin_width`` in seconds, ``axes``, ``neuron_labels`` unless labels are
    positions, and what the samples saw, see `neuroqgan.data.arrays.stored_covariates`. The archive
    is compressed: spikes are rare, so it shrinks to a tenth or less.
    """
    np.savez_compressed(handle, allow_pickle=False, **members_of(raster))


def _refuse_single_array(path: Path, handle: IO[bytes]) -> None:
    magic = handle.read(6)
    handle.seek(0)
    if magic == b"\x93NUMPY":
        raise RecordingError(
            f"{path} is not a .npz archive.",
            expected="an archive with named arrays",
            got="a single array, as in a .npy file",
            hint=f"numpy.save writes such files: call it {path.with_suffix('.npy').name}",
        )


NPZ = FileFormat(
    title="a .npz archive",
    suffixes=(".npz",),
    read=read,
    write=write,
    knows=COLUMNS,
)
