"""Neuron by neuron: PSTH and autocovariance."""

from __future__ import annotations

import base64
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME
from neuroqgan.evaluation.conditional.judge_given import known_by
from neuroqgan.evaluation.conditional.psth_correlation import FEWEST_PER_BIN, windows_per_bin
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure
from neuroqgan.report.page.charts.chart_style import legend_of, look_of, plain_numbers
from neuroqgan.report.page.charts.line_chart import Line, line_chart
from neuroqgan.report.page.section import Block, Browser, Chart, Section, Table, always
from neuroqgan.report.smoothed_psth import smoothed_psth
from neuroqgan.report.style import FLOOR, REAL

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster
    from neuroqgan.report.page.view import Group, PageView

    Floats = NDArray[np.float64]

_KEY = "autocovariance"
_MOST = 65_534  # values are stored as whole numbers up to this; the next stands for a gap
_MOST_VALUES = 200_000  # of PSTHs: recordings with more are drawn at every other bin, and so on


def _render(view: PageView) -> list[Block]:
    return [_browser(group, several=len(view.groups) > 1) for group in view.groups]


def _browser(group: Group, *, several: bool) -> Browser:
    held_out = group.held_out
    rasters = (held_out, group.training, *(run.view.generated for run in group.runs))
    looks = [(REAL, "circle"), (FLOOR, "square"), *(look_of(run) for run in group.runs)]
    names = ["held out", "training", *(run.label for run in group.runs)]
    curves = [measure(raster, [_KEY])[_KEY] for raster in rasters]
    active = int(np.argmax(held_out.spikes.mean((0, 1))))
    key = f"neurons-{group.number}"
    lags = 1e3 * held_out.bin_width * np.arange(1.0, len(curves[0]) + 1)
    parts = [_Part(f"{key}-{_KEY}", lags, curves)]
    charts = [_autocovariance(parts[0], active, looks, names)]
    if _has_psth(rasters):
        psths = [smoothed_psth(raster) for raster in rasters]
        step = -(-sum(of.size for of in psths) // _MOST_VALUES)
        times = held_out.bin_width * np.arange(0.5, len(psths[0]))
        part = _Part(f"{key}-psth", times[::step], [of[::step] for of in psths])
        parts.insert(0, part)
        charts.insert(0, _psth(part, active, looks, names))
    table = _table(group, names)
    data = {
        "kind": "neurons",
        "active": active,
        "charts": [part.to_dict() for part in parts],
    }
    options = {
        "labels": held_out.neuron_labels,
        "active": active,
        "table": table,
        "has_psth": len(parts) > 1,
    }
    heading = group.labels if several else ""
    return Browser(key, "neurons.html", tuple(charts), data, options, legend_of(group), heading)


class _Part:
    """Curves of all neurons over one axis, ``(n_points, n_neurons)`` for each raster."""

    def __init__(self, name: str, x: Floats, curves: list[Floats]) -> None:
        self.name, self.x, self.curves = name, x, curves

    def to_dict(self) -> dict[str, Any]:
        low = min(float(np.nanmin(of)) for of in self.curves)
        high = max(float(np.nanmax(of)) for of in self.curves)
        return {
            "name": self.name,
            "low": low,
            "step": (high - low) / _MOST or 1.0,
            "points": len(self.x),
            "curves": [_as_text(of, low, high) for of in self.curves],
        }


def _as_text(values: Floats, low: float, high: float) -> str:
    """Return curves as text, one neuron after the other, two bytes per value."""
    scaled = (values - low) * (_MOST / ((high - low) or 1.0))
    whole = np.where(np.isnan(scaled), _MOST + 1, np.nan_to_num(scaled).round()).astype("<u2")
    return base64.b64encode(np.ascontiguousarray(whole.T).tobytes()).decode()


def _has_psth(rasters: tuple[SpikeRaster, ...]) -> bool:
    return known_by(*rasters) == BY_TIME and windows_per_bin(*rasters) >= FEWEST_PER_BIN


def _lines(
    part: _Part, neuron: int, looks: list[tuple[str, str]], names: list[str], *, marked: bool
) -> list[Line]:
    lines = []
    # Training in the back, what was generated in front.
    for i in (1, 0, *range(2, len(names))):
        color, marker = looks[i]
        lines.append(
            Line(
                names[i],
                color,
                part.x,
                part.curves[i][:, neuron],
                marker if marked else "",
                1.2 if i == 1 else 1.8,
                name=f"{part.name}-{i}",
            )
        )
    return lines


def _psth(part: _Part, neuron: int, looks: list[tuple[str, str]], names: list[str]) -> Chart:
    from bokeh.models import Range1d

    chart = line_chart(
        _lines(part, neuron, looks, names, marked=False),
        tips=("time (s)", "rate (Hz)"),
        x_label="time in the trial (s)",
        y_label="rate (Hz)",
        height=300,
        x_range=Range1d(0.0, min(float(part.x[-1]), 8.0), name=f"{part.name}-x"),
    )
    chart.y_range.start = 0
    caption = (
        "How often the neuron spikes at each time of the trial. Curves are smoothed with a "
        "Gaussian of one bin; the correlations in the table are not."
    )
    return Chart(part.name, chart, "PSTH", caption, wide=True)


def _autocovariance(
    part: _Part, neuron: int, looks: list[tuple[str, str]], names: list[str]
) -> Chart:
    unit = STATISTICS[_KEY].unit
    chart = line_chart(
        _lines(part, neuron, looks, names, marked=True),
        tips=("lag (ms)", unit),
        x_label="lag (ms)",
        y_label=f"autocovariance ({unit})" if unit else "autocovariance",
        height=300,
    )
    plain_numbers(chart.yaxis[0])
    caption = "How the spikes of the neuron depend on its own spikes so many milliseconds earlier."
    return Chart(part.name, chart, "Autocovariance", caption, wide=True)


def _table(group: Group, names: list[str]) -> Table:
    held_out = group.held_out
    rasters = (held_out, group.training, *(run.view.generated for run in group.runs))
    rates = [raster.rates_hz for raster in rasters]
    headings = ["neuron", *(f"rate, {name} (Hz)" for name in names)]
    columns = [[f"{rate:.2f}" for rate in of] for of in rates]
    ceiling: tuple[float, ...] = ()
    for run in group.runs:
        given = run.view.evaluation.conditional
        if given is not None and given.psth is not None:
            headings.append(f"PSTH correlation, {run.label}")
            columns.append([_number(value) for value in given.psth.by_neuron])
            ceiling = given.psth.ceiling_by_neuron
    if ceiling:
        headings.append("ceiling")
        columns.append([_number(value) for value in ceiling])
    rows = tuple(zip(held_out.neuron_labels, *columns, strict=True))
    caption = "PSTH correlation: with held-out windows; recorded windows reach the ceiling."
    return Table(tuple(headings), rows, caption if ceiling else "Firing rates.")


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"


NEURONS = Section(
    "neurons",
    "Neuron by neuron",
    always,
    _render,
    "The chosen neuron in recorded and in generated windows.",
)
