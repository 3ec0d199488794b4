"""The presets that are trained by likelihood, from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.cli.command import INTERRUPTED
from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from tests.cli.conftest import Command

_SMALL = ("--bins", 4, "--steps", 4, "--batch", 8)
FLAGS = {
    "history": ("--preset", "history", *_SMALL),
    "memory": ("--preset", "memory", "--memory-qubits", 2, "--mixing-layers", 3, *_SMALL),
}


@pytest.fixture(autouse=True)
def _short_free_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run freely less often than a training does; that takes longer than these trainings."""
    monkeypatch.setattr("neuroqgan.models.history.moment_matching.averages._RUNS", 50)


@pytest.fixture
def _undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out, which take longer than all the rest."""
    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", lambda *_: [])


@pytest.mark.usefixtures("_undrawn", "own_home")
@pytest.mark.parametrize("backend", ["aer", "exact"])
def test_history_takes_a_job_a_bin(command: Command, recording: Path, backend: str) -> None:
    flags = ("--data", recording, "--samples", 20, *FLAGS["history"])
    outcome = command("run", *flags, "--backend", backend, "--json")
    assert outcome.code == 0, outcome.err
    assert load(Path(outcome.json["raster"])).spikes.shape == (20, 4, 4)
    jobs = command("jobs", "list", "--json").json
    assert sorted(job["first_bin"] for job in jobs) == [0, 1, 2, 3]
    assert {(job["backend"], job["state"]) for job in jobs} == {(backend, "retrieved")}


@pytest.mark.usefixtures("_undrawn", "own_home")
@pytest.mark.parametrize("backend", ["aer", "exact"])
def test_memory_takes_one_shot_a_sample(command: Command, recording: Path, backend: str) -> None:
    flags = ("--data", recording, "--name", "m", "--samples", 20, *FLAGS["memory"])
    outcome = command("run", *flags, "--backend", backend, "--json")
    assert outcome.code == 0, outcome.err
    spikes = load(Path(outcome.json["raster"])).spikes
    assert spikes.shape == (20, 4, 4)
    (job,) = command("jobs", "list", "--json").json
    assert (job["state"], job["backend"]) == ("retrieved", backend)
    again = command("run", *flags, "--backend", backend, "--fresh", "--json")
    assert again.json["job"] != job["id"]
    assert np.array_equal(load(Path(again.json["raster"])).spikes, spikes)


@pytest.mark.parametrize("verb", ["run", "train"])
@pytest.mark.parametrize(
    ("preset", "flags"),
    [
        ("history", ("--latents", 4)),
        ("history", ("--own-latents", 3)),
        ("history", ("--memory-qubits", 5)),
        ("history", ("--device", "cuda")),
        ("history", ("--gradient-cells", 8)),
        ("memory", ("--layers", 2)),
        ("memory", ("--group-size", 5)),
        ("memory", ("--entangling", "none")),
        ("memory", ("--latents", 6)),
        ("memory", ("--shots", 8)),
        ("memory", ("--exact",)),
        ("spiqgan", ("--latents", 6)),
        ("stationary", ("--mixing-layers", 9)),
    ],
)
def test_flags_without_effect_are_refused(
    command: Command, recording: Path, own_home: Path, verb: str, preset: str, flags: tuple
) -> None:
    outcome = command(verb, "--data", recording, "--preset", preset, *flags)
    assert outcome.code == 2
    assert f"The {preset} preset makes no use of {flags[0][2:].replace('-', '_')}" in outcome.err
    assert f"try: leave {flags[0]} out" in outcome.err
    assert not own_home.exists()


def test_critics_of_many_neurons_are_refused_where_they_were_asked_for(
    command: Command, tmp_path: Path, own_home: Path
) -> None:
    recording = tmp_path / "many.npz"
    save(recording, simulate_population(21, 6, 80, seed=1))
    train = ("train", "--data", recording, *FLAGS["history"])
    outcome = command(*train, "--critic-weight", 3)
    assert outcome.code == 2
    assert "without critics above 20 neurons" in outcome.err
    assert "try: --critic-weight 0" in outcome.err
    assert not own_home.exists()
    assert command(*train).code == 0


def test_a_name_decides_which_flags_have_an_effect(
    command: Command, recording: Path, own_home: Path
) -> None:
    train = ("train", "--data", recording, "--name", "m")
    assert "no use of memory_qubits" in command(*train, "--memory-qubits", 2).err
    assert not own_home.exists()
    assert command(*train, *FLAGS["memory"]).code == 0
    show = ("run", "--name", "m", "--backend", "fake_nairobi", "--dry-run")
    reused = command(*show, "--memory-qubits", 2)
    assert reused.code == 0, reused.err
    assert "no use of device" in command(*show, "--device", "auto").err
    assert "trained with other settings" in command(*show, "--latents", 2).err


@pytest.mark.usefixtures("_undrawn", "own_home")
@pytest.mark.parametrize("preset", FLAGS)
def test_a_simulated_device_runs_what_was_planned(
    command: Command, recording: Path, preset: str
) -> None:
    flags = ("--data", recording, "--samples", 8, *FLAGS[preset], "--backend", "fake_nairobi")
    plan = command("run", *flags, "--dry-run", "--json").json["plan"]
    # Four neurons fit once on seven qubits, as do two memory and two emission qubits.
    assert (plan["n_requests"], plan["samples_a_shot"]) == (
        (4, 1) if preset == "history" else (1, 1)
    )
    outcome = command("run", *flags, "--json")
    assert outcome.code == 0, outcome.err
    assert load(Path(outcome.json["raster"])).spikes.shape == (8, 4, 4)
    assert len(command("jobs", "list", "--json").json) == plan["n_requests"]


@pytest.mark.parametrize("preset", FLAGS)
def test_a_stopped_training_goes_on_to_the_same_weights(
    command: Command,
    recording: Path,
    own_home: Path,
    monkeypatch: pytest.MonkeyPatch,
    preset: str,
) -> None:
    train = ("train", "--data", recording, *FLAGS[preset])
    whole = command(*train, "--name", "whole")
    assert whole.code == 0, whole.err

    @contextmanager
    def stop_after_two() -> Iterator[Callable[[], bool]]:
        steps = count(1)
        yield lambda: next(steps) == 2

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.cli.training.stop_on_interrupt", stop_after_two)
        assert command(*train, "--name", "parts").code == INTERRUPTED
    resumed = command("train", "--name", "parts", "--resume")
    assert resumed.code == 0, resumed.err
    one, other = (own_home / "runs" / name for name in ("whole", "parts"))
    weights = "generator.safetensors"
    assert (one / weights).read_bytes() == (other / weights).read_bytes()
    assert len((other / "metrics.jsonl").read_text().splitlines()) == 4


@pytest.mark.parametrize("preset", FLAGS)
@pytest.mark.parametrize("gradient", ["parameter-shift", "spsa"])
def test_likelihood_is_not_differentiated_by_shots(
    command: Command, preset: str, gradient: str
) -> None:
    outcome = command("train", "--preset", preset, "--gradient", gradient)
    assert outcome.code == 2
    assert "exact likelihood" in outcome.err
    assert "expected: gradient = adjoint" in outcome.err


def test_the_circuit_with_memory_is_shown_and_exported(
    command: Command, recording: Path, own_home: Path, tmp_path: Path
) -> None:
    shown = command("circuits", "show", "--preset", "memory", "--neurons", "0:3", "--bins", 2)
    assert shown.code == 0, shown.err
    assert "Circuit of 3 neurons, 2 bins, 7 qubits" in shown.out
    assert "One bin, with 2 of 48 mixing layers" in shown.out
    assert command("train", "--data", recording, "--name", "m", *FLAGS["memory"]).code == 0
    exported = command("circuits", "export", "m", tmp_path / "out", "--json")
    assert exported.code == 0, exported.err
    names = sorted(Path(name).name for name in exported.json["files"])
    assert names == ["raster-4-neurons-4-bins.qasm", "raster-4-neurons-4-bins.qpy"]
