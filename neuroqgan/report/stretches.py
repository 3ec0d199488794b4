"""Stretches of the trial that pictures show, and trials put together from windows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import places_of, trial_histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster


def busiest_stretch(raster: SpikeRaster, seconds: float) -> slice:
    """Return the bins of the trial in which most neurons fire more than they usually do.

    Parameters
    ----------
    raster
        Windows whose covariates are shared by all trials.
    seconds
        Length of the stretch.
    """
    histogram = trial_histogram(raster)
    n_bins = len(histogram.windows)
    length = max(1, min(n_bins, round(seconds / raster.bin_width)))
    rates = np.nan_to_num(histogram.rates)
    mean, spread = rates.mean(0), rates.std(0)
    lively = (np.abs(rates - mean) / np.where(spread > 0, spread, 1)).sum(1)
    lively[~histogram.well_covered] = 0
    total = np.concatenate([[0], np.cumsum(lively)])
    start = int(np.argmax((total[length:] - total[:-length]).round(6)))
    return slice(start, start + length)


def recorded_trials(raster: SpikeRaster, stretch: slice, n_trials: int) -> list[NDArray[np.intp]]:
    """Return, for some trials, the windows that lie in a stretch, trials evenly spread.

    Returns
    -------
    list of numpy.ndarray
        Positions of windows in the raster, in the order of time.
    """
    places = places_of(raster)
    trials = np.unique(places.trials)
    chosen = trials[np.linspace(0, len(trials) - 1, min(n_trials, len(trials))).round().astype(int)]
    return [_within(raster, np.flatnonzero(places.trials == trial), stretch) for trial in chosen]


def generated_trials(raster: SpikeRaster, stretch: slice, n_trials: int) -> list[NDArray[np.intp]]:
    """Return windows that together cover a stretch of the trial, each used only once.

    A window is followed by the next one that begins where it ends or shortly after.

    Returns
    -------
    list of numpy.ndarray
        Positions of windows in the raster, in the order of time.
    """
    places = places_of(raster)
    left = _within(raster, np.arange(raster.n_samples), stretch)
    found = []
    for _ in range(n_trials):
        chosen, end = [], stretch.start - raster.n_bins + 1
        while True:
            later = np.flatnonzero(places.starts[left] >= end)
            if not later.size:
                break
            chosen.append(int(left[later[0]]))
            end = int(places.starts[left[later[0]]]) + raster.n_bins
            left = np.delete(left, later[0])
        if chosen:
            found.append(np.array(chosen))
    return found


def _within(raster: SpikeRaster, windows: NDArray[np.intp], stretch: slice) -> NDArray[np.intp]:
    starts = places_of(raster).starts[windows]
    inside = (starts < stretch.stop) & (starts + raster.n_bins > stretch.start)
    kept: NDArray[np.intp] = windows[inside][np.argsort(starts[inside], kind="stable")]
    return kept
