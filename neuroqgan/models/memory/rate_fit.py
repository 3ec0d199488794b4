"""A first fit of covariates: rates of bins that know nothing of one another."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.covariates import PRIOR
from neuroqgan.seeding import step_generator

if TYPE_CHECKING:
    from neuroqgan.models.memory.driven_emission import DrivenEmission
    from neuroqgan.raster import SpikeRaster


_FIT_STREAM = 222
_STEPS, _RATE, _LAST_RATE = 300, 0.05, 0.01
# Trials per step, if their covariates differ.
_TRIALS = 16
_RARE = 1e-6


def fit_rates(driven: DrivenEmission, trials: SpikeRaster, seed: int) -> None:
    r"""Fit threshold and covariates to the spikes of trials, as if there were no memory.

    The likelihood is that of independent bins whose rates are
    :math:`\sin^2\bigl(\pi g_i(t)/2\bigr)`, which a memory without effect would yield. That takes
    seconds, while steps through the memory learn the stimulus and the memory at once only slowly.

    Parameters
    ----------
    driven
        Its weights are changed.
    trials
        Whole trials with their covariates.
    seed
        Seed of the training.
    """
    covariates = trials.covariates
    if covariates is None:
        raise TypeError("no covariates were given")
    spikes = trials.spikes.astype(np.float32)
    if covariates.covariates.is_shared:
        # All trials share their rates, so the mean of their spikes is all that counts.
        spikes, covariates = spikes.mean(0, keepdims=True), covariates.take([0])
    features = driven.part.features(covariates)
    weights = [*driven.part.parameters(), *driven.threshold.parameters()]
    optimiser = torch.optim.Adam(weights, _RATE)
    for step in range(_STEPS):
        cosine = 0.5 * (1 + math.cos(math.pi * step / _STEPS))
        optimiser.param_groups[0]["lr"] = _RATE * (_LAST_RATE + (1 - _LAST_RATE) * cosine)
        chosen = step_generator(seed, _FIT_STREAM, step).permutation(len(spikes))[:_TRIALS]
        seen = torch.from_numpy(spikes[chosen])
        half = math.pi / 2 * driven.gain(torch.from_numpy(features[chosen]))
        spike, silence = torch.sin(half).square() + _RARE, torch.cos(half).square() + _RARE
        log_likelihood = seen * spike.log() + (1 - seen) * silence.log()
        # The likelihood is that of a bin; the prior counts once for all bins.
        prior = PRIOR * driven.part.penalty() / trials.spikes[..., 0].size
        loss = prior - log_likelihood.sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimiser.step()
