"""Training of a generator with quantum memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from neuroqgan.errors import DivergenceError, TrainingError
from neuroqgan.gradients.memory_likelihood import log_likelihood
from neuroqgan.gradients.memory_moments import MemoryMoments, exact_moments
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.memory.losses import (
    exact_statistics_loss,
    likelihood_losses,
    random_pure_states,
)
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.raster import SpikeRaster
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.simulation.memory.sampling import sample_rasters
from neuroqgan.training.settings import TrainingSettings
from neuroqgan.training.targets import Moment, Targets

MakeRaster = Callable[..., SpikeRaster]


def _generator(n_neurons: int = 3, n_bins: int = 8, **sizes: int) -> MemoryGenerator:
    sizes = {"n_memory": 2, "n_mixing": 4, **sizes}
    return build_generator(GeneratorSpec.of("memory", n_neurons, n_bins, 0.02, **sizes))


def _training(windows: SpikeRaster, steps: int, seed: int = 0, **sizes: int) -> MemoryTrainer:
    generator = _generator(windows.n_neurons, windows.n_bins, **sizes)
    settings = TrainingSettings(steps=steps, seed=seed, batch=64, learning_rate=0.05)
    return MemoryTrainer(generator, windows, settings)


def _teacher(n_samples: int = 2000) -> SpikeRaster:
    """Rasters of a generator of the same kind."""
    generator = _generator()
    random = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.copy_(0.6 * torch.randn(weight.shape, generator=random))
    return SpikeRaster(sample_rasters(generator.operators(), n_samples, 8, 1), 0.02)


def test_training_learns_rates_and_lags() -> None:
    windows = _teacher()
    training = _training(windows, 60)
    first = training.step()
    while not training.finished:
        last = training.step()
    training.average.apply(training.generator)
    channel = MemoryChannel(training.generator.operators().detach())
    moments = exact_moments(channel, stationary_state(channel), n_lags=1)
    spikes = windows.spikes.astype(float)
    lagged = np.einsum("sti,stj->ij", spikes[:, :-1], spikes[:, 1:]) / (len(spikes) * 7)
    assert np.allclose(moments.rate.numpy(), spikes.mean((0, 1)), atol=0.02)
    assert np.allclose(moments.lagged[0].numpy(), lagged, atol=0.02)
    assert last.loss - 0.05 * last.statistics_loss < first.loss
    assert (first.statistics_loss, first.distance) == (None, None)
    assert last.learning_rate < 0.05 * first.learning_rate


def test_steps_are_addressed_by_seed_and_step(make_raster: MakeRaster) -> None:
    windows = make_raster(n_neurons=3)

    def run(seed: int, steps: int = 6) -> tuple[list[float], MemoryTrainer]:
        training = _training(windows, 6, seed)
        return [training.step().loss for _ in range(steps)], training

    losses, whole = run(1)
    assert run(1)[0] == losses
    assert run(2)[0] != losses
    # State moved to another trainer, as a checkpoint does, goes on bit for bit.
    early, part = run(1, 3)
    resumed = _training(windows, 6, 1)
    resumed.generator.load_state_dict(part.generator.state_dict())
    resumed.optimiser.load_state_dict(part.optimiser.state_dict())
    resumed.steps_done = 3
    assert early + [resumed.step().loss for _ in range(3)] == losses
    for mine, theirs in zip(
        resumed.generator.parameters(), whole.generator.parameters(), strict=True
    ):
        assert torch.equal(mine, theirs)


def test_windows_of_another_shape_are_refused(make_raster: MakeRaster) -> None:
    with pytest.raises(TrainingError, match="fit"):
        MemoryTrainer(_generator(4), make_raster(n_neurons=3), TrainingSettings(steps=1))


def test_divergence_is_noticed_before_the_weights_change(make_raster: MakeRaster) -> None:
    training = _training(make_raster(n_neurons=3), 5)
    with torch.no_grad():
        training.generator.kick.fill_(float("nan"))
    before = training.generator.emission.detach().clone()
    with pytest.raises(DivergenceError, match="diverged"):
        training.step()
    assert torch.equal(training.generator.emission, before)


def test_pure_states_have_the_mixed_state_as_their_mean() -> None:
    mixed = torch.tensor([[0.6, 0.2], [0.2, 0.4]], dtype=torch.double)
    drawn = random_pure_states(mixed, 20000, np.random.default_rng(0))
    assert torch.allclose(drawn.norm(dim=1), torch.ones(20000, dtype=torch.double))
    assert torch.allclose(drawn.T @ drawn / 20000, mixed, atol=0.02)


def test_the_likelihood_loss_bounds_the_exact_one_and_nears_it() -> None:
    windows = _teacher(50)
    generator = _training(windows, 1).generator
    operators = generator.operators()
    state = stationary_state(MemoryChannel(operators.detach()))
    exact = -float(log_likelihood(operators, windows.spikes, state).mean().detach()) / 8
    random = np.random.default_rng(0)
    few, many = (
        float(likelihood_losses(operators, windows.spikes, state, n, random).detach().mean())
        for n in (1, 256)
    )
    assert few > many > exact - 0.002
    assert many == pytest.approx(exact, abs=0.003)


def test_the_critic_joins_late_and_its_verdict_counts(make_raster: MakeRaster) -> None:
    windows = make_raster(n_neurons=3)

    def run(weight: float) -> tuple[list[float | None], torch.Tensor]:
        settings = TrainingSettings(steps=10, batch=64, critic_weight=weight)
        training = MemoryTrainer(_generator(3, windows.n_bins), windows, settings)
        distances = [training.step().distance for _ in range(10)]
        return distances, training.generator.emission.detach().clone()

    with_critic, moved = run(10.0)
    assert [distance is None for distance in with_critic] == 7 * [True] + 3 * [False]
    without, other = run(0.0)
    assert without == [None] * 10
    assert not torch.equal(moved, other)


def test_the_critics_loss_has_the_derivative_of_the_mean_verdict(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Against differences between rasters that are drawn with the same random numbers."""
    windows = _teacher(200)
    settings = TrainingSettings(steps=1, batch=60_000, critic_weight=1.0)
    training = MemoryTrainer(_generator(), windows, settings)
    adversary = training.adversary
    assert adversary is not None
    monkeypatch.setattr(adversary, "update", lambda *_: 0.0)
    monkeypatch.setattr(adversary, "critic", lambda rasters: rasters[:, :, 0].sum(1))
    emission = training.generator.emission
    operators = training.generator.operators()
    state = stationary_state(MemoryChannel(operators.detach()))
    loss, _ = training._critic_loss(adversary, operators, state)
    (slope,) = torch.autograd.grad(loss, emission)
    along = torch.zeros_like(emission)
    along[0] = 1.0
    means = []
    for shift in (0.1, -0.1):
        with torch.no_grad():
            emission.add_(shift * along)
            shifted = training.generator.operators()
            emission.sub_(shift * along)
        drawn = sample_rasters(shifted, 60_000, windows.n_bins, 3, density_matrix=state)
        means.append(drawn[:, :, 0].sum(1).mean())
    seen = (means[1] - means[0]) / 0.2
    assert float((slope * along).sum()) == pytest.approx(seen, rel=0.1, abs=0.01)
    assert abs(seen) > 0.05


def test_autocovariances_weigh_more_in_the_exact_statistics() -> None:
    """Moments off by one standard error in one place: the weights over the moments of a kind."""
    n_lags, n_neurons = 2, 2

    def loss(group: str, *place: int) -> float:
        value = {
            "rate": torch.zeros(n_neurons),
            "k": torch.zeros(n_neurons + 1),
            "pair": torch.zeros(1),
            "lagged": torch.zeros(n_lags, n_neurons, n_neurons),
        }
        found = {name: tensor.clone() for name, tensor in value.items()}
        found[group][place] = 1.0
        targets = Targets(
            *(
                Moment(value[name], torch.ones_like(value[name]))
                for name in ("rate", "pair", "k", "lagged")
            )
        )
        moments = MemoryMoments(
            rate=found["rate"],
            pairs=found["pair"],
            k_probability=found["k"],
            lagged=found["lagged"],
            first=(0, 1),
        )
        return float(exact_statistics_loss(moments, targets))

    one = 50 * np.log1p(1 / 50)
    assert loss("rate", 0) == pytest.approx(3 * one / 2, rel=1e-5)
    assert loss("k", 1) == pytest.approx(2 * one / 3, rel=1e-5)
    assert loss("pair", 0) == pytest.approx(one, rel=1e-5)
    assert loss("lagged", 1, 0, 1) == pytest.approx(one / 8, rel=1e-5)
    assert loss("lagged", 1, 1, 1) == pytest.approx(one / 8 + 2 * one / 4, rel=1e-5)
