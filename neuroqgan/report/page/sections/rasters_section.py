"""Recorded and generated rasters side by side, to scroll and to zoom."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME
from neuroqgan.evaluation.conditional.judge_given import known_by
from neuroqgan.evaluation.conditional.trial_histogram import places_of
from neuroqgan.report.page.charts.chart_style import as_tick, draw, look_of, new_chart
from neuroqgan.report.page.section import Block, Browser, Chart, Section, always
from neuroqgan.report.stretches import generated_trials, recorded_trials
from neuroqgan.report.style import FLOOR, REAL

if TYPE_CHECKING:
    from bokeh.models import Range1d
    from bokeh.plotting import figure
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster
    from neuroqgan.report.page.view import Group, PageView

    Bools = NDArray[np.bool_]

_BYTES = 60_000  # of packed spikes, for each raster and each of the two ways to look at it
_MOST_WINDOWS, _FEWEST_WINDOWS, _SHOWN = 500, 12, 8
_MOST_TRIALS = 12
_GAP = 0.15  # between windows, as a share of a window; the script knows it too


def _render(view: PageView) -> list[Block]:
    blocks: list[Block] = []
    for group in view.groups:
        named = f": {group.labels}" if len(view.groups) > 1 else ""
        blocks.append(_windows(group, f"Windows{named}"))
        if known_by(group.held_out, *(run.view.generated for run in group.runs)) == BY_TIME:
            blocks.append(_trials(group, f"Whole trials{named}"))
    return blocks


def _windows(group: Group, heading: str) -> Browser:
    """Return a browser of windows, which do not follow one another in time."""
    key = f"windows-{group.number}"
    rasters = _rasters(group)
    chosen = [_spread(raster) for _, raster, _ in rasters]
    end = _SHOWN * (1 + _GAP)
    x_label = f"window number; a window lasts {_seconds(group.held_out)}"
    charts, data = _charts(key, rasters, x_label, (-_GAP, end), group.held_out)
    for entry, (_, raster, _), windows in zip(data, rasters, chosen, strict=True):
        entry.update(_packed(raster.spikes[windows]))
        entry["numbers"] = windows.tolist()
    return Browser(
        key,
        "windows.html",
        charts,
        {"kind": "windows", "labels": _labels(group), "shown": _SHOWN, "rasters": data},
        {"most": max(map(len, chosen)), "shown": _SHOWN},
        heading=heading,
    )


def _trials(group: Group, heading: str) -> Browser:
    """Return a browser of whole trials; generated ones are put together from windows."""
    key = f"trials-{group.number}"
    rasters = _rasters(group)
    n_bins = places_of(group.held_out).covariates.n_bins
    width = group.held_out.bin_width
    n_trials = max(1, min(_MOST_TRIALS, 8 * _BYTES // (n_bins * group.held_out.n_neurons)))
    x_range = (0.0, min(n_bins * width, 5.0))
    charts, data = _charts(key, rasters, "time in the trial (s)", x_range, group.held_out)
    whole = slice(0, n_bins)
    counts = []
    for i, (entry, (_, raster, _)) in enumerate(zip(data, rasters, strict=True)):
        found = (recorded_trials if i == 0 else generated_trials)(raster, whole, n_trials)
        places = places_of(raster)
        numbers = [int(places.trials[of[0]]) for of in found] if i == 0 else range(len(found))
        spikes = np.stack([_put_together(raster, windows, n_bins) for windows in found])
        entry.update(_packed(spikes))
        entry["numbers"] = [int(number) for number in numbers]
        counts.append(len(found))
    return Browser(
        key,
        "trials.html",
        charts,
        {"kind": "trials", "labels": _labels(group), "binWidth": width, "rasters": data},
        {
            "recorded": data[0]["numbers"],
            "generated": list(range(max(counts[1:]))),
            "window": _seconds(group.runs[0].view.generated),
        },
        heading=heading,
    )


def _rasters(group: Group) -> list[tuple[str, SpikeRaster, str]]:
    """Return title, raster and color of the recording and of every run."""
    alone = len(group.runs) == 1
    return [
        ("Recorded, held out", group.held_out, REAL),
        *(
            (
                "Generated" if alone else f"Generated: {run.label}",
                run.view.generated,
                look_of(run)[0],
            )
            for run in group.runs
        ),
    ]


def _charts(
    key: str,
    rasters: list[tuple[str, SpikeRaster, str]],
    x_label: str,
    start: tuple[float, float],
    held_out: SpikeRaster,
) -> tuple[tuple[Chart, ...], list[dict[str, Any]]]:
    """Return empty charts with common axes, and what the script needs to fill them."""
    from bokeh.models import Range1d

    n_neurons = held_out.n_neurons
    x_range = Range1d(*start, name=f"{key}-x")
    y_range = Range1d(n_neurons - 0.4, -0.6, name=f"{key}-y")
    charts, data = [], []
    for i, (title, raster, color) in enumerate(rasters):
        name = f"{key}-{i}"
        chart = _raster_chart(name, color, (x_range, y_range), x_label, held_out)
        caption = f"{raster.n_samples:,} windows in all." if "window" in x_label else ""
        charts.append(Chart(name, chart, title, caption))
        data.append({"name": name, "title": title})
    return tuple(charts), data


def _raster_chart(
    name: str, color: str, ranges: tuple[Range1d, Range1d], x_label: str, held_out: SpikeRaster
) -> figure:
    from bokeh.models import BasicTicker, ColumnDataSource, FixedTicker
    from bokeh.models.glyphs import Quad, Segment

    n_neurons = held_out.n_neurons
    chart = new_chart(
        x_label=x_label,
        y_label="neuron",
        height=int(min(150 + 16 * n_neurons, 560)),
        x_range=ranges[0],
        y_range=ranges[1],
    )
    chart.yaxis.ticker = BasicTicker(min_interval=1, desired_num_ticks=12)
    chart.yaxis.major_label_overrides = dict(enumerate(map(as_tick, held_out.neuron_labels)))
    chart.ygrid.grid_line_color = None
    chart.xgrid.grid_line_color = None
    paper = ColumnDataSource({"left": [], "right": []}, name=f"{name}-paper")
    ends = {"left": "left", "right": "right", "bottom": n_neurons - 0.4, "top": -0.6}
    draw(chart, Quad(**ends, fill_color=FLOOR, fill_alpha=0.1, line_color=None), paper)
    columns: dict[str, list[float]] = {"x": [], "y0": [], "y1": [], "neuron": [], "at": []}
    source = ColumnDataSource(columns, name=f"{name}-spikes")
    mark = Segment(x0="x", y0="y0", x1="x", y1="y1", line_color=color, line_width=2)
    draw(chart, mark, source, [("neuron", "@neuron"), ("time", "@at")])
    if "window number" in x_label:
        chart.xaxis.ticker = FixedTicker(ticks=[], name=f"{name}-ticks")
        chart.xaxis.name = f"{name}-axis"
    return chart


def _spread(raster: SpikeRaster) -> NDArray[np.int64]:
    """Return which windows the page keeps: all, or as many as its size allows, evenly spread."""
    most = 8 * _BYTES // (raster.n_bins * raster.n_neurons)
    kept = min(raster.n_samples, max(_FEWEST_WINDOWS, min(most, _MOST_WINDOWS)))
    return np.linspace(0, raster.n_samples - 1, kept).round().astype(np.int64)


def _put_together(raster: SpikeRaster, windows: NDArray[np.intp], n_bins: int) -> Bools:
    spikes = np.zeros((n_bins, raster.n_neurons), bool)
    starts = places_of(raster).starts
    for window in windows:
        start = int(starts[window])
        end = min(n_bins, start + raster.n_bins)
        spikes[start:end] |= raster.spikes[window, : end - start]
    return spikes


def _packed(spikes: Bools) -> dict[str, Any]:
    """Return spikes as text, a bit per bin and neuron, and their shape."""
    bits = base64.b64encode(np.packbits(spikes).tobytes()).decode()
    return {"shape": list(spikes.shape), "bits": bits}


def _labels(group: Group) -> list[str]:
    return list(group.held_out.neuron_labels)


def _seconds(raster: SpikeRaster) -> str:
    return f"{raster.n_bins * raster.bin_width:g} s"


RASTERS = Section(
    "rasters",
    "Rasters",
    always,
    _render,
    "Every mark is a spike. The charts of a row share their axes: what is zoomed or scrolled in "
    "one moves in the others.",
)
