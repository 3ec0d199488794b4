"""What is left of the spikes once what the covariates explain is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import places_of, trial_histogram
from neuroqgan.evaluation.conditional.tuning import group_edges, groups_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Residuals = NDArray[np.float32]

# With more columns than this their values enter as they are, not by group.
_MOST_GROUPED = 8
# Keeps the regression well posed if a group is empty or columns repeat each other.
_RIDGE = 1e-6


def residuals_by_time(raster: SpikeRaster) -> Residuals:
    """Return spikes less the PSTH of the same raster.

    The PSTH is an average over the same spikes, so residuals of ``n`` windows are too small by the
    factor ``(n - 1) / n`` in their squares. This is corrected for bin by bin.

    Parameters
    ----------
    raster
        Windows with covariates that all trials share.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_windows, n_bins, n_neurons)``; zero in bins that a single window covers.
    """
    histogram, at = trial_histogram(raster), places_of(raster).trial_bins
    n = np.maximum(histogram.windows, 2)
    scale = np.sqrt(n / (n - 1)).astype(np.float32)
    residuals: Residuals = raster.spikes - histogram.rates.astype(np.float32)[at]
    residuals *= scale[at][..., None]
    return residuals


def residuals_by_value(raster: SpikeRaster) -> Residuals:
    """Return spikes less what the present values of the covariates explain.

    The expected spike is a sum over columns, each with a mean for every group of its values
    (`neuroqgan.evaluation.conditional.tuning.group_edges`), fitted to the same raster by least
    squares; of more than eight columns it is linear in the values. What earlier values explain
    stays in the residuals, in recorded and generated spikes alike.

    Parameters
    ----------
    raster
        Windows with covariates.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_windows, n_bins, n_neurons)``.
    """
    design = _design(raster)
    spikes = raster.spikes.reshape(-1, raster.n_neurons).astype(np.float32)
    gram = (design.T @ design).astype(float)
    ridge = _RIDGE * len(design) * np.eye(len(gram))
    weights = np.linalg.solve(gram + ridge, (design.T @ spikes).astype(float))
    left = spikes - design @ weights.astype(np.float32)
    residuals: Residuals = left.reshape(raster.spikes.shape)
    return residuals


def _design(raster: SpikeRaster) -> NDArray[np.float32]:
    rows = places_of(raster).rows()
    n_columns = rows.shape[-1]
    if n_columns > _MOST_GROUPED:
        flat = rows.reshape(-1, n_columns)
        spread = flat.std(0)
        columns = (flat - flat.mean(0)) / np.where(spread > 0, spread, 1)
    else:
        edges = group_edges(raster)
        groups = groups_of(raster, edges).reshape(-1, n_columns)
        columns = np.concatenate(
            [groups[:, i, None] == np.arange(1, len(of) + 1) for i, of in enumerate(edges)], axis=1
        )
    ones = np.ones((len(columns), 1), np.float32)
    return np.concatenate([ones, columns.astype(np.float32)], axis=1)
