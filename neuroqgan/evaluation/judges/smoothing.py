"""Spikes smoothed in time: windows are near if they spike at nearly the same times."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECAY = 5.0
"""Bins in which a spike fades to 1/e before and after its bin."""


def smoothed(windows: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return every window as a row of spikes that fade exponentially in time.

    The Euclidean distance of two rows is a two-sided van Rossum distance (Neural Comput. 13, 751,
    2001), added up over neurons. Without smoothing, sparse windows are all equally far from each
    other, and nearest to those with the fewest spikes.

    Parameters
    ----------
    windows
        Spikes, ``(n_windows, n_bins, n_neurons)``.

    Returns
    -------
    ndarray
        Shape ``(n_windows, n_bins * n_neurons)``.
    """
    time = np.arange(windows.shape[1])
    kernel = np.exp(-np.abs(time[:, None] - time) / DECAY).astype(np.float32)
    rows: NDArray[np.float32] = np.matmul(kernel, windows.astype(np.float32))
    return rows.reshape(len(windows), -1)


def squared_distances(
    rows: NDArray[np.float32], others: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the squared Euclidean distances, ``(n_rows, n_others)``; none is below zero."""
    products = rows @ others.T
    squares = (rows**2).sum(1)[:, None] + (others**2).sum(1)
    distances: NDArray[np.float32] = np.maximum(squares - 2 * products, 0)
    return distances
