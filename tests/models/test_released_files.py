"""Weights and checkpoints of version 0.1, written by its last commit, are read as they were.

``released/version-0.1.zip`` holds, for every preset, the weights of a training of 3 neurons, and a
checkpoint of the same training before its middle.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
import torch

import neuroqgan as nq
from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import CheckpointError
from neuroqgan.models.registry import build_generator
from neuroqgan.training.checkpoint import load_checkpoint
from neuroqgan.training.settings import TrainingSettings

RELEASED = Path(__file__).with_name("released") / "version-0.1.zip"
CASES: dict[str, dict[str, Any]] = {
    "stationary": {"n_layers": 2, "n_own": 2, "n_shared": 2, "group_size": 2},
    "spiqgan": {"n_layers": 2},
    "history": {},
    "one-bin": {"past": "one-bin"},
    "memory": {"n_memory": 2, "n_mixing": 3},
}


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("released")
    with zipfile.ZipFile(RELEASED) as archive:
        archive.extractall(folder)
    return folder


def _spec(case: str) -> nq.GeneratorSpec:
    preset = "history" if case == "one-bin" else case
    return nq.GeneratorSpec.of(preset, 3, 4, 0.02, **CASES[case])


@pytest.mark.parametrize("case", CASES)
def test_weights_load_and_are_saved_in_the_new_format(
    case: str, released: Path, tmp_path: Path
) -> None:
    generator = nq.load_generator(released / f"{case}.safetensors")
    assert generator.spec == _spec(case)
    generator.save(tmp_path / "now.safetensors")
    again = nq.load_generator(tmp_path / "now.safetensors")
    assert again.spec == generator.spec
    for name, weight in again.named_parameters():
        assert torch.equal(weight, generator.get_parameter(name))


@pytest.mark.parametrize("case", CASES)
def test_an_interrupted_training_resumes_bit_for_bit(
    case: str, released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As the training was made, since free runs take longer than all else.
    monkeypatch.setattr("neuroqgan.models.history.moment_matching.averages._RUNS", 64)
    shots = 4 if case in {"stationary", "spiqgan"} else None
    settings = TrainingSettings(
        steps=40 if case in {"history", "one-bin"} else 10,
        batch=8,
        seed=5,
        critic_latents=4,
        shots=shots,
    )
    # What the simulation made then; today it shows a stimulus.
    split = nq.split(nq.load(RELEASED.with_name("recording.npz")), n_bins=4)
    trainer = build_generator(_spec(case)).trainer(split, settings)
    path = released / f"{case}-early.safetensors"
    load_checkpoint(trainer, path, "a" * 64)
    assert trainer.steps_done in {4, 18}
    while not trainer.finished:
        trainer.step()
    trainer.finish()
    wanted = nq.load_generator(released / f"{case}.safetensors")
    for name, weight in trainer.generator.named_parameters():
        assert torch.equal(weight, wanted.get_parameter(name)), name


def test_a_checkpoint_of_other_hyper_parameters_is_refused(released: Path) -> None:
    split = nq.split(simulate_population(3, 12, 64, seed=1), n_bins=4)
    spec = nq.GeneratorSpec.of("stationary", 3, 4, 0.02, n_layers=3)
    trainer = build_generator(spec).trainer(split)
    with pytest.raises(CheckpointError, match="other settings") as caught:
        load_checkpoint(trainer, released / "stationary-early.safetensors")
    assert "n_layers = 2" in caught.value.expected
