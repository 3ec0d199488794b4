"""Statistics of generated windows against those of held-out real ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.comparison import compare
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure
from neuroqgan.report.scatter import handles, scatter
from neuroqgan.report.style import FLOOR, GENERATED, REAL, headline, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.findings import Findings
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_COLUMNS = 3


def plot_statistics(
    generated: SpikeRaster,
    real: Split | SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    evaluation: Findings | None = None,
) -> Figure:
    """Draw a panel for each statistic that has one.

    Grey points compare training with held-out windows, real data with real data. The ratio in a
    title is the error in units of that floor. Axes are chosen so that most real points can be
    distinguished; points beyond them are drawn as hollow diamonds at the edge, and counted.

    Parameters
    ----------
    generated
        Generated windows, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows; the same bins and neurons.
    training
        Training windows beside held-out ones; without them, the odd held-out windows are compared
        with the even ones.
    evaluation
        What the ratios are taken from; by default they are computed.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Raises
    ------
    InputError
        If training windows are given beside a split.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> from neuroqgan.data.split import split
    >>> parts = split(simulate_population(3, 40, 80, seed=0), 8)
    >>> figure = plot_statistics(parts.train, parts)
    >>> figure.axes[0].get_title("left")
    'Firing rate: 1.0 x floor'
    """
    reference = real_windows(real, training)
    compared, floor = reference.compared, reference.floor
    drawn = [(entry, entry.panel) for entry in STATISTICS.values() if entry.panel is not None]
    keys = [statistic.key for statistic, _ in drawn]
    if evaluation is None:
        ratios = compare(generated, compared, floor, n_bootstrap=0)
    else:
        ratios = evaluation.statistics
    values = [measure(raster, keys) for raster in (compared, floor, generated)]
    floor_name = reference.floor_name
    rows = -(-len(drawn) // _COLUMNS)
    with style():
        figure = new_figure(10, 3.1 * rows)
        panels = np.atleast_1d(figure.subplots(rows, _COLUMNS)).ravel()
        for axes in panels[len(drawn) :]:
            axes.set_axis_off()
        for axes, (statistic, panel) in zip(panels, drawn, strict=False):
            scale = 1 / compared.bin_width if panel.per_second else 1.0
            curves = [scale * entry[statistic.key].ravel() for entry in values]
            unit = panel.unit or statistic.unit
            if panel.kind == "scatter":
                scatter(axes, curves, floor_name, unit)
            elif panel.kind == "curve":
                _curve(axes, curves, panel.x_label, unit)
            else:
                _intervals(axes, curves, panel.x_label, unit, compared.bin_width)
            row = ratios.get(statistic.key)
            ratio = np.nan if row is None else row.ratio
            axes.set_title(_title(panel.title or statistic.title, ratio))
        figure.legend(handles=handles(floor_name), loc="outside upper right", ncols=3)
    return figure


def _title(title: str, ratio: float) -> str:
    title = headline(title)
    # Next to a large ratio a decimal says nothing, and panels are narrow.
    digits = 1 if ratio < 100 else 0
    return title if np.isnan(ratio) else f"{title}: {ratio:,.{digits}f} x floor"


def _curve(axes: Axes, curves: list[Floats], x_label: str, unit: str) -> None:
    real, floor, model = curves
    for values, color, marker in (
        (floor, FLOOR, "s-"),
        (real, REAL, "o-"),
        (model, GENERATED, "^-"),
    ):
        seen = np.flatnonzero(values)
        axes.plot(seen, values[seen], marker, color=color, markersize=3.5)
    axes.set_yscale("log")
    axes.set(xlabel=x_label, ylabel=unit)


def _intervals(axes: Axes, curves: list[Floats], x_label: str, unit: str, bin_width: float) -> None:
    real, floor, model = curves
    for values, color in ((floor, FLOOR), (real, REAL), (model, GENERATED)):
        axes.step(1e3 * bin_width * np.arange(len(values)), values, where="mid", color=color)
    axes.set(xlabel=f"{x_label} (ms)", ylabel=unit)
    axes.set_ylim(bottom=0)
