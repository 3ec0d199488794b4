"""Spikes as events, which tables and lists of spike times are turned into."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.times.numbers import plain, rows_like_it

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.times.times import Times


@dataclass(frozen=True)
class Spikes:
    """Spikes with their neuron and trial.

    Parameters
    ----------
    times
        Times in seconds, one per spike.
    neuron, trial
        Positions in ``neurons`` and ``trials``, one per spike.
    neurons, trials
        Labels of all neurons and trials, including those without spikes.
    row
        The row of the file that each spike comes from, counted from 1; for messages.
    ends
        End of each trial in seconds, if that is known; NaN for trials whose end is not.
    """

    times: Times
    neuron: NDArray[np.intp]
    trial: NDArray[np.intp]
    neurons: tuple[str, ...]
    trials: tuple[str, ...]
    row: NDArray[np.intp]
    ends: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.neuron)

    def take(self, rows: NDArray[np.bool_ | np.intp]) -> Spikes:
        """Return some of the spikes."""
        return replace(
            self,
            times=self.times.take(rows),
            neuron=self.neuron[rows],
            trial=self.trial[rows],
            row=self.row[rows],
        )

    def counted_from(self, origins: NDArray[np.float64]) -> Spikes:
        """Return the same spikes with times counted from other origins, one per trial."""
        ends = None if self.ends is None else self.ends - origins
        return replace(self, times=self.times.shifted(origins[self.trial]), ends=ends)

    def first_and_last(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the times of every trial's first and last spike; inf and -inf without any."""
        first = np.full(len(self.trials), np.inf)
        last = np.full(len(self.trials), -np.inf)
        np.minimum.at(first, self.trial, self.times.seconds)
        np.maximum.at(last, self.trial, self.times.seconds)
        return first, last

    def longest_silences(self, start: float) -> NDArray[np.float64]:
        """Return every trial's longest silence from ``start`` to its last spike; 0 without any."""
        order = np.lexsort((self.times.seconds, self.trial))
        trial, times = self.trial[order], self.times.seconds[order]
        before = np.where(np.diff(trial, prepend=-1) > 0, start, np.roll(times, 1))
        longest = np.zeros(len(self.trials))
        np.maximum.at(longest, trial, times - before)
        return longest

    def example(self, wrong: NDArray[np.bool_]) -> str:
        """Return the first of some wrong spikes for a message, and how many there are."""
        first = int(np.flatnonzero(wrong)[0])
        time = plain(float(self.times.seconds[first]))
        return f"{time} s in row {self.row[first]}, {rows_like_it(int(wrong.sum()))}"
