"""One look for all charts of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.escaping.printable import printable_html
from neuroqgan.report.page.section import Symbol
from neuroqgan.report.style import FLOOR, GENERATED, REAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bokeh.plotting import figure

    from neuroqgan.report.page.view import Group, Labelled

# Contrast with white of at least 4.5; the dark page inverts lightness and keeps hues.
RUN_COLORS = (GENERATED, "#2e6f95", "#8f5aa8", "#8a6200", "#3d7a2f", "#8a4b2a")
RUN_MARKERS = ("triangle", "circle", "diamond", "inverted_triangle", "hex", "star")
GRID = "#dfe3e8"
TEXT = "#333b44"
BAND = "#6a7683"
FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"


def new_chart(
    *, x_label: str, y_label: str, height: int = 280, tools: str = "", **options: Any
) -> figure:
    """Return an empty chart that is as wide as its place on the page.

    Parameters
    ----------
    x_label, y_label
        What the axes show, with units.
    height
        Pixels.
    tools
        Tools beside those that every chart has.
    options
        Of `bokeh.plotting.figure`.
    """
    from bokeh.plotting import figure

    usual = ",".join(filter(None, ("pan,box_zoom,wheel_zoom,reset,save", tools)))
    chart = figure(
        sizing_mode="stretch_width",
        height=height,
        min_width=240,
        tools=usual,
        # A drag over a chart scrolls the page on a phone, unless a tool was chosen.
        active_drag=None,
        active_scroll=None,
        x_axis_label=x_label,
        y_axis_label=y_label,
        background_fill_alpha=0.0,
        border_fill_alpha=0.0,
        outline_line_color=None,
        **options,
    )
    chart.toolbar.logo = None
    chart.toolbar.autohide = True
    chart.grid.grid_line_color = GRID
    for axis in chart.axis:
        axis.axis_label_text_font = axis.major_label_text_font = FONT
        axis.axis_label_text_font_style = "normal"
        axis.axis_label_text_font_size = "13px"
        axis.major_label_text_font_size = "12px"
        axis.axis_label_text_color = axis.major_label_text_color = TEXT
        axis.axis_line_color = axis.major_tick_line_color = "#8a949e"
        axis.minor_tick_line_color = None
    return chart


def draw(
    chart: figure, glyph: Any, source: Any, tips: Sequence[tuple[str, str]] | None = None
) -> None:
    """Add a glyph to a chart.

    The methods of a figure would make four copies of it, for selections that no page has, and take
    four times as long.

    Parameters
    ----------
    chart
        The chart.
    glyph
        One of `bokeh.models.glyphs`.
    source
        Its columns; a dictionary, or a column data source.
    tips
        Labels and templates of a tooltip.
    """
    from bokeh.models import ColumnDataSource, HoverTool

    columns = source if isinstance(source, ColumnDataSource) else ColumnDataSource(source)
    drawn = chart.add_glyph(columns, glyph)
    if tips is not None:
        chart.add_tools(HoverTool(renderers=[drawn], tooltips=list(tips)))


def as_tip(text: str) -> str:
    """Return text as it can stand in a tooltip, which is HTML with placeholders.

    Parameters
    ----------
    text
        Any text, such as the name of a run.

    Examples
    --------
    >>> as_tip("<b>5 @ $2</b>")
    '&lt;b&gt;5 &#64; &#36;2&lt;/b&gt;'
    """
    return printable_html(text).replace("@", "&#64;").replace("$", "&#36;")


def as_tick(text: str) -> Any:
    """Return text as it can label a tick, where Bokeh would read dollars as mathematics.

    Parameters
    ----------
    text
        Any text, such as the label of a neuron.
    """
    from bokeh.models import PlainText

    return PlainText(text=text) if set("$\\") & set(text) else text


def plain_numbers(*axes: Any, n_ticks: int = 5) -> None:
    """Label axes with as few digits as distinguish the ticks.

    Parameters
    ----------
    axes
        Of a chart.
    n_ticks
        About how many ticks an axis gets.
    """
    from bokeh.models import PrintfTickFormatter

    for axis in axes:
        # Three digits tell ticks apart, and remove what rounding adds.
        axis.formatter = PrintfTickFormatter(format="%.3g")
        axis.ticker.desired_num_ticks = n_ticks


def plain_decades(*axes: Any) -> None:
    """Label logarithmic axes with 1, 2 and 5 times powers of ten.

    Parameters
    ----------
    axes
        Of a chart.
    """
    from bokeh.models import LogTicker, PrintfTickFormatter

    for axis in axes:
        axis.ticker = LogTicker(mantissas=[1, 2, 5], desired_num_ticks=4)
        axis.formatter = PrintfTickFormatter(format="%.3g")


def look_of(run: Labelled) -> tuple[str, str]:
    """Return color and marker of a run."""
    i = run.number
    return RUN_COLORS[i % len(RUN_COLORS)], RUN_MARKERS[i % len(RUN_MARKERS)]


def symbol_of(run: Labelled, *, alone: bool) -> Symbol:
    """Return the entry of a run in a legend; a single run is simply what was generated."""
    return Symbol("generated" if alone else f"generated: {run.label}", *look_of(run))


def legend_of(group: Group) -> tuple[Symbol, ...]:
    """Return the legend of charts that compare generated with recorded windows."""
    alone = len(group.runs) == 1
    return (
        Symbol("recorded, held out", REAL, "circle"),
        Symbol("recorded, training (the floor)", FLOOR, "square"),
        *(symbol_of(run, alone=alone) for run in group.runs),
    )
