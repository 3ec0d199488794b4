"""Rate of every neuron by the value of a covariate, recorded and generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.evaluation.conditional.trial_histogram import places_of
from neuroqgan.evaluation.conditional.tuning import group_edges, group_means, tuning_sums
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.report.comparable import check_given
from neuroqgan.report.style import FLOOR, GENERATED, REAL, as_written, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster

_MOST_COLUMNS, _MOST_NEURONS = 4, 4


def plot_tuning(
    generated: SpikeRaster, real: Split | SpikeRaster, training: SpikeRaster | None = None
) -> Figure:
    """Draw rates against the value of each covariate: a row per column of the covariates.

    Values are divided into eight groups of equal size; a point is the rate in one of them. The
    first panel of a row is the mean of all neurons, the others are the most active ones. Of many
    columns the first four are drawn.

    Parameters
    ----------
    generated
        Generated windows with covariates, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows, with covariates of the same names.
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
        If the windows carry no covariates, or others.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> figure = plot_tuning(parts.train, parts)
    >>> figure.axes[0].get_xlabel()
    'trial-time'
    """
    reference = real_windows(real, training)
    rasters = reference.floor, reference.compared, generated
    check_given(*rasters)
    held_out = reference.compared
    looks = (
        ("s--", FLOOR, reference.floor_name),
        ("o-", REAL, "held out"),
        ("^-", GENERATED, "generated"),
    )
    edges = group_edges(held_out)
    names = places_of(held_out).covariates.names
    neurons = as_written(held_out.neuron_labels)
    rates = [_rates(raster, edges) for raster in rasters]
    at = [group_means(raster, edges) for raster in rasters]
    active = np.argsort(-held_out.spikes.mean((0, 1)), kind="stable")[:_MOST_NEURONS]
    rows = min(len(names), _MOST_COLUMNS)
    with style():
        figure = new_figure(10, 0.7 + 1.9 * rows)
        panels = figure.subplots(rows, len(active) + 1, squeeze=False)
        for row, axes_of_row in enumerate(panels):
            for i, axes in enumerate(axes_of_row):
                for means, found, (line, color, label) in zip(at, rates, looks, strict=True):
                    values = found[row].mean(1) if i == 0 else found[row][:, active[i - 1]]
                    axes.plot(means[row], values, line, color=color, markersize=3, label=label)
                if row == 0:
                    label = neurons[active[i - 1]]
                    axes.set_title("mean of all neurons" if i == 0 else f"neuron {label}")
                axes.set_xlabel(as_written([shorten([names[row]])])[0])
                axes.locator_params(nbins=4)
                axes.set_ylim(bottom=0)
        figure.legend(*panels[0, 0].get_legend_handles_labels(), loc="outside upper right", ncols=3)
        figure.supylabel("rate (Hz)", fontsize=9)
    return figure


def _rates(raster: SpikeRaster, edges: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Return rates in Hz by group and neuron, for each column."""
    spikes, bins = tuning_sums(raster, edges)
    seen = bins[:, None]
    rates = np.divide(spikes, seen, out=np.full_like(spikes, np.nan), where=seen > 0)
    cuts = np.cumsum([len(of) + 1 for of in edges])[:-1]
    return np.split(rates / raster.bin_width, cuts)
