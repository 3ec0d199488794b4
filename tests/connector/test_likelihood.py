"""Probabilities of observed patterns, and their derivatives, without state vectors."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import torch

from neuroqgan.backends.shots import AerShots
from neuroqgan.circuits.ansatz import CellAnsatz
from neuroqgan.connector.adjoint import pattern_probabilities
from neuroqgan.connector.likelihood import pattern_likelihood

BONDS = [[], [True], [True] * 4, [True, False, True, True], [False] * 3]


def _angles(
    n_cells: int, n_latents: int, n_layers: int, n_neurons: int, seed: int = 0
) -> tuple[torch.Tensor, torch.Tensor]:
    random = np.random.default_rng(seed)
    first = random.normal(size=(n_cells, n_latents, n_neurons)).astype(np.float32)
    later = random.normal(size=(n_cells, n_layers - 1, n_neurons)).astype(np.float32)
    return torch.from_numpy(first), torch.from_numpy(later)


def _patterns(n_neurons: int) -> np.ndarray:
    bits = (np.arange(1 << n_neurons)[:, None] >> np.arange(n_neurons)) & 1
    return bits.astype(bool)


def _plain(
    first: torch.Tensor, later: torch.Tensor, spikes: np.ndarray, bonds: np.ndarray
) -> torch.Tensor:
    """The same in double precision, by state vectors and torch alone."""
    n_cells, n_latents, n_neurons = first.shape
    rows = later.unsqueeze(1).expand(-1, n_latents, -1, -1)
    angles = torch.cat([first.unsqueeze(2), rows], 2)
    state = torch.zeros(n_cells, n_latents, 1 << n_neurons, dtype=torch.double)
    state[..., 0] = 1
    bits = _patterns(n_neurons)
    joined = (bits[:, :-1] & bits[:, 1:] & bonds).sum(1)
    signs = torch.from_numpy(np.where(joined % 2, -1.0, 1.0))
    n_layers = angles.shape[2]
    for layer in range(n_layers):
        for q in range(n_neurons):
            half = angles[:, :, layer, q, None, None] / 2
            split = state.reshape(n_cells, n_latents, -1, 2, 1 << q)
            low, high = split[..., 0, :], split[..., 1, :]
            turned = [half.cos() * low - half.sin() * high, half.sin() * low + half.cos() * high]
            state = torch.stack(turned, 3).reshape(state.shape)
        if layer < n_layers - 1:
            state = state * signs
    index = torch.from_numpy(spikes @ (1 << np.arange(n_neurons)))
    return state[torch.arange(n_cells), :, index].square()


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4])
@pytest.mark.parametrize("entangling", ["line", "none"])
def test_it_agrees_with_the_state_vector_for_every_pattern(n_layers: int, entangling: str) -> None:
    ansatz = CellAnsatz(5, n_layers, entangling)
    first, later = _angles(1, 3, n_layers, 5, seed=n_layers)
    whole = torch.cat([first[0].unsqueeze(1), later.expand(3, -1, -1)], 1)
    exact = pattern_probabilities(ansatz, whole)
    patterns = _patterns(5)
    bonds = np.full(4, entangling == "line")
    found = pattern_likelihood(
        first.expand(32, -1, -1), later.expand(32, -1, -1), patterns, bonds
    ).numpy()
    assert found.shape == (32, 3)
    assert np.allclose(found.T, exact, atol=1e-6)
    assert np.allclose(found.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4])
@pytest.mark.parametrize("bonds", BONDS, ids=str)
def test_probabilities_and_gradients_agree_with_plain_torch(
    n_layers: int, bonds: list[bool]
) -> None:
    n_cells, n_latents, n_neurons = 19, 3, len(bonds) + 1
    joined = np.array(bonds, bool)
    random = np.random.default_rng(n_layers)
    spikes = random.random((n_cells, n_neurons)) < 0.5
    share = torch.from_numpy(random.normal(size=(n_cells, n_latents)))
    angles = _angles(n_cells, n_latents, n_layers, n_neurons)
    mine = [part.clone().requires_grad_(True) for part in angles]
    plain = [part.double().requires_grad_(True) for part in angles]
    found = pattern_likelihood(*mine, spikes, joined)
    exact = _plain(*plain, spikes, joined)
    assert torch.allclose(found.double(), exact, atol=1e-6)
    slopes = torch.autograd.grad((found * share.float()).sum(), mine, allow_unused=True)
    wanted = torch.autograd.grad((exact * share).sum(), plain, allow_unused=True)
    for own, other in zip(slopes, wanted, strict=True):
        if own is None:
            # There is no angle after the first layer.
            assert n_layers == 1
            continue
        assert own.shape == other.shape
        assert torch.allclose(own.double(), other, atol=3e-6)
    assert slopes[0].abs().max() > 1e-3


def test_the_gradient_of_a_logarithm_is_a_finite_difference() -> None:
    first, later = (part.requires_grad_(True) for part in _angles(4, 2, 3, 6, seed=3))
    spikes = np.random.default_rng(4).random((4, 6)) < 0.3
    bonds = np.array([True, True, False, True, True])

    def loss(first: torch.Tensor, later: torch.Tensor) -> torch.Tensor:
        return pattern_likelihood(first, later, spikes, bonds).sum(1).log().sum()

    slopes = torch.autograd.grad(loss(first, later), (first, later))
    random = torch.Generator().manual_seed(5)
    for i in range(2):
        ways = [torch.zeros_like(first), torch.zeros_like(later)]
        ways[i] = torch.randn(ways[i].shape, generator=random)
        with torch.no_grad():
            ahead = loss(first + 1e-3 * ways[0], later + 1e-3 * ways[1])
            behind = loss(first - 1e-3 * ways[0], later - 1e-3 * ways[1])
        difference = float(ahead - behind) / 2e-3
        assert float((slopes[i] * ways[i]).sum()) == pytest.approx(difference, rel=0.02, abs=0.02)


def test_aer_counts_what_the_likelihood_says() -> None:
    """The circuit of a cell, measured; within five standard errors of 20,000 shots."""
    shots = 20000
    ansatz = CellAnsatz(4, 3)
    first, later = _angles(1, 1, 3, 4, seed=6)
    values = torch.cat([first, later], 1).reshape(1, -1).double().numpy()
    bits = AerShots().measure(ansatz.circuit(), values, n_shots=shots, seed=7)
    counts = np.bincount(bits[0] @ (1 << np.arange(4)), minlength=16)
    exact = (
        pattern_likelihood(
            first.expand(16, -1, -1), later.expand(16, -1, -1), _patterns(4), np.ones(3, bool)
        )
        .numpy()[:, 0]
        .astype(float)
    )
    error = np.sqrt(shots * exact * (1 - exact))
    assert (np.abs(counts - shots * exact) < 5 * error + 2).all()


def test_fifty_neurons_in_one_call() -> None:
    first, later = (part.requires_grad_(True) for part in _angles(40, 12, 3, 50))
    spikes = np.random.default_rng(0).random((40, 50)) < 0.1
    found = pattern_likelihood(first, later, spikes, np.ones(49, bool))
    found.clamp_min(1e-30).log().sum().backward()
    assert ((found >= 0) & (found <= 1)).all()
    assert first.grad.isfinite().all()
    assert later.grad.isfinite().all()
    # One layer entangles nothing: every neuron is a two-level system of its own.
    one_layer = pattern_likelihood(first, later[:, :0], spikes, np.ones(49, bool)).detach()
    spike = torch.sin(first.detach().double() / 2).square()
    each = torch.where(torch.from_numpy(spikes)[:, None], spike, 1 - spike).prod(2)
    assert torch.allclose(one_layer.double(), each, rtol=1e-3, atol=1e-30)


def test_neither_values_nor_torch_depend_on_the_number_of_threads() -> None:
    angles = _angles(100, 4, 3, 5)
    spikes = np.random.default_rng(0).random((100, 5)) < 0.3
    before = torch.get_num_threads()
    results = []
    most = numba.get_num_threads()
    for threads in (1, most):
        numba.set_num_threads(threads)
        torch.set_num_threads(1)
        first, later = (part.clone().requires_grad_(True) for part in angles)
        found = pattern_likelihood(first, later, spikes, np.ones(4, bool))
        found.square().sum().backward()
        assert torch.get_num_threads() == 1
        results.append(torch.cat([found.detach().ravel(), first.grad.ravel(), later.grad.ravel()]))
    torch.set_num_threads(before)
    assert torch.equal(*results)
