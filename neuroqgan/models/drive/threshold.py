"""The threshold: what a neuron's rate is when nothing else drives it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.part import DriveInputs, DrivePart, weight

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOWEST_RATE = 1e-4


class Threshold(DrivePart):
    """One weight per neuron, added to the drive or taken from it.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    sign
        1 if a larger weight makes spikes likelier, -1 if it makes them rarer.
    """

    def __init__(self, n_neurons: int, sign: int = 1) -> None:
        super().__init__()
        self.weight = weight(n_neurons)
        self._sign = sign

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`; thresholds follow from rates, see `set_to`."""
        del random

    def set_to(self, drive: NDArray[np.float64]) -> None:
        """Set what the threshold adds to the drive, shape ``(n_neurons,)``."""
        with torch.no_grad():
            self.weight.copy_(torch.from_numpy(self._sign * drive))

    def add(self, drive: NDArray[np.float64]) -> None:
        """Add to what the threshold adds to the drive, shape ``(n_neurons,)``."""
        with torch.no_grad():
            self.weight.add_(torch.from_numpy(self._sign * drive).to(self.weight.dtype))

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`."""
        del given
        return drive + self.weight if self._sign > 0 else drive - self.weight


def drive_of_rate(
    rates: NDArray[np.float64], lowest: float = _LOWEST_RATE, highest: float = 0.5
) -> NDArray[np.float64]:
    """Return the drive that turns a qubit just so far that it fires at a rate.

    Parameters
    ----------
    rates
        Spike probabilities per bin, of any shape.
    lowest, highest
        Limits of the probabilities, since 0 and 1 have no finite drive.
    """
    half_turns = 2 / math.pi * np.arcsin(np.sqrt(np.clip(rates, lowest, highest)))
    drive: NDArray[np.float64] = np.log(half_turns / (1 - half_turns))
    return drive
