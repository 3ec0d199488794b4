"""Statistics can be left out of every training, and weighed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.data.simulate import simulate_population
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.raster import SpikeRaster
from neuroqgan.training.base import BaseTrainer, StepReport
from neuroqgan.training.settings import TrainingSettings

pytestmark = pytest.mark.usefixtures("fewer_runs")


@pytest.fixture(scope="module")
def trials() -> SpikeRaster:
    return simulate_population(3, 20, 96, seed=2)


def _trainer(preset: str, trials: SpikeRaster, steps: int, **weights: float) -> BaseTrainer:
    small = {"n_memory": 2, "n_mixing": 3} if preset == "memory" else {"n_layers": 2}
    spec = GeneratorSpec.of(preset, trials.n_neurons, 8, trials.bin_width, **small)
    settings = TrainingSettings(steps=steps, batch=16, critic_latents=4, shots=4, **weights)
    generator, windows = build_generator(spec), trials.windows(8)
    if preset == "history":
        return HistoryTrainer(generator, trials, settings, windows)
    trainer = {"memory": MemoryTrainer, "stationary": LatentTrainer}[preset]
    return trainer(generator, windows, settings)


def _train(trainer: BaseTrainer) -> tuple[list[StepReport], torch.Tensor]:
    reports = [trainer.step() for _ in range(trainer.settings.steps)]
    weights = [w.detach().flatten() for w in trainer.generator.parameters()]
    return reports, torch.cat(weights).clone()


def test_without_statistics_the_critic_trains_alone_from_the_start(trials: SpikeRaster) -> None:
    trainer = _trainer("stationary", trials, 3, statistics_weight=0.0)
    before = torch.cat([w.detach().flatten() for w in trainer.generator.parameters()]).clone()
    reports, after = _train(trainer)
    assert all(report.distance is not None for report in reports)
    assert all(report.statistics_loss is not None for report in reports)
    assert not torch.equal(before, after)


@pytest.mark.parametrize("preset", ["history", "memory"])
def test_without_statistics_likelihood_trains_alone(preset: str, trials: SpikeRaster) -> None:
    trainer = _trainer(preset, trials, 32, statistics_weight=0.0, critic_weight=0.0)
    reports, _ = _train(trainer)
    assert [report.statistics_loss for report in reports] == [None] * 32
    usual, _ = _train(_trainer(preset, trials, 32, critic_weight=0.0))
    assert usual[-1].statistics_loss is not None


@pytest.mark.slow
@pytest.mark.parametrize("preset", ["history", "memory", "stationary"])
def test_the_weight_counts(preset: str, trials: SpikeRaster) -> None:
    trained = [
        _train(_trainer(preset, trials, 32, statistics_weight=weight, critic_weight=0.0))[1]
        for weight in (1.0, 1.0, 3.0)
    ]
    assert torch.equal(trained[0], trained[1])
    assert not torch.equal(trained[0], trained[2])
    assert all(np.isfinite(weights.numpy()).all() for weights in trained)
