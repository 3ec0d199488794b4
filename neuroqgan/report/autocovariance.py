"""Autocovariance of every neuron, real and generated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics import autocovariance
from neuroqgan.report.style import FLOOR, GENERATED, REAL, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuroqgan.raster import SpikeRaster

_MOST_NEURONS = 11
_COLUMNS = 4
_LOOKS = {"training": "s--", "held out": "o-", "generated": "^-"}


def plot_autocovariance(
    held_out: SpikeRaster, training: SpikeRaster, generated: SpikeRaster
) -> Figure:
    """Draw a panel for the population's mean and one for each of the most active neurons."""
    curves = [autocovariance(raster) for raster in (training, held_out, generated)]
    active = np.argsort(-held_out.spikes.mean((0, 1)), kind="stable")[:_MOST_NEURONS]
    lags = 1e3 * held_out.bin_width * np.arange(1, len(curves[0]) + 1)
    columns = min(_COLUMNS, len(active) + 1)
    rows = math.ceil((len(active) + 1) / columns)
    names = held_out.neuron_labels
    with style():
        figure = new_figure(10, 0.5 + 1.75 * rows)
        panels = np.atleast_1d(figure.subplots(rows, columns, sharex=True)).ravel()
        for i, axes in enumerate(panels):
            if i > len(active):
                axes.set_axis_off()
                continue
            for curve, color, label in zip(
                curves,
                (FLOOR, REAL, GENERATED),
                ("training", "held out", "generated"),
                strict=True,
            ):
                values = curve.mean(1) if i == 0 else curve[:, active[i - 1]]
                axes.plot(lags, values, _LOOKS[label], color=color, markersize=3, label=label)
            axes.set_title("mean of all neurons" if i == 0 else f"neuron {names[active[i - 1]]}")
            axes.axhline(0, color=FLOOR, linewidth=0.5)
            axes.locator_params(axis="y", nbins=4)
            axes.ticklabel_format(axis="y", style="sci", scilimits=(-2, 3))
            # Sharing hides the lags of all rows but the last, which may be shorter.
            axes.tick_params(labelbottom=i + columns > len(active))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
        figure.supxlabel("lag (ms)", fontsize=9)
        figure.supylabel("autocovariance", fontsize=9)
    return figure
