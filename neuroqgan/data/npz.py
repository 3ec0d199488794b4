"""Recordings and rasters in NumPy's ``.npz`` archives."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.archive import Archive
from neuroqgan.data.arrays import (
    AXES,
    BIN_WIDTH,
    LABELS,
    SPIKES,
    Beside,
    as_recording,
    pick_array,
)
from neuroqgan.data.axes import STATED
from neuroqgan.data.bin_width import bin_width_of
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.pickled import read_pickled
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.trains import read_trains, texts
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.isolated import Variables
    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording.

    Parameters
    ----------
    path
        An archive with the spikes, shape ``(trials, bins, neurons)`` or ``(bins, neurons)``, or
        spike times per neuron, and possibly ``bin_width`` in seconds, ``neuron_labels`` and
        ``axes``.
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
        If labels of neurons cannot be read.
    """
    with path.open("rb") as handle:
        _refuse_single_array(path, handle)
        with damage_as_error(path, "a .npz archive"):
            archive = Archive(path, handle)
        name = pick_array(path, archive.headers, options.array)
        if LABELS in archive.headers and archive.headers[LABELS].dtype.hasobject:
            warnings.warn(
                f"{LABELS} in {path} holds Python objects and is not read. Save texts: "
                f"{LABELS}=np.array(labels, dtype=str).",
                RecordingWarning,
                stacklevel=2,
            )
        if archive.headers[name].dtype.hasobject:
            with archive.open(name) as member:
                trains = read_pickled(path, name, member)
            with damage_as_error(path, "a .npz archive"):
                stored, labels = archive.find(BIN_WIDTH), texts(archive.find(LABELS))
            if not trains.labels:
                trains = replace(trains, labels=labels)
            width, notes = bin_width_of(path, stored, options, has_times=True)
            return read_trains(path, name, trains, width, options, notes)
        with damage_as_error(path, "a .npz archive"):
            values = archive.load(name)
            beside = beside_of(archive)
    return as_recording(path, name, values, beside, options)


def beside_of(archive: Archive | Variables) -> Beside:
    """Return what an archive says beside its spikes."""
    axes = archive.find(AXES)
    return Beside(
        archive.find(BIN_WIDTH),
        texts(archive.find(LABELS)),
        str(axes.flat[0]) if axes is not None and axes.dtype.kind == "U" and axes.size else None,
        _is_own(archive),
    )


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, bool of shape ``(samples, bins, neurons)``, with all that explains them.

    Beside them stand ``bin_width`` in seconds, ``axes``, and ``neuron_labels`` unless they are
    positions. The archive is compressed: spikes are rare, and it shrinks to a tenth or less.
    """
    np.savez_compressed(handle, allow_pickle=False, **members_of(raster))


def members_of(raster: SpikeRaster) -> dict[str, Any]:
    """Return the arrays that keep a raster, by name."""
    arrays: dict[str, Any] = {
        SPIKES: raster.spikes,
        BIN_WIDTH: np.float64(raster.bin_width),
        AXES: np.array(STATED),
    }
    if not raster.has_default_labels:
        arrays[LABELS] = np.array(raster.neuron_labels)
    return arrays


def _is_own(archive: Archive | Variables) -> bool:
    spikes = archive.headers.get(SPIKES)
    return (
        archive.headers.keys() - {LABELS} == {SPIKES, BIN_WIDTH}
        and spikes is not None
        and spikes.dtype == np.bool_
        and len(spikes.shape) == 3
        and archive.is_compressed
    )


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
