"""A device as a graph of its qubits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.report.page.charts.chart_style import draw, new_chart
from neuroqgan.report.page.qubit_positions import qubit_positions
from neuroqgan.report.style import GENERATED

if TYPE_CHECKING:
    from bokeh.plotting import figure
    from numpy.typing import NDArray

    from neuroqgan.report.page.view import DeviceMap

    Floats = NDArray[np.float64]

_THIN, _THICK = 1.0, 6.0  # pixels
_ENDS = {"x0": "x0", "y0": "y0", "x1": "x1", "y1": "y1"}
_USUAL = 0.98  # quantile of errors that gets the strongest color


def device_chart(device: DeviceMap, labels: tuple[str, ...]) -> figure:
    """Draw qubits by their readout error, pairs by their gate error, and what was chosen.

    Parameters
    ----------
    device
        The device.
    labels
        Of the neurons.
    """
    from bokeh.models import ColorBar, LinearColorMapper
    from bokeh.models.glyphs import Scatter
    from bokeh.palettes import Blues256

    readout = np.asarray(device.readout, float)
    at = qubit_positions(len(readout), (*device.coupled, *device.pairs))
    rows = at[:, 1].max() - at[:, 1].min() + 1
    chart = new_chart(x_label="", y_label="", height=int(min(max(200, 48 * rows + 80), 620)))
    chart.axis.visible = False
    chart.grid.visible = False
    chart.match_aspect = True
    chart.y_range.flipped = True
    _couplings(chart, device, at)
    _pairs(chart, device, at)
    high = float(np.quantile(readout[readout < 1], _USUAL)) if (readout < 1).any() else 1.0
    colors = LinearColorMapper(tuple(reversed(Blues256[:240])), low=0, high=100 * (high or 1.0))
    by_qubit: dict[int, list[str]] = {}
    for place in device.placed:
        by_qubit.setdefault(place.qubit, []).append(labels[place.neuron])
    for is_chosen in (False, True):
        here = [q for q in range(len(readout)) if (q in by_qubit) == is_chosen]
        data = {
            "x": at[here, 0],
            "y": at[here, 1],
            "qubit": [str(q) for q in here],
            "error": 100 * readout[here],
            "neurons": [", ".join(dict.fromkeys(by_qubit.get(q, ["none"]))) for q in here],
        }
        glyph = Scatter(
            x="x",
            y="y",
            size=15 if is_chosen else 11,
            fill_color={"field": "error", "transform": colors},
            line_color=GENERATED if is_chosen else "#9aa5b1",
            line_width=3 if is_chosen else 1,
        )
        tips = [("qubit", "@qubit"), ("readout error", "@error{0.00} %"), ("neurons", "@neurons")]
        draw(chart, glyph, data, tips)
    bar = ColorBar(
        color_mapper=colors,
        title="readout error (%)",
        width=10,
        background_fill_alpha=0,
        title_text_font_style="normal",
        title_text_font_size="12px",
        major_label_text_font_size="12px",
    )
    chart.add_layout(bar, "right")
    return chart


def _couplings(chart: figure, device: DeviceMap, at: Floats) -> None:
    """Draw neighbours whose gate cannot be used."""
    from bokeh.models.glyphs import Segment

    found = [pair for pair in device.coupled if pair not in device.pairs]
    if found:
        first, second = np.array(found).T
        look = {"line_color": "#9aa5b1", "line_dash": "dotted"}
        draw(chart, Segment(**_ENDS, **look), _ends(at, first, second))


def _ends(at: Floats, first: NDArray[np.intp], second: NDArray[np.intp]) -> dict[str, Any]:
    return {
        "x0": at[first, 0],
        "y0": at[first, 1],
        "x1": at[second, 0],
        "y1": at[second, 1],
    }


def _pairs(chart: figure, device: DeviceMap, at: Floats) -> None:
    from bokeh.models.glyphs import Segment

    if not device.pairs:
        return
    pairs = list(device.pairs)
    errors = np.array([device.pairs[pair] for pair in pairs])
    worst = float(np.quantile(errors, _USUAL)) or 1.0
    first, second = np.array(pairs).T
    data = _ends(at, first, second) | {
        "width": _THIN + (_THICK - _THIN) * np.minimum(errors / worst, 1),
        "pair": [f"{a} and {b}" for a, b in pairs],
        "error": 100 * errors,
    }
    tips = [("qubits", "@pair"), ("two-qubit error", "@error{0.000} %")]
    draw(chart, Segment(**_ENDS, line_color="#9aa5b1", line_width="width"), data, tips)
