"""Derivatives of a cell whose neurons are taken for independent, as a start for measured ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def independent_jacobian(angles: Floats, n_neurons: int) -> Floats:
    r"""Return the derivatives of the moments of cells without their entangling gates.

    Rotations about one axis then add up: neuron i spikes with probability
    :math:`\sin^2(\tfrac12 \sum_l a_{li})`, whatever the others do.

    Parameters
    ----------
    angles
        Radians, shape ``(n_cells, n_layers * n_neurons)``; layer by layer.
    n_neurons
        Number of neurons of a cell.

    Returns
    -------
    numpy.ndarray
        Per radian, shape ``(n_cells, n_features, n_layers * n_neurons)``; features are the
        probabilities of spikes, of k spikes, and of pairs, as in
        `neuroqgan.gradients.network.mean_features`.

    Examples
    --------
    >>> independent_jacobian(np.array([[np.pi / 2, 0.0]]), 1).round(2).tolist()
    [[[0.5, 0.5], [-0.5, -0.5], [0.5, 0.5]]]
    """
    n_cells, n_angles = angles.shape
    n = n_neurons
    total = angles.reshape(n_cells, -1, n).sum(1)
    p, slope = np.sin(total / 2) ** 2, np.sin(total) / 2
    by_rate = np.zeros((n_cells, n + n + 1 + n * (n - 1) // 2, n))
    first, second = np.triu_indices(n, 1)
    pairs = 2 * n + 1 + np.arange(len(first))
    by_rate[:, pairs, first] = p[:, second]
    by_rate[:, pairs, second] = p[:, first]
    for i in range(n):
        by_rate[:, i, i] = 1
        others = _count_probability(np.delete(p, i, axis=1))
        by_rate[:, n : 2 * n, i] -= others
        by_rate[:, n + 1 : 2 * n + 1, i] += others
    return np.tile(by_rate * slope[:, None], n_angles // n)


def _count_probability(p: Floats) -> Floats:
    """Return the distribution of the number of spikes of independent neurons."""
    counts = np.zeros((len(p), p.shape[1] + 1))
    counts[:, 0] = 1
    for q in p.T[:, :, None]:
        counts[:, 1:] = counts[:, 1:] * (1 - q) + counts[:, :-1] * q
        counts[:, :1] *= 1 - q
    return counts
