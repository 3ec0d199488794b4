"""Binned spike trains of elephant, one object per trial."""

from __future__ import annotations

import math
import warnings
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.arrays.counts import as_binary
from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.neo_objects import trains_of_sample
from neuroqgan.data.libraries.pooled_trains import in_seconds
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.times.binning import check_counts
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neuroqgan.data.reading import Counts

_WHAT = "The BinnedSpikeTrain"


def read(binned: Any, *, neuron_labels: Sequence[str] = (), counts: Counts = "clip") -> SpikeRaster:
    """Take the bins over as they are; see `neuroqgan.SpikeRaster.from_elephant`."""
    with _without_old_calls():
        return _read(binned, neuron_labels, counts)


def _read(binned: Any, neuron_labels: Sequence[str], counts: Counts) -> SpikeRaster:
    check_counts(ReadOptions(counts=counts))
    is_many = hasattr(binned, "__iter__") and not hasattr(binned, "sparse_matrix")
    trials = list(binned) if is_many else [binned]
    if not trials or not all(hasattr(trial, "sparse_matrix") for trial in trials):
        raise RecordingError(
            "These are not binned spike trains of elephant.",
            expected="an elephant.conversion.BinnedSpikeTrain, or a list of them, one per trial",
            got=repr(binned)[:80],
        )
    widths = [in_seconds(trial.bin_size) for trial in trials]
    sizes = [trial.sparse_matrix.shape for trial in trials]
    if not all(math.isclose(width, widths[0], rel_tol=1e-9) for width in widths):
        raise RecordingError(
            "Trials have bins of different widths.",
            expected="one bin width",
            got=f"{shorten(sorted(set(widths)))} s",
        )
    if len({n_neurons for n_neurons, _ in sizes}) > 1:
        raise RecordingError(
            "Trials have different numbers of neurons.",
            expected="the same neurons in every trial",
            got=shorten(sorted({n_neurons for n_neurons, _ in sizes})),
        )
    n_bins = min(size for _, size in sizes)
    if any(size > n_bins for _, size in sizes):
        warnings.warn(
            f"Trials are not equally long: all are cut to the shortest, {n_bins:,} bins.",
            RecordingWarning,
            stacklevel=3,
        )
    found = np.stack([trial.sparse_matrix.toarray()[:, :n_bins].T for trial in trials])
    spikes = as_binary(Path(_WHAT), _WHAT, found, counts, widths[0])
    return SpikeRaster(spikes, widths[0], tuple(neuron_labels))


def write(raster: SpikeRaster) -> list[Any]:
    """Return one object per sample; see `neuroqgan.SpikeRaster.to_elephant`."""
    import quantities as pq
    from elephant.conversion import BinnedSpikeTrain

    with _without_old_calls():
        return [
            BinnedSpikeTrain(
                trains_of_sample(raster, sample),
                bin_size=raster.bin_width * pq.s,
                n_bins=raster.n_bins,
                t_start=0.0 * pq.s,
            )
            for sample in raster.spikes
        ]


@contextmanager
def _without_old_calls() -> Iterator[None]:
    """Silence a warning about elephant's own calls of quantities, which nobody else can change."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The 'copy' argument in Quantity")
        yield


ELEPHANT = Library(title="elephant", read=read, write=write, requires="elephant", extra="elephant")
