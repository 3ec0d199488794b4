"""A device as a picture: cell circuits, errors of qubits and couplers, and what is not used."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.placement.chip_look import UNREAD, ChipLook, shades, top_of, width_of
from neuroqgan.report.style import as_written, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.backends.placement.chip import Chip

_INCHES = 0.56  # between two neighbours
_LEGEND = 2.7
_RADIUS, _HALO = 0.31, 0.43  # in distances of neighbours
_MOST_CELLS = 28  # in the legend
_DARK, _RIM = "#222222", "#8a949e"


def plot_chip(chip: Chip, labels: Sequence[str] | None = None) -> Figure:
    """Draw a device and the cell circuits on it.

    Cell circuits are told apart by colour and number; the colour also marks the couplers that their
    gates use.
    The darker a qubit, the more often a measured bit is wrong; the thicker a coupler, the larger
    the error of its gate. If a raster takes several circuits, the fullest is drawn.

    Parameters
    ----------
    chip
        The device, such as the ``chip`` of an estimate.
    labels
        Labels of the neurons; None for their indices.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Examples
    --------
    >>> from neuroqgan.backends.placement.chip import Chip
    >>> chip = Chip("line", (0.01, 0.02, 0.4), {(0, 1): 0.01}, ((0, 1), (1, 2)))
    >>> plot_chip(chip).axes[0].get_title("left")
    'line: 3 qubits'
    """
    names = None if labels is None else as_written(labels)
    look = ChipLook.of(chip, names)
    with style():
        span = np.ptp(look.positions, axis=0) + 1.4
        width = max(_INCHES * span[0], 3.0) + _LEGEND
        figure = new_figure(width, max(_INCHES * span[1] + 0.5, 4.6))
        axes, beside = figure.subplots(
            1, 2, gridspec_kw={"width_ratios": [width - _LEGEND, _LEGEND]}
        )
        _draw_couplers(axes, chip, look)
        _draw_qubits(axes, chip, look)
        axes.set_aspect("equal")
        axes.set_axis_off()
        low, high = look.positions.min(0) - 0.7, look.positions.max(0) + 0.7
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(high[1], low[1])
        axes.set_title(_title(chip), fontsize=11)
        _draw_legend(beside, chip, look)
    return figure


def _title(chip: Chip) -> str:
    if not chip.cells:
        return f"{chip.backend}: {chip.n_qubits} qubits"
    number = len(chip.shown)
    cells = f"{number} cell circuit" + ("s" if number > 1 else "")
    which = f", the fullest of {chip.n_pages} pages" if chip.n_pages > 1 else ""
    return f"{chip.backend}: {cells} on {chip.n_used} of {chip.n_qubits} qubits{which}"


def _draw_couplers(axes: Axes, chip: Chip, look: ChipLook) -> None:
    from matplotlib.collections import LineCollection, PatchCollection
    from matplotlib.patches import Circle

    at = look.positions
    for cell, color in zip(chip.shown, look.colors, strict=True):
        lines = [at[list(pair)] for pair in cell.couplers]
        wide = 2 * 0.3 * _INCHES * 72
        axes.add_collection(
            LineCollection(lines, colors=color, linewidths=wide, capstyle="round", zorder=1)
        )
        around = [Circle(at[qubit], _HALO) for qubit in cell.qubits]
        axes.add_collection(PatchCollection(around, facecolor=color, edgecolor="none", zorder=1.1))
    usable = [pair for pair in chip.coupled if pair in chip.pairs]
    if usable:
        errors = [chip.pairs[pair] for pair in usable]
        top = top_of(errors, [True] * len(errors))
        widths = [width_of(error, top) for error in errors]
        lines = [at[list(pair)] for pair in usable]
        axes.add_collection(LineCollection(lines, colors=_DARK, linewidths=widths, zorder=2))
    lines = [at[list(pair)] for pair in chip.coupled if pair not in chip.pairs]
    axes.add_collection(
        LineCollection(lines, colors=_RIM, linewidths=1.2, linestyles=(0, (1, 2)), zorder=2)
    )


def _draw_qubits(axes: Axes, chip: Chip, look: ChipLook) -> None:
    from matplotlib.patches import Circle

    at = look.positions
    usable = [qubit not in chip.faulty for qubit in range(chip.n_qubits)]
    for qubit, dark in enumerate(shades(chip.readout, usable)):
        (x, y), off = at[qubit], qubit in chip.faulty or qubit in chip.avoided
        grey = "white" if off else str(round(1 - 0.85 * dark, 3))
        rim = {"edgecolor": _RIM if off else _DARK, "linestyle": (0, (2, 1.5)) if off else "-"}
        axes.add_patch(Circle((x, y), _RADIUS, facecolor=grey, linewidth=0.8, zorder=3, **rim))
        if off:
            d = 0.6 * _RADIUS
            axes.plot([x - d, x + d], [y + d, y - d], color=_DARK, linewidth=1.2, zorder=4)
            if qubit in chip.faulty:
                axes.plot([x - d, x + d], [y - d, y + d], color=_DARK, linewidth=1.2, zorder=4)
        label = look.labels.get(qubit, "")
        if label:
            longest = max(map(len, label.split("\n")))
            size = min(8.5, 25 / max(longest, 1), 6.5 if "\n" in label else 9)
            color = "white" if dark > 0.55 else "black"
            axes.text(
                *(x, y, label),
                ha="center",
                va="center",
                color=color,
                linespacing=0.85,
                fontsize=max(size, 3.5),
                fontweight="bold",
                zorder=5,
            )
        axes.text(x + 0.3, y - 0.33, str(qubit), fontsize=5, color="#444444", zorder=5)
    for number, (cell, color) in enumerate(zip(chip.shown, look.colors, strict=True), 1):
        # Colours come again on a large device; numbers do not.
        x, y = at[cell.qubits[0]]
        box = {"boxstyle": "round,pad=0.2", "facecolor": color, "edgecolor": _DARK, "lw": 0.6}
        axes.text(
            *(x - 0.4, y + 0.4, str(number)),
            ha="center",
            va="center",
            fontsize=6,
            zorder=6,
            bbox=box,
        )


def _draw_legend(axes: Axes, chip: Chip, look: ChipLook) -> None:
    from matplotlib.lines import Line2D

    axes.set_axis_off()
    known = np.array([q not in chip.faulty for q in range(chip.n_qubits)])
    top = top_of(chip.readout, known.tolist())

    def disc(color: str, marker: str = "o", rim: str = _DARK, size: float = 9) -> Line2D:
        return Line2D([], [], marker=marker, ls="", ms=size, mfc=color, mec=rim, color=rim)

    def sign(text: str, size: float) -> Line2D:
        return disc(_DARK, f"${text}$", "none", size)

    rows: list[tuple[object, str]] = []
    for share in (0.0, 0.5, 1.0):
        beyond = " or more" if share == 1.0 else ""
        words = f"readout error {100 * share * top:.2g} %{beyond}"
        rows.append((disc(str(round(1 - 0.85 * share, 3))), words))
    if chip.pairs:
        errors = list(chip.pairs.values())
        most = top_of(errors, [True] * len(errors))
        for share in (0.1, 0.5, 1.0):
            beyond = " or more" if share == 1.0 else ""
            words = f"two-qubit error {100 * share * most:.2g} %{beyond}"
            width = width_of(share * most, most)
            rows.append((Line2D([], [], color=_DARK, linewidth=width), words))
    if set(chip.coupled) - set(chip.pairs):
        rows.append((Line2D([], [], color=_RIM, ls=(0, (1, 2)), lw=1.4), "no usable gate"))
    if chip.faulty:
        rows.append((disc(_DARK, "x", size=7), "faulty qubit"))
    if chip.avoided:
        rows.append((sign("/", 7), "not to be used"))
    if chip.cells:
        rows.append((sign("\\bf{3}", 6), "neuron that a qubit is read for"))
        marks = {mark for text in look.labels.values() for mark in text}
        if "\N{PRIME}" in marks:
            rows.append((sign("\\bf{3'}", 8), "spare qubit, read for it again"))
        if UNREAD in look.labels.values():
            rows.append((sign("\\bf{m}", 8), "qubit that is not read"))
        if any("\n" in text for text in look.labels.values()):
            rows.append((sign("t2", 9), "time bin that it is read for"))
    rows.append((sign("17", 7), "number of a qubit"))
    handles, words_ = zip(*rows, strict=True)
    first = axes.legend(
        handles, words_, loc="upper left", bbox_to_anchor=(0, 1), borderaxespad=0, fontsize=7.5
    )
    if not chip.cells:
        return
    axes.add_artist(first)
    swatches = [disc(color, "s", "none", 10) for color in look.colors[:_MOST_CELLS]]
    texts = [f"{number}: {text}" for number, text in enumerate(look.words[:_MOST_CELLS], 1)]
    if len(look.words) > _MOST_CELLS:
        swatches.append(disc("none", "s", "none"))
        texts.append(f"and {len(look.words) - _MOST_CELLS} more")
    axes.legend(
        swatches,
        texts,
        loc="lower left",
        bbox_to_anchor=(0, 0),
        borderaxespad=0,
        fontsize=7.5,
        title="Cell circuits",
        title_fontsize=8.5,
        alignment="left",
    )
