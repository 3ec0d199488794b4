"""Files of runs that the fuzzer found: each is refused, and the error says what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.errors import CheckpointError, ConfigError
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.runs.config_file import build_config, read_config
from neuroqgan.runs.finetuned import finetuning_of
from neuroqgan.runs.folder import RunFolder
from neuroqgan.runs.judgements import read_baselines
from neuroqgan.runs.sampled import SampledRaster
from neuroqgan.schemas import SchemaError, checked, parse_json
from neuroqgan.training.loop import read_metrics

SAMPLED: dict[str, Any] = {
    "kind": "aer",
    "backend": "aer",
    "seed": 0,
    "n_samples": 40,
    "settings": {},
    "jobs": ["aeef53425396422a9fcb3ea8178457ae"],
}
FINETUNING: dict[str, Any] = {
    "device": "fake_fez",
    "seed": 0,
    "recorded": [0.1, 0.2],
    "before": [0.2, 0.3],
    "after": [0.1, 0.2],
}


@pytest.mark.parametrize(
    "text",
    [
        "preset = " + "[" * 5000,
        "bins = " + "9" * 5000,
        "preset = [1]\nbins = 8",
        "preset = {a = 1}",
        "bins = [8]",
        "layers = [[]]",
        "bins = nan",
        "seed = 1979-05-27",
        'data = "a\\u0000b"',
    ],
)
def test_odd_toml(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text)
    for read in (read_config, lambda path: build_config({"preset": "history"}, path)):
        with pytest.raises(ConfigError, match="run.toml"):
            read(file)


@pytest.mark.parametrize(
    "change",
    [{"kind": ["aer"]}, {"jobs": [3]}, {"n_dropped": []}, {"seed": "0"}, {"settings": None}],
)
def test_how_a_raster_was_sampled(tmp_path: Path, change: dict[str, Any]) -> None:
    path = tmp_path / "one.json"
    path.write_text(json.dumps(SAMPLED))
    assert SampledRaster.read(path).jobs == tuple(SAMPLED["jobs"])
    path.write_text(json.dumps(SAMPLED | change))
    with pytest.raises(CheckpointError) as caught:
        SampledRaster.read(path)
    assert next(iter(change)) in caught.value.got


@pytest.mark.parametrize(
    "change",
    [
        {"recorded": []},
        {"after": ["x", "y"]},
        {"after": [0.1]},
        {"before": [1e308, 0.1]},
        {"before": []},
        {"shifts": [[0.1, {}]]},
        {"steps": [[[0.1, 0.2]]]},
    ],
)
def test_finetuning(tmp_path: Path, change: dict[str, Any]) -> None:
    folder = RunFolder(tmp_path)
    folder.finetuning_path.write_text(json.dumps(FINETUNING))
    assert "Finetuned on fake_fez" in finetuning_of(folder).line()
    folder.finetuning_path.write_text(json.dumps(FINETUNING | change))
    with pytest.raises(CheckpointError, match="finetuning.json"):
        finetuning_of(folder)


@pytest.mark.parametrize("change", [{"n_parameters": "3"}, {"seconds": []}, {"ratios": {"x": "1"}}])
def test_baselines(tmp_path: Path, change: dict[str, Any]) -> None:
    row = ModelRow("mine", 1326, {"autocovariance": 1.24}, 0.612, 0.01).to_dict()
    folder = RunFolder(tmp_path)
    folder.baselines_path.write_text(json.dumps({"models": [row | change]}))
    with pytest.raises(CheckpointError) as caught:
        read_baselines(folder)
    assert next(iter(change)) in caught.value.got


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("activity", {"generated": [1.0], "silent_neurons": []}),
        ("memorisation", {"generated_median": {}, "held_out_median": 1}),
        ("energy", {"distance": "far", "p_value": 0.5}),
        ("floor_source", "/etc"),
        ("n_generated", "many"),
        ("seed", 1.5),
        ("c2st", {"accuracy": 0.5, "n_samples": 10**400}),
    ],
)
def test_evaluations(key: str, value: Any) -> None:
    kept: dict[str, Any] = {
        "statistics": {},
        "c2st": None,
        "c2st_floor": None,
        "memorisation": None,
        "n_generated": 3,
        "n_reference": 3,
        "floor_source": "halves",
    }
    assert Evaluation.from_dict(kept).n_generated == 3
    with pytest.raises(CheckpointError, match="evaluation is damaged"):
        Evaluation.from_dict(kept | {key: value})


def test_metrics_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "metrics.jsonl"
    whole = {"step": 1, "loss": 0.5, "seconds": 0.1, "distance": None, "of another version": "x"}
    lines = [
        whole,
        whole | {"distance": [1]},
        whole | {"statistics_loss": "\x1b[31mred"},
        whole | {"step": 10**40},
        whole | {"step": -1},
        [whole],
    ]
    path.write_text("\n".join([*map(json.dumps, lines), "[" * 5000, '{"step": 1}']))
    assert read_metrics(path) == [whole]


def test_errors_of_a_schema_say_what_came() -> None:
    with pytest.raises(SchemaError, match=r"jobs\.0: .*, got 3"):
        checked(SampledRaster, SAMPLED | {"jobs": [3]})
    with pytest.raises(SchemaError, match="seed: field required"):
        checked(SampledRaster, {key: value for key, value in SAMPLED.items() if key != "seed"})
    for text in ('{"x": NaN}', '{"x": -1e999}', "[" * 5000):
        with pytest.raises(ValueError, match=r"NaN|too"):
            parse_json(text)
