"""Training of history-driven cells by their likelihood."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import DivergenceError
from neuroqgan.gradients.adjoint import pattern_probabilities
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.raster import SpikeRaster
from neuroqgan.simulation.filters import filter_spikes
from neuroqgan.simulation.threads import one_torch_thread
from neuroqgan.training.checkpoint import load_checkpoint, save_checkpoint
from neuroqgan.training.settings import TrainingSettings

pytestmark = pytest.mark.usefixtures("fewer_runs")


@pytest.fixture(scope="module")
def trials() -> SpikeRaster:
    return simulate_population(3, 20, 200, seed=2)


def _trainer(trials: SpikeRaster, steps: int, seed: int = 0, batch: int = 16) -> HistoryTrainer:
    spec = GeneratorSpec.of("history", trials.n_neurons, 8, trials.bin_width, n_layers=2)
    settings = TrainingSettings(steps=steps, seed=seed, batch=batch)
    return HistoryTrainer(build_generator(spec), trials, settings)


def _weights(trainer: HistoryTrainer) -> torch.Tensor:
    return torch.cat([w.detach().flatten() for w in trainer.generator.parameters()]).clone()


def _brute_force(generator: HistoryGenerator, spikes: np.ndarray) -> float:
    """Probability of a stretch, the latent's paths summed one by one, from state vectors."""
    (n_bins, n_neurons), n_states = spikes.shape, generator.latent.n_latent_states
    chain = generator.latent.transitions().detach().double().numpy()
    values, vectors = np.linalg.eig(chain.T)
    start = np.real(vectors[:, np.argmax(np.real(values))])
    start /= start.sum()
    filtered = filter_spikes(spikes[None], 5)[0]
    emitted = np.empty((n_bins, n_states))
    for t in range(n_bins):
        past = np.repeat(filtered[t : t + 1], n_states, axis=0)
        angles = torch.from_numpy(generator.angles(past, np.arange(n_states)))
        exact = pattern_probabilities(generator.ansatz(slice(0, n_neurons)), angles)
        emitted[t] = exact[:, int(spikes[t] @ (1 << np.arange(n_neurons)))]
    total = 0.0
    for path in itertools.product(range(n_states), repeat=n_bins):
        p = start[path[0]] * emitted[0, path[0]]
        for t in range(1, n_bins):
            p *= chain[path[t - 1], path[t]] * emitted[t, path[t]]
        total += p
    return float(total)


def test_the_likelihood_is_a_sum_over_the_latents_paths(trials: SpikeRaster) -> None:
    generator = _trainer(trials, 1).generator
    with torch.no_grad():
        generator.latent.state_weight.mul_(4)
        generator.latent.leave.mul_(4)
    spikes = np.random.default_rng(0).random((3, 3, 3)) < 0.4
    found = log_likelihood(generator, spikes, filter_spikes(spikes, 5)).detach().double()
    exact = np.log([_brute_force(generator, stretch) for stretch in spikes]) / 3
    assert np.allclose(found.numpy(), exact, atol=1e-4)


def test_probabilities_of_all_stretches_add_up_to_one(trials: SpikeRaster) -> None:
    generator = _trainer(trials, 1).generator
    outcomes = np.array(list(itertools.product([False, True], repeat=9))).reshape(-1, 3, 3)
    found = log_likelihood(generator, outcomes, filter_spikes(outcomes, 5)).detach()
    assert float((3 * found.double()).exp().sum()) == pytest.approx(1, abs=1e-4)


@pytest.mark.slow
def test_training_learns_rates_and_refractoriness() -> None:
    """Neurons that never fire twice in a row, and of unlike rates."""
    random = np.random.default_rng(1)
    wish = random.random((60, 200, 3)) < [0.05, 0.15, 0.3]
    spikes = np.zeros_like(wish)
    for t in range(wish.shape[1]):
        spikes[:, t] = wish[:, t] & ~spikes[:, t - 1] if t else wish[:, t]
    trainer = _trainer(SpikeRaster(spikes, 0.02), 120, batch=32)
    losses = [trainer.step().loss for _ in range(120)]
    assert trainer.finished
    assert np.mean(losses[-10:]) < np.mean(losses[:3]) - 0.03
    # What a rate and a rest of one bin leave unsure, in natural logarithms a bin.
    rates = np.array([0.05, 0.15, 0.3])
    entropy = -(rates * np.log(rates) + (1 - rates) * np.log(1 - rates)) / (1 + rates)
    assert np.mean(losses[-10:]) == pytest.approx(entropy.sum(), abs=0.03)
    trainer.finish()
    raster = trainer.generator.draw_exactly(2000, 20, 2)
    twice = (raster[:, 1:] & raster[:, :-1]).mean((0, 1))
    apart = raster.mean((0, 1)) ** 2
    assert np.allclose(raster.mean((0, 1)), spikes.mean((0, 1)), rtol=0.1, atol=0.01)
    assert (twice < 0.3 * apart)[1:].all()


def test_every_parameter_moves_and_reports_say_so(trials: SpikeRaster) -> None:
    trainer = _trainer(trials, 32)
    before = {name: w.detach().clone() for name, w in trainer.generator.named_parameters()}
    reports = [trainer.step() for _ in range(32)]
    for name, weight in trainer.generator.named_parameters():
        assert not torch.equal(weight, before[name]), name
    first, last, matched = reports[0], reports[28], reports[29:]
    assert [report.step for report in reports] == list(range(1, 33))
    assert (first.statistics_loss, first.distance) == (None, None)
    assert first.learning_rate == pytest.approx(0.01)
    assert last.learning_rate < 0.1 * first.learning_rate
    assert all(np.isfinite([report.loss, report.gradient_norm]).all() for report in reports)
    assert all(report.statistics_loss is not None for report in matched)


def test_trials_shorter_than_a_stretch(trials: SpikeRaster) -> None:
    trainer = _trainer(SpikeRaster(trials.spikes[:, :5], 0.02), 1)
    assert np.isfinite(trainer.step().loss)


def test_one_layer_and_several_cells(trials: SpikeRaster) -> None:
    spec = GeneratorSpec.of("history", 3, 8, 0.02, n_layers=1, group_size=2)
    trainer = HistoryTrainer(build_generator(spec), trials, TrainingSettings(steps=2, batch=4))
    before = trainer.generator.threshold.weight.detach().clone()
    assert np.isfinite(trainer.step().loss)
    assert not torch.equal(trainer.generator.threshold.weight, before)


@pytest.fixture(name="_as_trained")
def as_trained() -> Iterator[None]:
    """One thread of torch, as in every training: sums of several may differ in the last bit."""
    with one_torch_thread():
        yield


@pytest.mark.slow
@pytest.mark.usefixtures("_as_trained")
def test_resuming_is_bit_for_bit(trials: SpikeRaster, tmp_path: Path) -> None:
    whole = _trainer(trials, 40)
    reports = [whole.step() for _ in range(40)]
    assert [_trainer(trials, 40, seed=1).step()] != reports[:1]
    for stop in (1, 38, 39):  # the last two match statistics
        first = _trainer(trials, 40)
        for _ in range(stop):
            first.step()
        save_checkpoint(first, tmp_path / "c.safetensors")
        second = _trainer(trials, 40)
        load_checkpoint(second, tmp_path / "c.safetensors")
        rest = [second.step() for _ in range(40 - stop)]
        assert rest == reports[stop:]
        assert torch.equal(_weights(second), _weights(whole))
        for name, weight in whole.average.weights.items():
            assert torch.equal(second.average.weights[name], weight)


def test_divergence_is_noticed_before_the_weights_change(trials: SpikeRaster) -> None:
    trainer = _trainer(trials, 5)
    trainer.step()
    with torch.no_grad():
        trainer.generator.threshold.weight.fill_(float("nan"))
    before = trainer.generator.past.own_weight.detach().clone()
    with pytest.raises(DivergenceError, match="diverged at step 2") as caught:
        trainer.step()
    assert "learning_rate = 0.0033" in caught.value.hint
    assert torch.equal(trainer.generator.past.own_weight, before)
    assert trainer.steps_done == 1
