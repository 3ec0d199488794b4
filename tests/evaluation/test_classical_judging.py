from __future__ import annotations

import json

import numpy as np
import pytest

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.evaluation.classical.judging import judge_classical_models
from neuroqgan.evaluation.classical.model_registry import (
    CLASSICAL_MODELS,
    ClassicalModelEntry,
    build_classical_model,
    parse_model_names,
)
from neuroqgan.evaluation.classical.spike_gan import SpikeGAN
from neuroqgan.evaluation.model_row import ModelRow, headings, markdown_table
from neuroqgan.evaluation.statistics.statistic_registry import model_columns

# Those that need nothing but windows; the others have tests of their own.
NAMES = parse_model_names("fast,spike-gan", has_covariates=False)


@pytest.fixture(autouse=True)
def _quick_gan(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = ClassicalModelEntry(lambda: SpikeGAN(steps=2), is_fast=False)
    monkeypatch.setitem(CLASSICAL_MODELS, "spike-gan", entry)


def test_lists_of_names() -> None:
    assert set(parse_model_names("all")) - {"nemos"} == set(CLASSICAL_MODELS) - {"nemos"}
    slow = set(CLASSICAL_MODELS) - set(parse_model_names("fast"))
    assert slow == {"spike-gan", "nemos"}
    assert parse_model_names("k-pairwise, independent,k-pairwise") == ("independent", "k-pairwise")
    assert parse_model_names("psth,pairwise,spike-gan") == ("pairwise", "spike-gan", "psth")
    for text in ("pairwise,nothing", "", "independent,"):
        with pytest.raises(ConfigError, match="no classical model"):
            parse_model_names(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_fixes_fit_and_samples(make_raster, name: str) -> None:
    windows = make_raster(120, 6, 3)
    models = [build_classical_model(name) for _ in range(2)]
    for model in models:
        with pytest.raises(TrainingError, match="not fitted"):
            model.sample(5, 0)
        with pytest.raises(TrainingError, match="not fitted"):
            _ = model.n_parameters
        model.fit(windows, seed=4)
    one, two, other = models[0].sample(40, 1), models[1].sample(40, 1), models[0].sample(40, 2)
    assert one == two
    assert one != other
    assert one.spikes.shape == (40, 6, 3)
    assert one.spikes.any()


@pytest.mark.slow
def test_a_contest_on_correlated_neurons() -> None:
    trials = simulate_population(5, 60, 320, seed=3)
    training, held_out = (trials.take(slice(i, None, 2)).windows(8) for i in (0, 1))
    rows = {
        row.model: row
        for row in judge_classical_models(
            NAMES[:-1], training, held_out, n_samples=600, n_bootstrap=2
        )
    }
    assert tuple(rows) == NAMES[:-1]
    assert [row.n_parameters for row in rows.values()] == [5, 15, 21, 5 + 10 + 7 * 25]
    alone, pairs, _, process = rows.values()
    assert pairs.ratios["pair_covariance"] < 0.5 * alone.ratios["pair_covariance"]
    assert process.ratios["autocovariance"] < 0.5 * pairs.ratios["autocovariance"]
    assert process.ratios["lag1_cross_covariance"] < 0.5 * pairs.ratios["lag1_cross_covariance"]
    assert process.c2st < alone.c2st
    assert all(row.seconds is not None and row.seconds >= 0 for row in rows.values())


def test_a_model_does_not_depend_on_its_company(make_raster) -> None:
    training, held_out = make_raster(60, seed=1), make_raster(60, seed=2)

    def figures(*names: str) -> dict[str, float]:
        rows = judge_classical_models(
            names, training, held_out, n_samples=60, seed=3, n_bootstrap=2
        )
        return {row.model: row.c2st for row in rows}

    together = figures("independent", "pairwise")
    assert figures("pairwise")["pairwise"] == together["pairwise"]


def test_rows_survive_json_and_become_text() -> None:
    ratios = dict.fromkeys(model_columns(), 1.234) | {
        "autocovariance": float("nan"),
        "spike_probability": 12.3,
    }
    row = ModelRow("mine", 1326, ratios, 0.61, 0.01, 0.1234)
    again = ModelRow.from_dict(json.loads(json.dumps(row.to_dict(), allow_nan=False)) | {"x": 1})
    assert np.isnan(again.ratios.pop("autocovariance"))
    cells = row.cells()
    assert len(cells) == len(headings())
    assert cells == ("mine", "1,326", "12", "1.2", "1.2", "-", "1.2", "1.2", "0.610", "0.12")
    assert ModelRow("mine", None, ratios, 0.61, 0.01).cells()[1::8] == ("-", "-")
    assert markdown_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
