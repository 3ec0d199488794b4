"""Weights of a latent Markov chain, from a hidden Markov model with full tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.threshold import drive_of_rate
from neuroqgan.models.history.hidden_markov import HiddenMarkovModel, expected_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.history.generator import HistoryGenerator
    from neuroqgan.models.history.hidden_markov import ExpectedCounts

    Floats = NDArray[np.float64]
    Weights = dict[str, torch.Tensor]

_ROUNDS, _ITERATIONS = 50, 25
_DECAY = 1e-5
_LEAST, _MOST = 1e-4, 0.9
_RARE = 1e-4
# Scales the counts so that the likelihood has a size that suits the steps of LBFGS.
_COUNTS = 1e-4


def start_from(
    generator: HistoryGenerator, model: HiddenMarkovModel, spikes: NDArray[np.bool_]
) -> None:
    """Set a generator's latent to what a hidden Markov model has learnt.

    The generator's tables of rates and transitions are of low rank. Their factors begin as those of
    a singular value decomposition of the model's tables, and climb in likelihood from there by a
    generalised expectation maximisation (Dempster et al., J. R. Stat. Soc. B 39, 1 (1977)), in
    which LBFGS takes the place of the closed form that tables of full rank have.

    Parameters
    ----------
    generator
        Its threshold, latent and transitions are set; the rest stays.
    model
        With as many states as the generator's latent.
    spikes
        Trials that the model was fitted to, ``(n_trials, n_bins, n_neurons)``.
    """
    own = {"threshold": generator.threshold.weight, **dict(generator.latent.named_parameters())}
    rank = own["state"].shape[1], own["leave"].shape[1]
    weights = _factorised(model, spikes.mean((0, 1)), rank)
    for _ in range(_ROUNDS):
        _climb(weights, expected_counts(spikes, _tables(weights)))
    with torch.no_grad():
        for name, weight in weights.items():
            own[name].copy_(weight)


def _factorised(model: HiddenMarkovModel, mean: Floats, rank: tuple[int, int]) -> Weights:
    drive, threshold = (drive_of_rate(p, _LEAST, _MOST) for p in (model.rates, mean))
    state, state_weight = _factors(drive - threshold, rank[0])
    logs = np.log(model.transitions + _RARE)
    leaving = logs - np.diag(np.diag(logs))
    prior = leaving.sum(0) / (len(logs) - 1)
    rest = leaving - prior
    np.fill_diagonal(rest, 0)
    leave, enter = _factors(rest, rank[1])
    weights = {
        "threshold": threshold,
        "state": state,
        "state_weight": state_weight.T,
        "leave": leave,
        "enter": enter,
        "stay": np.diag(logs) - prior,
        "prior": prior - prior.mean(),
    }
    return {
        name: torch.tensor(np.ascontiguousarray(weight), requires_grad=True)
        for name, weight in weights.items()
    }


def _factors(matrix: Floats, rank: int) -> tuple[Floats, Floats]:
    """Return the two sides of a matrix of a rank, ``(n, rank)`` and ``(rank, m)``."""
    left, size, right = np.linalg.svd(matrix, full_matrices=False)
    root = np.sqrt(size[:rank])
    missing = rank - len(root)  # of a matrix that has fewer rows or columns
    first = np.pad(left[:, :rank] * root, ((0, 0), (0, missing)))
    return first, np.pad(root[:, None] * right[:rank], ((0, missing), (0, 0)))


def _logs(weights: Weights) -> tuple[torch.Tensor, torch.Tensor]:
    """Return spike probabilities by value, and logarithms of the transitions'."""
    drive = weights["threshold"] + weights["state"] @ weights["state_weight"].T
    p = torch.sin(math.pi / 2 * torch.sigmoid(drive)).square().clamp(1e-6, 1 - 1e-6)
    logits = weights["leave"] @ weights["enter"] + weights["prior"] + torch.diag(weights["stay"])
    return p, torch.log_softmax(logits, 1)


def _tables(weights: Weights) -> HiddenMarkovModel:
    with torch.no_grad():
        p, chain = _logs(weights)
    return HiddenMarkovModel(p.numpy(), chain.exp().numpy())


def _climb(weights: Weights, counts: ExpectedCounts) -> None:
    """Raise the expected likelihood of the counts."""
    occupied, fired, moved = (
        torch.from_numpy(_COUNTS * count)
        for count in (counts.occupied[:, None], counts.fired, counts.moved)
    )
    optimiser = torch.optim.LBFGS(
        weights.values(), max_iter=_ITERATIONS, line_search_fn="strong_wolfe"
    )

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        p, chain = _logs(weights)
        likelihood = (fired * p.log() + (occupied - fired) * (1 - p).log()).sum()
        likelihood = likelihood + (moved * chain).sum()
        size = torch.stack([weight.square().sum() for weight in weights.values()]).sum()
        value: torch.Tensor = _DECAY * size - likelihood
        value.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        return value

    optimiser.step(loss)  # type: ignore[no-untyped-call]  # torch has no type for it
