"""Real and generated rasters side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.style import FLOOR, GENERATED, REAL, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.raster import SpikeRaster


def plot_rasters(real: SpikeRaster, generated: SpikeRaster, *, n_samples: int = 12) -> Figure:
    """Draw the same number of real and generated windows next to each other.

    Windows are spread evenly over each raster and stand behind one another in time, divided by
    thin lines.

    Parameters
    ----------
    real, generated
        Windows of one shape.
    n_samples
        Windows of either kind, at most.
    """
    shown = min(n_samples, real.n_samples, generated.n_samples)
    with style():
        height = 1.3 + 0.16 * max(real.n_neurons, 6)
        figure = new_figure(10, min(height, 6.5))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, real, shown, "Recording, held out", REAL)
        _draw(right, generated, shown, "Generated", GENERATED)
        left.set_ylabel("neuron")
    return figure


def _draw(axes: Axes, raster: SpikeRaster, n_samples: int, title: str, color: str) -> None:
    chosen = np.linspace(0, raster.n_samples - 1, n_samples).round().astype(int)
    spikes = raster.spikes[chosen].reshape(-1, raster.n_neurons)
    window = raster.n_bins * raster.bin_width
    times = [(np.flatnonzero(row) + 0.5) * raster.bin_width for row in spikes.T]
    axes.eventplot(times, colors=color, linelengths=0.8, linewidths=1.3)
    for i in range(1, n_samples):
        axes.axvline(i * window, color=FLOOR, linewidth=0.5)
    axes.set_xlim(0, n_samples * window)
    axes.set_ylim(raster.n_neurons - 0.4, -0.6)
    axes.set_title(f"{title}: {n_samples} windows of {window:g} s")
    axes.set_xlabel("time (s)")
