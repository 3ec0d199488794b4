"""Lines, steps and curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.report.page.charts.chart_style import as_tip, draw, new_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bokeh.plotting import figure
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Line:
    """A line of a chart.

    Parameters
    ----------
    label
        Name of the line.
    color
        Its color.
    x, y
        Its points; NaN leaves a gap.
    marker
        Marker of the points; empty for none.
    width
        Pixels.
    alpha
        Opacity.
    mode
        ``line``, or ``step`` for one step per point.
    name
        Name of its data for the script of the page.
    """

    label: str
    color: str
    x: Floats
    y: Floats
    marker: str = ""
    width: float = 1.8
    alpha: float = 1.0
    mode: str = "line"
    name: str | None = None


def line_chart(lines: Sequence[Line], *, tips: tuple[str, str], **options: Any) -> figure:
    """Draw lines over a common axis.

    Parameters
    ----------
    lines
        From back to front.
    tips
        What the tooltip calls the two axes.
    options
        See `new_chart`.
    """
    from bokeh.models import ColumnDataSource
    from bokeh.models.glyphs import Line as Curve
    from bokeh.models.glyphs import Scatter, Step

    chart = new_chart(**options)
    for line in lines:
        # Single precision is enough for the eye, and a page holds many lines.
        data = {"x": np.asarray(line.x, np.float32), "y": np.asarray(line.y, np.float32)}
        source = ColumnDataSource(data, name=line.name)
        words = [("", as_tip(line.label)), (tips[0], "@x{0.[0000]}"), (tips[1], "@y{0.[00000]}")]
        look = {"line_color": line.color, "line_alpha": line.alpha}
        if line.mode == "step":
            glyph = Step(x="x", y="y", mode="center", line_width=line.width, **look)
        else:
            glyph = Curve(x="x", y="y", line_width=line.width, **look)
        draw(chart, glyph, source, None if line.marker else words)
        if line.marker:
            look |= {"fill_color": line.color, "fill_alpha": line.alpha}
            draw(chart, Scatter(x="x", y="y", marker=line.marker, size=6, **look), source, words)
    return chart
