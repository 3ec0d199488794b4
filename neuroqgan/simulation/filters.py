"""Exponential filters of spikes: what a history-driven cell knows of the past.

Filter ``k`` forgets with a time constant of ``0.5 * 2**k`` bins. How many filters there are is
read from the arrays, or given.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_FASTEST = 0.5
# Time constants of the slowest filter after which all but a tenth of a percent is forgotten.
_FORGOTTEN = 7.5


def time_constants(n_filters: int) -> NDArray[np.float64]:
    """Return the bins after which a spike counts for 1/e, shape ``(n_filters,)``.

    Examples
    --------
    >>> from neuroqgan.simulation.filters import time_constants
    >>> time_constants(3).tolist()
    [0.5, 1.0, 2.0]
    """
    constants: NDArray[np.float64] = _FASTEST * 2.0 ** np.arange(n_filters, dtype=np.float64)
    return constants


def filter_bins(n_filters: int) -> int:
    """Return the bins after which even the slowest filter has forgotten a spike.

    Examples
    --------
    >>> from neuroqgan.simulation.filters import filter_bins
    >>> filter_bins(5), filter_bins(1)
    (60, 4)
    """
    return math.ceil(_FORGOTTEN * float(time_constants(n_filters).max(initial=0.0)))


@lru_cache
def spike_size(n_filters: int) -> Floats:
    """Return what a spike adds to each filter, so that filters vary as much as each other."""
    return (1 / np.sqrt(time_constants(n_filters))).astype(np.float32)


@lru_cache
def decay(n_filters: int) -> Floats:
    """Return what is left of each filter a bin later, as a part of 1."""
    return np.exp(-1 / time_constants(n_filters)).astype(np.float32)


def silence(n_samples: int, n_neurons: int, n_filters: int) -> Floats:
    """Return the filters of neurons that have never fired, see `advance`."""
    return np.zeros((n_samples, n_neurons, n_filters), np.float32)


def advance(filtered: Floats, spikes: NDArray[np.bool_]) -> Floats:
    """Return the filters one bin later.

    Parameters
    ----------
    filtered
        Before, shape ``(n_samples, n_neurons, n_filters)``.
    spikes
        Of the bin in between, shape ``(n_samples, n_neurons)``.

    Returns
    -------
    numpy.ndarray
        As ``filtered``.
    """
    after = filtered.copy()
    advance_in_place(after, spikes)
    return after


def advance_in_place(filtered: Floats, spikes: NDArray[np.bool_]) -> None:
    """Turn filters into those one bin later; see `advance`."""
    n_filters = filtered.shape[2]
    _advance(filtered, np.ascontiguousarray(spikes), decay(n_filters), spike_size(n_filters))


def filter_spikes(spikes: NDArray[np.bool_], n_filters: int) -> Floats:
    """Return the filters before every bin.

    Parameters
    ----------
    spikes
        Shape ``(n_samples, n_bins, n_neurons)``; before the first bin is silence.
    n_filters
        Number of filters.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_samples, n_bins, n_neurons, n_filters)``.
    """
    n_samples, n_bins, n_neurons = spikes.shape
    before = np.empty((*spikes.shape, n_filters), np.float32)
    filtered = silence(n_samples, n_neurons, n_filters)
    for t in range(n_bins):
        before[:, t] = filtered
        filtered = advance(filtered, spikes[:, t])
    return before


def filter_past(past: NDArray[np.bool_], n_filters: int) -> Floats:
    """Return the filters after the last bin of a past.

    Parameters
    ----------
    past
        Shape ``(n_samples, n_before, n_neurons)``; of more than `filter_bins` bins the last ones
        count.
    n_filters
        Number of filters.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_samples, n_neurons, n_filters)``.
    """
    recent = past[:, max(0, past.shape[1] - filter_bins(n_filters)) :]
    age = np.arange(recent.shape[1])[::-1, None]
    weight = (decay(n_filters) ** age * spike_size(n_filters)).astype(np.float32)
    filtered: Floats = _filter_past(recent, weight)
    return filtered


@jit(nogil=True)
def _advance(filtered: Floats, spikes: NDArray[np.bool_], decay: Floats, size: Floats) -> None:
    for s in range(filtered.shape[0]):
        for n in range(filtered.shape[1]):
            for k in range(filtered.shape[2]):
                faded = filtered[s, n, k] * decay[k]
                filtered[s, n, k] = faded + size[k] if spikes[s, n] else faded


@jit(nogil=True)
def _filter_past(recent: NDArray[np.bool_], weight: Floats) -> Floats:
    """Add up the weights of spikes, ``(n_recent, n_filters)``; few bins have one."""
    n_samples, n_recent, n_neurons = recent.shape
    n_filters = weight.shape[1]
    filtered = np.zeros((n_samples, n_neurons, n_filters), np.float32)
    for s in range(n_samples):
        for t in range(n_recent):
            for n in range(n_neurons):
                if recent[s, t, n]:
                    for k in range(n_filters):
                        filtered[s, n, k] += weight[t, k]
    return filtered
