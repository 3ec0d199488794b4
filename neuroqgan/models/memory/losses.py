"""Losses of a generator with quantum memory: likelihood of windows, and exact moments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.gradients.memory_likelihood import log_probabilities, mixed
from neuroqgan.training.targets import AUTO_WEIGHT, K_WEIGHT, RATE_WEIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.gradients.memory_moments import MemoryMoments
    from neuroqgan.simulation.memory.operators import MemoryOperators
    from neuroqgan.training.targets import Moment, Targets

# Squared deviations grow with their logarithm above this, so that no moment that is still far off
# outweighs all others.
_LARGE = 50.0


def likelihood_losses(
    operators: MemoryOperators,
    spikes: NDArray[np.bool_],
    state: torch.Tensor,
    n_starts: int,
    random: np.random.Generator,
) -> torch.Tensor:
    """Return minus the log likelihood of windows, a bin of each, ``(n_windows,)``.

    Every window is run from a few random pure states whose mean is a mixed one. The mean
    probability over these is unbiased, and its logarithm a lower bound of the likelihood that
    rises to it with their number (Burda et al., arXiv:1509.00519).

    Parameters
    ----------
    operators
        The generator.
    spikes
        ``(n_windows, n_bins, n_neurons)``.
    state
        Density matrix before the first bin; no gradient passes through it.
    n_starts
        Pure states a window.
    random
        Source of the pure states.
    """
    n_rows = len(spikes) * n_starts
    start = random_pure_states(state, n_rows, random)
    logs = log_probabilities(operators, np.repeat(spikes, n_starts, axis=0), start)
    even = torch.full((len(spikes), n_starts), -float(np.log(n_starts)), dtype=logs.dtype)
    losses: torch.Tensor = -mixed(logs, even, 0) / spikes.shape[1]
    return losses


def random_pure_states(
    state: torch.Tensor, n_states: int, random: np.random.Generator
) -> torch.Tensor:
    r"""Draw pure states whose projectors have a density matrix as their mean.

    Eigenvectors are summed with the roots of their weights and random signs,
    :math:`\sum_i \pm\sqrt{\lambda_i}\,|i\rangle`.

    Returns
    -------
    torch.Tensor
        Normalised, ``(n_states, dimension)``.
    """
    weight, vectors = torch.linalg.eigh(state.detach())
    weight = weight.clamp_min(0)
    roots = (weight / weight.sum()).sqrt()
    sign = torch.as_tensor(random.choice([-1.0, 1.0], size=(n_states, len(roots))))
    drawn: torch.Tensor = (sign.to(roots.dtype) * roots) @ vectors.T
    return drawn


def exact_statistics_loss(moments: MemoryMoments, targets: Targets) -> torch.Tensor:
    """Compare exact moments with the recording's, in its standard errors.

    Parameters
    ----------
    moments
        With as many lags as the targets.
    targets
        Moments of the recording.
    """
    loss = (
        RATE_WEIGHT * _deviation(moments.rate, targets.rate).mean()
        + K_WEIGHT * _deviation(moments.k_probability, targets.k_probability).mean()
    )
    if len(moments.pairs):
        loss = loss + _deviation(moments.pairs, targets.pairs).mean()
    if targets.n_lags:
        first = list(moments.first)
        value, error = targets.lagged.value[:, first], targets.lagged.error[:, first]
        deviation = _robust((moments.lagged - value) / error)
        own = deviation[:, range(len(first)), first]
        loss = loss + deviation.mean() + AUTO_WEIGHT * own.mean()
    return loss


def _deviation(value: torch.Tensor, target: Moment) -> torch.Tensor:
    return _robust((value - target.value) / target.error)


def _robust(scaled: torch.Tensor) -> torch.Tensor:
    return _LARGE * torch.log1p(scaled.square() / _LARGE)
