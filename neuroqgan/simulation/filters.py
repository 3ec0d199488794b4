"""Exponential filters of spikes: what a history-driven cell knows of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

TIME_CONSTANTS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Bins after which a spike counts for 1/e, one a filter."""

N_FILTERS = len(TIME_CONSTANTS)

SCALE = (1 / np.sqrt(TIME_CONSTANTS)).astype(np.float32)
"""What a spike adds to each filter; so scaled, filters vary as much as each other."""

_DECAY = np.exp(-1 / np.array(TIME_CONSTANTS)).astype(np.float32)

MEMORY = 60
"""Bins after which even the slowest filter has forgotten all but a tenth of a percent."""


def silence(n_samples: int, n_neurons: int) -> Floats:
    """Return the filters of a population that has never fired, see `advance`."""
    return np.zeros((n_samples, n_neurons, N_FILTERS), np.float32)


def advance(filtered: Floats, spikes: NDArray[np.bool_]) -> Floats:
    """Return the filters one bin later.

    Parameters
    ----------
    filtered
        Before, ``(n_samples, n_neurons, N_FILTERS)``.
    spikes
        Of the bin in between, ``(n_samples, n_neurons)``.
    """
    after = filtered.copy()
    advance_in_place(after, spikes)
    return after


def advance_in_place(filtered: Floats, spikes: NDArray[np.bool_]) -> None:
    """Turn filters into those one bin later; see `advance`."""
    _advance(filtered, np.ascontiguousarray(spikes), _DECAY, SCALE)


def filter_spikes(spikes: NDArray[np.bool_]) -> Floats:
    """Return the filters before every bin.

    Parameters
    ----------
    spikes
        ``(n_samples, n_bins, n_neurons)``; before the first bin is silence.

    Returns
    -------
    numpy.ndarray
        ``(n_samples, n_bins, n_neurons, N_FILTERS)``.
    """
    n_samples, n_bins, n_neurons = spikes.shape
    before = np.empty((*spikes.shape, N_FILTERS), np.float32)
    filtered = silence(n_samples, n_neurons)
    for t in range(n_bins):
        before[:, t] = filtered
        filtered = advance(filtered, spikes[:, t])
    return before


def filter_past(past: NDArray[np.bool_]) -> Floats:
    """Return the filters after the last bin of a past, ``(n_samples, n_neurons, N_FILTERS)``.

    Parameters
    ----------
    past
        ``(n_samples, n_before, n_neurons)``; of more than `MEMORY` bins the last ones count.
    """
    recent = past[:, -MEMORY:]
    age = np.arange(recent.shape[1])[::-1, None]
    filtered: Floats = _filter_past(recent, (_DECAY**age * SCALE).astype(np.float32))
    return filtered


@jit(nogil=True)
def _advance(filtered: Floats, spikes: NDArray[np.bool_], decay: Floats, scale: Floats) -> None:
    for s in range(filtered.shape[0]):
        for n in range(filtered.shape[1]):
            for k in range(N_FILTERS):
                faded = filtered[s, n, k] * decay[k]
                filtered[s, n, k] = faded + scale[k] if spikes[s, n] else faded


@jit(nogil=True)
def _filter_past(recent: NDArray[np.bool_], weight: Floats) -> Floats:
    """Add up the weights of spikes, ``(n_recent, N_FILTERS)``; few bins have one."""
    n_samples, n_recent, n_neurons = recent.shape
    filtered = np.zeros((n_samples, n_neurons, N_FILTERS), np.float32)
    for s in range(n_samples):
        for t in range(n_recent):
            for n in range(n_neurons):
                if recent[s, t, n]:
                    for k in range(N_FILTERS):
                        filtered[s, n, k] += weight[t, k]
    return filtered
