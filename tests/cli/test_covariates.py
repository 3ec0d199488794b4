"""Covariates from the command line: trained with, sampled with, kept and judged."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.cli.judged_runs import latest_raster
from neuroqgan.covariates import CovariateWindows
from neuroqgan.data.covariates.files import load_covariates
from neuroqgan.data.load import load
from neuroqgan.data.split import split
from neuroqgan.errors import RasterError
from neuroqgan.jobs.context import JobContext
from neuroqgan.models.base import Generator
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.kept_run import load_run
from neuroqgan.runs.rasters import collect
from tests.cli.conftest import Command, call, serve

SIZES = ("--preset", "history", "--bins", 8, "--steps", 2, "--batch", 8)
EXACT = ("--samples", 16, "--backend", "exact")
N_BINS = 160

pytestmark = pytest.mark.usefixtures("undrawn")


def _write(path: Path, seed: int, n_bins: int = N_BINS, names: str = "speed,place") -> Path:
    values = np.random.default_rng(seed).normal(size=(n_bins, 2)).cumsum(0)
    np.savetxt(path, values, delimiter=",", header=names, comments="")
    return path


@pytest.fixture(scope="module")
def _homes(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Path:
    """A run ``timed`` that knows the time in the trial, and a run ``seen`` of a file."""
    home = tmp_path_factory.mktemp("covariates")
    stimulus = _write(home / "stimulus.csv", 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROQGAN_HOME", str(home / "home"))
        timed = call("train", "--data", recording, "--name", "timed", *SIZES)
        seen = call(
            *("train", "--data", recording, "--name", "seen", *SIZES),
            *("--covariates", stimulus, "--covariate-filters", 3),
        )
    assert (timed.code, seen.code) == (0, 0), timed.err + seen.err
    assert "Covariates: time in the trial explains " in timed.err
    assert " bits per spike; used." in timed.err
    assert "numbers that describe the trial" in timed.out
    assert f"Covariates: speed, place ({stimulus}; trials of 160 bins), as requested." in seen.err
    return home


@pytest.fixture
def runs(_homes: Path, own_home: Path) -> Path:
    """The folder of both runs, in this test's own home."""
    shutil.copytree(_homes / "home", own_home)
    return own_home / "runs"


@pytest.fixture
def stimulus(_homes: Path) -> Path:
    """The file of the run ``seen``."""
    return _homes / "stimulus.csv"


@pytest.fixture
def _unjudged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave judging out, which takes longer than all the rest."""

    def refuse(*_: object) -> None:
        raise RasterError("not today")

    monkeypatch.setattr("neuroqgan.runs.stages.judge_run", refuse)


def _raster(outcome):
    assert outcome.code == 0, outcome.err
    return load(Path(outcome.json["raster"]))


def test_python_trains_the_same_weights(runs: Path, recording: Path) -> None:
    parts = split(load(recording), 8)
    model = Generator("history").fit(parts, steps=2, batch=8, progress=False)
    kept = load_run("timed").generator
    mine, theirs = dict(model.named_parameters()), dict(kept.named_parameters())
    assert mine.keys() == theirs.keys()
    assert all((mine[name] == theirs[name]).all() for name in mine)
    assert model.spec == kept.spec


def test_samples_are_windows_at_random_places_by_default(command: Command, runs: Path) -> None:
    outcome = command("run", "--name", "timed", *EXACT, "--sample-seed", 3, "--json")
    raster = _raster(outcome)
    assert outcome.json["covariates"]["choice"] == "trial-time"
    assert Path(outcome.json["raster"]).name == "exact-seed3-16.npz"
    assert outcome.json["evaluation"] is not None
    model = load_run("timed").generator
    assert raster.covariates == model.sample(16, seed=3, backend="exact").covariates
    assert np.array_equal(raster.spikes, model.sample(16, seed=3, backend="exact").spikes)
    assert len(set(raster.covariates.starts)) > 10
    assert load_run("timed").split.covariates.names == ("trial-time",)


@pytest.mark.slow
def test_whole_trials_have_a_file_of_their_own_and_are_judged(command: Command, runs: Path) -> None:
    trials = command("run", "--name", "timed", "--trials", 4, "--backend", "exact", "--json")
    raster = _raster(trials)
    assert raster.spikes.shape == (4, N_BINS, 4)
    assert Path(trials.json["raster"]).name == "exact-seed0-4-trials.npz"
    assert trials.json["evaluation"]["n_generated"] == 77
    assert latest_raster("timed")[-1].n_samples == 77
    refused = command("run", "--name", "timed", "--trials", 4, "--samples", 20)
    assert refused.code == 2
    assert "either windows or whole trials" in refused.err


@pytest.mark.slow
@pytest.mark.usefixtures("_unjudged")
def test_a_trained_run_answers_to_other_covariates(
    command: Command, runs: Path, stimulus: Path, tmp_path: Path
) -> None:
    name = ("run", "--name", "seen", "--json")
    usual = command(*name, *EXACT)
    other = command(*name, *EXACT, "--covariates", _write(tmp_path / "other.csv", 2))
    assert _raster(other).covariates.covariates != _raster(usual).covariates.covariates
    assert not np.array_equal(_raster(other).spikes, _raster(usual).spikes)
    assert other.json["raster"] != usual.json["raster"]
    # What saw something else is no match for the recording.
    assert "saw other covariates" in other.err
    assert "saw other covariates" not in usual.err
    longer = _write(tmp_path / "longer.csv", 3, n_bins=200)
    trials = command(*name, "--covariates", longer, "--trials", 2, "--backend", "exact")
    assert _raster(trials).spikes.shape == (2, 200, 4)
    # Its own file is nothing else than usual.
    own = command(*name, *EXACT, "--covariates", stimulus)
    assert own.json["raster"] == usual.json["raster"]


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (("--covariates", "none"), "trained with other settings"),
        (("--covariates", "{odd}"), "not the covariates that the generator was trained with"),
        (("--covariates", "{short}"), "do not lie within the trials"),
        (("--covariate-columns", "speed"), "trained with other settings"),
        (("--covariates", "{missing}"), "There is no file"),
    ],
)
def test_covariates_that_do_not_fit_a_run_are_refused(
    command: Command, runs: Path, tmp_path: Path, given: tuple[str, str], problem: str
) -> None:
    files = {
        "odd": _write(tmp_path / "odd.csv", 2, names="speed,mood"),
        "short": _write(tmp_path / "short.csv", 2, n_bins=7),
        "missing": tmp_path / "missing.csv",
    }
    option, value = given
    outcome = command("run", "--name", "seen", *EXACT, option, value.format(**files))
    assert outcome.code == 2
    assert problem in outcome.err
    assert "`" not in outcome.err


@pytest.mark.usefixtures("_unjudged")
def test_a_file_that_changed_is_refused_and_one_that_moved_is_known_again(
    command: Command, runs: Path, recording: Path, tmp_path: Path
) -> None:
    file = _write(tmp_path / "own.csv", 4)
    arguments = ("--data", recording, "--name", "own", *SIZES, "--covariates", file)
    assert command("train", *arguments).code == 0
    moved = file.rename(tmp_path / "moved.csv")
    left = command("run", "--name", "own", *EXACT)
    assert left.code == 2
    assert "give its new location as --covariates PATH" in left.err
    assert "cannot be read, and drive its samples" in left.err
    found = command("run", "--name", "own", *EXACT, "--covariates", moved, "--json")
    assert "not today" in found.err
    assert command("run", "--name", "own", *EXACT).code == 0
    _write(moved, 5)
    changed = command("run", "--name", "own", *EXACT)
    assert changed.code == 2
    assert "The covariates of the run own have changed since it began" in changed.err


def test_an_unfinished_run_goes_on_with_what_it_found(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = (runs / "timed" / "generator.safetensors").read_bytes()
    (runs / "timed" / "generator.safetensors").unlink()
    # What was found once is not asked again.
    monkeypatch.setattr("neuroqgan.runs.chosen_covariates.choose_covariates", None)
    refused = command("train", "--name", "timed", "--resume", "--covariates", "none")
    assert refused.code == 2
    assert "expected: covariates = trial-time" in refused.err
    resumed = command("train", "--name", "timed", "--resume")
    assert resumed.code == 0, resumed.err
    assert (runs / "timed" / "generator.safetensors").read_bytes() == weights


def test_runs_are_shown_with_what_drives_them(command: Command, runs: Path) -> None:
    rows = {row["run"]: row for row in command("runs", "list", "--json").json}
    assert rows["timed"]["covariates"] == ["trial-time"]
    assert "history, trial-time" in command("runs", "list").out
    shown = command("runs", "show", "seen")
    assert "covariates speed, place (" in shown.out
    assert "numbers that describe speed, place" in shown.out
    assert command("runs", "show", "timed", "--json").json["covariates"]["bits_per_spike"] > 0.01
    assert "trial-time" in load_run("timed")._repr_html_()
    assert command("circuits", "show", "seen", "--backend", "fake_nairobi").code == 0
    assert command("backends", "show", "fake_nairobi", "--run", "seen").code == 0


@pytest.mark.slow
def test_a_job_that_is_retrieved_later_knows_its_covariates(
    command: Command, runs: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = _write(tmp_path / "other file.csv", 2)
    arguments = ("run", "--name", "seen", "--backend", "ibm_montreal", "--yes")
    arguments += ("--covariates", other, "--samples", 12)
    with serve(monkeypatch, "ibm_montreal"):
        for _ in range(8):
            sent = command(*arguments)
            assert sent.code == 3, sent.err
            assert f"--covariates '{other}'" in sent.out
            (*_, job) = sorted(
                command("jobs", "list", "--json").json, key=lambda job: job["created"]
            )
            retrieved = command("jobs", "retrieve", job["id"], "--json")
        path = Path(retrieved.json["raster"])
        raster = load(path)
        assert isinstance(raster.covariates, CovariateWindows)
        assert raster.covariates.covariates == load_covariates(other)
        assert path.name.startswith("ibm_montreal-seed0-12-")
        command("jobs", "export", job["id"], tmp_path / "out.npz")
        assert load(tmp_path / "out.npz") == raster
        # Without the run's record the spikes are kept all the same.
        shutil.rmtree(runs / "seen" / "covariates")
        context = JobContext()
        jobs = [context.store.get(job["id"])]
        with pytest.warns(UserWarning, match="does not say which covariates"):
            _, spikes = collect(context, jobs, RunFolder(runs / "seen"))
        assert spikes.raster.covariates is None
