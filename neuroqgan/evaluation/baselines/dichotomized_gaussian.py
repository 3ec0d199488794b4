"""The spatio-temporal dichotomized Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.bivariate import latent_correlation
from neuroqgan.evaluation.baselines.lagged import lagged_covariances
from neuroqgan.evaluation.baselines.model import not_fitted
from neuroqgan.evaluation.baselines.toeplitz import nearest_covariance
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class DichotomizedGaussian:
    """A stationary Gaussian process, one component a neuron, that spikes below a threshold.

    Thresholds give the rates, correlations of the process the covariances of all pairs of neurons
    at all lags within a window. Correlations that no process can have together are replaced by
    near ones that one can have. Sources: Macke et al., Neural Comput. 21, 397 (2009); in time:
    Lyamzin et al., Front. Comput. Neurosci. 4, 144 (2010).
    """

    def __init__(self) -> None:
        self._windows: SpikeRaster | None = None
        self.thresholds: Floats = np.empty(0)
        self.correlation: Floats = np.empty((0, 0))

    @property
    def n_parameters(self) -> int:
        """A threshold a neuron, a correlation a pair in a bin and an ordered pair at each lag."""
        if self._windows is None:
            raise not_fitted(self)
        n, n_bins = self._windows.n_neurons, self._windows.n_bins
        return n + n * (n - 1) // 2 + (n_bins - 1) * n**2

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Fit rates and lagged covariances; nothing is random. See `Baseline.fit`."""
        from scipy.special import ndtri

        n_observed = windows.n_samples * windows.n_bins
        rates = windows.spikes.mean((0, 1))
        # Half a spike for a neuron that never fired.
        self.thresholds = ndtri(np.clip(rates, 0.5 / n_observed, 1 - 0.5 / n_observed))
        covariance = lagged_covariances(windows)
        lag, first, second = np.indices(covariance.shape).reshape(3, -1)
        # In a bin a pair has one correlation, and a neuron none with itself.
        free = (lag > 0) | (first < second)
        lag, first, second = lag[free], first[free], second[free]
        found = latent_correlation(
            self.thresholds[first], self.thresholds[second], covariance[lag, first, second]
        )
        blocks = np.zeros_like(covariance)
        blocks[lag, first, second] = found
        blocks[0] += blocks[0].T + np.eye(len(rates))
        # The spikes' covariance grows with the correlation by the density of both at their
        # thresholds: scaled by that, what is nearest in the process is nearest in the spikes.
        density = np.exp(-(self.thresholds**2) / 2)
        nearest = nearest_covariance(blocks * density * density[:, None])
        scale = np.tile(1 / density, windows.n_bins)
        self.correlation = nearest * scale * scale[:, None]
        self._windows = windows.take(slice(0, 1))

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows; see `Baseline.sample`."""
        from scipy.linalg import eigh

        if self._windows is None:
            raise not_fitted(self)
        values, vectors = eigh(self.correlation)
        root = vectors * np.sqrt(np.maximum(values, 0))
        latent = as_generator(seed).standard_normal((n_samples, len(root))) @ root.T
        shape = (n_samples, *self._windows.spikes.shape[1:])
        return SpikeRaster(latent.reshape(shape) < self.thresholds, self._windows.bin_width)
