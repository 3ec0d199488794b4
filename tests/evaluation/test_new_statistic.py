"""One entry is all that a new statistic takes."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from neuroqgan import judge
from neuroqgan.data.split import Split
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.model_row import ModelRow, headings
from neuroqgan.evaluation.statistics.statistic import Panel, Statistic
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, register_statistic
from neuroqgan.evaluation.statistics.summary import RasterSummary
from neuroqgan.plot import statistics
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.models_figure import SizedRow, plot_models


def _first_bins(spikes: np.ndarray) -> np.ndarray:
    return spikes[:, 0]


def _onset(summary: RasterSummary) -> np.ndarray:
    return summary.total(_first_bins) / summary.weight


@pytest.fixture
def onset() -> Iterator[Statistic]:
    statistic = Statistic(
        "onset",
        "spikes at the onset",
        "per window",
        _onset,
        panel=Panel("scatter"),
        column="onset",
    )
    register_statistic(statistic)
    yield statistic
    del STATISTICS["onset"]


def test_a_new_statistic_is_judged_printed_stored_and_drawn(
    onset: Statistic, make_raster: Callable[..., SpikeRaster]
) -> None:
    train, held_out, generated = (make_raster(50, seed=seed) for seed in range(3))
    split = Split(train, held_out, train)
    evaluation = judge(generated, split, n_bootstrap=5)
    row = evaluation.statistics["onset"]
    gap = generated.spikes[:, 0].mean(0) - held_out.spikes[:, 0].mean(0)
    assert row.error == pytest.approx(np.abs(gap).mean())
    assert row.ratio_low < row.ratio < row.ratio_high
    line = next(line for line in str(evaluation).splitlines() if "spikes at the onset" in line)
    assert f"{row.ratio:.2g}" in line
    assert "<td>per window</td>" in evaluation._repr_html_()
    values = json.loads(json.dumps(evaluation.to_dict()))
    assert values["statistics"]["onset"]["ratio"] == row.ratio
    assert Evaluation.from_dict(values).statistics["onset"] == row
    titles = [axes.get_title("left") for axes in statistics(generated, split).axes]
    assert f"Spikes at the onset: {row.ratio:.1f} x floor" in titles
    model = ModelRow.of("mine", evaluation, 7)
    assert model.cells()[headings().index("onset")] == f"{row.ratio:.2g}"
    drawn = plot_models([SizedRow(4, model)]).axes
    assert "Spikes at the onset, ratio" in [axes.get_title("left") for axes in drawn]


def test_files_from_before_and_after_a_new_statistic_are_read(
    onset: Statistic, make_raster: Callable[..., SpikeRaster]
) -> None:
    windows = [make_raster(50, seed=seed) for seed in range(3)]
    values = judge(*windows, n_bootstrap=2).to_dict()
    values["statistics"]["from later"] = values["statistics"].pop("onset")
    read = Evaluation.from_dict(values)
    assert "from later" in str(read)
    figure = statistics(*windows, evaluation=read)
    assert "Spikes at the onset" in [axes.get_title("left") for axes in figure.axes]
    assert ModelRow.of("mine", read).cells()[headings().index("onset")] == "-"
