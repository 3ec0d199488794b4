"""Autocovariance of every neuron, recorded and generated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.reference import real_windows
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure
from neuroqgan.report.style import FLOOR, GENERATED, REAL, as_written, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster

_MOST_NEURONS = 11
_COLUMNS = 4
_KEY = "autocovariance"


def plot_autocovariance(
    generated: SpikeRaster, real: Split | SpikeRaster, training: SpikeRaster | None = None
) -> Figure:
    """Draw a panel for the mean over neurons and one for each of the most active neurons.

    Parameters
    ----------
    generated
        Generated windows, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows; the same bins and neurons.
    training
        Training windows beside held-out ones; without them, the odd held-out windows are drawn
        beside the even ones.

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
    >>> windows = simulate_population(3, 40, 80, seed=0).windows(8)
    >>> figure = plot_autocovariance(windows, windows, windows)
    >>> [axes.get_title("left") for axes in figure.axes]
    ['mean of all neurons', 'neuron 1', 'neuron 0', 'neuron 2']
    """
    reference = real_windows(real, training)
    held_out, floor = reference.compared, reference.floor
    floor_name = reference.floor_name
    looks = (
        (floor, "s--", FLOOR, floor_name),
        (held_out, "o-", REAL, "held out"),
        (generated, "^-", GENERATED, "generated"),
    )
    curves = [measure(raster, [_KEY])[_KEY] for raster, *_ in looks]
    active = np.argsort(-held_out.spikes.mean((0, 1)), kind="stable")[:_MOST_NEURONS]
    lags = 1e3 * held_out.bin_width * np.arange(1, len(curves[0]) + 1)
    columns = min(_COLUMNS, len(active) + 1)
    rows = math.ceil((len(active) + 1) / columns)
    names = as_written(held_out.neuron_labels)
    with style():
        figure = new_figure(10, 0.5 + 1.75 * rows)
        panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True)).ravel()
        for i, axes in enumerate(panels):
            if i > len(active):
                axes.set_axis_off()
                continue
            for curve, (_, line, color, label) in zip(curves, looks, strict=True):
                values = curve.mean(1) if i == 0 else curve[:, active[i - 1]]
                axes.plot(lags, values, line, color=color, markersize=3, label=label)
            axes.set_title("mean of all neurons" if i == 0 else f"neuron {names[active[i - 1]]}")
            axes.axhline(0, color=FLOOR, linewidth=0.5)
            axes.locator_params(axis="y", nbins=4)
            axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
            # Shared axes label the lags of the last row only, which may be shorter than the others.
            axes.tick_params(labelbottom=i + columns > len(active))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
        figure.supxlabel("lag (ms)", fontsize=9)
        figure.supylabel(f"autocovariance, {STATISTICS[_KEY].unit}", fontsize=9)
    return figure
