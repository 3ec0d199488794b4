"""All pictures of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.report.autocovariance_figure import plot_autocovariance
from neuroqgan.report.conditional_figures import conditional_figures
from neuroqgan.report.rasters_figure import plot_rasters
from neuroqgan.report.statistics_figure import plot_statistics
from neuroqgan.report.style import save_figure
from neuroqgan.report.training_figure import plot_training

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.findings import Findings
    from neuroqgan.raster import SpikeRaster


def save_report(
    folder: Path,
    *,
    held_out: SpikeRaster,
    training: SpikeRaster,
    generated: SpikeRaster,
    evaluation: Findings,
    metrics: list[dict[str, Any]],
) -> list[Path]:
    """Draw and save all pictures, as PNG and SVG; some only if the rasters carry covariates.

    Parameters
    ----------
    folder
        An existing folder; pictures of the same names are replaced.
    held_out, training
        Real windows of each half, ``(n_windows, n_bins, n_neurons)``.
    generated
        Generated windows of the same bins and neurons.
    evaluation
        What `neuroqgan.judge` found; ratios in titles are taken from it.
    metrics
        Rows of the training's metrics file; see `plot_training`.

    Returns
    -------
    list of Path
        The files.

    Raises
    ------
    StorageError
        If a picture cannot be written.
    """
    figures = {
        "rasters": plot_rasters(generated, held_out),
        "statistics": plot_statistics(generated, held_out, training, evaluation=evaluation),
        "autocovariance": plot_autocovariance(generated, held_out, training),
        "training": plot_training(metrics),
        **conditional_figures(generated, held_out, training, evaluation),
    }
    return [path for name, figure in figures.items() for path in save_figure(figure, folder, name)]
