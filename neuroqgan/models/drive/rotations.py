"""From the drive to angles: the first rotation, and the layers that follow it."""

from __future__ import annotations

import math

import numpy as np
import torch

from neuroqgan.models.drive.part import set_normal, weight

# Tables of what noise makes of a rotation: range of drives, and distance of the values.
_FARTHEST, _NOISE_STEP, _DRIVE_STEP = 8.0, 0.05, 0.02


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
    """A gain that is the same for all neurons, and not learnt, before noise of unit variance.

    Parameters
    ----------
    gain
        How steep it is.
    """

    def __init__(self, gain: float) -> None:
        super().__init__()
        self._gain = gain
        noise = np.arange(-_FARTHEST, _FARTHEST, _NOISE_STEP)
        density = np.exp(-0.5 * noise**2)
        drive = np.arange(-_FARTHEST, _FARTHEST + _DRIVE_STEP, _DRIVE_STEP)
        turns = 1 / (1 + np.exp(-gain * (drive[:, None] + noise)))
        spikes = np.sin(0.5 * math.pi * turns) ** 2 @ (density / density.sum())
        self._table = torch.from_numpy(spikes).float()

    def initialise(self) -> None:
        """There is nothing to set."""

    def forward(self, drive: torch.Tensor) -> torch.Tensor:
        """Scale a drive of shape ``(..., n_neurons)``."""
        return self._gain * drive

    def mean_spikes(self, drive: torch.Tensor) -> torch.Tensor:
        r"""Return the probability that a rotation measures a spike, averaged over the noise.

        .. math:: E_\xi \sin^2\bigl(\tfrac{\pi}{2} \sigma(g (u + \xi))\bigr)

        Parameters
        ----------
        drive
            Without the noise, of any shape.

        Returns
        -------
        torch.Tensor
            Of the same shape, interpolated in a table.
        """
        place = (drive + _FARTHEST) / _DRIVE_STEP
        place = place.clamp(0, len(self._table) - 1.001)
        below = place.detach().floor()
        low = below.long()
        value, step = self._table[low], self._table[low + 1] - self._table[low]
        return value + (place - below) * step


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
