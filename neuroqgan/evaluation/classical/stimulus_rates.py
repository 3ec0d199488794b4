"""Rates that covariates alone make expected: a PSTH, or a regularised logistic regression."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.covariates import TRIAL_TIME
from neuroqgan.errors import TrainingError
from neuroqgan.evaluation.classical.stimulus_features import StimulusFeatures
from neuroqgan.evaluation.classical.trial_psth import TrialPSTH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_STRENGTHS = (1e-3, 1e-2, 1e-1, 1.0)  # of the fit to the spikes, against the penalty
_N_FOLDS = 5


class StimulusRates(Protocol):
    """The probability of a spike that covariates make expected."""

    @property
    def n_parameters(self) -> int:
        """Number of fitted parameters."""

    @property
    def n_stimulus_parameters(self) -> int:
        """How many of them describe the trial, and grow with its length."""

    def probability(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """Return the probability of a spike, ``(n_samples, n_bins, n_neurons)``."""


class LogisticRates:
    """A logistic regression per neuron on `StimulusFeatures`, with a penalty on squares.

    The strength of the penalty is each neuron's own, chosen by the likelihood of training trials
    that were left out, in five folds.

    Parameters
    ----------
    trials
        Training trials with their covariates.
    windows
        Their covariates.
    """

    def __init__(self, trials: SpikeRaster, windows: CovariateWindows) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.model_selection import GridSearchCV, GroupKFold

        self._features = StimulusFeatures(windows)
        design = self._features.of(windows).reshape(-1, self._features.n_features)
        groups = np.arange(trials.n_samples).repeat(trials.n_bins)
        n_folds = min(_N_FOLDS, trials.n_samples)
        folds = list(GroupKFold(n_folds).split(design, groups=groups)) if n_folds > 1 else []
        coefficients, intercepts = [], []
        for spikes in trials.spikes.reshape(-1, trials.n_neurons).T:
            # A neuron that does not fire in every part keeps its mean rate.
            coefficient, intercept = np.zeros(design.shape[1]), _log_odds(spikes)
            if folds and all(0 < spikes[part].sum() < len(part) for fold in folds for part in fold):
                search = GridSearchCV(
                    LogisticRegression(max_iter=1000),
                    {"C": _STRENGTHS},
                    scoring="neg_log_loss",
                    cv=folds,
                )
                found = search.fit(design, spikes).best_estimator_
                coefficient, intercept = found.coef_[0], float(found.intercept_[0])
            coefficients.append(coefficient)
            intercepts.append(intercept)
        self._coefficients = np.stack(coefficients, axis=1)
        self._intercepts = np.array(intercepts)

    @property
    def n_parameters(self) -> int:
        """A weight per neuron and feature, and a threshold per neuron."""
        return self._coefficients.size + len(self._intercepts)

    @property
    def n_stimulus_parameters(self) -> int:
        """None: the weights are for any stimulus."""
        return 0

    def probability(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """See `StimulusRates.probability`."""
        from scipy.special import expit

        features = self._features.of(windows, first_bin, n_bins)
        probability: Floats = expit(features @ self._coefficients + self._intercepts)
        return probability


def fit_stimulus_rates(trials: SpikeRaster, model: str) -> StimulusRates:
    """Fit rates to trials: by the time in the trial if that is the covariate, or by columns.

    Parameters
    ----------
    trials
        Training trials with their covariates.
    model
        Name of the model that needs them, for messages.

    Raises
    ------
    TrainingError
        If there are no covariates.
    """
    windows = trials.covariates
    if windows is None:
        raise TrainingError(
            f"The classical model {model} needs covariates.",
            expected="`covariates = trial-time`, or columns from a file",
            got=f"{plural(trials.n_samples, 'trial')} without covariates",
            hint="leave the model out, or train a run with covariates",
        )
    if follows_trial_time(windows):
        return TrialPSTH(trials)
    return LogisticRates(trials, windows)


def follows_trial_time(windows: CovariateWindows) -> bool:
    """Return whether the covariate is the time in the trial, and nothing else."""
    return windows.covariates.names == (TRIAL_TIME,)


def _log_odds(spikes: NDArray[np.bool_]) -> float:
    """Return the log odds of a spike; a neuron that never fired counts as half a spike."""
    rate = (spikes.sum() + 0.5) / (len(spikes) + 1)
    return float(np.log(rate / (1 - rate)))
