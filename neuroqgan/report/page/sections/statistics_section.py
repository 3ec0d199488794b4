"""Every statistic, and how far recorded windows are from each other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure, title_of
from neuroqgan.report.page.charts.chart_style import (
    BAND,
    draw,
    legend_of,
    look_of,
    plain_numbers,
    symbol_of,
)
from neuroqgan.report.page.charts.dot_chart import Series, dot_chart
from neuroqgan.report.page.charts.line_chart import Line, line_chart
from neuroqgan.report.page.charts.scatter_chart import Compared, scatter_chart
from neuroqgan.report.page.section import Block, Chart, Charts, Section, Table, always
from neuroqgan.report.style import FLOOR, REAL, headline

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.statistic import Statistic
    from neuroqgan.report.page.view import Group, PageView

    Floats = NDArray[np.float64]

_MOST_ROWS = 40


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = [_ratios(view)]
    for group in view.groups:
        charts = []
        for statistic in STATISTICS.values():
            if statistic.panel is not None:
                chart = _KINDS[statistic.panel.kind](group, statistic)
                charts += [] if chart is None else [chart]
        heading = f"Values: {group.labels}" if len(view.groups) > 1 else "Values"
        blocks.append(Charts(tuple(charts), legend_of(group), heading))
    return blocks


def _ratios(view: PageView) -> Charts:
    """Return one chart with the ratios of all runs."""
    keys = [key for run in view.runs for key in run.view.evaluation.statistics]
    keys = list(dict.fromkeys(keys))
    series, rows = [], []
    for run in view.runs:
        found = [run.view.evaluation.statistics.get(key) for key in keys]
        values, lows, highs = (
            [math.nan if row is None else float(getattr(row, part)) for row in found]
            for part in ("ratio", "ratio_low", "ratio_high")
        )
        series.append(Series(run.label, *look_of(run), values, lows, highs))
        rows += [
            (title_of(key), run.label, *(_number(value) for value in three))
            for key, *three in zip(keys, values, lows, highs, strict=True)
        ]
    chart = dot_chart(
        [headline(title_of(key)) for key in keys],
        series,
        x_label="error / floor",
        best=1.0,
        logarithmic=True,
        band=(1e-9, 1.0),
    )
    table = Table(
        ("statistic", "run", "ratio", "from", "to"),
        tuple(rows),
        "Ratios with 95 % bootstrap intervals.",
        numbers_from=2,
    )
    caption = (
        "Error of a statistic over the error between recorded windows and other recorded windows, "
        "the floor. At 1, the dashed line, generated windows are as close to held-out ones as the "
        "training windows are; the shaded side is closer still. Bars: 95 % bootstrap intervals."
    )
    alone = len(view.runs) == 1
    legend = tuple(symbol_of(run, alone=alone) for run in view.runs)
    drawn = Chart("ratios", chart, "Ratios to the floor", caption, table, wide=True)
    return Charts((drawn,), legend if not alone else ())


def _measured(group: Group, statistic: Statistic) -> list[Floats]:
    """Return the values of held-out, of training and of every generated raster, flat."""
    panel = statistic.panel
    scale = 1 / group.held_out.bin_width if panel is not None and panel.per_second else 1.0
    rasters = (group.held_out, group.training, *(run.view.generated for run in group.runs))
    return [scale * measure(r, [statistic.key])[statistic.key].ravel() for r in rasters]


def _scatter(group: Group, statistic: Statistic) -> Chart | None:
    held_out, training, *generated = _measured(group, statistic)
    title, unit = _words(statistic)
    labels = group.held_out.neuron_labels
    runs = [
        (run.label, *look_of(run), values)
        for run, values in zip(group.runs, generated, strict=True)
    ]
    compared = Compared(
        title,
        unit,
        held_out,
        training,
        runs,
        _names(labels, held_out.size),
        _in_words(group, statistic),
    )
    return scatter_chart(f"statistic-{group.number}-{statistic.key}".replace("_", "-"), compared)


def _names(labels: tuple[str, ...], n_values: int) -> tuple[str, ...]:
    """Return the names of neurons or of pairs, if there is one value for each."""
    first, second = np.triu_indices(len(labels), 1)
    if n_values == len(labels):
        return tuple(labels)
    if n_values == len(first):
        return tuple(f"{labels[i]} and {labels[j]}" for i, j in zip(first, second, strict=True))
    return ()


def _curve(group: Group, statistic: Statistic) -> Chart | None:
    values = _measured(group, statistic)
    known = [np.where(of > 0, of, np.nan) for of in values]
    last = max((int(np.flatnonzero(of)[-1]) for of in values if of.any()), default=0) + 1
    x = np.arange(last, dtype=float)
    x_label = statistic.panel.x_label if statistic.panel else ""
    return _lines(group, statistic, [of[:last] for of in known], x, x_label, is_log=True)


def _intervals(group: Group, statistic: Statistic) -> Chart | None:
    values = _measured(group, statistic)
    x = 1e3 * group.held_out.bin_width * np.arange(len(values[0]), dtype=np.float64)
    x_label = f"{statistic.panel.x_label if statistic.panel else ''} (ms)"
    return _lines(group, statistic, values, x, x_label, is_log=False)


def _lines(
    group: Group,
    statistic: Statistic,
    values: list[Floats],
    x: Floats,
    x_label: str,
    *,
    is_log: bool,
) -> Chart:
    from bokeh.models.glyphs import VArea

    held_out, training, *generated = values
    title, unit = _words(statistic)
    marker, mode = ("square", "line") if is_log else ("", "step")
    lines = [Line("training", FLOOR, x, training, marker, mode=mode)]
    lines.append(Line("held out", REAL, x, held_out, marker and "circle", mode=mode))
    for run, found in zip(group.runs, generated, strict=True):
        color, own = look_of(run)
        lines.append(Line(run.label, color, x, found, marker and own, mode=mode))
    chart = line_chart(
        lines,
        tips=(x_label, unit),
        x_label=x_label,
        y_label=unit,
        height=300,
        y_axis_type="log" if is_log else "linear",
    )
    if is_log:
        both = np.isfinite(held_out) & np.isfinite(training)
        low, high = np.minimum(held_out, training), np.maximum(held_out, training)
        data = {"x": x[both], "low": low[both], "high": high[both]}
        draw(chart, VArea(x="x", y1="low", y2="high", fill_color=BAND, fill_alpha=0.3), data)
    else:
        chart.y_range.start = 0
        plain_numbers(chart.yaxis[0])
    names = ("held out", "training", *(run.label for run in group.runs))
    rows = tuple(
        (f"{at:g}", *("-" if not np.isfinite(of[i]) else f"{of[i]:.3g}" for of in values))
        for i, at in enumerate(x[:_MOST_ROWS])
    )
    key = f"statistic-{group.number}-{statistic.key}".replace("_", "-")
    table = Table((x_label, *names), rows, f"{title}, {unit}")
    return Chart(key, chart, title, _in_words(group, statistic), table)


def _words(statistic: Statistic) -> tuple[str, str]:
    """Return title and unit of what is drawn."""
    panel = statistic.panel
    title = statistic.title if panel is None or panel.title is None else panel.title
    return headline(title), statistic.unit if panel is None or panel.unit is None else panel.unit


def _in_words(group: Group, statistic: Statistic) -> str:
    """Return the ratios of the runs in words."""
    found = []
    for run in group.runs:
        row = run.view.evaluation.statistics.get(statistic.key)
        if row is not None and math.isfinite(row.ratio):
            named = "" if len(group.runs) == 1 else f" ({run.label})"
            found.append(f"{_number(row.ratio)} times the floor{named}")
    return f"Error: {', '.join(found)}." if found else ""


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}" if value < 10 else f"{value:,.0f}"


_KINDS: dict[str, Callable[[Group, Statistic], Chart | None]] = {
    "scatter": _scatter,
    "curve": _curve,
    "intervals": _intervals,
}

STATISTICS_SECTION = Section(
    "statistics",
    "Statistics",
    always,
    _render,
    "Recorded windows differ from each other, too: grey squares and grey bands compare training "
    "windows with held-out ones. A band along a diagonal holds 95 % of those differences.",
)
