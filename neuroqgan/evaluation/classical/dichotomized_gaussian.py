"""The spatio-temporal dichotomized Gaussian."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.bivariate import latent_correlation
from neuroqgan.evaluation.classical.lagged import lagged_covariances
from neuroqgan.evaluation.classical.protocol import ClassicalModel
from neuroqgan.evaluation.classical.toeplitz import nearest_covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


class DichotomizedGaussian(ClassicalModel):
    """A stationary Gaussian process, one component per neuron, that spikes below a threshold.

    Thresholds set the rates; correlations of the process set the covariances of all pairs of
    neurons at all lags within a window. If no process can have all these correlations together,
    they are replaced by the nearest that one can have. Sources: Macke et al., Neural Comput. 21,
    397 (2009); in time: Lyamzin et al., Front. Comput. Neurosci. 4, 144 (2010).
    """

    def __init__(self) -> None:
        super().__init__()
        self.thresholds: Floats = np.empty(0)
        self.correlation: Floats = np.empty((0, 0))

    @property
    def n_parameters(self) -> int:
        """A threshold per neuron, a correlation per pair in a bin and per ordered pair and lag."""
        n, n_bins = self.window.n_neurons, self.window.n_bins
        return n + n * (n - 1) // 2 + (n_bins - 1) * n**2

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        from scipy.special import ndtri

        n_observed = windows.n_samples * windows.n_bins
        rates = windows.spikes.mean((0, 1))
        # A neuron that never fired counts as half a spike.
        self.thresholds = ndtri(np.clip(rates, 0.5 / n_observed, 1 - 0.5 / n_observed))
        covariance = lagged_covariances(windows)
        lag, first, second = np.indices(covariance.shape).reshape(3, -1)
        # In a bin a pair has a single correlation, and a neuron has none with itself.
        free = (lag > 0) | (first < second)
        lag, first, second = lag[free], first[free], second[free]
        found = latent_correlation(
            self.thresholds[first], self.thresholds[second], covariance[lag, first, second]
        )
        blocks = np.zeros_like(covariance)
        blocks[lag, first, second] = found
        blocks[0] += blocks[0].T + np.eye(len(rates))
        # The slope of the spikes' covariance against the correlation is the density of both at
        # their thresholds: scaled by it, what is nearest in the process is nearest in the spikes.
        density = np.exp(-(self.thresholds**2) / 2)
        nearest = nearest_covariance(blocks * density * density[:, None])
        scale = np.tile(1 / density, windows.n_bins)
        self.correlation = nearest * scale * scale[:, None]

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        from scipy.linalg import eigh

        values, vectors = eigh(self.correlation)
        root = vectors * np.sqrt(np.maximum(values, 0))
        latent = random.standard_normal((n_samples, len(root))) @ root.T
        shape = (n_samples, *self.window.spikes.shape[1:])
        spikes: NDArray[np.bool_] = latent.reshape(shape) < self.thresholds
        return spikes
