"""All pictures of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neuroqgan.report.autocovariance import plot_autocovariance
from neuroqgan.report.rasters import plot_rasters
from neuroqgan.report.statistics import plot_statistics
from neuroqgan.report.style import save_figure
from neuroqgan.report.training import plot_training

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.evaluation.judge import Evaluation
    from neuroqgan.raster import SpikeRaster


def save_report(
    folder: Path,
    *,
    held_out: SpikeRaster,
    training: SpikeRaster,
    generated: SpikeRaster,
    evaluation: Evaluation,
    metrics: list[dict[str, Any]],
) -> list[Path]:
    """Draw and save all pictures, as PNG and SVG.

    Parameters
    ----------
    folder
        An existing folder; pictures of the same names are replaced.
    held_out, training
        Real windows of either half.
    generated
        Generated windows.
    evaluation
        Their judgement.
    metrics
        Rows of the training's metrics file.

    Raises
    ------
    StorageError
        If a picture cannot be written.
    """
    figures = {
        "rasters": plot_rasters(held_out, generated),
        "statistics": plot_statistics(held_out, training, generated, evaluation),
        "autocovariance": plot_autocovariance(held_out, training, generated),
        "training": plot_training(metrics),
    }
    return [path for name, figure in figures.items() for path in save_figure(figure, folder, name)]
