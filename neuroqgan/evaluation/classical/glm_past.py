"""Past spikes as a GLM sees them: through raised cosines, and in a free run through filters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def past_features(spikes: NDArray[np.bool_], kernels: Floats) -> NDArray[np.float32]:
    """Return past spikes through every kernel; there are none before a sample begins.

    Parameters
    ----------
    spikes
        Shape ``(n_samples, n_bins, n_neurons)``.
    kernels
        Weight of the spikes 1, 2, ... bins ago, ``(n_past, n_kernels)``.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_samples, n_bins, n_neurons * n_kernels)``, neuron after neuron.

    Examples
    --------
    >>> past_features(np.eye(3, dtype=bool)[:1, :, None], np.array([[2.0], [1.0]])).ravel().tolist()
    [0.0, 2.0, 1.0]
    """
    n_samples, n_bins, n = spikes.shape
    past = spikes.astype(np.float32)[..., None]
    features = np.zeros((n_samples, n_bins, n, kernels.shape[1]), np.float32)
    for lag, weights in enumerate(kernels.astype(np.float32)[: n_bins - 1], start=1):
        features[:, lag:] += past[:, :-lag] * weights
    return features.reshape(n_samples, n_bins, -1)


def free_run(
    drive: Floats, filters: Floats, n_given: int, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw spikes bin by bin, each from its own past.

    Parameters
    ----------
    drive
        Log odds of a spike without a past, ``(n_samples, n_bins, n_neurons)``.
    filters
        What a spike adds to the log odds of a neuron 1, 2, ... bins later, ``(n_past, n_neurons,
        n_neurons)``, by lag, earlier and later neuron.
    n_given
        Bins at the beginning that are dropped; the first of them has no past.
    random
        Source of the draws.

    Returns
    -------
    numpy.ndarray
        Booleans of shape ``(n_samples, n_bins - n_given, n_neurons)``.
    """
    from scipy.special import expit

    n_samples, n_bins, n = drive.shape
    n_past = len(filters)
    # The farthest past first, as it lies in memory.
    weights = filters[::-1].reshape(n_past * n, n).astype(np.float32)
    spikes = np.zeros((n_samples, n_past + n_bins, n), np.float32)
    for time in range(n_bins):
        past = spikes[:, time : time + n_past].reshape(n_samples, -1)
        probability = expit(drive[:, time] + past @ weights)
        spikes[:, n_past + time] = random.random((n_samples, n)) < probability
    drawn: NDArray[np.bool_] = spikes[:, n_past + n_given :] > 0
    return drawn
