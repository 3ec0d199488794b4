"""Signal correlations, noise correlations and Fano factors, recorded and generated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.conditional_evaluation import BY_TIME
from neuroqgan.evaluation.conditional.psth_correlation import signal_correlations
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.report.comparable import check_given
from neuroqgan.report.count_variability import count_variability
from neuroqgan.report.scatter import handles, scatter
from neuroqgan.report.style import new_figure, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from neuroqgan.data.split import Split
    from neuroqgan.evaluation.findings import Findings
    from neuroqgan.raster import SpikeRaster


def plot_correlations(
    generated: SpikeRaster,
    real: Split | SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    evaluation: Findings | None = None,
) -> Figure:
    """Draw signal and noise correlations of pairs, and Fano factors, against held-out ones.

    Signal correlation: how similar the PSTHs of two neurons are. Noise correlation: how their
    counts in a window vary together around what the covariates explain. Fano factor: how much a
    count varies around it. Grey points compare real with real windows. Without a PSTH, since
    covariates differ between trials, there is no panel for signal correlations.

    Parameters
    ----------
    generated
        Generated windows with covariates, ``(n_windows, n_bins, n_neurons)``.
    real
        A split of the recording, or held-out windows, with covariates of the same names.
    training
        Training windows beside held-out ones; without them, the odd held-out windows are compared
        with the even ones.
    evaluation
        What the ratios in titles are taken from; without it there are none.

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
    >>> [axes.get_title("left") for axes in plot_correlations(parts.train, parts).axes]
    ['Signal correlation', 'Noise correlation', 'Fano factor']
    """
    reference = real_windows(real, training)
    rasters = reference.compared, reference.floor, generated
    given = check_given(*rasters)
    floor_name = reference.floor_name
    is_timed = given == BY_TIME
    noise, fano = zip(
        *(count_variability(raster, is_timed=is_timed) for raster in rasters), strict=True
    )
    panels = [("noise_correlation", "Noise correlation", "", noise)]
    panels.append(("fano_factor", "Fano factor", "variance/mean", fano))
    if is_timed:
        signal = signal_correlations(rasters)
        panels.insert(0, ("signal_correlation", "Signal correlation", "", signal))
    found = None if evaluation is None else evaluation.conditional
    with style():
        figure = new_figure(3.4 * len(panels), 3.8)
        drawn = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (key, title, unit, values) in zip(drawn, panels, strict=True):
            scatter(axes, list(values), floor_name, unit)
            row = None if found is None else getattr(found, key)
            ratio = np.nan if row is None else row.ratio
            axes.set_title(title if np.isnan(ratio) else f"{title}: {ratio:.1f} x floor")
        figure.legend(handles=handles(floor_name), loc="outside upper right", ncols=3)
    return figure
