"""Held-out log likelihood in bits per spike, the measure of models of spike trains."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster


class HasLikelihood(Protocol):
    """A model whose exact log likelihood can be asked for."""

    def log_likelihood(self, raster: SpikeRaster) -> Any:
        """Return the natural logarithm for each sample, ``(n_samples,)``."""


def bits_per_spike(model: HasLikelihood, split: Split) -> float | None:
    r"""Return how much more likely a model makes held-out trials than constant rates do.

    .. math:: \frac{\ln L_\mathrm{model} - \ln L_\mathrm{constant}}{n_\mathrm{spikes} \ln 2}

    The constant model knows each neuron's rate in the training trials and nothing else: every bin
    is independent. Trials are taken whole, since the likelihood of a model with a past begins with
    silence, which is wrong where a window begins within a trial.

    Parameters
    ----------
    model
        A generator or a classical model.
    split
        Its recording, with the covariates that the model needs.

    Returns
    -------
    float or None
        Bits per spike; 0 is no better than constant rates. None if the model has no exact
        likelihood, or the split does not know its whole held-out trials, or they have no spike.
        Minus infinity if the model rules out what was recorded.

    References
    ----------
    Paninski, Maximum likelihood estimation of cascade point-process neural encoding models,
    Network 15 (2004); Pei et al., Neural Latents Benchmark, NeurIPS (2021).

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated", neurons=slice(0, 3)), 16)
    >>> class Louder:
    ...     def log_likelihood(self, raster):
    ...         return constant_log_likelihood(parts, raster) + 1
    >>> bits_per_spike(Louder(), parts) > 0
    True
    """
    import torch

    trials = split.held_out_trials
    if trials is None:
        return None
    try:
        with torch.no_grad():
            found = np.asarray(model.log_likelihood(trials))
    except NotImplementedError:
        return None
    n_spikes = float(trials.spikes.sum())
    gain = np.sum(found, dtype=np.float64) - constant_log_likelihood(split, trials).sum()
    return float(gain) / (n_spikes * math.log(2)) if n_spikes else None


def constant_log_likelihood(split: Split, raster: SpikeRaster) -> np.ndarray[Any, Any]:
    """Return the log likelihood of each sample given the rates of the training trials alone.

    Parameters
    ----------
    split
        Whose training trials give the rates; half a spike and half a silent bin are added, so
        that a neuron that is silent there does not make held-out spikes impossible.
    raster
        Of the same neurons.

    Returns
    -------
    numpy.ndarray
        Natural logarithms, shape ``(n_samples,)``.
    """
    trained = split.trials
    spikes, bins = trained.spikes.sum((0, 1)), trained.n_samples * trained.n_bins
    rate = (spikes + 0.5) / (bins + 1)
    counts = raster.spikes.sum(1)
    found: np.ndarray[Any, Any] = counts @ np.log(rate) + (raster.n_bins - counts) @ np.log1p(-rate)
    return found
