from __future__ import annotations

import dataclasses
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import (
    CheckpointError,
    ConfigError,
    DivergenceError,
    StorageError,
    TrainingError,
)
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
from neuroqgan.models.latent.group_moments import group_moments
from neuroqgan.models.latent.losses import statistics_loss
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.raster import SpikeRaster
from neuroqgan.training.averaging import WeightAverage
from neuroqgan.training.base import StepReport
from neuroqgan.training.checkpoint import load_checkpoint, save_checkpoint
from neuroqgan.training.loop import CHECKPOINT, METRICS, read_metrics, train
from neuroqgan.training.settings import TrainingSettings

QUICK = TrainingSettings(
    steps=6,
    batch=16,
    gradient_cells=8,
    critic_latents=4,
    shots=4,
    critic_from=0.4,
    checkpoint_every=2,
)


@pytest.fixture(scope="module")
def windows() -> SpikeRaster:
    return simulate_population(4, 40, 160, seed=2).windows(8)


def _trainer(windows: SpikeRaster, settings: TrainingSettings = QUICK, **spec) -> LatentTrainer:
    shape = {"n_neurons": windows.n_neurons, "n_bins": windows.n_bins, "n_layers": 2} | spec
    generator = build_generator(
        GeneratorSpec.of(**({"preset": "stationary", "bin_width": windows.bin_width} | shape))
    )
    return LatentTrainer(generator, windows, settings)


def _weights(trainer: LatentTrainer) -> torch.Tensor:
    return torch.cat([w.detach().flatten() for w in trainer.generator.parameters()]).clone()


GRADIENTS = [
    {"gradient": "adjoint"},
    {"gradient": "adjoint", "exact": True},
    {"gradient": "parameter-shift"},
    {"gradient": "spsa"},
]


@pytest.mark.parametrize("changes", GRADIENTS, ids=str)
@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_every_parameter_moves_and_every_number_is_finite(windows, changes, preset) -> None:
    settings = dataclasses.replace(QUICK, steps=2, critic_from=0.0, **changes)
    trainer = _trainer(windows, settings, preset=preset)
    before = {name: w.detach().clone() for name, w in trainer.generator.named_parameters()}
    while not trainer.finished:
        report = trainer.step()
        assert all(np.isfinite(value) for value in report.to_dict().values())
    for name, weight in trainer.generator.named_parameters():
        assert not torch.equal(weight, before[name]), name


@pytest.mark.parametrize("gradient", ["parameter-shift", "spsa"])
def test_groups_of_equal_size_are_trained_by_shots(windows, gradient: str) -> None:
    settings = dataclasses.replace(QUICK, steps=1, gradient=gradient)
    trainer = _trainer(windows, settings, group_size=2)
    before = _weights(trainer)
    trainer.step()
    assert [group.stop - group.start for group in trainer.generator.groups] == [2, 2]
    assert not torch.equal(before, _weights(trainer))


@pytest.mark.parametrize("changes", GRADIENTS, ids=str)
def test_resuming_is_bit_for_bit(windows, tmp_path: Path, changes) -> None:
    settings = dataclasses.replace(QUICK, **changes)
    whole = _trainer(windows, settings)
    reports = [whole.step() for _ in range(settings.steps)]
    for stop in (1, 4):
        first = _trainer(windows, settings)
        for _ in range(stop):
            first.step()
        save_checkpoint(first, tmp_path / "c.safetensors")
        second = _trainer(windows, settings)
        load_checkpoint(second, tmp_path / "c.safetensors")
        rest = [second.step() for _ in range(settings.steps - stop)]
        assert rest == reports[stop:]
        assert torch.equal(_weights(second), _weights(whole))
        for name, weight in whole.average.weights.items():
            assert torch.equal(second.average.weights[name], weight)


def test_the_loop_writes_metrics_and_checkpoints_and_goes_on(windows, tmp_path: Path) -> None:
    asked = iter([False, False, True])
    stopped = _trainer(windows)
    assert not train(stopped, tmp_path, should_stop=lambda: next(asked))
    assert [row["step"] for row in read_metrics(tmp_path / METRICS)] == [1, 2, 3]

    # A crash in the midst of a line loses that line only.
    with (tmp_path / METRICS).open("a") as lines:
        lines.write('{"step": 4, "lo')
    resumed = _trainer(windows)
    load_checkpoint(resumed, tmp_path / CHECKPOINT)
    assert train(resumed, tmp_path)
    rows = read_metrics(tmp_path / METRICS)
    assert [row["step"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert all(b["seconds"] >= a["seconds"] for a, b in pairwise(rows))
    straight = _trainer(windows)
    train(straight, tmp_path)
    assert torch.equal(_weights(straight), _weights(resumed))


def test_metrics_say_no_more_than_the_weights_when_the_disk_is_full(
    windows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = iter([False, True])
    train(_trainer(windows), tmp_path, should_stop=lambda: next(asked))
    metrics = tmp_path / METRICS
    with metrics.open("a") as lines:
        lines.write('{"step": 3, "loss": 1.0, "seconds": 9.0}\n')
    resumed = _trainer(windows)
    load_checkpoint(resumed, tmp_path / CHECKPOINT)

    def full(*_: object) -> None:
        raise StorageError("No space left.")

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.training.loop.save_checkpoint", full)
        with pytest.raises(StorageError, match="No space left"):
            train(resumed, tmp_path)
    assert [row["step"] for row in read_metrics(metrics)] == [1, 2]
    # Without room for the metrics themselves, they stay as they were.
    before = metrics.read_bytes()
    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.atomic.os.fsync", _no_space)
        resumed = _trainer(windows)
        load_checkpoint(resumed, tmp_path / CHECKPOINT)
        with pytest.raises(StorageError):
            train(resumed, tmp_path)
    assert metrics.read_bytes() == before


def _no_space(_: int) -> None:
    raise OSError(28, "No space left on device")


def test_damaged_and_foreign_checkpoints(windows, tmp_path: Path) -> None:
    path = tmp_path / "c.safetensors"
    trainer = _trainer(windows)
    trainer.step()
    save_checkpoint(trainer, path)
    other = _trainer(windows, dataclasses.replace(QUICK, learning_rate=0.01))
    with pytest.raises(CheckpointError, match="other settings") as caught:
        load_checkpoint(other, path)
    assert (caught.value.expected, caught.value.got) == (
        "learning_rate = 0.03",
        "learning_rate = 0.01",
    )
    with pytest.raises(CheckpointError, match="other settings"):
        load_checkpoint(_trainer(windows, n_layers=3), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    fresh = _trainer(windows)
    weights = _weights(fresh)
    with pytest.raises(CheckpointError, match="truncated"):
        load_checkpoint(fresh, path)
    assert torch.equal(_weights(fresh), weights)
    with pytest.raises(CheckpointError, match="missing"):
        load_checkpoint(fresh, tmp_path / "none.safetensors")


def test_a_loss_that_is_not_finite_stops_before_the_weights_are_lost(windows) -> None:
    trainer = _trainer(windows)
    with torch.no_grad():
        next(iter(trainer.generator.parameters())).fill_(float("nan"))
    rest = [w.detach().clone() for w in list(trainer.generator.parameters())[1:]]
    with pytest.raises(DivergenceError, match="diverged at step 1") as caught:
        trainer.step()
    assert "learning_rate = 0.01" in caught.value.hint
    for weight, before in zip(list(trainer.generator.parameters())[1:], rest, strict=True):
        assert torch.equal(weight, before)


def test_a_loss_that_runs_away_is_stopped(windows, tmp_path: Path, monkeypatch) -> None:
    trainer = _trainer(windows, dataclasses.replace(QUICK, steps=200))

    def step() -> StepReport:
        trainer.steps_done += 1
        loss = 5.0 if trainer.steps_done < 10 else 1e7
        return StepReport(trainer.steps_done, loss, loss, None, 1.0, 0.1)

    monkeypatch.setattr(trainer, "step", step)
    with pytest.raises(DivergenceError, match="diverged by step 29"):
        train(trainer, tmp_path)
    assert json.loads((tmp_path / METRICS).read_text().splitlines()[-1])["step"] == 29


def test_windows_have_to_fit(windows) -> None:
    with pytest.raises(TrainingError, match="do not fit") as caught:
        _trainer(windows, n_bins=9)
    assert caught.value.expected.startswith("9 bins")


def test_the_average_is_plain_first(windows) -> None:
    trainer = _trainer(windows)
    average = WeightAverage(trainer.generator)
    weight = next(iter(trainer.generator.parameters()))
    for value in (1.0, 2.0, 6.0):
        with torch.no_grad():
            weight.fill_(value)
        average.update(trainer.generator)
    average.apply(trainer.generator)
    assert torch.allclose(weight, torch.full_like(weight, 3.0))


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 0},
        {"seed": -1},
        {"batch": 3},
        {"learning_rate": 0.0},
        {"critic_weight": -1.0},
        {"statistics_weight": -1.0},
        {"critic_from": 2.0},
        {"gradient": "spsa", "exact": True},
    ],
    ids=str,
)
def test_impossible_settings(changes) -> None:
    with pytest.raises(ConfigError, match="out of its range"):
        dataclasses.replace(QUICK, **changes)


def _exact_loss(trainer: LatentTrainer) -> float:
    generator = trainer.generator
    angles = generator.angles(generator.noise(2000, generator.spec.n_bins, 99)).detach()
    moments = group_moments(generator, AdjointEngine(), angles, n_parts=2, seed=0)
    return float(statistics_loss(moments, trainer._targets))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("settings", "share"),
    [
        (TrainingSettings(steps=200, batch=128, critic_latents=8, shots=4), 0.1),
        (TrainingSettings(steps=30, batch=128, shots=16, gradient="parameter-shift"), 0.3),
        (TrainingSettings(steps=60, batch=128, shots=16, gradient="spsa"), 0.5),
    ],
    ids=lambda value: getattr(value, "gradient", ""),
)
def test_the_distance_to_the_data_falls(windows, settings, share: float) -> None:
    trainer = _trainer(windows, settings, n_layers=3)
    before = _exact_loss(trainer)
    while not trainer.finished:
        trainer.step()
    trainer.average.apply(trainer.generator)
    assert _exact_loss(trainer) < share * before
