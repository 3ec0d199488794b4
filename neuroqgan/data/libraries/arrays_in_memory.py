"""Spikes or spike counts in bins, as an array that a script holds."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.axes import ORDER, oriented
from neuroqgan.data.arrays.counts import as_binary
from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import width_of
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.times.binning import check_counts
from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.reading import Counts

_NAME = "The array"


def read(
    array: ArrayLike,
    bin_width: float,
    *,
    trial_bins: int | None = None,
    axes: str | None = None,
    neuron_labels: Sequence[str] = (),
    counts: Counts = "clip",
) -> SpikeRaster:
    """Take an array apart into trials; see `neuroqgan.SpikeRaster.from_array`."""
    check_counts(ReadOptions(counts=counts))
    width = width_of(_NAME, bin_width)
    values = np.asarray(array)
    if values.dtype.kind not in "biuf" or not values.size:
        raise RasterError(
            f"{_NAME} holds no numbers." if values.size else f"{_NAME} is empty.",
            expected="zeros and ones, or counts of spikes",
            got=f"shape {values.shape}, type {values.dtype}",
        )
    # Scripts say how their arrays lie: nothing is turned because it looks more plausible.
    stated = ",".join(ORDER[-values.ndim :]) if axes is None and values.ndim in (2, 3) else axes
    turned, _ = oriented(Path("memory"), _NAME, values, given=stated)
    spikes = as_binary(Path(_NAME), _NAME, turned, counts, width)
    return SpikeRaster(_in_trials(spikes, trial_bins), width, tuple(neuron_labels))


def _in_trials(spikes: NDArray[Any], trial_bins: int | None) -> NDArray[Any]:
    if trial_bins is None:
        return spikes
    n_trials, n_bins, n_neurons = spikes.shape
    if n_trials > 1 or not 1 <= trial_bins <= n_bins:
        raise RasterError(
            f"{_NAME} cannot be cut into trials of {trial_bins} bins.",
            expected=f"1 to {n_bins} bins of one continuous recording",
            got=f"{n_trials} trials of {n_bins} bins" if n_trials > 1 else f"{trial_bins}",
        )
    whole = n_bins // trial_bins
    left = n_bins - whole * trial_bins
    if left:
        warnings.warn(
            f"{_NAME} ends with {left} of {n_bins} bins that do not fill a trial; they are left "
            "out.",
            RecordingWarning,
            stacklevel=2,
        )
    return spikes[0, : whole * trial_bins].reshape(whole, trial_bins, n_neurons)


ARRAYS = Library(title="NumPy", read=read)
