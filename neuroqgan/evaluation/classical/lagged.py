"""Moments of pairs of neurons at all lags within a window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

# Every pair gets half a coincidence as independent neurons would have it: otherwise a pair that was
# never seen to coincide would be modelled as if it could not.
_PRIOR = 0.5


def lagged_covariances(windows: SpikeRaster) -> Floats:
    """Return the covariance of neuron i with neuron j some bins later, for all lags.

    Averaged over the windows and over the bins of a window, as in a stationary process, and shrunk
    towards zero by half an expected coincidence, which is within sampling error.

    Parameters
    ----------
    windows
        Windows, ``(n_windows, n_bins, n_neurons)``.

    Returns
    -------
    ndarray
        Shape ``(n_bins, n_neurons, n_neurons)``, by lag, i, j. The diagonal at lag 0 is the
        variance.
    """
    spikes = windows.spikes.astype(np.float32)
    n_windows, n_bins, n = spikes.shape
    covariance = np.empty((n_bins, n, n))
    for lag in range(n_bins):
        early = spikes[:, : n_bins - lag].reshape(-1, n)
        late = spikes[:, lag:].reshape(-1, n)
        count = n_windows * (n_bins - lag)
        by_chance = np.outer(early.mean(0, np.float64), late.mean(0, np.float64))
        together = (early.T @ late).astype(np.float64) / count
        expected = by_chance * count
        covariance[lag] = (together - by_chance) * expected / (expected + _PRIOR)
    rate = spikes.mean((0, 1), np.float64)
    covariance[0][np.diag_indices(n)] = rate * (1 - rate)
    return covariance
