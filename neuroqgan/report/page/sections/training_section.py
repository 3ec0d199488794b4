"""How the trainings went."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.page.charts.chart_style import (
    look_of,
    plain_decades,
    plain_numbers,
    symbol_of,
)
from neuroqgan.report.page.charts.line_chart import Line, line_chart
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Table
from neuroqgan.report.training_figure import TrainingPanel, running_median, training_panels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from neuroqgan.report.page.view import Labelled, PageView

_MOST_POINTS = 1500
_LEAST_RANGE = 10
_ROWS = 11


def _trained(view: PageView) -> list[Labelled]:
    """Return runs with a training of their own; rasters of one run share it."""
    found: dict[str, Labelled] = {}
    for run in view.runs:
        if run.view.metrics:
            found.setdefault(run.view.run, run)
    return list(found.values())


def _applies(view: PageView) -> bool:
    return bool(_trained(view))


def _render(view: PageView) -> list[Block]:
    runs = _trained(view)
    panels: dict[str, TrainingPanel] = {}
    for run in runs:
        for panel in training_panels(run.view.metrics):
            panels.setdefault(f"{panel.key}-{panel.title}", panel)
    charts = [_chart(i, panel, runs) for i, panel in enumerate(panels.values())]
    found = tuple(chart for chart in charts if chart is not None)
    alone = len(runs) == 1
    return [Charts(found, () if alone else tuple(symbol_of(run, alone=False) for run in runs))]


def _chart(number: int, panel: TrainingPanel, runs: Sequence[Labelled]) -> Chart | None:
    drawn = [(run, *_values(run.view.metrics, panel.key)) for run in runs]
    drawn = [entry for entry in drawn if entry[1].size]
    if not drawn:
        return None
    lines = []
    for run, steps, values in drawn:
        few = np.unique(np.linspace(0, len(steps) - 1, min(len(steps), _MOST_POINTS)).astype(int))
        color = panel.color if len(runs) == 1 else look_of(run)[0]
        smooth = running_median(values)
        # A single step makes no line.
        marker = "circle" if len(steps) == 1 else ""
        lines.append(Line(f"{run.label}, each step", color, steps[few], values[few], "", 1, 0.35))
        lines.append(
            Line(f"{run.label}, running median", color, steps[few], smooth[few], marker, 2)
        )
    everything = np.concatenate([values for _, _, values in drawn])
    low, high = float(everything.min()), float(everything.max())
    is_log = panel.scale != "linear" and low > 0 and high > _LEAST_RANGE * low
    chart = line_chart(
        lines,
        tips=("step", panel.label),
        x_label="training step",
        y_label=panel.label,
        height=280,
        y_axis_type="log" if is_log else "linear",
    )
    (plain_decades if is_log else plain_numbers)(chart.yaxis[0])
    caption = panel.hint.replace("\n", " ")
    caption = f"{caption[:1].upper()}{caption[1:]}. Pale: each step; strong: running median."
    return Chart(f"training-{number}", chart, panel.title, caption, _table(panel, drawn))


def _values(
    metrics: Sequence[Mapping[str, Any]], key: str
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rows = [row for row in metrics if row.get(key) is not None]
    steps = np.array([row["step"] for row in rows], float)
    return steps, np.array([row[key] for row in rows], float)


def _table(panel: TrainingPanel, drawn: Sequence[tuple[Labelled, Any, Any]]) -> Table:
    rows = []
    for run, steps, values in drawn:
        smooth = running_median(values)
        chosen = np.unique(np.linspace(0, len(steps) - 1, _ROWS).round().astype(int))
        rows += [
            (run.label, f"{steps[i]:.0f}", f"{values[i]:.4g}", f"{smooth[i]:.4g}") for i in chosen
        ]
    return Table(
        ("run", "step", "value", "running median"),
        tuple(rows),
        f"{panel.title}, {panel.label}: some steps",
    )


TRAINING = Section("training", "Training", _applies, _render)
