"""Values of generated and of other recorded windows against those of held-out ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.page.charts.chart_style import BAND, as_tip, draw, new_chart, plain_numbers
from neuroqgan.report.page.section import Chart, Table
from neuroqgan.report.scatter import limits
from neuroqgan.report.style import ACCENT, FLOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bokeh.plotting import figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_POINTS = 2500
_MOST_ROWS = 60
_COVERED = 0.95


@dataclass(frozen=True, eq=False)
class Compared:
    """Values of one kind, entry by entry.

    Parameters
    ----------
    title, unit
        What they are.
    real, floor
        Of held-out and of training windows, shape ``(n,)``.
    generated
        Label, color, marker and values of every run.
    names
        What the entries are called; empty if they have no names.
    note
        Sentence for the caption.
    """

    title: str
    unit: str
    real: Floats
    floor: Floats
    generated: Sequence[tuple[str, str, str, Floats]]
    names: tuple[str, ...] = ()
    note: str = ""


def scatter_chart(key: str, values: Compared) -> Chart | None:
    """Draw a panel, or return None if there is nothing to compare.

    The band holds 95 % of the differences between recorded windows and other recorded windows.
    """
    columns = [values.real, values.floor, *(series[-1] for series in values.generated)]
    kept = np.flatnonzero(np.isfinite(columns).all(0))
    if not kept.size:
        return None
    real, floor = values.real[kept], values.floor[kept]
    width = float(np.quantile(np.abs(floor - real), _COVERED))
    # Of very many points, evenly spread ones; every figure in words is of all.
    few = kept[np.linspace(0, len(kept) - 1, min(len(kept), _MOST_POINTS)).round().astype(int)]
    ranges = [limits(real, floor, series[-1][kept]) for series in values.generated]
    low, high = min(r[0] for r in ranges), max(r[1] for r in ranges)
    margin = 0.05 * (high - low) or 0.1
    chart = _empty(values, low - margin, high + margin)
    _band(chart, low, high, width)
    names = [values.names[i] for i in few] if values.names else None
    _points(chart, (few, names), values.real, ("training", FLOOR, "square", values.floor))
    for series in values.generated:
        _points(chart, (few, names), values.real, series)
    beyond = sum(
        int(((side[kept] < low - margin) | (side[kept] > high + margin)).sum())
        for side in columns[1:]
    )
    words = [values.note] if values.note else []
    if len(few) < len(kept):
        words.append(f"{len(few):,} of {len(kept):,} points are drawn.")
    if beyond:
        words.append(f"{beyond:,} points lie beyond the axes; zoom out to see them.")
    return Chart(key, chart, values.title, " ".join(words), _table(values, kept, width))


def _empty(values: Compared, low: float, high: float) -> figure:
    from bokeh.models import Range1d

    unit = f" ({values.unit})" if values.unit else ""
    chart = new_chart(
        x_label=f"recorded, held out{unit}",
        y_label=f"generated, training{unit}",
        height=300,
        x_range=Range1d(low, high),
        y_range=Range1d(low, high),
    )
    plain_numbers(*chart.axis)
    return chart


def _band(chart: figure, low: float, high: float, width: float) -> None:
    from bokeh.models.glyphs import Line, VArea

    reach = 20 * ((high - low) or 1.0)
    x = [low - reach, high + reach]
    data = {"x": x, "low": [at - width for at in x], "high": [at + width for at in x]}
    draw(chart, VArea(x="x", y1="low", y2="high", fill_color=BAND, fill_alpha=0.16), data)
    draw(chart, Line(x="x", y="x", line_color=ACCENT), data)


def _points(
    chart: figure,
    entries: tuple[NDArray[np.intp], list[str] | None],
    real: Floats,
    series: tuple[str, str, str, Floats],
) -> None:
    from bokeh.models.glyphs import Scatter

    few, names = entries
    label, color, marker, found = series
    data: dict[str, object] = {
        "x": np.asarray(real[few], np.float32),
        "y": np.asarray(found[few], np.float32),
    }
    tips = [
        ("", as_tip(label)),
        ("held out", "@x{0.[00000]}"),
        ("here", "@y{0.[00000]}"),
    ]
    if names is not None:
        data["name"] = names
        tips.insert(0, ("neuron", "@name"))
    size = 7 if len(few) <= 200 else 5
    look = {"fill_color": color, "fill_alpha": 0.55, "line_color": color, "line_width": 0.6}
    draw(chart, Scatter(x="x", y="y", marker=marker, size=size, **look), data, tips)


def _table(values: Compared, kept: NDArray[np.intp], width: float) -> Table:
    columns = [
        ("held out", values.real),
        ("training", values.floor),
        *((series[0], series[-1]) for series in values.generated),
    ]
    caption = f"{values.title}{f', {values.unit}' if values.unit else ''}"
    if values.names and len(kept) <= _MOST_ROWS:
        rows = tuple(
            (values.names[i], *(f"{column[i]:.4g}" for _, column in columns)) for i in kept
        )
        return Table(("neuron", *(name for name, _ in columns)), rows, caption)
    real = values.real[kept]
    rows = tuple(
        (
            name,
            f"{column[kept].mean():.4g}",
            f"{column[kept].min():.4g}",
            f"{column[kept].max():.4g}",
            "" if name == "held out" else f"{np.abs(column[kept] - real).mean():.3g}",
        )
        for name, column in columns
    )
    return Table(
        ("windows", "mean", "lowest", "highest", "mean difference from held out"),
        rows,
        f"{caption}: {len(kept):,} values. 95 % of training values differ from held-out ones by "
        f"less than {width:.3g}.",
    )
