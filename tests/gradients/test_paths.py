"""Sums over a latent's paths."""

from __future__ import annotations

import itertools

import pytest
import torch

from neuroqgan.gradients.markov_paths import path_likelihood

N_BINS, N_STRETCHES, N_STATES = 4, 3, 2


def _inputs(shared: bool) -> tuple[torch.Tensor, ...]:
    random = torch.Generator().manual_seed(0)
    chains = () if shared else (N_STRETCHES,)
    return (
        torch.rand(N_STRETCHES, N_BINS, N_STATES, generator=random) * 1e-3,
        torch.softmax(torch.randn(*chains, N_STATES, N_STATES, generator=random), -1),
        torch.softmax(torch.randn(N_STRETCHES, N_STATES, generator=random), -1),
    )


def _one_by_one(
    emitted: torch.Tensor, chain: torch.Tensor, start: torch.Tensor, stretch: int
) -> torch.Tensor:
    """Add up the probabilities of all paths."""
    own = chain if chain.ndim == 2 else chain[stretch]
    total = torch.zeros((), dtype=torch.float64)
    for path in itertools.product(range(N_STATES), repeat=N_BINS):
        p = start[stretch, path[0]] * emitted[stretch, 0, path[0]]
        for t in range(1, N_BINS):
            p = p * own[path[t - 1], path[t]] * emitted[stretch, t, path[t]]
        total = total + p
    return total.log()


@pytest.mark.parametrize("shared", [True, False])
def test_paths_and_their_derivatives_are_those_of_all_paths_one_by_one(shared: bool) -> None:
    given = [tensor.requires_grad_() for tensor in _inputs(shared)]
    double = [tensor.detach().double().requires_grad_() for tensor in given]
    wanted = torch.stack([_one_by_one(*double, stretch) for stretch in range(N_STRETCHES)])
    found = path_likelihood(*given)
    assert torch.allclose(found.double(), wanted, rtol=1e-6)
    pull = torch.tensor([1.0, -2.0, 0.5])
    slopes = torch.autograd.grad(found @ pull, given)
    exact = torch.autograd.grad(wanted @ pull.double(), double)
    for mine, theirs in zip(slopes, exact, strict=True):
        assert mine.shape == theirs.shape
        assert torch.allclose(mine.double(), theirs, rtol=1e-4, atol=1e-6)


def test_long_stretches_of_rare_patterns_neither_vanish_nor_overflow() -> None:
    emitted = torch.full((1, 3000, N_STATES), 1e-30, requires_grad=True)
    chain = torch.tensor([[0.9, 0.1], [0.2, 0.8]])
    value = path_likelihood(emitted, chain, torch.tensor([[0.5, 0.5]]))
    assert float(value.detach()) == pytest.approx(3000 * -69.0776, rel=1e-5)
    (slope,) = torch.autograd.grad(value.sum(), emitted)
    # Each bin's posterior probabilities add up to one.
    assert torch.allclose((slope * emitted).sum(2), torch.ones(1, 3000), rtol=1e-4)


def test_a_value_that_is_known_to_be_first_needs_no_others() -> None:
    emitted, chain, _ = _inputs(True)
    start = torch.nn.functional.one_hot(torch.tensor([0, 1, 0]), N_STATES).float()
    found = path_likelihood(emitted, chain, start)
    for stretch in range(N_STRETCHES):
        wanted = _one_by_one(emitted.double(), chain.double(), start.double(), stretch)
        assert float(found[stretch]) == pytest.approx(float(wanted), rel=1e-6)
