"""How close models of different sizes come: the generator and classical models."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS
from neuroqgan.evaluation.model_row import ModelRow, headings
from neuroqgan.evaluation.statistics.statistic_registry import model_columns, title_of
from neuroqgan.report.models_figure import look_of_model
from neuroqgan.report.page.charts.chart_style import (
    draw,
    look_of,
    new_chart,
    plain_decades,
    plain_numbers,
)
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Symbol, Table
from neuroqgan.report.style import ACCENT, headline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.report.page.view import PageView

_MARKERS = {
    "o": "circle",
    "s": "square",
    "^": "triangle",
    "D": "diamond",
    "v": "inverted_triangle",
    "p": "hex",
    "*": "star",
    "X": "x",
    "h": "hex_dot",
    "P": "plus",
}

_Entry = tuple[ModelRow, Symbol]


def _entries(view: PageView) -> list[_Entry]:
    """Return all models whose size is known, with their looks."""
    found: list[_Entry] = []
    for run in view.runs:
        row = replace(
            ModelRow.of(run.label, run.view.evaluation, run.view.n_parameters),
            n_stimulus_parameters=run.view.n_stimulus_parameters,
        )
        found.append((row, Symbol(run.label, *look_of(run))))
    for group in view.groups:
        several = f" ({group.labels})" if len(view.groups) > 1 else ""
        rows = {row.model: row for run in group.runs for row in run.view.baselines}
        order = [name for name in CLASSICAL_MODELS if name in rows]
        for name in [*order, *sorted(set(rows) - set(order))]:
            color, marker = look_of_model(name, 0)
            symbol = Symbol(f"{name}{several}", color, _MARKERS.get(marker, "circle"))
            found.append((rows[name], symbol))
    return [(row, symbol) for row, symbol in found if row.n_parameters is not None]


def _applies(view: PageView) -> bool:
    sizes = {row.n_parameters for row, _ in _entries(view)}
    return len(sizes) > 1


def _render(view: PageView) -> list[Block]:
    entries = _entries(view)
    charts = [_chart("c2st", "C2ST accuracy", entries, [row.c2st for row, _ in entries])]
    for key in model_columns():
        values = [row.ratios.get(key, math.nan) for row, _ in entries]
        if any(map(math.isfinite, values)):
            charts.append(_chart(key, headline(title_of(key)), entries, values))
    table = Table(
        headings(),
        tuple((symbol.label, *row.cells()[1:]) for row, symbol in entries),
        "Ratios: 1 is as close to held-out data as the training data are. C2ST: accuracy of the "
        "best judge; 0.5 is chance. Behind a plus: parameters that describe the trial.",
    )
    return [Charts(tuple(charts), tuple(symbol for _, symbol in entries)), table]


def _chart(key: str, title: str, entries: Sequence[_Entry], values: Sequence[float]) -> Chart:
    from bokeh.models import Range1d, Span
    from bokeh.models.glyphs import Scatter

    is_accuracy = key == "c2st"
    best = 0.5 if is_accuracy else 1.0
    known = [best, *(value for value in values if math.isfinite(value) and value > 0)]
    edges = (min(known) - 0.03, max(known) + 0.03)
    if not is_accuracy:
        edges = (min(known) / 1.25, max(known) * 1.25)
    chart = new_chart(
        x_label="number of parameters",
        y_label="accuracy" if is_accuracy else "error / floor",
        height=270,
        y_range=Range1d(*edges),
        x_axis_type="log",
        y_axis_type="linear" if is_accuracy else "log",
    )
    plain_decades(chart.xaxis[0])
    (plain_numbers if is_accuracy else plain_decades)(chart.yaxis[0])
    chart.add_layout(Span(location=best, dimension="width", line_color=ACCENT, line_dash="dashed"))
    drawn = [
        (row.n_parameters, value, symbol)
        for (row, symbol), value in zip(entries, values, strict=True)
        if math.isfinite(value) and value > 0
    ]
    data = {
        "x": [size for size, _, _ in drawn],
        "y": [value for _, value, _ in drawn],
        "label": [symbol.label for _, _, symbol in drawn],
        "color": [symbol.color for _, _, symbol in drawn],
        "marker": [symbol.marker for _, _, symbol in drawn],
    }
    look = {"marker": {"field": "marker"}, "fill_color": "color", "line_color": "color"}
    tips = [("", "@label"), ("parameters", "@x{0,0}"), ("value", "@y{0.000}")]
    draw(chart, Scatter(x="x", y="y", size=11, **look), data, tips)
    how = "0.5 is chance" if is_accuracy else "1 is the floor"
    return Chart(f"size-{key}".replace("_", "-"), chart, title, f"The dashed line: {how}.")


SIZE = Section(
    "size",
    "Fidelity against size",
    _applies,
    _render,
    "The best place is the lower left: close to the recording with few parameters. Classical "
    "models were fitted to the same training windows and judged in the same way.",
)
