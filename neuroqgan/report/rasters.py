"""Real and generated rasters side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.report.style import GENERATED, PAPER, REAL, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.raster import SpikeRaster

_GAP = 0.15  # between windows, of a window
_MOST_NAMES = 25


def plot_rasters(real: SpikeRaster, generated: SpikeRaster, *, n_samples: int = 12) -> Figure:
    """Draw the same number of real and generated windows next to each other.

    Windows are spread evenly over each raster. Each stands on a ground of its own and is named by
    its number in the raster, since they do not follow one another in time.

    Parameters
    ----------
    real, generated
        Windows of one shape.
    n_samples
        Windows of either kind, at most.
    """
    shown = min(n_samples, real.n_samples, generated.n_samples)
    names = real.neuron_labels
    step = -(-len(names) // _MOST_NAMES)
    with style():
        height = 1.5 + 0.16 * max(real.n_neurons, 6)
        figure = new_figure(10, min(height, 6.7))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, real, shown, "Recording, held out", REAL)
        _draw(right, generated, shown, "Generated", GENERATED)
        left.set_yticks(range(0, len(names), step), names[::step])
        left.set_ylabel("neuron")
        window = real.n_bins * real.bin_width
        figure.supxlabel(
            f"window number; each lasts {window:g} s, and they are not consecutive",
            fontsize=9,
        )
    return figure


def _draw(axes: Axes, raster: SpikeRaster, n_samples: int, title: str, color: str) -> None:
    chosen = np.linspace(0, raster.n_samples - 1, n_samples).round().astype(int)
    starts = np.arange(n_samples) * (1 + _GAP)
    for start in starts:
        axes.axvspan(start, start + 1, color=PAPER, linewidth=0, zorder=0)
    window, time, neuron = np.nonzero(raster.spikes[chosen])
    at = starts[window] + (time + 0.5) / raster.n_bins
    times = [at[neuron == i] for i in range(raster.n_neurons)]
    axes.eventplot(times, colors=color, linelengths=0.8, linewidths=1.3)
    axes.set_xlim(-_GAP / 2, starts[-1] + 1 + _GAP / 2)
    axes.set_ylim(raster.n_neurons - 0.4, -0.6)
    axes.set_xticks(starts + 0.5, [str(i) for i in chosen])
    axes.tick_params(axis="x", length=0, labelsize=7)
    axes.spines["bottom"].set_visible(False)
    axes.set_title(f"{title}: {n_samples} of {raster.n_samples:,} windows")
