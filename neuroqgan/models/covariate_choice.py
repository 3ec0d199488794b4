"""Whether the time in the trial says anything about the spikes, by cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import TRIAL_TIME, Covariates
from neuroqgan.evaluation.classical.bernoulli import bernoulli_log_likelihood
from neuroqgan.evaluation.classical.trial_psth import TrialPSTH

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.models.construction import ConstructedModel
    from neuroqgan.raster import SpikeRaster

AUTO = "auto"
"""The choice that is left to the recording."""

_FOLDS = 5
_FEWEST_TRIALS = 4
# Standard errors over trials by which the gain must differ from nothing, and its least size.
_CLEARLY, _LEAST_BITS = 3.0, 0.01


@dataclass(frozen=True)
class CovariateChoice:
    """Which covariates a recording is trained with, and why.

    Parameters
    ----------
    split
        The recording with them.
    reason
        In words, for people.
    bits_per_spike
        What the time in the trial explains in trials that it was not estimated from, against
        constant rates; None if that was not asked.
    """

    split: Split
    reason: str
    bits_per_spike: float | None = None


def choose_covariates(split: Split, *, takes_covariates: bool = True) -> CovariateChoice:
    """Decide whether a generator is to know the time in the trial.

    Rates by the time in the trial, smoothed, are estimated from some of the training trials and
    predict the others, against constant rates from the same trials. Held-out trials are not
    looked at.

    Parameters
    ----------
    split
        A recording; its covariates, if it has some, are replaced.
    takes_covariates
        Whether the generator can be driven by covariates at all.

    Examples
    --------
    >>> import numpy as np
    >>> import neuroqgan as nq
    >>> from neuroqgan.models.covariate_choice import choose_covariates
    >>> rates = np.tile([0.02, 0.4], (40, 100))[..., None].repeat(2, axis=2)
    >>> spikes = np.random.default_rng(0).random(rates.shape) < rates
    >>> choose_covariates(nq.split(nq.SpikeRaster(spikes, 0.02), 8)).split.covariates.names
    ('trial-time',)
    """
    if not takes_covariates:
        return CovariateChoice(split.with_covariates(None), "the preset takes no covariates")
    if not split.is_aligned:
        reason = "the recording has a single trial, so the time in it is not used"
        return CovariateChoice(split.with_covariates(None), reason)
    n_trials = split.trials.n_samples
    if n_trials < _FEWEST_TRIALS:
        reason = f"{n_trials} trials to train on are too few to tell whether their time matters"
        return CovariateChoice(split.with_covariates(None), reason)
    timed = split.with_covariates(TRIAL_TIME)
    bits, error = trial_time_gain(timed.trials)
    is_used = bits > max(_CLEARLY * error, _LEAST_BITS)
    found = f"time in the trial explains {bits:.2f} bits per spike"
    if is_used:
        return CovariateChoice(timed, f"{found}; used", bits)
    return CovariateChoice(split.with_covariates(None), f"{found}; not used", bits)


def split_for(
    generator: ConstructedModel, split: Split, covariates: Covariates | str | None
) -> Split:
    """Return a recording with the covariates that a generator is to be trained with.

    Parameters
    ----------
    generator
        With or without sizes.
    split
        The recording.
    covariates
        See `neuroqgan.Generator.fit`.

    Raises
    ------
    RasterError
        If the covariates do not fit the recording.
    """
    if covariates != AUTO:
        return split.with_covariates(covariates)
    if split.covariates is not None:
        return split
    if generator.is_built:
        known = generator.spec.covariates
        uses_time = known is not None and known.is_trial_time
        return split.with_covariates(TRIAL_TIME if uses_time else None)
    return choose_covariates(split, takes_covariates=generator.takes_covariates).split


def trial_time_gain(trials: SpikeRaster) -> tuple[float, float]:
    """Return what the time in the trial explains, in bits per spike, and its standard error.

    Parameters
    ----------
    trials
        Aligned trials that know the time in the trial, ``(n_trials, n_bins, n_neurons)``.
    """
    spikes, n_trials = trials.spikes, trials.n_samples
    fold = np.arange(n_trials) % min(_FOLDS, n_trials)
    gain = np.zeros(n_trials)
    for k in range(fold.max() + 1):
        known, left = trials.take(np.flatnonzero(fold != k)), spikes[fold == k]
        constant = known.spikes.mean((0, 1))
        by_time = TrialPSTH(known).by_bin
        gain[fold == k] = bernoulli_log_likelihood(left, by_time) - bernoulli_log_likelihood(
            left, constant
        )
    per_spike = math.log(2) * max(float(spikes.sum()) / n_trials, 1e-9)
    error = float(gain.std(ddof=1)) / math.sqrt(n_trials)
    return float(gain.mean()) / per_spike, error / per_spike
