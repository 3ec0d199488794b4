"""Pictures of rasters, statistics and trainings, as matplotlib figures.

Nothing touches pyplot, and no backend is chosen: a notebook shows the figures, `Figure.savefig`
writes them. ``neuroqgan run`` and ``neuroqgan report`` draw with the same functions.

Examples
--------
>>> import neuroqgan as nq
>>> recording = nq.load("simulated", neurons=slice(0, 3))
>>> parts = nq.split(recording, n_bins=8)
>>> figure = nq.plot.statistics(parts.train, parts)
>>> len(figure.axes) > 1
True
"""

from __future__ import annotations

from neuroqgan.report.autocovariance_figure import plot_autocovariance as autocovariance
from neuroqgan.report.chip_figure import plot_chip as chip
from neuroqgan.report.correlations_figure import plot_correlations as correlations
from neuroqgan.report.explanation_figure import plot_explanation as explanation
from neuroqgan.report.psth_figure import plot_psth as psth
from neuroqgan.report.rasters_figure import plot_rasters as rasters
from neuroqgan.report.statistics_figure import plot_statistics as statistics
from neuroqgan.report.training_figure import plot_training as training
from neuroqgan.report.trials_figure import plot_trials as trials
from neuroqgan.report.tuning_figure import plot_tuning as tuning

__all__ = [
    "autocovariance",
    "chip",
    "correlations",
    "explanation",
    "psth",
    "rasters",
    "statistics",
    "training",
    "trials",
    "tuning",
]
