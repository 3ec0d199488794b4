from __future__ import annotations

import math

from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.evaluation.statistics.statistic_registry import model_columns
from neuroqgan.report.models_figure import SizedRow, plot_models
from neuroqgan.report.style import save_figure


def _row(model: str, n_neurons: int, size: int | None, c2st: float) -> SizedRow:
    return SizedRow(
        n_neurons, ModelRow(model, size, dict.fromkeys(model_columns(), 4 * c2st), c2st, 0.01)
    )


def test_one_line_a_model_and_the_mean_of_seeds() -> None:
    rows = [
        _row("memory", 10, 300, 0.6),
        _row("memory", 10, 300, 0.64),
        _row("pairwise", 50, 1275, 0.99),
        _row("pairwise", 10, 55, 0.9),
        _row("unknown size", 10, None, 0.7),
    ]
    figure = plot_models(rows)
    panels = figure.get_axes()
    assert len(panels) == 8
    lines = [bars.lines[0] for bars in panels[0].containers]
    assert [bars.get_label() for bars in panels[0].containers] == ["pairwise", "memory"]
    assert lines[0].get_xydata().tolist() == [[55, 0.9], [1275, 0.99]]
    assert math.isclose(lines[1].get_ydata()[0], 0.62)
    assert [text.get_text() for text in panels[0].texts] == ["10", "50", "10"]
    for axes in panels[:7]:
        assert axes.get_xscale() == "log"
        assert len(axes.containers) == 2
    legend = panels[7].get_legend()
    assert legend is not None
    assert [text.get_text() for text in legend.get_texts()] == ["pairwise", "memory"]


def test_the_figure_can_be_saved(tmp_path) -> None:
    figure = plot_models([_row("independent", 10, 10, 0.9), _row("mine", 10, 400, 0.6)])
    paths = save_figure(figure, tmp_path, "models")
    assert [path.name for path in paths] == ["models.png", "models.svg"]
    assert all(path.stat().st_size > 5000 for path in paths)
