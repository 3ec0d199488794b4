"""Single recorded trials beside generated ones, over the same stretch of the trial."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import places_of
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.report.comparable import check_aligned
from neuroqgan.report.stretches import (
    busiest_stretch,
    generated_trials,
    recorded_trials,
)
from neuroqgan.report.style import GENERATED, QUIET, REAL, as_written, new_figure, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster

_SECONDS = 3.0
_MOST_NAMES = 12


def plot_trials(generated: SpikeRaster, real: Split | SpikeRaster, *, n_trials: int = 3) -> Figure:
    """Draw single held-out trials, and generated spikes that saw the same covariates.

    The liveliest three seconds of the trial are shown. A generated row is put together from
    windows that were placed there one after the other; a thin line shows where a new one begins.
    If whole trials were generated, a row is one of them.

    Parameters
    ----------
    generated
        Generated windows or trials with covariates, ``(n_samples, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows, with the same covariates.
    n_trials
        Largest number of trials of each kind.

    Returns
    -------
    Figure
        A matplotlib figure, which a notebook shows and `Figure.savefig` writes.

    Raises
    ------
    InputError
        If the windows carry no covariates, or not the same ones, shared by all trials.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> figure = plot_trials(parts.train, parts, n_trials=2)
    >>> figure.axes[1].get_title("left")
    'Generated, put together from windows of 0.32 s'
    """
    held_out = real_windows(real).held_out
    check_aligned(generated, held_out)
    stretch = busiest_stretch(held_out, _SECONDS)
    columns = (
        (held_out, recorded_trials(held_out, stretch, n_trials), REAL),
        (generated, generated_trials(generated, stretch, n_trials), GENERATED),
    )
    names = as_written(held_out.neuron_labels)
    step = -(-len(names) // _MOST_NAMES)
    rows = max(1, *(len(trials) for _, trials, _ in columns))
    height = min(0.6 + 0.11 * max(held_out.n_neurons, 8), 2.6)
    with style():
        figure = new_figure(10, 0.8 + rows * height)
        panels = figure.subplots(rows, 2, sharex=True, sharey=True, squeeze=False)
        for column, (raster, trials, color) in enumerate(columns):
            for row, axes in enumerate(panels[:, column]):
                if row >= len(trials):
                    axes.set_axis_off()
                    continue
                _draw(axes, raster, trials[row], color, has_seams=column == 1)
                if column == 0:
                    trial = int(places_of(raster).trials[trials[row][0]])
                    axes.set_title(f"Recording, held out: trial {trial}")
                    axes.set_ylabel("neuron")
        panels[0, 1].set_title(_title(generated, stretch))
        first = panels[0, 0]
        first.set_yticks(range(0, len(names), step), names[::step])
        first.set_ylim(len(names) - 0.4, -0.6)
        first.set_xlim(held_out.bin_width * stretch.start, held_out.bin_width * stretch.stop)
        figure.supxlabel("time in the trial (s)", fontsize=9)
    return figure


def _title(raster: SpikeRaster, stretch: slice) -> str:
    if raster.n_bins >= stretch.stop - stretch.start:
        return "Generated"
    return f"Generated, put together from windows of {raster.n_bins * raster.bin_width:g} s"


def _draw(
    axes: Axes, raster: SpikeRaster, windows: NDArray[np.intp], color: str, *, has_seams: bool
) -> None:
    starts = places_of(raster).starts[windows]
    window, time, neuron = np.nonzero(raster.spikes[windows])
    at = raster.bin_width * (starts[window] + time + 0.5)
    times = [at[neuron == i] for i in range(raster.n_neurons)]
    axes.eventplot(times, colors=color, linelengths=0.8, linewidths=1.2)
    if has_seams:
        for start in starts:
            axes.axvline(raster.bin_width * start, color=QUIET, linewidth=0.5, zorder=0)
