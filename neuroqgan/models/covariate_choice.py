"""Whether the time in the trial says anything about the spikes, by cross-validation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import TRIAL_TIME, Covariates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.models.construction import ConstructedModel

    Floats = NDArray[np.float64]

AUTO = "auto"
"""The choice that is left to the recording."""

# Standard deviations of the smoothing that are tried, in bins; 0 is none.
_SMOOTHINGS = (0.0, 1.0, 2.0, 4.0, 8.0)
_FOLDS = 5
_FEWEST_TRIALS = 4
# Standard errors over trials by which the gain must differ from nothing, and its least size.
_CLEARLY, _LEAST_BITS = 3.0, 0.01
_RARE = 1e-4


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
    bits, error = trial_time_gain(split.trials.spikes)
    is_used = bits > max(_CLEARLY * error, _LEAST_BITS)
    found = f"time in the trial explains {bits:.2f} bits per spike"
    if is_used:
        return CovariateChoice(split.with_covariates(TRIAL_TIME), f"{found}; used", bits)
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


def trial_time_gain(spikes: NDArray[np.bool_]) -> tuple[float, float]:
    """Return what the time in the trial explains, in bits per spike, and its standard error.

    Parameters
    ----------
    spikes
        Aligned trials, shape ``(n_trials, n_bins, n_neurons)``.
    """
    n_trials = len(spikes)
    fold = np.arange(n_trials) % min(_FOLDS, n_trials)
    gains = {smoothing: np.zeros(n_trials) for smoothing in _SMOOTHINGS}
    for k in range(fold.max() + 1):
        known, left = spikes[fold != k], spikes[fold == k]
        mean = known.mean(0, dtype=np.float64)
        constant = mean.mean(0)
        without = _log_likelihood(left, np.broadcast_to(constant, mean.shape))
        for smoothing in _SMOOTHINGS:
            by_time = smoothed(mean, smoothing)
            # One more trial of constant rates: nothing that was not seen is impossible.
            by_time = (len(known) * by_time + constant) / (len(known) + 1)
            gains[smoothing][fold == k] = _log_likelihood(left, by_time) - without
    gain = max(gains.values(), key=lambda found: float(found.mean()))
    per_spike = math.log(2) * max(float(spikes.sum()) / n_trials, 1e-9)
    error = float(gain.std(ddof=1)) / math.sqrt(n_trials)
    return float(gain.mean()) / per_spike, error / per_spike


def smoothed(rates: Floats, smoothing: float) -> Floats:
    """Return rates smoothed along time by a Gaussian, ``(n_bins, n_neurons)``.

    Parameters
    ----------
    rates
        Spike probabilities per bin, ``(n_bins, n_neurons)``.
    smoothing
        Standard deviation in bins; 0 leaves rates as they are.
    """
    from scipy.ndimage import gaussian_filter1d

    if smoothing == 0:
        return rates
    found: Floats = gaussian_filter1d(rates, smoothing, axis=0, mode="nearest")
    return found


def _log_likelihood(spikes: NDArray[np.bool_], rates: Floats) -> Floats:
    """Return the log likelihood of every trial under independent bins, ``(n_trials,)``."""
    p = np.clip(rates, _RARE, 1 - _RARE)
    found: Floats = (spikes * np.log(p / (1 - p))).sum((1, 2)) + np.log(1 - p).sum()
    return found
