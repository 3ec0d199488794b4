"""The dichotomized Gaussian whose thresholds follow the stimulus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.bernoulli import LEAST_PROBABILITY
from neuroqgan.evaluation.classical.hermite import averaged_correlation, threshold_series
from neuroqgan.evaluation.classical.protocol import ClassicalModel
from neuroqgan.evaluation.classical.psth import needed
from neuroqgan.evaluation.classical.stimulus_rates import StimulusRates, fit_stimulus_rates
from neuroqgan.evaluation.classical.toeplitz import nearest_covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

# Every pair gets half a coincidence as independent neurons would have it.
_PRIOR = 0.5


class PSTHGaussian(ClassicalModel):
    """A stationary Gaussian process below thresholds that follow the covariates.

    The thresholds of every bin give the rates of `neuroqgan.evaluation.classical.psth.PSTH`.
    Correlations of the process give what the rates leave unexplained: the covariances of the
    residuals of all pairs of neurons, at all lags within a window, averaged over the bins of the
    trials (noise correlations). Source: Macke et al., Neural Comput. 21, 397 (2009), with
    thresholds that depend on time.
    """

    _rates: StimulusRates
    _correlation: Floats

    @property
    def n_parameters(self) -> int:
        """Those of the rates, and a correlation per pair in a bin and per ordered pair and lag."""
        n, n_bins = self.window.n_neurons, self.window.n_bins
        return self._rates.n_parameters + n * (n - 1) // 2 + (n_bins - 1) * n**2

    @property
    def n_stimulus_parameters(self) -> int:
        """See `ClassicalModel.n_stimulus_parameters`."""
        _ = self.window  # raises before the first fit
        return self._rates.n_stimulus_parameters

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        self._rates = fit_stimulus_rates(trials, "psth-dichotomized-gaussian")
        seen = needed(trials.covariates)
        # Where all trials share the covariates, so they do the rates.
        distinct = seen.take(slice(0, 1)) if seen.covariates.is_shared else seen
        expected = self._rates.probability(distinct)
        covariance = residual_covariances(trials.spikes, expected, windows.n_bins)
        factors = threshold_series(_thresholds(expected))
        blocks = np.empty_like(covariance)
        for lag in range(windows.n_bins):
            series = _lagged_products(factors, lag)
            blocks[lag] = averaged_correlation(series, covariance[lag])
        blocks[0] = np.triu(blocks[0], 1)
        blocks[0] += blocks[0].T + np.eye(windows.n_neurons)
        # As in the stationary model: what is nearest in the process is then nearest in the spikes.
        density = np.sqrt((factors[0] ** 2).mean((0, 1)))
        nearest = nearest_covariance(blocks * density * density[:, None])
        scale = np.tile(1 / density, windows.n_bins)
        self._correlation = nearest * scale * scale[:, None]

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        from scipy.linalg import eigh

        values, vectors = eigh(self._correlation)
        root = vectors * np.sqrt(np.maximum(values, 0))
        thresholds = _thresholds(self._rates.probability(needed(covariates)))
        latent = random.standard_normal((n_samples, len(root))) @ root.T
        spikes: NDArray[np.bool_] = latent.reshape(thresholds.shape) < thresholds
        return spikes


def residual_covariances(spikes: NDArray[np.bool_], expected: Floats, n_lags: int) -> Floats:
    """Return covariances of what rates leave unexplained, by lag.

    Parameters
    ----------
    spikes
        Of trials, ``(n_trials, n_bins, n_neurons)``.
    expected
        Their probabilities, of the same shape or of a single trial for all.
    n_lags
        Number of lags, from 0.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_lags, n_neurons, n_neurons)``, by lag, i, j: neuron j is later. Shrunk towards
        zero by half an expected coincidence, which is within sampling error.
    """
    n_trials, n_bins, n = spikes.shape
    residual = spikes - expected
    covariance = np.empty((n_lags, n, n))
    for lag in range(n_lags):
        early, late = residual[:, : n_bins - lag].reshape(-1, n), residual[:, lag:].reshape(-1, n)
        by_chance = np.einsum("tbi,tbj->ij", expected[:, : n_bins - lag], expected[:, lag:])
        by_chance *= n_trials / len(expected)
        covariance[lag] = early.T @ late / len(early) * by_chance / (by_chance + _PRIOR)
    return covariance


def _thresholds(probability: Floats) -> Floats:
    from scipy.special import ndtri

    thresholds: Floats = ndtri(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    return thresholds


def _lagged_products(factors: Floats, lag: int) -> Floats:
    """Return averages of products of the factors of two neurons, the second some bins later."""
    n_terms, _, n_bins, n = factors.shape
    early = factors[:, :, : n_bins - lag].reshape(n_terms, -1, n)
    late = factors[:, :, lag:].reshape(n_terms, -1, n)
    products: Floats = early.swapaxes(1, 2) @ late / early.shape[1]
    return products
