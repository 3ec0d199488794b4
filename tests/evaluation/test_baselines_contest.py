from __future__ import annotations

import json

import numpy as np
import pytest

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.evaluation.baselines import registry
from neuroqgan.evaluation.baselines.contest import judge_baselines
from neuroqgan.evaluation.baselines.registry import NAMES, build_baseline, parse_baselines
from neuroqgan.evaluation.baselines.row import HEADINGS, RATIOS, ModelRow, markdown_table
from neuroqgan.evaluation.baselines.spike_gan import SpikeGAN


@pytest.fixture(autouse=True)
def _quick_gan(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry._MODELS, "spike-gan", lambda: SpikeGAN(steps=2))


def test_lists_of_names() -> None:
    assert parse_baselines("all") == NAMES
    assert set(NAMES) - set(parse_baselines("fast")) == {"spike-gan"}
    assert parse_baselines("k-pairwise, independent,k-pairwise") == ("independent", "k-pairwise")
    assert parse_baselines("fast,spike-gan") == NAMES
    for text in ("pairwise,nothing", "", "independent,"):
        with pytest.raises(ConfigError, match="no classical model"):
            parse_baselines(text)


@pytest.mark.parametrize("name", NAMES)
def test_a_seed_fixes_fit_and_samples(make_raster, name: str) -> None:
    windows = make_raster(120, 6, 3)
    models = [build_baseline(name) for _ in range(2)]
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


def test_a_contest_on_correlated_neurons() -> None:
    trials = simulate_population(5, 60, 320, seed=3)
    training, held_out = (trials.take(slice(i, None, 2)).windows(8) for i in (0, 1))
    rows = {
        row.model: row
        for row in judge_baselines(
            parse_baselines("fast"), training, held_out, n_samples=600, n_bootstrap=2
        )
    }
    assert list(rows) == list(parse_baselines("fast"))
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
        rows = judge_baselines(names, training, held_out, n_samples=60, seed=3, n_bootstrap=2)
        return {row.model: row.c2st for row in rows}

    together = figures("independent", "pairwise")
    assert figures("pairwise")["pairwise"] == together["pairwise"]


def test_rows_survive_json_and_become_text() -> None:
    ratios = dict.fromkeys(RATIOS, 1.234) | {"autocovariance": float("nan"), "firing_rate": 12.3}
    row = ModelRow("mine", 1326, ratios, 0.61, 0.01, 0.1234)
    again = ModelRow.from_dict(json.loads(json.dumps(row.to_dict(), allow_nan=False)) | {"x": 1})
    assert np.isnan(again.ratios.pop("autocovariance"))
    cells = row.cells()
    assert len(cells) == len(HEADINGS)
    assert cells == ("mine", "1,326", "12", "1.2", "1.2", "-", "1.2", "1.2", "0.610", "0.12")
    assert ModelRow("mine", None, ratios, 0.61, 0.01).cells()[1::8] == ("-", "-")
    assert markdown_table(("a", "b"), [("1", "2")]) == "| a | b |\n| --- | --- |\n| 1 | 2 |"
