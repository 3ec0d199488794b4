"""Whether the trials of a recording are aligned to the same events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.seeding import as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

_FEWEST_TRIALS, _FEWEST_BINS = 4, 8
# Enough to see what trials have in common.
_MOST_NEURONS = 16
_N_SHIFTS = 19
# Standard deviations above what trials that are not aligned have in common.
_CLEARLY = 4.0


@dataclass(frozen=True)
class Alignment:
    """What the trials of a recording have in common at the same times.

    Parameters
    ----------
    correlation
        Of the rates by the time in the trial, in bins and neurons, between even and odd trials.
    by_chance
        The mean of this correlation if every trial is turned by a random time.
    is_clear
        Whether the correlation is clearly higher than by chance.
    """

    correlation: float
    by_chance: float
    is_clear: bool


def alignment(recording: SpikeRaster) -> Alignment | None:
    """Compare the rates of even and odd trials at the same time in the trial.

    By chance is what remains if every trial is turned by a random time of its own: this keeps
    how neurons fire within a trial, and destroys what they do at the same times.

    Parameters
    ----------
    recording
        Its samples are the trials.

    Returns
    -------
    Alignment or None
        None if there are fewer than four trials or eight bins, or no spikes.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> found = alignment(simulate_population(4, 40, 200, seed=0))
    >>> found.is_clear
    True
    """
    if recording.n_samples < _FEWEST_TRIALS or recording.n_bins < _FEWEST_BINS:
        return None
    every = -(-recording.n_neurons // _MOST_NEURONS)
    spikes = recording.select(slice(None, None, every)).spikes
    if not (spikes[::2].any() and spikes[1::2].any()):
        return None
    random = as_generator(0)
    trials = np.arange(len(spikes))[:, None]
    times = np.arange(recording.n_bins)
    chance = []
    for _ in range(_N_SHIFTS):
        shifts = random.integers(recording.n_bins, size=(len(spikes), 1))
        chance.append(_half_correlation(spikes[trials, (times + shifts) % recording.n_bins]))
    found = _half_correlation(spikes)
    mean, deviation = float(np.mean(chance)), float(np.std(chance))
    return Alignment(found, mean, found > mean + _CLEARLY * deviation and found > max(chance))


def _half_correlation(spikes: NDArray[np.bool_]) -> float:
    """Return the correlation of rates by time, around the mean of each neuron."""
    even, odd = (part.mean(axis=0) for part in (spikes[::2], spikes[1::2]))
    even, odd = even - even.mean(axis=0), odd - odd.mean(axis=0)
    scale = float(np.sqrt((even**2).sum() * (odd**2).sum()))
    return float((even * odd).sum()) / scale if scale else 0.0
