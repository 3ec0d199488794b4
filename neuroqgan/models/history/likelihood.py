"""Likelihood of stretches of spikes under history-driven cells, and the Fisher scores."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import torch

from neuroqgan.gradients.line_likelihood import pattern_likelihood
from neuroqgan.gradients.markov_paths import path_likelihood
from neuroqgan.models.drive.part import DriveInputs
from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.markov.stationary import stationary_distribution

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.models.drive.markov_chain import MarkovChain
    from neuroqgan.models.drive.no_latent import NoLatent
    from neuroqgan.models.drive.part import Drive
    from neuroqgan.models.drive.rotations import LaterLayers

# Below any probability of a pattern, above where single precision ends.
_LEAST = 1e-30
# Cells per call, since every stretch has a copy of the weights.
_CELLS = 10_000


class HistoryCells(Protocol):
    """What the likelihood needs of a generator, which is a `torch.nn.Module`."""

    drive: Drive
    latent: MarkovChain | NoLatent
    later: LaterLayers

    @property
    def bonds(self) -> NDArray[np.bool_]:
        """Whether CZ joins a neuron to the next one, shape ``(n_neurons - 1,)``."""


def log_likelihood(
    generator: HistoryCells,
    spikes: NDArray[np.bool_],
    filtered: NDArray[np.float32],
    features: NDArray[np.float32] | None = None,
) -> torch.Tensor:
    """Return the log likelihood per bin of stretches of spikes, summed over the latent's paths.

    The forward algorithm of hidden Markov models (Rabiner, Proc. IEEE 77, 257 (1989)); the latent
    starts from its stationary distribution.

    Parameters
    ----------
    generator
        Differentiable by its weights.
    spikes
        ``(n_stretches, n_bins, n_neurons)``.
    filtered
        Filters before every bin, ``(n_stretches, n_bins, n_neurons, n_filters)``.
    features
        Features of the covariates, ``(n_stretches, n_bins, n_features)``.

    Returns
    -------
    torch.Tensor
        Natural logarithm, ``(n_stretches,)``.
    """
    n_stretches, n_bins, n_neurons = spikes.shape
    past = torch.from_numpy(filtered.reshape(n_stretches * n_bins, n_neurons, filtered.shape[3]))
    seen = None
    if features is not None:
        seen = torch.from_numpy(features.reshape(n_stretches * n_bins, -1))
    drive = generator.drive(DriveInputs(past, covariates=seen)).reshape(spikes.shape)
    by_state = generator.latent.by_state()
    emitted = _emitted(generator, drive, by_state, generator.later.bias, spikes)
    if emitted.shape[2] == 1:
        return emitted[..., 0].log().mean(1)
    transitions = generator.latent.transitions()
    start = stationary_distribution(transitions).expand(n_stretches, -1)
    a_bin: torch.Tensor = path_likelihood(emitted, transitions, start) / n_bins
    return a_bin


def fisher_scores(
    generator: HistoryCells,
    spikes: NDArray[np.bool_],
    filtered: NDArray[np.float32],
    state: torch.Tensor | None = None,
) -> tuple[torch.Tensor, torch.Tensor]:
    r"""Return the derivative of every stretch's log likelihood by the weights.

    Fisher's score. For stretches of a free run its mean is zero, its covariance the Fisher
    information, and its covariance with a statistic of the stretch is the derivative of the
    statistic's mean by the weights: :math:`\partial_\theta E[s] = E[s\,\partial_\theta \log p]`.

    Parameters
    ----------
    generator
        Its weights in the order of ``parameters()``.
    spikes, filtered
        See `log_likelihood`.
    state
        The latent's state in the first bin if it is known, ``(n_stretches,)``; its probability
        then counts as well.

    Returns
    -------
    tuple
        Scores, ``(n_stretches, n_parameters)``, and log likelihoods, ``(n_stretches,)``.
    """
    at_once = LANES * max(1, round(_CELLS / (LANES * spikes.shape[1])))
    found = [
        _scores(
            generator,
            spikes[i : i + at_once],
            torch.from_numpy(filtered[i : i + at_once]),
            None if state is None else state[i : i + at_once],
        )
        for i in range(0, len(spikes), at_once)
    ]
    return torch.cat([score for score, _ in found]), torch.cat([value for _, value in found])


class _Cells(torch.nn.Module):
    """What of a generator depends on weights: drives of cells, and the latent's transitions."""

    def __init__(self, generator: HistoryCells) -> None:
        super().__init__()
        self.generator: Any = generator

    def forward(self, filtered: torch.Tensor) -> tuple[torch.Tensor, ...]:
        own = self.generator
        latent = own.latent
        drive = own.drive(DriveInputs(filtered))
        return drive, latent.by_state(), own.later.bias.clone(), latent.transitions()


def _scores(
    generator: HistoryCells,
    spikes: NDArray[np.bool_],
    filtered: torch.Tensor,
    state: torch.Tensor | None,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Give every stretch weights of its own, so that one backward pass keeps them apart."""
    n_stretches = len(spikes)
    cells = _Cells(generator)
    own = {
        name: w.detach().expand(n_stretches, *w.shape).clone().requires_grad_()
        for name, w in cells.named_parameters()
    }

    def one(weights: dict[str, torch.Tensor], past: torch.Tensor) -> tuple[torch.Tensor, ...]:
        value: tuple[torch.Tensor, ...] = torch.func.functional_call(cells, weights, (past,))
        return value

    drive, by_state, later, transitions = torch.func.vmap(one)(own, filtered)
    emitted = _emitted(generator, drive, by_state, later, spikes)
    start = stationary_distribution(transitions)
    known = torch.zeros(n_stretches)
    if state is not None:
        known = start.gather(1, state[:, None])[:, 0].clamp_min(_LEAST).log()
        start = torch.nn.functional.one_hot(state, start.shape[1]).to(start.dtype)
    value = known + path_likelihood(emitted, transitions, start)
    slopes = torch.autograd.grad(value.sum(), list(own.values()))
    return torch.cat([slope.reshape(n_stretches, -1) for slope in slopes], 1), value.detach()


def _emitted(
    generator: HistoryCells,
    drive: torch.Tensor,
    by_state: torch.Tensor,
    later: torch.Tensor,
    spikes: NDArray[np.bool_],
) -> torch.Tensor:
    """Return the probability of what was seen, ``(n_stretches, n_bins, n_states)``."""
    emitted = pattern_likelihood(drive, by_state, later, spikes, generator.bonds)
    return emitted.clamp_min(_LEAST)
