"""From the drive to angles: the first rotation, and the layers that follow it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.part import set_normal, weight

if TYPE_CHECKING:
    import numpy as np


def half_turn(drive: torch.Tensor) -> torch.Tensor:
    r"""Return the angle of a drive, :math:`\pi\,\sigma(u)` radians, which never wraps around."""
    return math.pi * torch.sigmoid(drive)


class Gain(torch.nn.Module):
    """How steeply each neuron answers to its drive.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    """

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self.log_gain = weight(n_neurons)

    def initialise(self) -> None:
        """Set all gains to e."""
        with torch.no_grad():
            self.log_gain.fill_(1.0)

    def forward(self, drive: torch.Tensor) -> torch.Tensor:
        """Scale a drive of shape ``(..., n_neurons)``."""
        return torch.exp(self.log_gain) * drive


class FixedGain(torch.nn.Module):
    """A gain that is the same for all neurons, and not learnt.

    Parameters
    ----------
    gain
        How steep it is.
    """

    def __init__(self, gain: float) -> None:
        super().__init__()
        self._gain = gain

    def initialise(self) -> None:
        """There is nothing to set."""

    def forward(self, drive: torch.Tensor) -> torch.Tensor:
        """Scale a drive of shape ``(..., n_neurons)``."""
        return self._gain * drive


class LaterLayers(torch.nn.Module):
    r"""Rotations after the first: the same in every bin, or modulated by shared processes.

    .. math:: a_{li}(t) = b_{li} + \sum_d m_{lid} \tanh y_d(t), \qquad l > 1

    Parameters
    ----------
    n_layers
        Layers of rotations, the first included.
    n_neurons
        Number of neurons.
    n_shared
        Processes that modulate the rotations; None for none.
    """

    def __init__(self, n_layers: int, n_neurons: int, n_shared: int | None = None) -> None:
        super().__init__()
        self.bias = weight(n_layers - 1, n_neurons)
        if n_shared is not None:
            self.modulation = weight(n_layers - 1, n_neurons, n_shared)

    def initialise(self, random: np.random.Generator, scale: float) -> None:
        """Set the weights at random, near zero."""
        for own in self.parameters():
            set_normal(own, scale, random)

    def modulated(self, shared: torch.Tensor) -> list[torch.Tensor]:
        """Return the angles of every later layer, each ``(n_samples, n_bins, n_neurons)``.

        Parameters
        ----------
        shared
            Shared processes, shape ``(n_samples, n_bins, n_shared)``.
        """
        squashed = torch.tanh(shared)
        return [
            bias + squashed @ modulation.T
            for bias, modulation in zip(self.bias, self.modulation, strict=True)
        ]
