"""A part of the drive, and the sum of parts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class DriveInputs:
    """What the parts of a drive may look at; each part looks at its own.

    Parameters
    ----------
    filtered
        Filtered past spikes, shape ``(n_cells, n_neurons, n_filters)``
        (`neuroqgan.simulation.filters`).
    state
        Index of the latent Markov chain's state, integers of shape ``(n_cells,)``; None while the
        states are summed over elsewhere.
    own_processes
        Gaussian processes of each neuron, shape ``(n_samples, n_bins, n_neurons, n_own)``.
    shared_processes
        Gaussian processes shared by all neurons, shape ``(n_samples, n_bins, n_shared)``.
    white_noise
        White noise of each neuron, from some bins before the first on, shape
        ``(n_samples, n_before + n_bins, n_neurons)``.
    covariates
        Features of what was recorded beside the spikes, shape ``(..., n_features)``.
    """

    filtered: torch.Tensor | None = None
    state: torch.Tensor | None = None
    own_processes: torch.Tensor | None = None
    shared_processes: torch.Tensor | None = None
    white_noise: torch.Tensor | None = None
    covariates: torch.Tensor | None = None


MANY_BINS = 1 << 20
"""Bins at once of a past that acts within a circuit: no raster has more."""


class DrivePart(torch.nn.Module, ABC):
    """One summand of the drive of every neuron, in units of the logit of half a turn."""

    @abstractmethod
    def initialise(self, random: np.random.Generator) -> None:
        """Set the part's weights at random."""

    @abstractmethod
    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """Add the part to the sum of the parts before it.

        Parameters
        ----------
        drive
            That sum, of any shape that broadcasts to ``(..., n_neurons)``.
        given
            What the parts may look at.

        Returns
        -------
        torch.Tensor
            The sum with this part, ``(..., n_neurons)``.
        """


class Drive:
    """The sum of parts.

    Parameters
    ----------
    *parts
        In the order in which they are added. They belong to the generator that combines them; the
        sum has no weights of its own.
    """

    def __init__(self, *parts: DrivePart) -> None:
        self.parts = parts

    def __call__(self, given: DriveInputs) -> torch.Tensor:
        """Return the drive, shape ``(..., n_neurons)``."""
        drive = torch.zeros(())
        for part in self.parts:
            drive = part(drive, given)
        return drive


def weight(*shape: int) -> torch.nn.Parameter:
    """Return weights that are still to be initialised."""
    return torch.nn.Parameter(torch.zeros(*shape))


def set_normal(
    own: torch.Tensor,
    scale: float,
    random: np.random.Generator,
    centre: torch.Tensor | float = 0.0,
) -> None:
    """Draw weights from a normal distribution of a standard deviation around a centre."""
    with torch.no_grad():
        noise = torch.from_numpy(scale * random.standard_normal(tuple(own.shape)))
        own.copy_(centre + noise)
