"""Dots with intervals, one line per category."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.report.page.charts.chart_style import (
    as_tip,
    draw,
    new_chart,
    plain_decades,
    plain_numbers,
)
from neuroqgan.report.style import ACCENT, FLOOR

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bokeh.plotting import figure

_ROW, _AROUND = 17, 76  # pixels
_SHARE = 0.62  # of a category's height, for the series


@dataclass(frozen=True)
class Series:
    """A series of dots.

    Parameters
    ----------
    label
        Name of the series.
    color, marker
        Its look.
    values
        By category; NaN leaves a dot out.
    lows, highs
        Ends of the intervals; NaN leaves an interval out.
    """

    label: str
    color: str
    marker: str
    values: Sequence[float]
    lows: Sequence[float]
    highs: Sequence[float]


def dot_chart(
    categories: Sequence[str],
    series: Sequence[Series],
    *,
    x_label: str,
    best: float,
    logarithmic: bool,
    band: tuple[float, float] | None = None,
    least: tuple[float, float] | None = None,
) -> figure:
    """Draw a line of dots per category, with a vertical line at the best value.

    Parameters
    ----------
    categories
        Names from top to bottom.
    series
        Dots of all categories.
    x_label
        What is drawn, with its unit.
    best
        Value that cannot be improved on.
    logarithmic
        Whether the axis is.
    band
        Values that are shaded.
    least
        Values that the axis shows at least, so that small differences look small.
    """
    from bokeh.models import BoxAnnotation, ColumnDataSource, FactorRange, Range1d, Span
    from bokeh.models.glyphs import HBar, Scatter

    height = _AROUND + len(categories) * max(26, _ROW * len(series))
    chart = new_chart(
        x_label=x_label,
        y_label="",
        height=height,
        x_axis_type="log" if logarithmic else "linear",
        y_range=FactorRange(*reversed(categories), factor_padding=0),
    )
    (plain_decades if logarithmic else plain_numbers)(chart.xaxis[0])
    if least is not None:
        known = [v for one in series for of in (one.values, one.lows, one.highs) for v in of]
        known = [value for value in (*known, *least) if math.isfinite(value)]
        margin = 0.03 * (max(known) - min(known))
        chart.x_range = Range1d(min(known) - margin, max(known) + margin)
    if band is not None:
        low, high = band
        chart.add_layout(
            BoxAnnotation(left=low, right=high, fill_color=FLOOR, fill_alpha=0.13, level="underlay")
        )
    chart.add_layout(
        Span(
            location=best, dimension="height", line_color=ACCENT, line_dash="dashed", line_width=1.5
        )
    )
    chart.ygrid.grid_line_color = None
    for position, one in enumerate(series):
        shift = _SHARE * (0.5 - (position + 0.5) / len(series))
        rows = [
            (category, value, low, high)
            for category, value, low, high in zip(
                categories, one.values, one.lows, one.highs, strict=True
            )
            if math.isfinite(value) and not (logarithmic and value <= 0)
        ]
        if not rows:
            continue
        source = ColumnDataSource(
            {
                "at": [(row[0], shift) for row in rows],
                "what": [row[0] for row in rows],
                "value": [row[1] for row in rows],
                "low": [row[2] if math.isfinite(row[2]) else row[1] for row in rows],
                "high": [row[3] if math.isfinite(row[3]) else row[1] for row in rows],
            }
        )
        look = {"fill_color": one.color, "line_color": one.color}
        draw(chart, HBar(y="at", left="low", right="high", height=0.05, **look), source)
        tips = [
            ("", as_tip(one.label)),
            ("", "@what"),
            ("value", "@value{0.000}"),
            ("interval", "@low{0.000} to @high{0.000}"),
        ]
        draw(chart, Scatter(x="value", y="at", marker=one.marker, size=9, **look), source, tips)
    return chart
