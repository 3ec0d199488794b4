"""Exact moments, likelihood and sampling of a generator with quantum memory."""

from __future__ import annotations

import itertools
import time
import tracemalloc

import numpy as np
import pytest
import torch

from neuroqgan.errors import InputError
from neuroqgan.gradients.memory_likelihood import log_likelihood, log_probabilities
from neuroqgan.gradients.memory_moments import exact_moments
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state, trainable_state
from neuroqgan.simulation.memory.operators import MemoryOperators, build_operators
from neuroqgan.simulation.memory.sampling import sample_rasters


def _weights(
    n_neurons: int = 3, n_memory: int = 2, n_mixing: int = 3, seed: int = 0
) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(seed)
    shapes = [(n_mixing, n_memory), (n_neurons, 2 * n_memory), (n_neurons, n_memory)]
    drawn = [0.7 * torch.randn(s, generator=random, dtype=torch.double) for s in shapes]
    return [weight.requires_grad_() for weight in drawn]


def _operators(**sizes: int) -> MemoryOperators:
    return build_operators(*_weights(**sizes)).detach()


def _all_windows(n_bins: int, n_neurons: int) -> np.ndarray:
    outcomes = list(itertools.product([False, True], repeat=n_bins * n_neurons))
    return np.array(outcomes).reshape(-1, n_bins, n_neurons)


def _after(operators: MemoryOperators, spikes: np.ndarray, rho: np.ndarray) -> np.ndarray:
    """Apply a bin's spikes by dense Kraus operators, written out."""
    rho = operators.mixing.numpy() @ rho @ operators.mixing.numpy().T
    for n, spiked in enumerate(spikes):
        kraus = np.diag((operators.spike if spiked else operators.silent)[n].numpy())
        if spiked:
            kick = np.ones((1, 1))
            for angle in operators.kick[n].numpy() / 2:
                c, s = np.cos(angle), np.sin(angle)
                kick = np.kron([[c, -s], [s, c]], kick)
            kraus = kick @ kraus
        rho = kraus @ rho @ kraus.T
    return rho


def _brute_force(operators: MemoryOperators, window: np.ndarray, state: torch.Tensor) -> float:
    """Probability of a window."""
    rho = state.numpy()
    for spikes in window:
        rho = _after(operators, spikes, rho)
    return float(np.trace(rho))


def test_likelihood_is_brute_force() -> None:
    operators = _operators()
    state = stationary_state(MemoryChannel(operators))
    windows = _all_windows(2, 3)
    expected = [_brute_force(operators, window, state) for window in windows]
    exact = log_likelihood(operators, windows, state).exp().numpy()
    assert np.allclose(exact, expected, atol=1e-10)
    assert exact.sum() == pytest.approx(1, abs=1e-9)


def test_burn_in_bins_are_given() -> None:
    operators = _operators()
    state = stationary_state(MemoryChannel(operators))
    windows = _all_windows(2, 3)
    joint = log_likelihood(operators, windows, state)
    given = log_likelihood(operators, windows[:, :1], state)
    later = log_likelihood(operators, windows, state, n_burn_in=1)
    assert torch.allclose(joint - given, later, atol=1e-10)


def test_moments_are_brute_force() -> None:
    operators = _operators(n_neurons=2)
    channel = MemoryChannel(operators)
    state = stationary_state(channel)
    windows = _all_windows(3, 2)
    p = np.array([_brute_force(operators, window, state) for window in windows])
    exact = exact_moments(channel, state, n_lags=2)
    values = windows.astype(float)
    # The stationary state is found to 1e-5.
    assert np.allclose(exact.rate.numpy(), p @ values[:, 0], atol=1e-6)
    assert np.allclose(exact.pairs.numpy(), p @ (values[:, 0, 0] * values[:, 0, 1]), atol=1e-6)
    counts = windows[:, 0].sum(1)
    expected = [p[counts == k].sum() for k in range(3)]
    assert np.allclose(exact.k_probability.numpy(), expected, atol=1e-6)
    for lag in (1, 2):
        products = np.einsum("w,wi,wj->ij", p, values[:, 0], values[:, lag])
        assert np.allclose(exact.lagged[lag - 1].numpy(), products, atol=1e-6)


def test_moments_agree_with_one_another() -> None:
    channel = MemoryChannel(_operators(n_neurons=5, n_memory=3))
    state = stationary_state(channel)
    exact = exact_moments(channel, state, n_lags=2)
    some = exact_moments(channel, state, n_lags=2, first=[3, 1])
    k = torch.arange(6, dtype=torch.double)
    assert float(exact.k_probability.sum()) == pytest.approx(1, abs=1e-9)
    assert float(exact.k_probability @ k) == pytest.approx(float(exact.rate.sum()), abs=1e-9)
    both = float(exact.k_probability @ (k * (k - 1))) / 2
    assert both == pytest.approx(float(exact.pairs.sum()), abs=1e-9)
    assert torch.allclose(some.lagged, exact.lagged[:, [3, 1]])
    assert exact_moments(channel, state, n_lags=0).lagged.shape == (0, 5, 5)


@pytest.mark.slow
@pytest.mark.parametrize("n_memory", [1, 3])
def test_gradient_of_the_likelihood(n_memory: int) -> None:
    random = np.random.default_rng(1)
    spikes = random.random((4, 5, 3)) < 0.4
    start = torch.from_numpy(random.standard_normal((4, 1 << n_memory)))
    start /= start.norm(dim=1, keepdim=True)
    share = torch.from_numpy(random.random((4, 5)))

    def loss(*weights: torch.Tensor) -> torch.Tensor:
        return (log_probabilities(build_operators(*weights), spikes, start) * share).sum()

    assert torch.autograd.gradcheck(loss, _weights(n_memory=n_memory))


def _driven(n_windows: int, n_bins: int = 3) -> list[torch.Tensor]:
    """Mixing, emission of every window and bin, and kick."""
    mixing, emission, kick = _weights()
    gain = torch.from_numpy(np.random.default_rng(2).random((n_windows, n_bins, 3, 1)))
    return [mixing, (gain * emission).detach().requires_grad_(), kick]


@pytest.mark.parametrize("n_windows", [1, 2])
def test_gradient_by_the_emission_of_every_window_and_bin(n_windows: int) -> None:
    """Each window is run from two states."""
    random = np.random.default_rng(1)
    spikes = np.repeat(random.random((n_windows, 3, 3)) < 0.4, 2, axis=0)
    start = torch.from_numpy(random.standard_normal((2 * n_windows, 4)))
    start /= start.norm(dim=1, keepdim=True)
    share = torch.from_numpy(random.random((2 * n_windows, 3)))

    def loss(*weights: torch.Tensor) -> torch.Tensor:
        return (log_probabilities(build_operators(*weights), spikes, start) * share).sum()

    assert torch.autograd.gradcheck(loss, _driven(n_windows))


def test_windows_have_emissions_of_their_own() -> None:
    """Together, two windows have the likelihood that each has alone, bin by bin."""
    mixing, emission, kick = (weight.detach() for weight in _driven(2))
    state = torch.eye(4, dtype=torch.double) / 4
    spikes = np.random.default_rng(1).random((2, 3, 3)) < 0.4
    both = log_likelihood(build_operators(mixing, emission, kick), spikes, state)
    for window in range(2):
        bins = [build_operators(mixing, own, kick) for own in emission[window]]
        rho = state.numpy()
        for operators, row in zip(bins, spikes[window], strict=True):
            rho = _after(operators, row, rho)
        assert float(both[window]) == pytest.approx(np.log(np.trace(rho)), abs=1e-9)
    operators, start = build_operators(mixing, emission, kick), torch.eye(4, dtype=torch.double)
    with pytest.raises(InputError, match="shared out") as caught:
        log_probabilities(operators, spikes[[0, 0, 1]], start[:3])
    assert caught.value.got == "3"


def test_gradient_of_the_moments_passes_through_the_stationary_state() -> None:
    weights = _weights()

    def loss(*changed: torch.Tensor) -> torch.Tensor:
        channel = MemoryChannel(build_operators(*changed))
        moments = exact_moments(channel, trainable_state(channel), n_lags=3)
        parts = (moments.rate, moments.pairs, moments.k_probability, moments.lagged)
        return sum(part.sin().square().sum() for part in parts)

    slopes = torch.autograd.grad(loss(*weights), weights)
    random = torch.Generator().manual_seed(3)
    for i, weight in enumerate(weights):
        direction = torch.randn(weight.shape, generator=random, dtype=torch.double)
        moved = [
            [w + (h * direction if j == i else 0) for j, w in enumerate(weights)]
            for h in (1e-3, -1e-3)
        ]
        difference = (loss(*moved[0]) - loss(*moved[1])).item() / 2e-3
        assert float((slopes[i] * direction).sum()) == pytest.approx(difference, rel=0.02, abs=2e-3)


def test_samples_have_the_exact_moments() -> None:
    """Within five standard errors of 40,000 rasters."""
    operators = _operators(n_neurons=4, n_memory=3)
    n_samples = 40000
    spikes = sample_rasters(operators, n_samples, 4, 7).astype(float)
    channel = MemoryChannel(operators)
    exact = exact_moments(channel, stationary_state(channel), n_lags=3)

    def agree(measured: np.ndarray, probability: torch.Tensor) -> None:
        p = probability.numpy()
        assert (np.abs(measured - p) < 5 * np.sqrt(p * (1 - p) / n_samples) + 1e-5).all()

    for t in range(4):
        agree(spikes[:, t].mean(0), exact.rate)
    for lag in (1, 2, 3):
        products = np.einsum("si,sj->ij", spikes[:, 0], spikes[:, lag]) / n_samples
        agree(products, exact.lagged[lag - 1])
    counts = np.bincount(spikes[:, 1].sum(1).astype(int), minlength=5) / n_samples
    agree(counts, exact.k_probability)


def test_same_seed_same_raster() -> None:
    operators = _operators()
    first, again, other = (sample_rasters(operators, 50, 6, seed) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    state = torch.diag(torch.tensor([1.0, 0, 0, 0], dtype=torch.double))
    assert sample_rasters(operators, 5, 2, 1, density_matrix=state).shape == (5, 2, 3)


def test_fifty_neurons_take_seconds_and_little_memory() -> None:
    operators = build_operators(*(0.3 * w.detach().float() for w in _weights(50, 6, 8))).detach()
    sample_rasters(operators, 2, 2, 0)  # compiled before the clock starts
    tracemalloc.start()
    start = time.process_time()
    channel = MemoryChannel(operators)
    state = stationary_state(channel)
    moments = exact_moments(channel, state, n_lags=2, first=[0, 1])
    spikes = sample_rasters(operators, 200, 16, 0)
    logs = log_likelihood(operators, spikes[:4], state)
    seconds = time.process_time() - start
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert moments.k_probability.shape == (51,)
    assert bool(torch.isfinite(logs).all())
    assert seconds < 20
    assert peak < 200e6
