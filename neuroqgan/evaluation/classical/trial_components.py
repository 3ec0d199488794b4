"""The stimulus as a GLM sees it: columns from a file, or a few components of the trial."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.evaluation.classical.stimulus_features import StimulusFeatures
from neuroqgan.evaluation.classical.stimulus_rates import follows_trial_time
from neuroqgan.evaluation.classical.trial_psth import TrialPSTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

# Beyond, the log odds of a bin without spikes would outweigh all others.
_LEAST = 1e-4


class GLMStimulus(Protocol):
    """Features of the stimulus that enter a GLM linearly."""

    @property
    def n_features(self) -> int:
        """Number of features."""

    @property
    def n_stimulus_parameters(self) -> int:
        """Numbers behind the features that describe the trial, and grow with its length."""

    def of(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """Return the features, ``(n_samples, n_bins, n_features)``."""


class TrialComponents:
    """Leading principal components of the log odds of a spike along the trial.

    A basis of low rank for the time in the trial: that of the smoothed PSTHs of all neurons. With
    as many components as neurons, a GLM without history could reproduce every PSTH.

    Parameters
    ----------
    trials
        Training trials with the time in the trial as their covariate.
    n_dimensions
        Number of components; 0 for as many as there are neurons.
    """

    def __init__(self, trials: SpikeRaster, n_dimensions: int = 0) -> None:
        by_bin = TrialPSTH(trials).by_bin.clip(_LEAST, 1 - _LEAST)
        log_odds = np.log(by_bin / (1 - by_bin))
        left, _, _ = np.linalg.svd(log_odds - log_odds.mean(0), full_matrices=False)
        n_kept = n_dimensions or trials.n_neurons
        self._bin_width = trials.bin_width
        self._path: Floats = left[:, :n_kept] * np.sqrt(len(left))

    @property
    def n_features(self) -> int:
        """Number of components."""
        return int(self._path.shape[1])

    @property
    def n_stimulus_parameters(self) -> int:
        """See `GLMStimulus.n_stimulus_parameters`; a number per bin of the trial and component."""
        return self._path.size

    def of(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """See `GLMStimulus.of`."""
        bins = np.rint(windows.rows(first_bin, n_bins)[..., 0] / self._bin_width).astype(np.intp)
        features: Floats = self._path[bins.clip(0, len(self._path) - 1)]
        return features


def fit_glm_stimulus(trials: SpikeRaster, n_dimensions: int) -> GLMStimulus | None:
    """Return the features of the stimulus; None if the trials have no covariates.

    Parameters
    ----------
    trials
        Training trials, with covariates if there are any.
    n_dimensions
        See `TrialComponents`; columns from a file are all used.
    """
    if trials.covariates is None:
        return None
    if follows_trial_time(trials.covariates):
        return TrialComponents(trials, n_dimensions)
    return StimulusFeatures(trials.covariates)
