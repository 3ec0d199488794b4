"""Sortings of SpikeInterface. Segments are trials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import (
    Stretches,
    binned,
    cut,
    in_seconds,
    refuse_emptiness,
    width_of,
)
from neuroqgan.data.times.spikes import Spikes
from neuroqgan.data.times.times import Unit, times_of
from neuroqgan.errors import RasterError, RecordingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.reading import Counts
    from neuroqgan.raster import SpikeRaster

_WHAT = "The sorting"
WIDTH, BINS = "bin_width", "n_bins"
"""Annotations that keep what a sorting has no place for."""


def read(
    sorting: Any,
    bin_width: float | None = None,
    *,
    duration: float | None = None,
    counts: Counts = "clip",
) -> SpikeRaster:
    """Sort spikes into bins; see `neuroqgan.SpikeRaster.from_spikeinterface`."""
    if not hasattr(sorting, "to_spike_vector"):
        raise RecordingError(
            "This is not a sorting of SpikeInterface.",
            expected="a sorting, such as spikeinterface.load(folder) returns",
            got=f"a value of type {type(sorting).__name__}",
            hint="neuroqgan.load(folder) for a saved folder, analyzer.sorting for an analyzer",
        )
    width = width_of(_WHAT, bin_width, sorting.get_annotation(WIDTH))
    n_segments, rate = sorting.get_num_segments(), float(sorting.get_sampling_frequency())
    unit = Unit("samples", rate, is_stated=True, is_certain=True)
    unit_ids = list(sorting.unit_ids)
    if not unit_ids:
        raise RecordingError(f"{_WHAT} has no units.", expected="one unit or more", got="none")
    vector = sorting.to_spike_vector()
    spikes = Spikes(
        times=times_of(vector["sample_index"], unit),
        neuron=vector["unit_index"].astype(np.intp),
        trial=vector["segment_index"].astype(np.intp),
        neurons=tuple(map(str, unit_ids)),
        trials=tuple(map(str, range(n_segments))),
        row=np.arange(1, len(vector) + 1),
    )
    ends = _ends(sorting, spikes, rate, duration)
    if ends is not None:
        stretches = Stretches(np.zeros(n_segments), ends, np.arange(n_segments))
        kept = cut(spikes, stretches, width)
        refuse_emptiness(_WHAT, spikes, kept, float(ends.max()))
        spikes = kept
    return binned(_WHAT, spikes, width, counts, unit)


def write(raster: SpikeRaster, *, sampling_rate: float = 30_000.0) -> Any:
    """Return a sorting with a segment per sample; see `SpikeRaster.to_spikeinterface`."""
    from spikeinterface.core import NumpySorting

    per_bin = raster.bin_width * sampling_rate
    if not per_bin >= 2:
        raise RasterError(
            "Bins are too narrow for the sampling rate.",
            expected="two samples per bin or more",
            got=f"{per_bin:g} samples in {raster.bin_width:g} s at {sampling_rate:g} Hz",
            hint=f"`sampling_rate = {2 / raster.bin_width:.0f}` or more",
        )
    # In the middle of the bin, which is a sample away from either edge.
    units = [
        {
            label: np.round((np.flatnonzero(spikes) + 0.5) * per_bin).astype(np.int64)
            for label, spikes in zip(raster.neuron_labels, sample.T, strict=True)
        }
        for sample in raster.spikes
    ]
    sorting = NumpySorting.from_unit_dict(units, sampling_frequency=sampling_rate)
    sorting.annotate(**{WIDTH: raster.bin_width, BINS: raster.n_bins})
    return sorting


def annotated_ends(spikes: Spikes, n_bins: object, bin_width: object) -> NDArray[np.float64] | None:
    """Return where segments end in seconds if a sorting was a raster, or None.

    Parameters
    ----------
    spikes
        All of them. If one is later, the sorting has been changed since, and None is returned.
    n_bins, bin_width
        What the sorting has as `BINS` and `WIDTH`.
    """
    if not isinstance(n_bins, int | float) or not isinstance(bin_width, int | float):
        return None
    end = float(n_bins) * float(bin_width)
    if not 0 < end < np.inf or (spikes.times.seconds >= end).any():
        return None
    return np.full(len(spikes.trials), end)


def _ends(
    sorting: Any, spikes: Spikes, rate: float, duration: float | None
) -> NDArray[np.float64] | None:
    """Return where segments end in seconds, or None if nothing says so."""
    n_segments = len(spikes.trials)
    if duration is not None:
        return np.full(n_segments, in_seconds(duration))
    if sorting.has_recording():
        samples = [sorting.get_num_samples(segment_index=k) for k in range(n_segments)]
        return np.array(samples, dtype=np.float64) / rate
    return annotated_ends(spikes, sorting.get_annotation(BINS), sorting.get_annotation(WIDTH))


SPIKEINTERFACE = Library(
    title="SpikeInterface",
    read=read,
    write=write,
    requires="spikeinterface",
    extra="spikeinterface",
)
