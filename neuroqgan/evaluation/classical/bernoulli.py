"""The likelihood of independent spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST_PROBABILITY = 1e-6
"""Least probability of a spike, and of none, in a likelihood: nothing is ever ruled out."""


def bernoulli_log_likelihood(
    spikes: NDArray[np.bool_], probability: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the log likelihood of spikes that are independent given their probabilities.

    Parameters
    ----------
    spikes
        Shape ``(n_samples, n_bins, n_neurons)``.
    probability
        Their probabilities, of a shape that can be broadcast to it.

    Returns
    -------
    numpy.ndarray
        Natural logarithms summed over bins and neurons, shape ``(n_samples,)``.

    Examples
    --------
    >>> bernoulli_log_likelihood(np.ones((1, 1, 2), bool), np.array([0.5, 1.0])).round(3).tolist()
    [-0.693]
    """
    bounded = np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
    bits = np.where(spikes, np.log(bounded), np.log1p(-bounded))
    log_likelihood: NDArray[np.float64] = bits.sum((1, 2))
    return log_likelihood
