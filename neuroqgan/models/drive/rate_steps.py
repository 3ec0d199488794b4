"""Changes of drives that lead neurons to given firing rates, by the secant method."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.models.drive.threshold import drive_of_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

# A threshold moves at most so many times further than the rate that it is to change.
_MOST_GAIN = 4.0
# Where noise alone gives more spikes than are wanted, no drive is low enough.
_LONGEST_STEP = 1.0


class RateSteps:
    """Steps towards given rates, each from the rates that the step before led to.

    Parameters
    ----------
    rates
        Wanted spike probabilities per bin, shape ``(n_neurons,)``; neurons that never fire keep
        their drives.

    Examples
    --------
    >>> steps = RateSteps(np.array([0.1, 0.0]))
    >>> steps.change(np.array([0.1, 0.2])).tolist()
    [0.0, 0.0]
    """

    def __init__(self, rates: Floats) -> None:
        self._wanted, self._fires = drive_of_rate(rates), rates > 0
        self._before, self._last = np.zeros(len(rates)), np.zeros(len(rates))

    def change(self, found: Floats) -> Floats:
        """Return what to add to the drives, shape ``(n_neurons,)``.

        Parameters
        ----------
        found
            Rates of the drives as they are, shape ``(n_neurons,)``.
        """
        now, last = drive_of_rate(found), self._last
        # A secant: a neuron that other things drive hard moves less than its threshold does.
        moved = np.where(last == 0, 1.0, now - self._before)
        ratio = np.where(last == 0, 1.0, last) / np.where(moved == 0, 1.0, moved)
        step = np.clip(ratio, 1.0, _MOST_GAIN) * (self._wanted - now)
        self._before = now
        self._last = np.where(self._fires, np.clip(step, -_LONGEST_STEP, _LONGEST_STEP), 0.0)
        return self._last
