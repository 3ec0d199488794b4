"""Runs of version 0.1 are found again: the same settings have the same name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.runs import pretrained
from neuroqgan.runs.config_file import build_config, read_config

# What version 0.1 called a run, by what was given.
NAMES: list[tuple[dict[str, Any], str]] = [
    ({}, "simulated-stationary-53c83ace"),
    ({"preset": "history"}, "simulated-history-f4cfcf51"),
    ({"preset": "memory"}, "simulated-memory-2ab3aaa0"),
    ({"preset": "spiqgan"}, "simulated-spiqgan-daa126ce"),
    ({"preset": "history", "past": "bin"}, "simulated-history-23222a0f"),
    ({"preset": "history", "past": "bin", "layers": 3, "seed": 4}, "simulated-history-fc5e97d3"),
    (
        {"preset": "memory", "memory_qubits": 3, "mixing_layers": 7, "emission_qubits": 1},
        "simulated-memory-f13d333b",
    ),
    (
        {"latents": 4, "own_latents": 1, "group_size": 5, "entangling": "ring", "layers": 2},
        "simulated-stationary-38696434",
    ),
    (
        {
            "preset": "spiqgan",
            "gradient": "spsa",
            "steps": 20,
            "shots": 4,
            "gradient_cells": 10,
            "batch": 32,
        },
        "simulated-spiqgan-c2c92dd3",
    ),
    # What were its defaults.
    (
        {"gradient": "parameter-shift", "batch": 256, "shots": 16},
        "simulated-stationary-7fd7be6e",
    ),
    ({"exact": True}, "simulated-stationary-2af2b6e5"),
    ({"device": "auto"}, "simulated-stationary-53c83ace"),
    (
        {
            "preset": "history",
            "critic_weight": 0.0,
            "statistics_weight": 0.5,
            "learning_rate": 0.02,
        },
        "simulated-history-2091b730",
    ),
    (
        {"data": "salamander", "neurons": "0:10", "bins": 8, "seed": 7},
        "salamander-stationary-f1e24e06",
    ),
    (
        {
            "units": "a,b",
            "counts": "refuse",
            "start": 1.0,
            "stop": 2.0,
            "time_unit": "ms",
            "axes": "neurons,bins",
            "array": "x",
            "bin_width": 0.01,
            "sampling_rate": 100.0,
        },
        "simulated-stationary-1a96a527",
    ),
    (
        {
            "samples": 50,
            "backend": "exact",
            "tiles": 2,
            "second_readers": 1,
            "mitigate": "readout",
            "checkpoint_every": 5,
        },
        "simulated-stationary-53c83ace",
    ),
]

# What `config show --preset history` of version 0.1 wrote.
OLD_FILE = """
data = "simulated"
counts = "clip"
bins = 16
preset = "history"
layers = 2
group_size = 10
latents = 6
own_latents = 3
memory_qubits = 5
mixing_layers = 48
emission_qubits = 2
entangling = "line"
past = "filters"
gradient = "adjoint"
shots = 8
exact = false
steps = 640
batch = 24
gradient_cells = 64
device = "cpu"
learning_rate = 0.01
critic_weight = 6.0
statistics_weight = 1.0
checkpoint_every = 100
seed = 0
samples = 2000
backend = "aer"
second_readers = 0
mitigate = "none"
twirling = "none"
fractional_gates = false
private = false
"""


@pytest.mark.parametrize(("given", "name"), NAMES, ids=[name for _, name in NAMES])
def test_names_are_those_of_version_0_1(given: dict[str, Any], name: str) -> None:
    # It knew no covariates, which are looked for by default today: another training.
    assert build_config(given | {"covariates": "none"}).resolved().name == name
    assert build_config(given).resolved().name != name


def test_what_came_later_only_counts_if_it_is_unusual() -> None:
    history = build_config({"preset": "history"}).resolved()
    assert build_config({"preset": "history", "filters": 5}).resolved().name == history.name
    assert build_config({"preset": "history", "filters": 4}).resolved().name != history.name


def test_a_file_of_version_0_1_is_the_same_training(tmp_path: Path) -> None:
    file = tmp_path / "run.toml"
    file.write_text(OLD_FILE)
    today = build_config({"preset": "history", "covariates": "none"}).resolved()
    kept = read_config(file)
    assert kept.training_identity() == today.training_identity()
    assert kept.shape == today.shape
    assert kept.training_settings == today.training_settings
    assert "latents" not in kept.model_dump()
    file.write_text(OLD_FILE.replace('past = "filters"', 'past = "bin"'))
    assert read_config(file).shape.past == "one-bin"


@pytest.mark.parametrize("mine", ["stationary", "memory", "spiqgan"])
@pytest.mark.filterwarnings("ignore:.*was written for preset = history")
def test_a_file_of_version_0_1_trains_no_other_preset_differently(
    tmp_path: Path, mine: str
) -> None:
    file = tmp_path / "run.toml"
    file.write_text(OLD_FILE)
    taken = build_config({"preset": mine}, file).resolved()
    assert taken == build_config({"preset": mine}).resolved()


@pytest.mark.parametrize("entry", pretrained.available(), ids=lambda entry: entry.default_run)
def test_pretrained_weights_say_what_they_said(entry: pretrained.Pretrained) -> None:
    config = entry.run_config(build_config({}))
    identity = json.loads(json.dumps(config.training_identity()))
    assert identity | {"data": "salamander"} == entry.config
