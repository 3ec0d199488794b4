"""NWB files on the command line: shown, converted, trained on, written with their origin."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load, open_recording
from neuroqgan.data.nwb import contents
from neuroqgan.data.reading import ReadOptions
from neuroqgan.errors import RecordingError
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.recording import prepare_run
from tests.cli.conftest import Command
from tests.helpers import TRAINING

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

from tests.data import nwb_files as lab

READING = ("--units", 'quality == "good"', "--bin-width", "0.02", "--align-to", "stimulus_onset")
WINDOW = ("--before", "0.2", "--after", "1.8")


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "parse_apart", lab.parse_here)


@pytest.fixture
def session(tmp_path: Path) -> Path:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_trials(nwbfile)
    lab.add_series(nwbfile)
    return lab.write_file(tmp_path / "session.nwb", nwbfile)


def test_what_was_assumed_is_said(session: Path, command: Command) -> None:
    plain = command("data", "show", session, "--bin-width", "0.02")
    assert plain.code == 0, plain.err
    assert "--units can choose by these columns: quality (good: 2, mua: 1, noise: 1)" in plain.err
    assert "--covariate-columns can read: processing/behavior/Position/position" in plain.err
    shown = command("data", "show", session, *READING, *WINDOW, "--json")
    assert shown.code == 0, shown.err
    assert (shown.json["trials"], shown.json["bins"], shown.json["labels"]) == (
        11,
        100,
        ["100", "103"],
    )
    wrong = command("data", "show", session, "--bin-width", "0.02", "--align-to", "go")
    assert wrong.code == 2
    assert "try: --align-to start_time" in wrong.err
    wrong = command("data", "show", session, "--bin-width", "0.02", "--units", "quality = good")
    assert wrong.code == 2
    assert "cannot be read" in wrong.err


def test_converting_keeps_counts_covariates_and_origin(
    session: Path, command: Command, tmp_path: Path
) -> None:
    columns = ("--covariate-columns", "running_speed")
    done = command("data", "convert", session, tmp_path / "r.npz", *READING, *WINDOW, *columns)
    assert done.code == 0, done.err
    raster = load(tmp_path / "r.npz")
    assert raster.covariates.covariates.names == ("running_speed",)
    assert command("data", "convert", tmp_path / "r.npz", tmp_path / "r.nwb").code == 0
    again = open_recording(tmp_path / "r.nwb", ReadOptions())
    assert again.raster == raster
    assert again.about.is_synthetic is None
    assert again.about.facts["source"] == "r.npz"
    done = command("data", "simulate", tmp_path / "s.nwb", "--n-neurons", 2, "--trials", 3)
    assert done.code == 0, done.err
    assert open_recording(tmp_path / "s.nwb", ReadOptions()).about.is_synthetic


@pytest.mark.slow
def test_a_raster_of_a_run_says_where_it_comes_from(
    tiny: Path, command: Command, tmp_path: Path, undrawn: None
) -> None:
    out = tmp_path / "more.nwb"
    done = command("run", "--name", "tiny", "--samples", 40, "--output", out, "--json")
    assert done.code == 0, done.err
    found = open_recording(out, ReadOptions())
    assert found.raster == load(next((tiny / "rasters").glob("*.npz")))
    about = found.about
    assert about.is_synthetic
    assert (about.facts["run"], about.facts["backend"]) == ("tiny", "aer")
    assert done.json["job"] in about.facts["jobs"].split(", ")
    assert about.facts["simulated_backend"] == "yes"
    assert about.facts["option mitigate"] == "none"
    exported = command("jobs", "export", "latest", tmp_path / "job.nwb")
    assert exported.code == 0, exported.err
    assert open_recording(tmp_path / "job.nwb", ReadOptions()).about == about
    # In the folder of its run, a raster is known to be generated.
    (kept,) = (tiny / "rasters").glob("*.npz")
    assert command("data", "convert", kept, tmp_path / "kept.nwb").code == 0
    converted = open_recording(tmp_path / "kept.nwb", ReadOptions()).about
    assert converted.is_synthetic
    assert converted.facts["run"] == "tiny"


def test_the_output_is_checked_before_anything_is_trained(
    tiny: Path, command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name, *rest: None if name == "pynwb" else find(name)
    )
    done = command("run", "--name", "tiny", "--output", tmp_path / "more.nwb")
    assert done.code == 2
    assert 'pip install "neuroqgan[nwb]"' in done.err


def test_training_on_a_session(
    session: Path, command: Command, tmp_path: Path, own_home: Path
) -> None:
    options = (*READING, *WINDOW, "--covariates", "recorded", "--covariate-columns", "position")
    train = ("train", "--data", session, *options, "--preset", "history", *TRAINING[:6])
    done = command(*train, "--name", "seen", "--json")
    assert done.code == 0, done.err
    assert done.json["covariates"]["names"] == ["position[0]", "position[1]"]
    settings = (own_home / "runs" / "seen" / "config.toml").read_text()
    assert 'align_to = "stimulus_onset"' in settings
    # The run goes on with the same recording and covariates.
    prepared = prepare_run(RunFolder(own_home / "runs" / "seen"))
    assert prepared.labels == ("100", "103")
    assert prepared.split.covariates.names == ("position[0]", "position[1]")
    nwbfile = lab.new_file()
    lab.add_units(nwbfile, [np.arange(0.01, 30, 0.1 + 0.01 * k) for k in range(4)])
    lab.add_trials(nwbfile)
    lab.add_series(nwbfile)
    lab.write_file(session, nwbfile)
    with pytest.raises(RecordingError, match="has changed since it began"):
        prepare_run(RunFolder(own_home / "runs" / "seen"))
