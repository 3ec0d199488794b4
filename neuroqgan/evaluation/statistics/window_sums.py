"""What is summed over the bins of every window.

All functions take spikes as float32, ``(n_windows, n_bins, n_neurons)``, and return arrays whose
first axis is windows. Sums of spikes are whole numbers, which float32 holds exactly.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Spikes = NDArray[np.float32]

MAX_TRIPLETS = 300
_TRIPLET_SEED = 20240911


def spike_counts(spikes: Spikes) -> Spikes:
    """Count the spikes of every neuron, ``(n_windows, n_neurons)``."""
    counts: Spikes = spikes.sum(1)
    return counts


def coincidences(spikes: Spikes) -> Spikes:
    """Count the bins in which both neurons of a pair spike, ``(n_windows, n_pairs)``.

    Pairs are in the order of ``numpy.triu_indices(n_neurons, 1)``.
    """
    first, second = np.triu_indices(spikes.shape[2], 1)
    counts: Spikes = np.matmul(spikes.swapaxes(1, 2), spikes)[:, first, second]
    return counts


def population_counts(spikes: Spikes) -> Spikes:
    """Count the bins in which k neurons spike, ``(n_windows, n_neurons + 1)``."""
    n_windows, _, n_neurons = spikes.shape
    size = n_neurons + 1
    rows = np.arange(n_windows)[:, None] * size
    active = spikes.sum(2).astype(np.intp)
    counts = np.bincount((rows + active).ravel(), minlength=n_windows * size)
    return counts.reshape(n_windows, size).astype(np.float32)


def pattern_labels(spikes: Spikes) -> NDArray[np.intp]:
    """Return a number for the pattern of spikes in every bin, ``(n_windows, n_bins)``.

    Equal patterns have equal numbers.
    """
    n_windows, n_bins, n_neurons = spikes.shape
    packed = np.packbits(spikes.reshape(-1, n_neurons) > 0, axis=1)
    _, labels = np.unique(packed, axis=0, return_inverse=True)
    return labels.reshape(n_windows, n_bins)


def early_counts(spikes: Spikes, lag: int) -> Spikes:
    """Count the spikes that have a bin ``lag`` bins later, ``(n_windows, n_neurons)``."""
    counts: Spikes = spikes[:, :-lag].sum(1)
    return counts


def late_counts(spikes: Spikes, lag: int) -> Spikes:
    """Count the spikes that have a bin ``lag`` bins earlier, ``(n_windows, n_neurons)``."""
    counts: Spikes = spikes[:, lag:].sum(1)
    return counts


def repetitions(spikes: Spikes, lag: int) -> Spikes:
    """Count the spikes that a neuron follows up ``lag`` bins later, ``(n_windows, n_neurons)``."""
    counts: Spikes = (spikes[:, :-lag] * spikes[:, lag:]).sum(1)
    return counts


def successions(spikes: Spikes, lag: int) -> Spikes:
    """Count the spikes of neuron i that neuron j follows ``lag`` bins later.

    Returns
    -------
    ndarray
        Shape ``(n_windows, n_neurons * n_neurons)``, with j running fastest.
    """
    products = np.matmul(spikes[:, :-lag].swapaxes(1, 2), spikes[:, lag:])
    counts: Spikes = products.reshape(len(spikes), -1)
    return counts


def interval_counts(spikes: Spikes) -> Spikes:
    """Count the intervals between successive spikes of a neuron, ``(n_windows, n_bins)``.

    Pooled over neurons; the last axis is the interval in bins.
    """
    n_windows, n_bins, _ = spikes.shape
    window, neuron, time = np.nonzero(spikes.swapaxes(1, 2))
    follows = (window[1:] == window[:-1]) & (neuron[1:] == neuron[:-1])
    interval = (time[1:] - time[:-1])[follows]
    index = window[1:][follows] * n_bins + interval
    counts = np.bincount(index, minlength=n_windows * n_bins)
    return counts.reshape(n_windows, n_bins).astype(np.float32)


def triplet_coincidences(spikes: Spikes) -> Spikes:
    """Count the bins in which all neurons of a triplet spike, ``(n_windows, n_triplets)``.

    Triplets are those of `triplets`.
    """
    chosen = triplets(spikes.shape[2])
    counts = np.zeros((len(spikes), len(chosen)), np.float32)
    for i, (a, b, c) in enumerate(chosen):
        counts[:, i] = (spikes[:, :, a] * spikes[:, :, b] * spikes[:, :, c]).sum(1)
    return counts


def triplets(n_neurons: int) -> NDArray[Any]:
    """Return the triplets of neurons that are looked at, ascending, ``(n_triplets, 3)``.

    All of them up to `MAX_TRIPLETS`, otherwise a fixed random choice of that many.
    """
    everything = np.array(list(combinations(range(n_neurons), 3)), np.int64).reshape(-1, 3)
    if len(everything) <= MAX_TRIPLETS:
        return everything
    random = np.random.default_rng(_TRIPLET_SEED)
    return everything[np.sort(random.choice(len(everything), MAX_TRIPLETS, replace=False))]
