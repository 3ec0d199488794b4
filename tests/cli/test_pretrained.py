"""``run --pretrained``: rasters without a training, judged where a recording is given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.raster import SpikeRaster
from neuroqgan.runs.pretrained import available, find
from tests.cli.conftest import Command
from tests.helpers import files_below

ENTRY = find("salamander-10")
SAMPLING = ("--samples", 12, "--backend", "exact")
RUN = ("run", "--pretrained", ENTRY.name, *SAMPLING, "--quiet")


@pytest.fixture
def ten(tmp_path: Path) -> Path:
    """A recording of the weights' shape."""
    made = simulate_population(10, 24, 160, seed=1)
    path = tmp_path / "ten.npz"
    save(path, SpikeRaster(made.spikes, ENTRY.recording["bin_width"]))
    return path


def test_a_raster_without_training_and_without_recording(command: Command) -> None:
    outcome = command(*RUN, "--json")
    assert outcome.code == 0, outcome.err
    assert outcome.json["run"] == f"salamander-10-{ENTRY.preset}"
    assert (outcome.json["evaluation"], outcome.json["pictures"]) == (None, [])
    raster = load(Path(outcome.json["raster"]))
    assert raster.spikes.shape == (12, 16, 10)
    # The run goes on by its name as a trained one does.
    name = ("--name", outcome.json["run"])
    again = command("run", *name, *SAMPLING, "--json")
    assert again.code == 0, again.err
    assert again.json["job"] == outcome.json["job"]
    assert "--data salamander" in command("run", *name, *SAMPLING).out
    shown = command("runs", "show", outcome.json["run"], "--json").json
    assert shown["provenance"]["pretrained"]["name"] == ENTRY.name
    assert shown["state"] == "trained"


@pytest.mark.slow
def test_a_device_is_planned_for_without_a_recording(command: Command) -> None:
    run = command(*RUN, "--json").json["run"]
    planned = command("backends", "show", "fake_brisbane", "--run", run)
    assert planned.code == 0, planned.err
    assert f"samples of {run}" in planned.out


def test_a_recording_given_later_judges_the_same_raster(
    command: Command, ten: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which takes longer than all the rest.
    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", lambda *_: [])
    first = command(*RUN, "--json")
    judged = command(*RUN, "--data", ten, "--json")
    assert judged.code == 0, judged.err
    assert judged.json["job"] == first.json["job"]
    assert judged.json["evaluation"]["n_generated"] == 12
    assert judged.json["evaluation"]["statistics"]["spike_probability"]["error"] > 0
    # It is the run's own from now on, and is not the one that the weights were trained on.
    again = command("run", "--name", judged.json["run"], *SAMPLING)
    assert again.code == 0, again.err
    assert "trained on other spikes" in again.err
    assert "C2ST" in again.out


def test_refusals_make_no_folder(command: Command, ten: Path, own_home: Path) -> None:
    spikes = load(ten).spikes
    wide = ten.with_name("wide.npz")
    save(wide, SpikeRaster(spikes, 2 * ENTRY.recording["bin_width"]))
    for arguments, message in (
        (("run", "--pretrained", "salamander-11"), "runs pretrained"),
        ((*RUN, "--steps", 5), "--steps"),
        ((*RUN, "--data", wide), "does not fit the pretrained weights"),
        ((*RUN, "--data", "simulated"), "neurons"),
    ):
        outcome = command(*arguments)
        assert outcome.code == 2
        assert message in outcome.err
    planned = command(*RUN, "--backend", "fake_brisbane", "--dry-run")
    assert planned.code == 0, planned.err
    assert files_below(own_home) == {}


def test_a_name_that_another_run_has_is_refused(command: Command, tiny: Path) -> None:
    before = files_below(tiny)
    outcome = command(*RUN, "--name", "tiny")
    assert outcome.code == 2
    assert "not of these weights" in outcome.err
    assert files_below(tiny) == before


def test_the_list(command: Command) -> None:
    listed = command("runs", "pretrained", "--json").json
    assert [(e["name"], e["preset"]) for e in listed] == [(e.name, e.preset) for e in available()]
    shown = command("runs", "pretrained").out
    assert all(entry.name in shown for entry in available())
    assert np.isfinite([entry["figures"]["seconds"] for entry in listed]).all()
