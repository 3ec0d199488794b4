"""Covariance matrices of stationary processes: block Toeplitz, and positive semidefinite."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_MOST_STEPS = 60
_TOLERANCE = 2e-3


def block_toeplitz(blocks: Floats) -> Floats:
    """Return the matrix of all bins and neurons whose blocks depend only on the lag.

    Parameters
    ----------
    blocks
        Entry ``[lag, i, j]`` belongs to neuron i and to neuron j ``lag`` bins later, shape
        ``(n_bins, n_neurons, n_neurons)``.

    Returns
    -------
    ndarray
        Symmetric, shape ``(n_bins * n_neurons, n_bins * n_neurons)``, bin after bin.
    """
    n_bins, n, _ = blocks.shape
    both = np.concatenate([blocks[:0:-1].swapaxes(1, 2), blocks])  # lags 1 - n_bins to n_bins - 1
    lag = np.arange(n_bins) - np.arange(n_bins)[:, None]
    matrix: Floats = both[lag + n_bins - 1].swapaxes(1, 2).reshape(n_bins * n, n_bins * n)
    return matrix


def mean_blocks(matrix: Floats, n_bins: int) -> Floats:
    """Return the blocks whose `block_toeplitz` matrix is nearest to a symmetric matrix.

    Parameters
    ----------
    matrix
        Shape ``(n_bins * n_neurons, n_bins * n_neurons)``.
    n_bins
        Number of bins.

    Returns
    -------
    ndarray
        Shape ``(n_bins, n_neurons, n_neurons)``.
    """
    n = len(matrix) // n_bins
    split = matrix.reshape(n_bins, n, n_bins, n)
    return np.stack(
        [
            np.mean([split[t, :, t + lag] for t in range(n_bins - lag)], axis=0)
            for lag in range(n_bins)
        ]
    )


def nearest_covariance(blocks: Floats) -> Floats:
    """Return a stationary covariance matrix near the requested one, with its variances.

    Alternating projections with Dykstra's correction (Higham, IMA J. Numer. Anal. 22, 329, 2002)
    onto matrices without negative eigenvalues, and onto block Toeplitz matrices with the given
    diagonal. At the end the diagonal, which is close by then, is set exactly.

    Parameters
    ----------
    blocks
        See `block_toeplitz`; the variances are on the diagonal of lag 0.

    Returns
    -------
    ndarray
        Shape ``(n_bins * n_neurons, n_bins * n_neurons)``.
    """
    n_bins, n, _ = blocks.shape
    variance = np.diag(blocks[0])
    stationary = block_toeplitz(blocks)
    positive = _without_negative(stationary)
    correction = np.zeros_like(stationary)
    for _ in range(_MOST_STEPS):
        if np.abs(positive - stationary).max() < _TOLERANCE * variance.max():
            break
        shifted = stationary - correction
        positive = _without_negative(shifted)
        correction = positive - shifted
        averaged = mean_blocks(positive, n_bins)
        averaged[0][np.diag_indices(n)] = variance
        stationary = block_toeplitz(averaged)
    scale = np.sqrt(np.tile(variance, n_bins) / np.diag(positive))
    scaled: Floats = positive * scale * scale[:, None]
    return scaled


def _without_negative(matrix: Floats) -> Floats:
    from scipy.linalg import eigh

    values, vectors = eigh(matrix)
    kept: Floats = (vectors * np.maximum(values, 0)) @ vectors.T
    return kept
