"""Weights in the package: each loads into the generator that its configuration asks for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.evaluation.statistics.statistic_registry import model_columns
from neuroqgan.runs import pretrained
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.stages import load_trained

WEIGHTS = pretrained.available()


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder in place of the package's, with one of its weights."""
    entry = WEIGHTS[0]
    folder = tmp_path / "pretrained"
    folder.mkdir()
    (folder / entry.file).write_bytes(entry.weights())
    (folder / pretrained.INDEX).write_text(
        json.dumps({"format": pretrained.FORMAT, "weights": [vars(entry)]})
    )
    monkeypatch.setattr(pretrained, "_folder", lambda: folder)
    return folder


@pytest.mark.parametrize("entry", WEIGHTS, ids=lambda entry: entry.default_run)
def test_weights_are_those_of_their_configuration(
    entry: pretrained.Pretrained, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    config = entry.run_config(RunConfig())
    pretrained.install(entry, folder, config, None)
    assert folder.state is RunState.TRAINED
    assert folder.config() == config
    assert folder.provenance()["recording"]["sha256"] is None
    assert folder.provenance()["pretrained"]["recording"]["sha256"] == entry.recording["sha256"]
    n_neurons = int(entry.name.rpartition("-")[2])
    assert (entry.recording["neurons"], config.preset) == (n_neurons, entry.preset)
    generator = load_trained(folder, config, n_neurons, entry.recording["bin_width"])
    assert generator.n_parameters == entry.figures["n_parameters"]
    assert set(entry.figures["ratios"]) == set(model_columns())
    assert 0.4 < entry.figures["c2st"] <= 1
    # Kilobytes, and nothing of the machine that trained it.
    assert len(entry.weights()) < 100_000
    assert config.data == "salamander"


def test_every_file_of_weights_is_in_the_index() -> None:
    folder = Path(pretrained.__file__).parents[1] / "pretrained"
    found = {path.name for path in folder.glob("*.safetensors")}
    assert found == {entry.file for entry in WEIGHTS} != set()


def test_what_there_is_not_is_answered_with_what_there_is() -> None:
    with pytest.raises(ConfigError) as caught:
        pretrained.find("salamander-11")
    assert WEIGHTS[0].name in caught.value.expected


def test_a_training_is_refused() -> None:
    asked = build_config({"steps": 5, "samples": 10, "bins": 8})
    with pytest.raises(ConfigError) as caught:
        WEIGHTS[0].run_config(asked)
    assert caught.value.got == "`bins`, `steps`"


def test_damaged_weights_are_refused(package: Path) -> None:
    (entry,) = pretrained.available()
    content = bytearray(entry.weights())
    content[-1] ^= 1
    (package / entry.file).write_bytes(content)
    with pytest.raises(CheckpointError, match="SHA-256"):
        entry.weights()
    (package / entry.file).unlink()
    with pytest.raises(CheckpointError, match="missing"):
        entry.weights()


@pytest.mark.parametrize("index", ["{", "[]", '{"format": "other", "weights": []}', "{}"])
def test_a_damaged_index_is_refused(package: Path, index: str) -> None:
    (package / pretrained.INDEX).write_text(index)
    with pytest.raises(CheckpointError, match="missing or damaged"):
        pretrained.available()
