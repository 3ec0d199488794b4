"""Variability given covariates: Fano factors and noise correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.blocks import blocks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


def count_sums(residuals: NDArray[np.float32], spikes: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """Return, by block of windows, products of residual counts, and spikes.

    Parameters
    ----------
    residuals
        See `neuroqgan.evaluation.conditional.residuals`, ``(n_windows, n_bins, n_neurons)``.
    spikes
        Of the same shape.

    Returns
    -------
    tuple of numpy.ndarray
        Sums of products of the residuals of two neurons' counts in a window, ``(n_blocks,
        n_neurons, n_neurons)``, and numbers of spikes, ``(n_blocks, n_neurons)``.
    """
    counts = residuals.sum(1, np.float64)
    parts = list(blocks(len(counts)))
    products = np.stack([counts[part].T @ counts[part] for part in parts])
    return products, np.stack([spikes[part].sum((0, 1), np.float64) for part in parts])


def bin_sums(residuals: NDArray[np.float32]) -> tuple[Floats]:
    """Return the same products for single bins instead of windows."""
    n_neurons = residuals.shape[-1]
    flat = [residuals[part].reshape(-1, n_neurons) for part in blocks(len(residuals))]
    return (np.stack([(of.T @ of).astype(float) for of in flat]),)


def fano_factors(products: Floats, spikes: Floats) -> Floats:
    """Return variance over mean of each neuron's count in a window, given what it saw.

    The variance is the mean over all windows of the squared deviation from what is expected where
    the window lies: 1 for a Poisson process, and a little less for independent bins.

    Parameters
    ----------
    products, spikes
        See `count_sums`, summed over blocks.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_neurons,)``; NaN for a neuron without spikes.
    """
    variance = np.diagonal(products)
    factors: Floats = np.full(len(spikes), np.nan)
    np.divide(variance, spikes, out=factors, where=spikes > 0)
    return factors


def noise_correlations(products: Floats, *_: Floats) -> Floats:
    """Return the correlation of the residuals of every pair of neurons.

    Parameters
    ----------
    products
        See `count_sums` and `bin_sums`, summed over blocks.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_pairs,)``, pairs as in ``numpy.triu_indices(n_neurons, 1)``; NaN if one of a
        pair does not vary.
    """
    spread = np.sqrt(np.diagonal(products))
    scaled = np.where(spread > 0, spread, np.nan)
    correlations: Floats = (products / np.outer(scaled, scaled))[np.triu_indices(len(spread), 1)]
    return correlations


def counting_windows(raster: SpikeRaster, n_bins: int) -> SpikeRaster:
    """Return windows in which spikes are counted: long samples, such as trials, are cut."""
    return raster if raster.n_bins < 2 * n_bins else raster.windows(n_bins)
