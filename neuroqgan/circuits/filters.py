"""Exponential filters of spikes: what a history-driven cell knows of the past."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

TIME_CONSTANTS = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Bins after which a spike counts for 1/e, one a filter."""

N_FILTERS = len(TIME_CONSTANTS)

# Filtered spikes of different time constants vary as much as each other with this scale.
_SCALE = (1 / np.sqrt(TIME_CONSTANTS)).astype(np.float32)
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
    return filtered * _DECAY + spikes[..., None].astype(np.float32) * _SCALE


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
    weight = (_DECAY**age * _SCALE).astype(np.float32)
    filtered: Floats = np.einsum("stn,tk->snk", recent.astype(np.float32), weight, optimize=True)
    return filtered
