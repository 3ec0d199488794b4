"""Tuning: the rate of every neuron by the value of a covariate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import places_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

_GROUPS = 8


def group_edges(raster: SpikeRaster) -> list[Floats]:
    """Return where the values of every column are divided into eight groups of equal size.

    A column of few distinct values has fewer groups, one for each of them.

    Parameters
    ----------
    raster
        Windows with covariates.

    Returns
    -------
    list of numpy.ndarray
        One array per column: the smallest value of each group but the first.
    """
    columns = places_of(raster).rows().reshape(-1, places_of(raster).covariates.n_columns).T
    edges = []
    for values in columns.astype(float):
        inner = np.unique(np.quantile(values, np.arange(1, _GROUPS) / _GROUPS, method="nearest"))
        edges.append(inner[inner > values.min()])
    return edges


def groups_of(raster: SpikeRaster, edges: list[Floats]) -> NDArray[np.int64]:
    """Return the group of every bin in every column, ``(n_windows, n_bins, n_columns)``."""
    rows = places_of(raster).rows().astype(float)
    columns = [np.searchsorted(of, rows[..., i], side="right") for i, of in enumerate(edges)]
    return np.stack(columns, axis=-1).astype(np.int64)


def tuning_sums(raster: SpikeRaster, edges: list[Floats]) -> tuple[Floats, Floats]:
    """Count spikes and bins by group of each column; columns follow one another.

    Parameters
    ----------
    raster
        Windows with covariates.
    edges
        See `group_edges`.

    Returns
    -------
    tuple of numpy.ndarray
        Spikes, ``(n_groups, n_neurons)``, and bins, ``(n_groups,)``.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.covariates import Covariates, CovariateWindows
    >>> from neuroqgan.raster import SpikeRaster
    >>> light = Covariates(np.array([[0.0], [1.0], [1.0]]), ["light"])
    >>> raster = SpikeRaster([[[0], [1], [0]]], 0.02)
    >>> raster = raster.with_covariates(CovariateWindows.whole_trials(light, 1))
    >>> spikes, bins = tuning_sums(raster, group_edges(raster))
    >>> (spikes[:, 0] / bins).tolist()
    [0.0, 0.5]
    """
    groups = groups_of(raster, edges)
    flat = raster.spikes.reshape(-1, raster.n_neurons).astype(np.float32)
    spikes, bins = [], []
    for column, of in enumerate(edges):
        at = groups[..., column].ravel()
        for group in range(len(of) + 1):
            inside = at == group
            spikes.append(flat[inside].sum(0, np.float64))
            bins.append(float(inside.sum()))
    return np.array(spikes), np.array(bins)


def group_means(raster: SpikeRaster, edges: list[Floats]) -> list[Floats]:
    """Return the mean value of every group of each column; NaN where there is none."""
    groups, rows = groups_of(raster, edges), places_of(raster).rows().astype(float)
    means = []
    for column, of in enumerate(edges):
        at, values = groups[..., column].ravel(), rows[..., column].ravel()
        n = np.bincount(at, minlength=len(of) + 1)
        total = np.bincount(at, weights=values, minlength=len(of) + 1)
        means.append(np.divide(total, n, out=np.full(len(n), np.nan), where=n > 0))
    return means
