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
from neuroqgan.report.rasters_figure import plot_rasters as rasters
from neuroqgan.report.statistics_figure import plot_statistics as statistics
from neuroqgan.report.training_figure import plot_training as training

__all__ = ["autocovariance", "rasters", "statistics", "training"]
