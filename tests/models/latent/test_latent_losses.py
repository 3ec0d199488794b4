from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.data.simulate import simulate_population
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.latent.critic_rasters import AerRasters, ExactRasters
from neuroqgan.models.latent.group_moments import GroupMoments, group_moments
from neuroqgan.models.latent.losses import lagged_moments, statistics_loss
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.training.targets import Moment, Targets


def _grouped_generator(n_neurons: int = 5, group_size: int = 3):
    spec = GeneratorSpec.of(
        "stationary", n_neurons, n_bins=4, bin_width=0.02, group_size=group_size
    )
    generator = build_generator(spec)
    generator.initialise(np.linspace(0.1, 0.4, n_neurons), 0)
    return generator


def test_errors_are_the_spread_of_new_recordings() -> None:
    parts = [simulate_population(4, 40, 160, seed=5).windows(16)]
    whole = simulate_population(4, 2000, 160, seed=5)
    rates = [
        whole.take(slice(i, i + 40)).windows(16).spikes.mean((0, 1)) for i in range(0, 2000, 40)
    ]
    stated = Targets.from_windows(parts[0]).rate.error.numpy()
    # Windows of one trial are correlated, so that the true spread is somewhat larger.
    ratio = np.std(rates, axis=0) / stated
    assert np.all((ratio > 0.6) & (ratio < 2))


def test_lagged_moments_by_hand() -> None:
    marginals = torch.rand(2, 3, 5, 2, generator=torch.Generator().manual_seed(0))
    found = lagged_moments(marginals, 3)
    by_hand = (marginals[1, :, :-2, 0] * marginals[1, :, 2:, 1]).mean()
    assert found.shape == (2, 3, 2, 2)
    assert torch.allclose(found[1, 1, 0, 1], by_hand)


def _deviating(group: str, lag: int = 1, i: int = 0, j: int = 0) -> float:
    """The loss of moments that are off by one standard error in both halves, in one place."""
    n_bins, n_neurons = 4, 2
    zero, one = torch.zeros(n_neurons), torch.ones(n_neurons)
    marginals = torch.full((2, 3, n_bins, n_neurons), 0.5)
    right = lagged_moments(marginals, n_bins - 1)[0]
    error = torch.ones_like(right)
    value = {
        "rate": 0.5 * one,
        "k": torch.zeros(n_neurons + 1),
        "pair": zero[:1],
        "lagged": right,
    }
    if group == "lagged":
        value[group][lag - 1, i, j] -= 1
    else:
        value[group][0] -= 1
    targets = Targets(
        rate=Moment(value["rate"], one),
        pairs=Moment(value["pair"], one[:1]),
        k_probability=Moment(value["k"], torch.ones(n_neurons + 1)),
        lagged=Moment(value["lagged"], error),
    )
    moments = GroupMoments(
        marginals.flatten(0, 1), torch.zeros(2, 1), torch.zeros(2, n_neurons + 1), None
    )
    return float(statistics_loss(moments, targets))


def test_every_kind_of_moment_has_its_weight() -> None:
    """Each deviation counts its weight over the moments of its kind: 2, 3, 1, and 3 lags of 4."""
    assert _deviating("rate") == pytest.approx(3.0 / 2)
    assert _deviating("k") == pytest.approx(2.0 / 3)
    assert _deviating("pair") == pytest.approx(1.0)
    assert _deviating("lagged", 2, 0, 1) == pytest.approx(1 / 12)
    # An autocovariance counts among the lagged moments, and twice among those of its kind.
    assert _deviating("lagged", 3, 1, 1) == pytest.approx(1 / 12 + 2 / 6)


def test_deviations_of_the_halves_are_multiplied_in_standard_errors() -> None:
    marginals = torch.full((2, 1, 1), 0.0)
    marginals[0], marginals[1] = 0.7, 0.3
    targets = Targets(
        rate=Moment(torch.tensor([0.4]), torch.tensor([0.1])),
        pairs=Moment(torch.zeros(1), torch.ones(1)),
        k_probability=Moment(torch.zeros(2), torch.ones(2)),
        lagged=Moment(torch.zeros(0), torch.zeros(0)),
    )
    moments = GroupMoments(marginals, torch.zeros(2, 1), torch.zeros(2, 2), None)
    # (0.7 - 0.4) / 0.1 times (0.3 - 0.4) / 0.1
    assert float(statistics_loss(moments, targets)) == pytest.approx(3.0 * 3 * -1, rel=1e-5)


def test_two_halves_remove_the_bias_of_squares(make_raster) -> None:
    windows = make_raster(n_samples=4000, n_bins=4, n_neurons=3, rate=0.3)
    targets = Targets.from_windows(windows)
    random = np.random.default_rng(1)
    unbiased, squared = [], []
    for _ in range(400):
        # A perfect generator, seen through a small batch.
        spikes = torch.from_numpy(random.random((40, 4, 3)) < 0.3).float()
        first, second = np.triu_indices(3, 1)
        pairs = (spikes[..., first] * spikes[..., second]).reshape(2, -1, 3).mean(1)
        counts = torch.nn.functional.one_hot(spikes.sum(2).long(), 4).float()
        moments = GroupMoments(spikes, pairs, counts.reshape(2, -1, 4).mean(1), None)
        unbiased.append(float(statistics_loss(moments, targets)))
        same = GroupMoments(
            torch.cat([spikes[:20], spikes[:20]]),
            pairs[:1].repeat(2, 1),
            moments.k_probability[:1].repeat(2, 1),
            None,
        )
        squared.append(float(statistics_loss(same, targets)))
    noise = np.std(unbiased) / np.sqrt(len(unbiased))
    # What is left is the deviation of the finite recording itself, about one each term.
    assert abs(np.mean(unbiased)) < 5 * noise + 12
    assert np.mean(squared) > 10 * abs(np.mean(unbiased))


@pytest.mark.parametrize("source", [AerRasters(), ExactRasters()], ids=["aer", "exact"])
def test_moments_are_those_of_the_rasters(source) -> None:
    generator = _grouped_generator()
    angles = generator.angles(generator.noise(300, 4, 1)).detach()
    moments = group_moments(generator, AdjointEngine(), angles, n_parts=2, seed=0)
    shots = source.draw(generator, angles, 64, seed=3).astype(float)
    assert shots.shape == (300, 64, 4, 5)
    marginals = moments.marginals.numpy()
    assert np.abs(shots.mean(1) - marginals).max() < 6 * 0.5 / np.sqrt(64)
    first, second = np.triu_indices(5, 1)
    pairs = (shots[..., first] * shots[..., second]).mean((0, 1, 2))
    tolerance = 5 * np.sqrt(0.25 / (300 * 64 * 4))
    assert np.abs(pairs - moments.pairs.mean(0).numpy()).max() < tolerance
    counts = shots.sum(3)
    histogram = np.array([(counts == k).mean() for k in range(6)])
    assert np.abs(histogram - moments.k_probability.mean(0).numpy()).max() < tolerance
    assert np.array_equal(shots, source.draw(generator, angles, 64, seed=3))
    assert not np.array_equal(shots, source.draw(generator, angles, 64, seed=4))


def test_k_probability_of_groups_sums_to_one_and_has_its_gradient() -> None:
    generator = _grouped_generator(7, 3)
    angles = generator.angles(generator.noise(20, 4, 1))
    moments = group_moments(generator, AdjointEngine(), angles, n_parts=2, seed=0)
    assert torch.allclose(moments.k_probability.sum(1), torch.ones(2), atol=1e-5)
    by_k = (moments.k_probability.mean(0) * torch.arange(8)).sum()
    by_neuron = moments.marginals.sum(2).mean()
    assert torch.allclose(by_k, by_neuron, atol=1e-4)
    parameters = list(generator.parameters())
    by_count = torch.autograd.grad(by_k, parameters, retain_graph=True)
    by_marginal = torch.autograd.grad(by_neuron, parameters)
    for one, other in zip(by_count, by_marginal, strict=True):
        assert torch.allclose(one, other, atol=1e-4)
