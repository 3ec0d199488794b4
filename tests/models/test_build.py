"""Scripts train what the command line trains, and are told what makes no sense."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import neuroqgan as nq
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split
from neuroqgan.errors import CheckpointError, ConfigError, TrainingError
from neuroqgan.models.base import Generator
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
from neuroqgan.models.latent.engines import build_engine, check_device
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.models.registry import build_generator, preset_names
from neuroqgan.models.weights import check_recording_of, save_generator
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.recording import prepare
from neuroqgan.runs.stages import build_trainer, generator_spec
from neuroqgan.training.checkpoint import load_checkpoint, save_checkpoint

PRESETS = preset_names()
_SMALL: dict[str, Any] = {"steps": 3, "batch": 16, "seed": 5}


@pytest.fixture(scope="module")
def split() -> Split:
    return nq.split(simulate_population(4, 24, 160, seed=1), n_bins=4)


def _short(value: object) -> str:
    # The text of a function holds its address, by which two processes name one test differently.
    return str(getattr(value, "__name__", value))


def _spec(preset: str, **changes: Any) -> nq.GeneratorSpec:
    return nq.GeneratorSpec.of(preset, n_neurons=4, n_bins=4, bin_width=0.02, **changes)


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("gradient", ["adjoint", "spsa"])
def test_what_is_not_given_is_as_from_the_command_line(preset: str, gradient: str) -> None:
    if gradient == "spsa" and preset in {"history", "memory"}:
        return
    flags = {"preset": preset, "gradient": gradient, "bins": 4, "neurons": "0:4"}
    config = build_config(flags).resolved()
    prepared = prepare(config)
    assert _spec(preset) == generator_spec(config, 4, 0.02)
    theirs = build_trainer(config, prepared.split).settings
    settings = nq.TrainingSettings(gradient=gradient)  # type: ignore[arg-type]
    mine = build_generator(_spec(preset)).trainer(prepared.split, settings).settings
    assert mine == theirs
    assert mine.critic_weight == config.decided["critic_weight"] > 1
    assert (mine.steps, mine.shots) == (config.steps, config.shots)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_same_preset_seed_and_recording_give_the_same_weights(
    preset: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.cli.conftest import call

    # Free runs take longer than all else.
    monkeypatch.setattr("neuroqgan.models.history.moment_matching.averages._RUNS", 50)
    recording = simulate_population(4, 24, 160, seed=1)
    nq.save(str(tmp_path / "four.npz"), recording)
    flags = ("--preset", preset, "--bins", 4, "--steps", 3, "--batch", 16, "--seed", 5)
    outcome = call("train", "--data", tmp_path / "four.npz", "--name", "a", *flags, "--json")
    assert outcome.code == 0, outcome.err
    theirs = nq.load_generator(f"{outcome.json['folder']}/generator.safetensors")
    mine = Generator(preset).fit(nq.split(recording, n_bins=4), progress=False, **_SMALL)
    assert mine.spec == theirs.spec
    weights = dict(theirs.named_parameters())
    for name, weight in mine.named_parameters():
        assert torch.equal(weight, weights[name]), name


@pytest.mark.parametrize("preset", PRESETS)
def test_a_trainer_refuses_a_generator_of_another_kind_and_leaves_it(
    preset: str, split: Split
) -> None:
    generator = build_generator(_spec(preset))
    generator.initialise(np.full(4, 0.1), 7)
    before = [weight.detach().clone() for weight in generator.parameters()]
    settings = nq.TrainingSettings(steps=1)
    trainers: dict[str, Any] = {
        "history": lambda: HistoryTrainer(generator, split.trials, settings),  # type: ignore[arg-type]
        "memory": lambda: MemoryTrainer(generator, split.train, settings),  # type: ignore[arg-type]
        "stationary": lambda: LatentTrainer(generator, split.train, settings),  # type: ignore[arg-type]
    }
    trainers.pop("stationary" if preset == "spiqgan" else preset)
    for make in trainers.values():
        with pytest.raises(TrainingError, match="does not train this generator") as caught:
            make()
        assert f"preset {preset}" in caught.value.got
        assert "generator.trainer" in caught.value.hint
    assert all(map(torch.equal, before, generator.parameters()))


def test_trials_have_the_generator_s_neurons(split: Split) -> None:
    generator = build_generator(_spec("history"))
    with pytest.raises(TrainingError, match="do not fit"):
        HistoryTrainer(generator, split.trials.select([0, 1]), nq.TrainingSettings())  # type: ignore[arg-type]


@pytest.mark.parametrize("preset", ["history", "memory"])
def test_likelihood_takes_neither_shots_nor_devices(preset: str, split: Split) -> None:
    generator = build_generator(_spec(preset))
    with pytest.raises(TrainingError, match="exact likelihood"):
        generator.trainer(split, nq.TrainingSettings(gradient="spsa"))
    with pytest.raises(TrainingError, match="on the CPU"):
        generator.trainer(split, device="auto")


@pytest.mark.parametrize(
    ("preset", "changes"),
    [
        ("history", {"exact": True}),
        ("memory", {"shots": 5}),
        ("memory", {"gradient_cells": 3}),
        ("stationary", {"critic_weight": 0, "statistics_weight": 0}),
    ],
)
def test_what_has_no_effect_is_refused_as_from_the_command_line(
    preset: str, changes: dict[str, Any], split: Split
) -> None:
    generator = build_generator(_spec(preset))
    with pytest.raises(TrainingError, match="makes no use of|Nothing is left"):
        generator.trainer(split, nq.TrainingSettings(**changes))


@pytest.mark.parametrize("preset", PRESETS)
def test_bins_are_as_wide_as_the_generator_s(preset: str, split: Split) -> None:
    generator = build_generator(nq.GeneratorSpec.of(preset, 4, 4, 0.5))
    with pytest.raises(TrainingError, match="bins of the recording"):
        generator.trainer(split)


@pytest.mark.parametrize(
    ("make", "changes", "hint"),
    [
        (nq.TrainingSettings, {"gradient": "adjiont"}, "gradient = adjoint"),
        (nq.TrainingSettings, {"exact": "yes"}, ""),
        (nq.TrainingSettings, {"steps": 0}, ""),
        (nq.TrainingSettings, {"steps": 2.5}, ""),
        (nq.TrainingSettings, {"steps": True}, ""),
        (nq.TrainingSettings, {"seed": -1}, ""),
        (nq.TrainingSettings, {"seed": None}, ""),
        (nq.TrainingSettings, {"batch": 3}, ""),
        (nq.TrainingSettings, {"learning_rate": float("nan")}, ""),
        (nq.TrainingSettings, {"critic_weight": float("inf")}, ""),
        (nq.TrainingSettings, {"statistics_weight": "1"}, ""),
        (nq.TrainingSettings, {"critic_from": 1.5}, ""),
        (nq.TrainingSettings, {"gradient": "spsa", "exact": True}, ""),
        (_spec, {"preset": "statoinary"}, "preset = stationary"),
        (_spec, {"preset": "history", "entangling": "lin"}, "entangling = line"),
        (_spec, {"preset": "history", "past": "one-bn"}, "past = one-bin"),
        (_spec, {"preset": "stationary", "n_layers": 0}, ""),
        (_spec, {"preset": "stationary", "group_size": 2.0}, ""),
        (CellAnsatz, {"n_neurons": 3, "entangling": "rnig"}, "entangling = ring"),
        (JobOptions, {"mitigate": "readuot"}, "mitigate = readout"),
        (JobOptions, {"twirling": "gate"}, "twirling = gates"),
        (JobOptions, {"dynamical_decoupling": "XY5"}, "dynamical_decoupling = XY4"),
        (JobOptions, {"rep_delay": -1.0}, ""),
        (JobOptions, {"max_execution_time": -1}, ""),
        (JobOptions, {"fractional_gates": "no"}, ""),
        (Placement, {"max_tiles": 0}, ""),
        (Placement, {"redundant_readout": 0.5}, ""),
        (check_device, {"device": "gpu"}, "device = cpu"),
    ],
    ids=_short,
)
def test_what_makes_no_sense_is_refused_where_it_enters(
    make: Any, changes: dict[str, Any], hint: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        make(**changes)
    assert caught.value.expected
    assert hint in caught.value.hint


@pytest.mark.parametrize("bin_width", [-1, 0, float("nan"), float("inf"), "0.02"])
def test_a_bin_has_a_width(bin_width: Any) -> None:
    with pytest.raises(ConfigError, match="bin_width"):
        nq.GeneratorSpec.of("history", 4, 4, bin_width)


def test_shots_come_from_the_processor() -> None:
    with pytest.raises(ConfigError, match="on the CPU"):
        build_engine(nq.TrainingSettings(gradient="spsa"), "auto")


def test_paths_are_text_or_paths_and_numbers_are_numpy_s_or_python_s(tmp_path: Path) -> None:
    shape = np.zeros((5, 4, 3)).shape
    spec = nq.GeneratorSpec.of("stationary", np.int64(shape[2]), np.int32(4), np.float32(0.5))  # type: ignore[arg-type]
    generator = build_generator(spec)
    generator.initialise(np.full(3, 0.1), 1)
    for path in (str(tmp_path / "a.safetensors"), tmp_path / "b.safetensors"):
        save_generator(generator, path)
        assert nq.load_generator(path).spec == spec
    raster = nq.SpikeRaster(np.ones((2, 3, 2), bool), 0.02)
    for path in (str(tmp_path / "a.npz"), tmp_path / "b.npz"):
        nq.save(path, raster)
        assert nq.load(path) == raster


def test_weights_and_checkpoints_know_their_recording(tmp_path: Path, split: Split) -> None:
    trainer = build_generator(_spec("stationary")).trainer(split)
    path = tmp_path / "c.safetensors"
    for save, load in (
        (
            lambda sha: save_checkpoint(trainer, path, sha),
            lambda sha: load_checkpoint(trainer, path, sha),
        ),
        (
            lambda sha: save_generator(trainer.generator, path, sha),
            lambda sha: check_recording_of(path, sha),
        ),
    ):
        save("a" * 64)
        load("a" * 64)
        load(None)
        with pytest.raises(CheckpointError, match="another recording") as caught:
            load("b" * 64)
        assert (caught.value.expected[-15:-3], caught.value.got[:12]) == ("b" * 12, "a" * 12)
        # An earlier version did not write it.
        save(None)
        load("b" * 64)
