"""How close models of different sizes come to a recording."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS
from neuroqgan.evaluation.statistics.statistic_registry import model_columns, title_of
from neuroqgan.report.style import ACCENT, FLOOR, GENERATED, REAL, headline, new_figure, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.evaluation.model_row import ModelRow

_CLASSICAL = (FLOOR, "#a07850", REAL, ACCENT, "#5b8a40")
_OTHERS = (GENERATED, "#b8761a", "#8f5aa8", "#3c6e71")
_MARKERS = "os^Dvp*XhP"
_NAME_WIDTH, _NAME_HEIGHT = 0.08, 0.045  # of the panel


@dataclass(frozen=True)
class SizedRow:
    """A model's figures for so many neurons.

    Parameters
    ----------
    n_neurons
        Number of neurons in the population.
    row
        Size and figures of the model.
    """

    n_neurons: int
    row: ModelRow


def plot_models(rows: Sequence[SizedRow]) -> Figure:
    """Draw the accuracy of the classifier and each ratio against the number of parameters.

    Each model has a line with one marker per number of neurons. Rows with the same model and
    number of neurons, such as those of several seeds, are averaged, with bars from the lowest to
    the highest. Rows without a number of parameters are left out.

    Parameters
    ----------
    rows
        Models, in any order.

    Returns
    -------
    Figure
        A matplotlib figure.
    """
    sized = [entry for entry in rows if entry.row.n_parameters is not None]
    found = {entry.row.model for entry in sized}
    models = [name for name in CLASSICAL_MODELS if name in found]
    models += sorted(found - set(CLASSICAL_MODELS))
    columns = model_columns()
    n_columns = -(-(len(columns) + 2) // 2)
    with style():
        figure = new_figure(2.5 * n_columns, 5.2)
        panels = figure.subplots(2, n_columns).ravel()
        for i, name in enumerate(models):
            mine = [entry for entry in sized if entry.row.model == name]
            look = look_of_model(name, i)
            _line(panels[0], mine, [entry.row.c2st for entry in mine], *look, label=name)
            for axes, statistic in zip(panels[1:], columns, strict=False):
                _line(
                    axes, mine, [entry.row.ratios.get(statistic, np.nan) for entry in mine], *look
                )
        _finish(panels[0], "C2ST", 0.5, logarithmic=False)
        _name_sizes(panels[0], sized)
        for axes, statistic in zip(panels[1:], columns, strict=False):
            _finish(axes, f"{headline(title_of(statistic))}, ratio", 1.0, logarithmic=True)
        handles, labels = panels[0].get_legend_handles_labels()
        for axes in panels[1 + len(columns) :]:
            axes.set_axis_off()
        panels[-1].legend(handles, labels, loc="center left")
        figure.supxlabel("number of parameters; numbers at the markers count neurons", fontsize=9)
    return figure


def look_of_model(name: str, position: int) -> tuple[str, str]:
    """Return color and marker: a classical model has the same in every picture.

    Parameters
    ----------
    name
        Of the model.
    position
        Among the models that are drawn.
    """
    classical = list(CLASSICAL_MODELS)
    if name in classical:
        i = classical.index(name)
        return _CLASSICAL[i % len(_CLASSICAL)], _MARKERS[i % len(_MARKERS)]
    i = position % len(_OTHERS)
    return _OTHERS[i], _MARKERS[(len(classical) + i) % len(_MARKERS)]


def _line(
    axes: Axes,
    entries: Sequence[SizedRow],
    values: Sequence[float],
    color: str,
    marker: str,
    label: str | None = None,
) -> None:
    """Draw a model's means over seeds, with bars from the lowest to the highest."""
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
    """Write the number of neurons at each marker, unless it would cover another number."""
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
    # Imported here because `neuroqgan.report.style` has to import matplotlib first.
    from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

    axes.set_title(title)
    axes.set_xscale("log")
    if logarithmic:
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    axes.axhline(best, color=FLOOR, linewidth=0.8, linestyle="--")
