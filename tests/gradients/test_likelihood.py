"""Probabilities of observed patterns, and their derivatives, without state vectors."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.gradients.adjoint import pattern_probabilities
from neuroqgan.gradients.line_likelihood import pattern_likelihood
from neuroqgan.gradients.pattern_kernel import BINS
from neuroqgan.simulation.lanes import LANES
from tests.helpers import several_threads

BONDS = [[], [True], [True] * 4, [True, False, True, True], [False] * 3]


Parts = tuple[torch.Tensor, torch.Tensor, torch.Tensor]


def _parts(
    n_bins: int, n_values: int, n_layers: int, n_neurons: int, *, own: int = 0, seed: int = 0
) -> Parts:
    """Drives, what values of the latent add, and later angles; of as many stretches' own."""
    random = np.random.default_rng(seed)
    stretches = (own,) if own else ()
    shapes = (
        (own or 1, n_bins, n_neurons),
        (*stretches, n_values, n_neurons),
        (*stretches, n_layers - 1, n_neurons),
    )
    drive, by_value, later = (
        torch.from_numpy(random.normal(size=shape).astype(np.float32)) for shape in shapes
    )
    return drive, by_value, later


def _first(drive: torch.Tensor, by_value: torch.Tensor) -> torch.Tensor:
    """Angles of the first layer, ``(n_stretches, n_bins, n_values, n_neurons)``."""
    return np.pi * torch.sigmoid(drive.unsqueeze(2) + by_value.unsqueeze(-3))


def _patterns(n_neurons: int) -> np.ndarray:
    bits = (np.arange(1 << n_neurons)[:, None] >> np.arange(n_neurons)) & 1
    return bits.astype(bool)


def _plain(
    drive: torch.Tensor,
    by_value: torch.Tensor,
    later: torch.Tensor,
    spikes: np.ndarray,
    bonds: np.ndarray,
) -> torch.Tensor:
    """The same in double precision, by state vectors and torch alone."""
    first = _first(drive, by_value)
    shape, (n_latents, n_neurons) = first.shape[:3], first.shape[2:]
    first = first.flatten(0, 1)
    n_cells = len(first)
    rows = later.unsqueeze(-3).unsqueeze(-3)
    rows = rows.expand(*shape, *rows.shape[-2:]).flatten(0, 1)
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
    index = torch.from_numpy(spikes.reshape(n_cells, -1) @ (1 << np.arange(n_neurons)))
    return state[torch.arange(n_cells), :, index].square().reshape(shape)


@pytest.mark.parametrize("n_layers", [1, 2, 3, 4])
@pytest.mark.parametrize("entangling", ["line", "none"])
def test_it_agrees_with_the_state_vector_for_every_pattern(n_layers: int, entangling: str) -> None:
    ansatz = CellAnsatz(5, n_layers, entangling)
    drive, by_value, later = _parts(1, 3, n_layers, 5, seed=n_layers)
    whole = torch.cat([_first(drive, by_value)[0, 0].unsqueeze(1), later.expand(3, -1, -1)], 1)
    exact = pattern_probabilities(ansatz, whole)
    patterns = _patterns(5)[None]
    bonds = np.full(4, entangling == "line")
    found = pattern_likelihood(drive.expand(-1, 32, -1), by_value, later, patterns, bonds)[0]
    assert found.shape == (32, 3)
    assert np.allclose(found.T, exact, atol=1e-6)
    assert np.allclose(found.sum(0), 1, atol=1e-5)


@pytest.mark.parametrize("own", [0, 3, 2 * LANES + 1], ids=lambda own: f"own {own}")
@pytest.mark.parametrize("n_layers", [1, 2, 3, 4])
@pytest.mark.parametrize("bonds", BONDS, ids=str)
def test_probabilities_and_gradients_agree_with_plain_torch(
    n_layers: int, bonds: list[bool], own: int
) -> None:
    """With weights that all stretches share, of more bins than a row has, and with their own."""
    n_bins, n_values, n_neurons = 5 if own else 3 * LANES + 5, 3, len(bonds) + 1
    joined = np.array(bonds, bool)
    random = np.random.default_rng(n_layers)
    spikes = random.random((own or 1, n_bins, n_neurons)) < 0.5
    share = torch.from_numpy(random.normal(size=(own or 1, n_bins, n_values)))
    parts = _parts(n_bins, n_values, n_layers, n_neurons, own=own)
    mine = [part.clone().requires_grad_(True) for part in parts]
    plain = [part.double().requires_grad_(True) for part in parts]
    found = pattern_likelihood(*mine, spikes, joined)
    exact = _plain(*plain, spikes, joined)
    assert torch.allclose(found.double(), exact, atol=1e-6)
    slopes = torch.autograd.grad((found * share.float()).sum(), mine, allow_unused=True)
    wanted = torch.autograd.grad((exact * share).sum(), plain, allow_unused=True)
    for slope, other in zip(slopes, wanted, strict=True):
        if slope is None:
            # There is no angle after the first layer.
            assert n_layers == 1
            continue
        assert slope.shape == other.shape
        assert torch.allclose(slope.double(), other, rtol=1e-4, atol=1e-5)
    assert slopes[0].abs().max() > 1e-3


def test_parts_of_a_stretch_that_threads_share_add_up() -> None:
    """More bins than one thread takes, and a number of them that does not divide them."""
    n_bins = 2 * BINS + 3
    parts = [part.requires_grad_() for part in _parts(n_bins, 2, 3, 4, own=2)]
    spikes = np.random.default_rng(1).random((2, n_bins, 4)) < 0.3
    bonds = np.ones(3, bool)
    whole = torch.autograd.grad(pattern_likelihood(*parts, spikes, bonds).sum(), parts)
    bins = [
        pattern_likelihood(parts[0][:, t : t + 1], *parts[1:], spikes[:, t : t + 1], bonds)
        for t in range(n_bins)
    ]
    for slope, other in zip(
        whole, torch.autograd.grad(torch.cat(bins, 1).sum(), parts), strict=True
    ):
        assert torch.allclose(slope, other, rtol=1e-4, atol=1e-5)


def test_the_gradient_of_a_logarithm_is_a_finite_difference() -> None:
    parts = [part.requires_grad_(True) for part in _parts(4, 2, 3, 6, seed=3)]
    spikes = np.random.default_rng(4).random((1, 4, 6)) < 0.3
    bonds = np.array([True, True, False, True, True])

    def loss(*given: torch.Tensor) -> torch.Tensor:
        return pattern_likelihood(*given, spikes, bonds).sum(2).log().sum()

    slopes = torch.autograd.grad(loss(*parts), parts)
    random = torch.Generator().manual_seed(5)
    for i in range(3):
        ways = [torch.zeros_like(part) for part in parts]
        ways[i] = torch.randn(ways[i].shape, generator=random)
        with torch.no_grad():
            ahead, behind = (
                loss(*(part + step * way for part, way in zip(parts, ways, strict=True)))
                for step in (1e-3, -1e-3)
            )
        difference = float(ahead - behind) / 2e-3
        assert float((slopes[i] * ways[i]).sum()) == pytest.approx(difference, rel=0.02, abs=0.02)


@given(st.floats(-38, 38).map(np.float32), st.floats(-38, 38).map(np.float32), st.booleans())
def test_rare_spikes_and_rare_silence_keep_their_digits(
    drive: np.float32, by_value: np.float32, spike: bool
) -> None:
    """One neuron, one layer: a spike has probability sin(pi sigmoid(u) / 2)**2."""
    given = (torch.full((1, 1, 1), drive), torch.full((1, 1), by_value), torch.zeros(0, 1))
    found = pattern_likelihood(*given, np.full((1, 1, 1), spike), np.zeros(0, bool))
    u = float(drive) + float(by_value)
    share = 1 / (1 + np.exp(-u if spike else u))
    exact = np.sin(np.pi / 2 * share) ** 2
    assert float(found) == pytest.approx(exact, rel=1e-5, abs=1e-36)


def test_drives_beyond_all_bounds_are_certain() -> None:
    drive = torch.tensor([-1e6, 1e6]).reshape(1, 2, 1).requires_grad_()
    by_value = torch.zeros(1, 1, requires_grad=True)
    spikes = np.array([False, True]).reshape(1, 2, 1)
    found = pattern_likelihood(drive, by_value, torch.zeros(1, 1), spikes, np.zeros(0, bool))
    assert found.flatten().tolist() == [1, 1]
    slopes = torch.autograd.grad(found.sum(), (drive, by_value))
    assert all(slope.isfinite().all() for slope in slopes)


def test_aer_counts_what_the_likelihood_says() -> None:
    """The circuit of a cell, measured; within five standard errors of 20,000 shots."""
    shots = 20000
    ansatz = CellAnsatz(4, 3)
    drive, by_value, later = _parts(1, 1, 3, 4, seed=6)
    values = torch.cat([_first(drive, by_value)[0, 0], later]).reshape(1, -1).double().numpy()
    bits = AerShots().measure(ansatz.circuit(), values, n_shots=shots, seed=7)
    counts = np.bincount(bits[0] @ (1 << np.arange(4)), minlength=16)
    found = pattern_likelihood(
        drive.expand(-1, 16, -1), by_value, later, _patterns(4)[None], np.ones(3, bool)
    )
    exact = found.double().numpy()[0, :, 0]
    error = np.sqrt(shots * exact * (1 - exact))
    assert (np.abs(counts - shots * exact) < 5 * error + 2).all()


def test_fifty_neurons_in_one_call() -> None:
    parts = [part.requires_grad_(True) for part in _parts(40, 12, 3, 50)]
    drive, by_value, later = parts
    spikes = np.random.default_rng(0).random((1, 40, 50)) < 0.1
    found = pattern_likelihood(*parts, spikes, np.ones(49, bool))
    found.clamp_min(1e-30).log().sum().backward()
    assert ((found >= 0) & (found <= 1)).all()
    assert all(part.grad.isfinite().all() for part in parts)
    # One layer entangles nothing: every neuron is a two-level system of its own.
    alone = pattern_likelihood(drive, by_value, later[:0], spikes, np.ones(49, bool)).detach()
    spike = torch.sin(_first(drive, by_value).detach().double() / 2).square()
    each = torch.where(torch.from_numpy(spikes)[:, :, None], spike, 1 - spike).prod(3)
    assert torch.allclose(alone.double(), each, rtol=1e-3, atol=1e-30)


@pytest.mark.parametrize("own", [0, 100])
def test_neither_values_nor_torch_depend_on_the_number_of_threads(own: int) -> None:
    parts = _parts(100, 4, 3, 5, own=own)
    spikes = np.random.default_rng(0).random((own or 1, 100, 5)) < 0.3
    before = torch.get_num_threads()
    results = []
    most = several_threads()
    for threads in (1, most):
        numba.set_num_threads(threads)
        torch.set_num_threads(1)
        mine = [part.clone().requires_grad_(True) for part in parts]
        found = pattern_likelihood(*mine, spikes, np.ones(4, bool))
        found.square().sum().backward()
        assert torch.get_num_threads() == 1
        results.append(torch.cat([found.detach().ravel(), *(part.grad.ravel() for part in mine)]))
    torch.set_num_threads(before)
    assert torch.equal(*results)
