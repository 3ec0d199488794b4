"""How close models of different sizes come to a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.registry import NAMES
from neuroqgan.evaluation.baselines.row import RATIOS, ModelRow
from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, REAL, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_CLASSICAL = (FLOOR, "#a07850", REAL, ACCENT, "#5b8a40")
_OTHERS = (GENERATED, "#b8761a", "#8f5aa8", "#3c6e71")
_MARKERS = "os^Dvp*XhP"
_NAME_WIDTH, _NAME_HEIGHT = 0.08, 0.045  # of the panel
_TITLES = dict(
    zip(
        RATIOS,
        (
            "Firing rate",
            "Pair covariance",
            "k-probability",
            "Autocovariance",
            "Lag-1 covariance",
            "Inter-spike intervals",
        ),
        strict=True,
    )
)


@dataclass(frozen=True)
class SizedRow:
    """A model's figures for so many neurons.

    Parameters
    ----------
    n_neurons
        Neurons of the population.
    row
        Size and figures of the model.
    """

    n_neurons: int
    row: ModelRow


def plot_models(rows: Sequence[SizedRow]) -> Figure:
    """Draw the accuracy of the classifier and each ratio against the number of parameters.

    One line a model, one marker for each number of neurons; rows that agree in both, those of
    several seeds, are averaged and have bars from the least to the greatest. Rows without a
    number of parameters are left out.

    Parameters
    ----------
    rows
        In any order.
    """
    sized = [entry for entry in rows if entry.row.n_parameters is not None]
    found = {entry.row.model for entry in sized}
    models = [name for name in NAMES if name in found] + sorted(found - set(NAMES))
    with style():
        figure = new_figure(10, 5.2)
        panels = figure.subplots(2, 4).ravel()
        for i, name in enumerate(models):
            mine = [entry for entry in sized if entry.row.model == name]
            look = _look(name, i)
            _line(panels[0], mine, [entry.row.c2st for entry in mine], *look, label=name)
            for axes, statistic in zip(panels[1:], RATIOS, strict=False):
                _line(axes, mine, [entry.row.ratios[statistic] for entry in mine], *look)
        _finish(panels[0], "C2ST", 0.5, logarithmic=False)
        _name_sizes(panels[0], sized)
        for axes, title in zip(panels[1:], _TITLES.values(), strict=False):
            _finish(axes, f"{title} (ratio)", 1.0, logarithmic=True)
        handles, labels = panels[0].get_legend_handles_labels()
        panels[-1].set_axis_off()
        panels[-1].legend(handles, labels, loc="center left")
        figure.supxlabel("parameters; numbers at the markers are neurons", fontsize=9)
    return figure


def _look(name: str, position: int) -> tuple[str, str]:
    """Return color and marker: the same for a classical model in every picture."""
    if name in NAMES:
        return _CLASSICAL[NAMES.index(name)], _MARKERS[NAMES.index(name)]
    return _OTHERS[position % len(_OTHERS)], _MARKERS[len(NAMES) + position % len(_OTHERS)]


def _line(
    axes: Axes,
    entries: Sequence[SizedRow],
    values: Sequence[float],
    color: str,
    marker: str,
    label: str | None = None,
) -> None:
    """Draw a model's means over seeds, with bars from the least to the greatest."""
    points = []
    for n_neurons in sorted({entry.n_neurons for entry in entries}):
        here = [i for i, entry in enumerate(entries) if entry.n_neurons == n_neurons]
        measured = np.array([values[i] for i in here])
        size = np.mean([entries[i].row.n_parameters or 0 for i in here])
        mean = measured.mean()
        points.append((size, mean, mean - measured.min(), measured.max() - mean))
    x, y, below, above = np.array(points).T
    axes.errorbar(
        x,
        y,
        [below, above],
        color=color,
        marker=marker,
        markersize=4,
        linewidth=1,
        elinewidth=0.7,
        label=label,
    )


def _name_sizes(axes: Axes, entries: Sequence[SizedRow]) -> None:
    """Write numbers of neurons at the markers, none where it would cover another."""
    placed: list[tuple[float, float]] = []
    for name, n_neurons in dict.fromkeys((entry.row.model, entry.n_neurons) for entry in entries):
        mine = [e.row for e in entries if (e.row.model, e.n_neurons) == (name, n_neurons)]
        size = float(np.mean([row.n_parameters or 0 for row in mine]))
        accuracy = float(np.mean([row.c2st for row in mine]))
        if np.isnan(accuracy):
            continue
        x, y = axes.transAxes.inverted().transform(axes.transData.transform((size, accuracy)))
        if any(abs(x - a) < _NAME_WIDTH and abs(y - b) < _NAME_HEIGHT for a, b in placed):
            continue
        placed.append((x, y))
        axes.annotate(
            str(n_neurons), (size, accuracy), (4, 1), textcoords="offset points", fontsize=7
        )


def _finish(axes: Axes, title: str, best: float, *, logarithmic: bool) -> None:
    # Not at the top: `neuroqgan.report.style` has to import matplotlib first.
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_title(title)
    axes.set_xscale("log")
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.axhline(best, color=FLOOR, linewidth=0.8, linestyle="--")
