"""A device as a graph of its qubits, with the cell circuits that lie on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.placement.chip_look import ChipLook, top_of, width_of
from neuroqgan.report.page.charts.chart_style import as_tip, draw, new_chart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bokeh.plotting import figure
    from numpy.typing import NDArray

    from neuroqgan.backends.placement.chip import Chip

    Floats = NDArray[np.float64]

_ENDS = {"x0": "x0", "y0": "y0", "x1": "x1", "y1": "y1"}
_RADIUS, _HALO = 0.31, 0.43  # in distances of neighbours
_DARK, _RIM = "#222222", "#8a949e"


def device_chart(chip: Chip, labels: tuple[str, ...]) -> figure:
    """Draw qubits by their readout error, pairs by their gate error, and the cell circuits.

    It shows the same as `neuroqgan.report.chip_figure.plot_chip`.

    Parameters
    ----------
    chip
        The device.
    labels
        Of the neurons.
    """
    look = ChipLook.of(chip, labels)
    at = look.positions
    span = at.max(0) - at.min(0) + 1.4
    chart = new_chart(x_label="", y_label="", height=int(min(max(200, 48 * span[1] + 40), 720)))
    chart.axis.visible = False
    chart.grid.visible = False
    chart.match_aspect = True
    chart.y_range.flipped = True
    _cells(chart, chip, look)
    _pairs(chart, chip, at)
    _qubits(chart, chip, look)
    _crossed_out(chart, chip, at)
    return chart


def _cells(chart: figure, chip: Chip, look: ChipLook) -> None:
    from bokeh.models.glyphs import Circle, Segment

    at = look.positions
    pairs = [(pair, i) for i, cell in enumerate(chip.shown) for pair in cell.couplers]
    if pairs:
        first, second = np.array([pair for pair, _ in pairs]).T
        data = _ends(at, first, second) | {"color": [look.colors[i] for _, i in pairs]}
        draw(chart, Segment(**_ENDS, line_color="color", line_width=14, line_cap="round"), data)
    qubits = [(qubit, i) for i, cell in enumerate(chip.shown) for qubit in cell.qubits]
    if qubits:
        where = [qubit for qubit, _ in qubits]
        data = {
            "x": at[where, 0],
            "y": at[where, 1],
            "color": [look.colors[i] for _, i in qubits],
        }
        draw(chart, Circle(x="x", y="y", radius=_HALO, fill_color="color", line_alpha=0), data)


def _pairs(chart: figure, chip: Chip, at: Floats) -> None:
    from bokeh.models.glyphs import Segment

    missing = [pair for pair in chip.coupled if pair not in chip.pairs]
    if missing:
        first, second = np.array(missing).T
        look = {"line_color": _RIM, "line_dash": "dotted", "line_width": 1.5}
        draw(chart, Segment(**_ENDS, **look), _ends(at, first, second))
    if not chip.pairs:
        return
    pairs, errors = list(chip.pairs), list(chip.pairs.values())
    top = top_of(errors, [True] * len(errors))
    first, second = np.array(pairs).T
    data = _ends(at, first, second) | {
        "width": [width_of(error, top) for error in errors],
        "pair": [f"{a} and {b}" for a, b in pairs],
        "error": 100 * np.array(errors),
    }
    tips = [("qubits", "@pair"), ("two-qubit error", "@error{0.000} %")]
    draw(chart, Segment(**_ENDS, line_color=_DARK, line_width="width"), data, tips)


def _qubits(chart: figure, chip: Chip, look: ChipLook) -> None:
    from bokeh.models import ColorBar, LinearColorMapper
    from bokeh.models.glyphs import Circle, Text
    from bokeh.palettes import Greys256

    at, readout = look.positions, np.array(chip.readout)
    usable = [qubit not in chip.faulty for qubit in range(chip.n_qubits)]
    top = top_of(readout, usable)
    # Not black: it would hide the rim and the label.
    shades = tuple(reversed(Greys256[30:]))
    colors = LinearColorMapper(shades, low=0, high=100 * top)
    cell_of = {qubit: i for i, cell in enumerate(chip.shown) for qubit in cell.qubits}
    data = {
        "x": at[:, 0],
        "y": at[:, 1],
        "qubit": [str(qubit) for qubit in range(chip.n_qubits)],
        "error": 100 * readout,
        "neurons": [
            as_tip(look.labels.get(q, "none").replace("\n", " ")) for q in range(chip.n_qubits)
        ],
        "cell": [
            f"{cell_of[q] + 1}: {as_tip(look.words[cell_of[q]])}" if q in cell_of else "none"
            for q in range(chip.n_qubits)
        ],
        "use": [_use(chip, q, cell_of) for q in range(chip.n_qubits)],
    }
    fill = {"field": "error", "transform": colors}
    glyph = Circle(x="x", y="y", radius=_RADIUS, fill_color=fill, line_color=_DARK)
    tips = [
        ("qubit", "@qubit (@use)"),
        ("readout error", "@error{0.00} %"),
        ("neuron", "@neurons"),
        ("cell circuit", "@cell"),
    ]
    draw(chart, glyph, data, tips)
    centred = {"text_align": "center", "text_baseline": "middle", "text_font_size": "10px"}
    where = list(look.labels)
    texts: dict[str, Any] = {
        "x": at[where, 0],
        "y": at[where, 1],
        "text": [_short(look.labels[qubit]) for qubit in where],
        "color": ["white" if readout[qubit] > 0.55 * top else "black" for qubit in where],
    }
    if where:
        draw(chart, Text(x="x", y="y", text="text", text_color="color", **centred), texts)
    # Colours come again on a large device; numbers do not.
    firsts = [cell.qubits[0] for cell in chip.shown]
    numbers: dict[str, Any] = {
        "x": at[firsts, 0] - 0.45,
        "y": at[firsts, 1] + 0.45,
        "text": [str(number) for number, _ in enumerate(firsts, 1)],
    }
    if firsts:
        bold = centred | {"text_font_style": "bold"}
        draw(chart, Text(x="x", y="y", text="text", text_color=_DARK, **bold), numbers)
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


def _crossed_out(chart: figure, chip: Chip, at: Floats) -> None:
    """Mark qubits that do not work, and those that must not be used."""
    from bokeh.models.glyphs import Scatter

    for qubits, marker, angle in ((chip.faulty, "x", 0.0), (chip.avoided, "dash", 0.785)):
        where = sorted(qubits)
        if where:
            data = {"x": at[where, 0], "y": at[where, 1]}
            glyph = Scatter(
                x="x", y="y", size=13, marker=marker, angle=angle, line_color="white", line_width=4
            )
            draw(chart, glyph, data)
            glyph = Scatter(
                x="x", y="y", size=13, marker=marker, angle=angle, line_color=_DARK, line_width=2
            )
            draw(chart, glyph, data)


def _use(chip: Chip, qubit: int, cell_of: dict[int, int]) -> str:
    if qubit in chip.faulty:
        return "faulty"
    if qubit in chip.avoided:
        return "not to be used"
    return "used" if qubit in cell_of else "not used"


def _short(label: str) -> str:
    """Return a label as far as there is room for it; the tooltip has all of it."""
    first = label.split("\n", maxsplit=1)[0]
    return first if len(first) <= 4 else f"{first[:3]}\N{HORIZONTAL ELLIPSIS}"


def _ends(
    at: Floats, first: NDArray[np.intp], second: NDArray[np.intp]
) -> dict[str, Floats | Sequence[Any]]:
    return {
        "x0": at[first, 0],
        "y0": at[first, 1],
        "x1": at[second, 0],
        "y1": at[second, 1],
    }
