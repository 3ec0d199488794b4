"""Runs that are there already: the seed, the name, the recording, and what is damaged."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.raster import SpikeRaster
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.pretrained import find, install
from neuroqgan.runs.store import RunStore
from tests.cli.conftest import Command
from tests.helpers import TRAINING, files_below

EXACT = ("--samples", 12, "--backend", "exact")
RUN = ("run", "--name", "tiny", *EXACT)
WEIGHTS = "generator.safetensors"


def _raster(outcome) -> SpikeRaster:
    assert outcome.code == 0, outcome.err
    return load(outcome.json["raster"])


@pytest.fixture
def own_recording(tiny: Path, tmp_path: Path, recording: Path) -> Path:
    """A recording of the run ``tiny`` that is this test's own."""
    path = tmp_path / "own.npz"
    shutil.copy(recording, path)
    config = RunFolder(tiny).config()
    RunFolder(tiny).write_config(config.model_copy(update={"data": str(path)}))
    return path


@pytest.mark.usefixtures("undrawn")
def test_a_sweep_of_seeds_trains_as_often(
    command: Command, recording: Path, own_home: Path, tmp_path: Path
) -> None:
    shown = command("config", "show", "--data", recording, *TRAINING, *EXACT, "--seed", 3)
    assert "name" not in shown.out
    file = tmp_path / "run.toml"
    file.write_text(shown.out)
    names = [
        command("run", "--config", file, "--seed", seed, "--json").json["run"] for seed in (3, 4, 3)
    ]
    assert names[0] == names[2] != names[1]
    runs = own_home / "runs"
    assert (runs / names[0] / WEIGHTS).read_bytes() != (runs / names[1] / WEIGHTS).read_bytes()
    # A run's own file names it, and still makes no other training its own.
    kept = runs / names[0] / "config.toml"
    assert command("run", "--config", kept, "--json").json["run"] == names[0]
    other = command("run", "--config", kept, "--seed", 5, "--json")
    assert other.json["run"] not in names


def test_a_seed_beside_a_training_is_that_of_the_training(
    command: Command, tiny: Path, recording: Path, tmp_path: Path
) -> None:
    before = files_below(tiny)
    (tmp_path / "run.toml").write_text("name = 'tiny'\nbins = 8\nseed = 3\n")
    for arguments in (
        ("--name", "tiny", "--data", recording, "--seed", 3),
        ("--name", "tiny", *TRAINING, "--seed", 3),
        ("--name", "tiny", "--seed", 3, "--sample-seed", 4),
        ("--config", tmp_path / "run.toml"),
    ):
        outcome = command("run", *arguments, *EXACT)
        assert outcome.code == 2, outcome
        assert "trained with another seed" in outcome.err
        assert "seed = 0" in outcome.err
        assert "got: seed = 3" in outcome.err
        assert "--sample-seed 3" in outcome.err
    assert files_below(tiny) == before


@pytest.mark.usefixtures("undrawn")
def test_a_seed_beside_nothing_but_samples_is_said_to_be_theirs(
    command: Command, tiny: Path, recording: Path
) -> None:
    seed = command(*RUN, "--seed", 3, "--json")
    assert "trained with seed 0; --seed 3 is used for its samples only" in seed.err
    same = command(*RUN, "--sample-seed", 3, "--json")
    assert "is used for" not in same.err
    beside = command(*RUN, "--data", recording, *TRAINING, "--sample-seed", 3, "--json")
    usual = command(*RUN, "--json")
    assert _raster(seed) == _raster(same) == _raster(beside)
    assert _raster(seed) != _raster(usual)


@pytest.mark.parametrize("verb", [("train", "--resume"), ("run", *EXACT)])
def test_an_unfinished_training_keeps_its_seed(
    command: Command, tiny: Path, verb: tuple[object, ...]
) -> None:
    (tiny / WEIGHTS).unlink()
    before = files_below(tiny)
    refused = command(*verb, "--name", "tiny", "--seed", 9)
    assert refused.code == 2
    assert "begun with another seed" in refused.err
    assert "expected: seed = 0" in refused.err
    assert files_below(tiny) == before
    resumed = command("train", "--resume", "--name", "tiny", "--seed", 0, "--checkpoint-every", 2)
    assert resumed.code == 0, resumed.err


@pytest.mark.usefixtures("undrawn")
def test_what_a_trained_run_cannot_use_is_said(command: Command, tiny: Path) -> None:
    outcome = command(*RUN, "--checkpoint-every", 7)
    assert outcome.code == 0, outcome.err
    assert "--checkpoint-every has no effect" in outcome.err
    assert "--checkpoint-every" not in command(*RUN, "--checkpoint-every", 100).err


@pytest.mark.parametrize("more", [(), ("--seed", 3), ("--backend", "fake_nairobi", "--dry-run")])
def test_a_name_with_a_slip_trains_nothing(
    command: Command, tiny: Path, own_home: Path, tmp_path: Path, more: tuple[object, ...]
) -> None:
    before = files_below(own_home)
    outcome = command("run", "--name", "tinny", *more)
    assert outcome.code == 2
    assert "There is no run 'tinny'" in outcome.err
    assert "--name tiny; or, to train a new run: neuroqgan train --name tinny" in outcome.err
    (tmp_path / "run.toml").write_text("name = 'nothing-like-it'\nsamples = 20\n")
    outcome = command("run", "--config", tmp_path / "run.toml", *more)
    assert "try: neuroqgan train --name nothing-like-it --data PATH" in outcome.err
    assert files_below(own_home) == before


def test_a_training_says_what_it_assumes(command: Command, recording: Path) -> None:
    said = command("train", "--data", recording, "--name", "new", *TRAINING).err
    assert "Using the defaults --preset stationary, --seed 0." in said
    all_of_it = ("--preset", "stationary", "--seed", 1, "--name", "other")
    assert "Not given" not in command("train", "--data", recording, *TRAINING, *all_of_it).err


@pytest.mark.usefixtures("undrawn")
def test_a_recording_that_has_moved_is_known_again(
    command: Command, tiny: Path, own_recording: Path, tmp_path: Path, monkeypatch
) -> None:
    usual = command(*RUN, "--json")
    there = tmp_path / "there.npz"
    own_recording.rename(there)
    without = command(*RUN, "--sample-seed", 5, "--json")
    assert without.code == 0, without.err
    assert without.json["evaluation"] is None
    assert "recording of the run tiny cannot be read" in without.err
    assert "--sample-seed 5 --data PATH" in without.err
    lost = command("evaluate", "tiny")
    assert lost.code == 2
    assert "neuroqgan run --name tiny --data PATH" in lost.err

    monkeypatch.chdir(tmp_path)
    found = command(*RUN, "--data", "there.npz", "--json")
    assert found.code == 0, found.err
    assert found.json["evaluation"] == usual.json["evaluation"]
    # Its place is the run's own from now on.
    assert RunFolder(tiny).config().data == str(there)
    assert command("evaluate", "tiny").code == 0

    mat = tmp_path / "there.mat"
    save(mat, load(there))
    spikes = np.concatenate([load(there).spikes] * 2, axis=2)
    wider = tmp_path / "wider.npz"
    np.savez(wider, left=spikes, right=spikes[:1])
    reading = ("--array", "left", "--bin-width", 0.02, "--neurons", "4:8")
    for place in (("--data", mat), ("--data", wider, *reading), ("--data", there)):
        again = command(*RUN, *place, "--json")
        assert again.code == 0, again.err
        assert again.json["evaluation"] == usual.json["evaluation"]


def test_other_spikes_are_another_recording(
    command: Command, tiny: Path, recording: Path, tmp_path: Path
) -> None:
    before = files_below(tiny)
    other = tmp_path / "other.npz"
    save(other, simulate_population(4, 24, 160, seed=2))
    slower = tmp_path / "slower.npz"
    save(slower, SpikeRaster(load(recording).spikes, 0.05))
    for given in (
        ("--data", other),
        ("--data", slower),
        ("--neurons", "0:3"),
    ):
        outcome = command(*RUN, *given)
        assert outcome.code == 2, outcome
        assert "was trained on other spikes" in outcome.err
    assert files_below(tiny) == before


def test_an_unfinished_run_needs_its_recording(
    command: Command, tiny: Path, own_recording: Path, tmp_path: Path
) -> None:
    (tiny / WEIGHTS).unlink()
    own_recording.rename(tmp_path / "there.npz")
    lost = command("train", "--name", "tiny", "--resume")
    assert lost.code == 2
    assert "with its new location" in lost.err
    place = ("--data", tmp_path / "there.npz")
    assert command("train", "--name", "tiny", "--resume", *place).code == 0
    assert RunFolder(tiny).config().data == str(tmp_path / "there.npz")


@pytest.mark.usefixtures("undrawn")
def test_weights_of_another_recording_are_refused(
    command: Command, tiny: Path, tmp_path: Path
) -> None:
    save(tmp_path / "other.npz", simulate_population(4, 24, 160, seed=2))
    train = ("train", "--data", tmp_path / "other.npz", "--name", "other", *TRAINING)
    assert command(*train).code == 0
    other = tiny.parent / "other"
    shutil.copy(other / WEIGHTS, tiny)
    outcome = command(*RUN)
    assert outcome.code == 1
    assert "trained on another recording" in outcome.err
    (tiny / WEIGHTS).unlink()
    shutil.copy(other / "checkpoint.safetensors", tiny)
    outcome = command("train", "--name", "tiny", "--resume")
    assert outcome.code == 1
    assert "trained on another recording" in outcome.err


def test_a_run_cut_before_its_pretrained_weights_gets_them(command: Command) -> None:
    entry = find("salamander-10")
    store = RunStore()
    folder = store.create("cut")
    install(entry, folder, entry.run_config(build_config({"name": "cut"})), None)
    # As an earlier version left it: all but the weights.
    folder.generator_path.unlink()
    refused = command("train", "--name", "cut", "--resume")
    assert refused.code == 2
    assert "no training to resume" in refused.err
    outcome = command("run", "--name", "cut", *EXACT, "--json")
    assert outcome.code == 0, outcome.err
    assert folder.generator_path.read_bytes() == entry.weights()
    assert not folder.metrics_path.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--pretrained", "salamander-10", "--bin-width", 0.02),
        ("run", "--pretrained", "salamander-10", "--overwrite"),
    ],
)
def test_what_would_be_passed_over_is_refused(command: Command, arguments: tuple) -> None:
    outcome = command(*arguments, *EXACT)
    assert outcome.code == 2
    assert re.search("together with|beside", outcome.err)


@pytest.mark.parametrize("output", ["", ".", "folder.npz", "x" * 260 + ".npz"])
def test_no_output_that_could_not_be_written(
    command: Command, tiny: Path, tmp_path: Path, monkeypatch, output: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.npz").mkdir()
    before = files_below(tiny)
    outcome = command(*RUN, "--output", output, "--overwrite")
    assert outcome.code == 2, outcome
    assert "try: " in outcome.err
    assert files_below(tiny) == before


@pytest.mark.usefixtures("undrawn")
def test_labels_are_those_of_the_recording(
    command: Command, recording: Path, own_home: Path, tmp_path: Path
) -> None:
    labels = ("unit_2", "unit_10", "1.1", "1.10")
    save(tmp_path / "l.npz", load(recording).with_labels(labels))
    flags = ("--data", tmp_path / "l.npz", "--name", "l", *TRAINING, "--neurons", "3,0,1")
    chosen = ("1.10", "unit_2", "unit_10")
    outcome = command("run", *flags, *EXACT, "--output", tmp_path / "made.npz", "--json")
    assert _raster(outcome).neuron_labels == chosen
    assert load(tmp_path / "made.npz").neuron_labels == chosen
    assert command("jobs", "export", "latest", tmp_path / "exported.npz").code == 0
    assert load(tmp_path / "exported.npz").neuron_labels == chosen
    assert command("runs", "show", "l", "--json").json["labels"] == list(chosen)
    assert "neurons 1.10, unit_2, unit_10" in command("runs", "show", "l").out
    # A run of an earlier version knows none.
    folder = RunFolder(own_home / "runs" / "l")
    provenance = folder.provenance()
    del provenance["recording"]["neuron_labels"]
    folder.write_provenance(provenance)
    again = command("run", "--name", "l", *EXACT, "--sample-seed", 2, "--json")
    assert _raster(again).neuron_labels == ("0", "1", "2")


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("evaluation.json", '{"c2st"'),
        ("evaluation.json", "[]"),
        ("evaluation.json", '{"c2st": 1}'),
        ("evaluation.json", '{"c2st": {"accuracy": NaN}}'),
        ("evaluation.json", "\x00\xff"),
        ("provenance.json", "{}"),
        ("provenance.json", '{"format": "neuroqgan-run-1", "recording": {"neurons": 4}}'),
        ("config.toml", "seed = ="),
        ("config.toml", "seeed = 1"),
    ],
)
def test_a_damaged_run_hides_no_other(
    command: Command, tiny: Path, name: str, content: str
) -> None:
    shutil.copytree(tiny, tiny.parent / "whole")
    (tiny / name).write_bytes(content.encode("latin-1"))
    listed = command("runs", "list", "--json")
    assert listed.code == 0, listed
    assert [row["run"] for row in listed.json] == ["tiny", "whole"]
    assert name in listed.err
    assert "runs remove" not in listed.err
    shown = command("runs", "show", "tiny", "--json")
    assert shown.json["state"] == "trained"
    assert "unforeseen" not in shown.err
    if name == "evaluation.json":
        assert "try: neuroqgan evaluate tiny" in listed.err
        assert command(*RUN).code == 0
        assert json.loads((tiny / name).read_text())["statistics"]
        assert command("runs", "list").err == ""
    else:
        outcome = command(*RUN)
        assert outcome.code in (1, 2)
        assert "unforeseen" not in outcome.err
        assert "restore the file from a copy" in outcome.err


@pytest.mark.usefixtures("undrawn")
def test_an_evaluation_that_lacks_something_is_named(command: Command, tiny: Path) -> None:
    assert command(*RUN).code == 0
    path = tiny / "evaluation.json"
    evaluation = json.loads(path.read_text())
    del evaluation["statistics"]
    path.write_text(json.dumps(evaluation))
    shown = command("runs", "show", "tiny", "--json")
    assert shown.code == 1
    assert shown.json["evaluation"] is None
    assert "try: neuroqgan evaluate tiny" in shown.err


def test_damaged_metrics_are_left_out(command: Command, tiny: Path) -> None:
    metrics = tiny / "metrics.jsonl"
    rows = metrics.read_bytes().splitlines()
    metrics.write_bytes(b"\n".join([rows[0], b"\xff\x00", b"3", b'{"step": "x"}', *rows[1:]]))
    outcome = command(*RUN)
    assert outcome.code == 0, outcome.err
