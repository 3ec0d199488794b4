"""Recorded and generated windows side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.reference import real_windows
from neuroqgan.report.style import GENERATED, PAPER, REAL, as_written, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster

_GAP = 0.15  # between windows, as a share of a window
_MOST_NAMES = 25


def plot_rasters(
    generated: SpikeRaster, real: Split | SpikeRaster, *, n_samples: int = 12
) -> Figure:
    """Draw the same number of recorded and generated windows next to each other.

    Windows are spread evenly over each raster. They stand apart, each labelled with its number in
    the raster, because they do not follow one another in time.

    Parameters
    ----------
    generated
        Generated windows, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows; the same bins and neurons.
    n_samples
        Largest number of windows of each kind.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> windows = simulate_population(3, 40, 80, seed=0).windows(8)
    >>> figure = plot_rasters(windows, windows, n_samples=5)
    >>> figure.axes[1].get_title("left")
    'Generated: 5 of 400 windows'
    """
    held_out = real_windows(real).held_out
    shown = min(n_samples, held_out.n_samples, generated.n_samples)
    names = as_written(held_out.neuron_labels)
    step = -(-len(names) // _MOST_NAMES)
    with style():
        height = 1.5 + 0.16 * max(held_out.n_neurons, 6)
        figure = new_figure(10, min(height, 6.7))
        left, right = figure.subplots(1, 2, sharey=True)
        _draw(left, held_out, shown, "Recording, held out", REAL)
        _draw(right, generated, shown, "Generated", GENERATED)
        left.set_yticks(range(0, len(names), step), names[::step])
        left.set_ylabel("neuron")
        window = held_out.n_bins * held_out.bin_width
        figure.supxlabel(
            f"window number; windows of {window:g} s, not consecutive",
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
