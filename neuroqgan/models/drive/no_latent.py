"""No latent: nothing that was not recorded drives the population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.part import DriveInputs, DrivePart

if TYPE_CHECKING:
    import numpy as np


class NoLatent(DrivePart):
    """A Markov chain of a single state that adds nothing; see `MarkovChain`.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    """

    n_latent_states = 1

    def __init__(self, n_neurons: int) -> None:
        super().__init__()
        self._n_neurons = n_neurons

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`; there is nothing to set."""
        del random

    def by_state(self) -> torch.Tensor:
        """Return what the state adds to the drive: nothing, ``(1, n_neurons)``."""
        return torch.zeros(1, self._n_neurons)

    def components(self) -> torch.Tensor:
        """Return what components add to the drive; there are none, ``(0, n_neurons)``."""
        return torch.zeros(0, self._n_neurons)

    def hold(self, index: int) -> None:
        """Hold a component; there is none."""
        raise IndexError(index)

    def transitions(self) -> torch.Tensor:
        """Return the probability of staying, ``(1, 1)``."""
        return torch.ones(1, 1)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; adds nothing."""
        del given
        return drive
