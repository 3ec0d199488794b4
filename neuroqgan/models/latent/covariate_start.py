"""Weights of the drive of covariates, before latents are trained."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.covariates import PRIOR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.latent.noise_driven import LatentGenerator

    Floats = NDArray[np.float32]

_STEPS, _LEARNING_RATE, _BETAS = 200, 0.05, (0.9, 0.99)
_RARE = 1e-6
# Bins of trials per step, where trials have covariates of their own.
_MOST_ROWS = 4_000


def fit_covariates(
    generator: LatentGenerator,
    part: CovariatePart,
    spikes: NDArray[np.bool_],
    covariates: CovariateWindows,
    random: np.random.Generator,
) -> None:
    r"""Raise the likelihood of single bins given their covariates, as if they were independent.

    With :math:`p_i(c)` the rate of a neuron on its own, averaged over its latents
    (`LatentGenerator.mean_rates`), Adam raises the mean over bins of

    .. math:: \sum_i x_i \ln p_i(c) + (1 - x_i) \ln(1 - p_i(c)).

    Latents then have to learn only how spikes of the same stimulus go together. No circuit is run,
    so the weights are the same whatever differentiates circuits afterwards.

    Parameters
    ----------
    generator
        Initialised.
    part
        Its drive of covariates.
    spikes
        Whole trials, ``(n_trials, n_bins, n_neurons)``.
    covariates
        Of these trials.
    random
        Chooses bins, where trials have covariates of their own.
    """
    features, seen = _rows(part, spikes, covariates)
    weights = [*part.parameters(), *generator.rate_weights]
    optimiser = torch.optim.Adam(weights, _LEARNING_RATE, betas=_BETAS)
    for step in range(_STEPS):
        chosen = np.arange(len(features))
        if len(features) > _MOST_ROWS:
            chosen = random.integers(len(features), size=_MOST_ROWS)
        x = torch.from_numpy(seen[chosen])
        added = part.values(torch.from_numpy(features[chosen]))
        # A window may begin anywhere, so that every bin of the trial is any bin of a window.
        p = generator.mean_rates(added[:, None]).mean(1).clamp(_RARE, 1 - _RARE)
        likelihood = (x * p.log() + (1 - x) * (1 - p).log()).sum(-1).mean()
        loss = PRIOR * part.penalty() / spikes[..., 0].size - likelihood
        for group in optimiser.param_groups:
            group["lr"] = _LEARNING_RATE * 0.5 * (1 + math.cos(math.pi * step / _STEPS))
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        optimiser.step()
    optimiser.zero_grad()


def _rows(
    part: CovariatePart, spikes: NDArray[np.bool_], covariates: CovariateWindows
) -> tuple[Floats, Floats]:
    """Return features of bins and the spikes seen with them; equal trials are averaged."""
    seen = spikes.astype(np.float32)
    if covariates.covariates.is_shared:
        covariates, seen = covariates.take([0]), seen.mean(0, keepdims=True)
    features = part.features(covariates)
    n_rows = features.shape[0] * features.shape[1]
    return features.reshape(n_rows, -1), seen.reshape(n_rows, -1)
