"""PSTH of every neuron, recorded and generated."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.psth_correlation import psth_correlation
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.report.comparable import check_aligned
from neuroqgan.report.smoothed_psth import smoothed_psth
from neuroqgan.report.stretches import busiest_stretch
from neuroqgan.report.style import GENERATED, REAL, as_written, new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.findings import Findings
    from neuroqgan.raster import SpikeRaster

_MOST_NEURONS = 10
_COLUMNS = 2
_SECONDS = 5.0


def plot_psth(
    generated: SpikeRaster,
    real: Split | SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    evaluation: Findings | None = None,
) -> Figure:
    """Draw the PSTH of each of the ten most active neurons, over the liveliest five seconds.

    Curves are smoothed with a Gaussian of one bin; the correlations in the titles are of whole
    trials and not smoothed, see `neuroqgan.evaluation.conditional.psth_correlation`.

    Parameters
    ----------
    generated
        Generated windows with covariates, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows, with the same covariates.
    training
        Training windows beside held-out ones; they give the ceiling of the correlation.
    evaluation
        What correlations are taken from; by default they are computed.

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
    >>> len(plot_psth(parts.train, parts).axes)
    8
    """
    reference = real_windows(real, training)
    held_out = reference.compared
    check_aligned(generated, held_out, reference.floor)
    if evaluation is None or evaluation.conditional is None:
        found = psth_correlation(generated, held_out, reference.floor)
    else:
        found = evaluation.conditional.psth
    stretch = busiest_stretch(held_out, _SECONDS)
    bins = np.arange(stretch.start, stretch.stop)
    rates = [smoothed_psth(raster)[stretch] for raster in (held_out, generated)]
    names = as_written(held_out.neuron_labels)
    active = np.argsort(-held_out.spikes.mean((0, 1)), kind="stable")[:_MOST_NEURONS]
    rows = math.ceil(len(active) / _COLUMNS)
    with style():
        figure = new_figure(10, 0.8 + 1.25 * rows)
        panels = np.atleast_1d(figure.subplots(rows, _COLUMNS, sharex=True)).ravel()
        for i, axes in enumerate(panels):
            if i >= len(active):
                axes.set_axis_off()
                continue
            looks = ((REAL, "held out", 1.5), (GENERATED, "generated", 1.1))
            for values, (color, label, width) in zip(rates, looks, strict=True):
                at = held_out.bin_width * (bins + 0.5)
                axes.plot(at, values[:, active[i]], color=color, linewidth=width, label=label)
            title = f"neuron {names[active[i]]}"
            if found is not None and not math.isnan(found.by_neuron[active[i]]):
                one, most = found.by_neuron[active[i]], found.ceiling_by_neuron[active[i]]
                title += f": correlation {one:.2f}, ceiling {most:.2f}"
            axes.set_title(title, fontsize=9)
            axes.set_ylim(bottom=0)
            axes.locator_params(axis="y", nbins=3)
            axes.margins(x=0.01)
            axes.tick_params(labelbottom=i + _COLUMNS >= len(active))
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper right", ncols=2)
        figure.supxlabel("time in the trial (s)", fontsize=9)
        figure.supylabel("rate (Hz)", fontsize=9)
    return figure
