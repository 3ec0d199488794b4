"""What the statistics loss aims at: moments of the recording and their standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.evaluation.statistics.window_sums import (
    coincidences,
    population_counts,
    spike_counts,
    successions,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

MAX_LAG = 12

# Rates and synchrony are few numbers beside pairs and lags, and what a reader looks at first;
# autocovariances are few among the lagged moments, and the hardest to learn.
RATE_WEIGHT, K_WEIGHT, AUTO_WEIGHT = 3.0, 2.0, 2.0
"""Weights of the means over rates, counts and autocovariances in a loss; all others weigh 1."""


@dataclass(frozen=True)
class Moment:
    """A moment of the recording and its standard error, tensors of one shape."""

    value: torch.Tensor
    error: torch.Tensor


@dataclass(frozen=True)
class Targets:
    """Moments of the training windows.

    Parameters
    ----------
    rate
        Probability of a spike, ``(n_neurons,)``.
    pairs
        Probability that both neurons of a pair spike in a bin, ``(n_pairs,)``.
    k_probability
        Probability that k neurons spike in a bin, ``(n_neurons + 1,)``.
    lagged
        Probability that neuron i spikes in a bin and neuron j ``lag`` bins later,
        ``(n_lags, n_neurons, n_neurons)``, for lags 1, 2, ...
    """

    rate: Moment
    pairs: Moment
    k_probability: Moment
    lagged: Moment

    @property
    def n_lags(self) -> int:
        """Number of lags, the shortest being one bin."""
        return int(self.lagged.value.shape[0])

    @classmethod
    def from_windows(cls, windows: SpikeRaster, trials: NDArray[np.int64] | None = None) -> Targets:
        """Estimate the moments and their standard errors.

        The standard error comes from the spread of a moment over windows, so that correlations
        within a window are accounted for.

        Parameters
        ----------
        windows
            Training windows.
        trials
            Trial of every window, if the standard error is to come from the spread over trials:
            where all trials repeat one stimulus, what it does to a moment is no error.
        """

        def _moment(by_window: NDArray[np.floating]) -> Moment:
            return _estimate(by_window, trials)

        spikes = windows.spikes.astype(np.float32)
        n_bins, n_neurons = windows.n_bins, windows.n_neurons
        lagged = []
        for lag in range(1, min(MAX_LAG, n_bins - 1) + 1):
            products = successions(spikes, lag).reshape(-1, n_neurons, n_neurons)
            lagged.append(_moment(products / (n_bins - lag)))
        return cls(
            rate=_moment(spike_counts(spikes) / n_bins),
            pairs=_moment(coincidences(spikes) / n_bins),
            k_probability=_moment(population_counts(spikes).astype(np.float64) / n_bins),
            lagged=Moment(
                torch.stack([m.value for m in lagged]) if lagged else torch.zeros(0),
                torch.stack([m.error for m in lagged]) if lagged else torch.zeros(0),
            ),
        )


def _estimate(by_window: NDArray[np.floating], trials: NDArray[np.int64] | None) -> Moment:
    n_windows = by_window.shape[0]
    # An event that was never seen is not known to be impossible: half an event, over all windows.
    floor = 0.5 / n_windows
    value = by_window.mean(0, dtype=np.float64)
    if trials is None:
        variance = by_window.var(0, dtype=np.float64) / n_windows
    else:
        variance = _between(by_window, trials)
    error = np.sqrt(variance + floor**2)
    return Moment(torch.from_numpy(value).float(), torch.from_numpy(error).float())


def _between(by_window: NDArray[np.floating], trials: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the variance of a mean over windows that its spread over trials suggests."""
    order = np.argsort(trials, kind="stable")
    _, first, counts = np.unique(trials[order], return_index=True, return_counts=True)
    sums = np.add.reduceat(by_window[order], first, axis=0, dtype=np.float64)
    means = sums / counts.reshape(-1, *[1] * (by_window.ndim - 1))
    variance: NDArray[np.float64] = means.var(0, ddof=1) / len(means)
    return variance
