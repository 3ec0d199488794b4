"""What is shown, kept and drawn of judgements, whatever else goes wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.save import save
from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster


def test_the_report_shows_the_stored_evaluation(
    command, tiny: Path, undrawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("run", "--name", "tiny", "--samples", 50, "--seed", 7, "--quiet").code == 0
    stored = (tiny / "evaluation.json").read_bytes()
    drawn = []

    def draw(folder, prepared, raster, evaluation):
        drawn.append((raster.n_samples, evaluation.to_dict()))
        return []

    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", draw)
    report = command("report", "tiny", "--json")
    assert report.code == 0, report.err
    assert (tiny / "evaluation.json").read_bytes() == stored
    kept = json.loads(stored)
    assert report.json["evaluation"] == {k: v for k, v in kept.items() if k != "raster"}
    ((n_drawn, shown),) = drawn
    assert n_drawn == 50
    assert json.loads(json.dumps(shown)) == report.json["evaluation"]
    # A newer raster that nobody judged is named and not taken for the judged one.
    newer = tiny / "rasters" / "newer.npz"
    save(newer, SpikeRaster(np.zeros((60, 8, 4), bool), 0.02))
    later = (tiny / "rasters" / kept["raster"]).stat().st_mtime + 9
    os.utime(newer, (later, later))
    again = command("report", "tiny", "--json")
    assert again.json["evaluation"] == report.json["evaluation"]
    assert "newer.npz is newer" in again.err
    assert drawn[1][0] == 50
    (tiny / "rasters" / kept["raster"]).unlink()
    gone = command("report", "tiny")
    assert gone.code == 2
    assert "is gone" in gone.err
    assert (tiny / "evaluation.json").read_bytes() == stored


def test_judging_again_gives_the_same_figures(command, tiny: Path, undrawn) -> None:
    assert command("run", "--name", "tiny", "--samples", 50, "--seed", 7, "--quiet").code == 0
    stored = json.loads((tiny / "evaluation.json").read_text())
    assert stored["seed"] == 7
    again = command("evaluate", "tiny", "--json")
    for key in ("statistics", "judges", "energy", "manifold"):
        assert again.json["evaluation"][key] == stored[key], key
    other = command("evaluate", "tiny", "--json", "--seed", 1)
    assert other.json["evaluation"]["statistics"] != stored["statistics"]
    # A damaged record is no obstacle to a new one.
    (tiny / "evaluation.json").write_text('{"c2st": 1}')
    assert "neuroqgan evaluate tiny" in command("report", "tiny").err
    assert command("evaluate", "tiny", "--quiet").code == 0


def test_the_figures_of_a_benchmark(command, tiny: Path, tmp_path: Path) -> None:
    assert command("run", "--name", "tiny", "--samples", 20, "--quiet").code == 0
    outcome = command("evaluate", "tiny", "--suite", "ldns", "--json")
    assert set(outcome.json["evaluation"]["suite"]["rows"]["count_kl"]) == {"value", "floor"}
    assert "LDNS: population count KL" in outcome.err
    assert json.loads((tiny / "evaluation.json").read_text())["suite"]["suite"] == "ldns"
    for name in ("a", "b"):
        spikes = np.random.default_rng(0).random((20, 16, 5)) < 0.3
        save(tmp_path / f"{name}.npz", SpikeRaster(spikes, 0.02))
    real = tmp_path / "b.npz"
    files = (tmp_path / "a.npz", "--against", real, "--training", real, "--suite")
    same = command("evaluate", *files, "ldns", "--json")
    assert same.json["evaluation"]["suite"]["rows"]["correlation"]["value"] == 0
    unknown = command("evaluate", *files, "ldms")
    assert unknown.code == 2
    assert "There is no suite 'ldms'" in unknown.err


def test_a_failed_drawing_hides_nothing(
    command, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_):
        raise RuntimeError("no fonts here")

    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", fail)
    outcome = command("run", "--name", "tiny", "--samples", 50, "--json")
    assert outcome.code == 0
    result = outcome.json
    assert Path(result["raster"]).is_file()
    assert result["evaluation"]["c2st"] is not None
    assert result["pictures"] == []
    assert "RuntimeError: no fonts here" in result["problems"][0]
    assert "C2ST" in outcome.err
    assert "neuroqgan report tiny" in outcome.err


def test_few_samples_are_kept_and_what_cannot_be_judged_is_said(
    command, tiny: Path, undrawn, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = command("run", "--name", "tiny", "--samples", 20, "--json")
    assert few.json["evaluation"]["c2st"] is None
    assert "needs 40 windows" in few.err

    def refuse(*_):
        raise RasterError("There are too few windows to judge by.")

    monkeypatch.setattr("neuroqgan.runs.stages.judge_run", refuse)
    outcome = command("run", "--name", "tiny", "--samples", 8, "--json")
    assert outcome.code == 0, outcome.err
    assert Path(outcome.json["raster"]).is_file()
    assert outcome.json["evaluation"] is None
    assert "too few windows" in outcome.json["problems"][0]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_terminals_without_all_characters(tmp_path: Path, encoding: str) -> None:
    random = np.random.default_rng(0)
    for name in ("a", "b"):
        spikes = random.random((50, 16, 5)) < 0.3
        save(tmp_path / f"{name}.npz", SpikeRaster(spikes, 0.02))
    environment = os.environ | {"PYTHONIOENCODING": encoding, "COLUMNS": "60", "PYTHONUTF8": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "neuroqgan", "evaluate", "a.npz", "--against", "b.npz"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.decode(encoding).splitlines()
    assert max(map(len, lines)) <= 60
    # Each raster stands under a heading of its own.
    assert lines.index("recording, held out") < lines.index("generated")
    rows = lines[1 : lines.index("generated")]
    assert len(rows) == (2 if encoding == "utf-8" else 5)
    assert any("C2ST" in line for line in lines)


def test_neurons_of_other_labels_are_named(command, tmp_path: Path) -> None:
    spikes = np.random.default_rng(0).random((50, 8, 2)) < 0.3
    for name, labels in (("a", ("3", "8")), ("b", ("8", "3"))):
        save(tmp_path / f"{name}.npz", SpikeRaster(spikes, 0.02, neuron_labels=labels))
    told = command("evaluate", tmp_path / "a.npz", "--against", tmp_path / "b.npz")
    assert "3, 8 in A, 8, 3 in B" in told.err
    told = command("evaluate", tmp_path / "a.npz", "--against", tmp_path / "a.npz")
    assert "labels differ" not in told.err


@pytest.mark.parametrize("nothing", ["", "."])
def test_no_name_is_no_recording(command, nothing: str) -> None:
    told = command("evaluate", nothing, "--against", nothing)
    assert told.code == 2
    assert "Internal error" not in told.err
