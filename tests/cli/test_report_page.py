"""The page that commands write: of one run, of several, and what it is made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroqgan.errors import CheckpointError, StorageError
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.judgements import keep_baselines, read_baselines, read_judgement


def test_a_run_ends_by_naming_its_page(command, tiny: Path, undrawn, with_page) -> None:
    ended = command("run", "--name", "tiny", "--samples", 50, "--seed", 7)
    page = tiny / "report.html"
    assert ended.out.splitlines()[-1].split() == ["Page", str(page)]
    text = page.read_text()
    for words in ("aer-seed7-50.npz", "--sample-seed 7 --samples 50", "Ry(angle"):
        assert words in text


@pytest.mark.slow
def test_rasters_of_one_run_on_one_page(
    command, tiny: Path, undrawn, with_page, tmp_path: Path
) -> None:
    assert command("run", "--name", "tiny", "--samples", 50, "--seed", 7, "--quiet").code == 0
    page = tiny / "report.html"
    text = page.read_text()
    # Written again, it is the same.
    again = command("report", "tiny", "--json")
    assert again.json["page"] == str(page)
    assert page.read_text() == text
    # Rasters of several seeds on one page; those that nobody judged are judged.
    assert command("run", "--name", "tiny", "--samples", 60, "--seed", 8, "--quiet").code == 0
    (tiny / "evaluations" / "aer-seed7-50.json").unlink()
    elsewhere = tmp_path / "both.html"
    command("report", "tiny", "--all-rasters", "--page-only", "--output", elsewhere)
    both = elsewhere.read_text()
    assert "tiny: aer-seed7-50.npz" in both
    assert "tiny: aer-seed8-60.npz" in both
    assert json.loads((tiny / "evaluation.json").read_text())["raster"] == "aer-seed8-60.npz"
    assert (tiny / "evaluations" / "aer-seed7-50.json").is_file()
    assert "exists already" in command("report", "tiny", "--output", elsewhere).err
    assert elsewhere.read_text() == both


def test_several_runs_go_into_one_page(command, tiny: Path, undrawn, monkeypatch) -> None:
    assert command("run", "--name", "tiny", "--samples", 50, "--quiet").code == 0
    drawn: list[tuple[Path, list[str]]] = []

    def draw(path: Path, judged, *_):
        drawn.append((path, [folder.name for folder, *_ in judged]))
        return path

    monkeypatch.setattr("neuroqgan.cli.pages.draw_page", draw)
    (tiny.parent / "other").mkdir()
    for path in tiny.rglob("*"):
        if path.is_file() and path.name != ".lock":
            copy = tiny.parent / "other" / path.relative_to(tiny)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    two = command("report", "tiny", "other", "tiny", "--json")
    assert two.code == 0, two.err
    assert [entry["run"] for entry in two.json["runs"]] == ["tiny", "other"]
    assert drawn == [(tiny / "comparison.html", ["tiny", "other"])]


def test_a_page_that_cannot_be_written_hides_nothing(
    command, tiny: Path, undrawn, monkeypatch
) -> None:
    def fail(*_):
        raise StorageError("The disk is full.", expected="space", got="none")

    monkeypatch.setattr("neuroqgan.cli.pages.draw_page", fail)
    ended = command("run", "--name", "tiny", "--samples", 50, "--json")
    assert ended.code == 0
    assert ended.json["page"] is None
    assert "the page could not be written" in ended.json["problems"][0]
    assert "neuroqgan report tiny" in ended.err
    assert command("report", "tiny").code != 0


@pytest.mark.parametrize("name", ["page.npz", "folder", "missing/page.html"])
def test_wrong_outputs_are_refused_before_any_work(command, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    outcome = command("report", "no-such-run", "--output", tmp_path / name)
    assert outcome.code == 2
    assert "no-such-run" not in outcome.err


def test_classical_models_are_kept_for_the_page(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    assert read_baselines(folder) == ()
    first, second = (ModelRow(name, 3, {"autocovariance": 1.5}, 0.6, 0.1) for name in "ab")
    keep_baselines(folder, [first])
    keep_baselines(folder, [second])
    assert read_baselines(folder) == (first, second)
    folder.baselines_path.write_text('{"models": [1]}')
    with pytest.raises(CheckpointError, match="evaluate"):
        read_baselines(folder)
    keep_baselines(folder, [second])
    assert read_baselines(folder) == (second,)


def test_damaged_judgements_are_named(tmp_path: Path) -> None:
    folder, raster = RunFolder(tmp_path), Path("aer-seed0-5.npz")
    assert read_judgement(folder, raster) is None
    path = folder.judgement_path(raster)
    path.parent.mkdir()
    path.write_text("{}")
    with pytest.raises(CheckpointError, match="aer-seed0-5"):
        read_judgement(folder, raster)
