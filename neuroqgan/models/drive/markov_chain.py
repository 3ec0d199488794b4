"""A latent Markov chain: a state of few values that all neurons share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.components import components_of, held
from neuroqgan.models.drive.part import DriveInputs, DrivePart, set_normal, weight
from neuroqgan.simulation.markov.stationary import stationary_distribution

if TYPE_CHECKING:
    import numpy as np

_RANK = 3
_STAYS = 2.0
_SPREAD = {"state_weight": 0.3, "state": 0.7, "leave": 0.3, "enter": 0.3, "prior": 0.3}


class MarkovChain(DrivePart):
    r"""A hidden state :math:`z` with low-rank transitions, which adds :math:`\sum_d w_{id} E_{zd}`.

    It stands for what drives the whole population and nobody recorded, such as a stimulus.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    n_latent_states
        Number of states.
    n_dimensions
        Dimensions in which the states lie.
    """

    def __init__(self, n_neurons: int, n_latent_states: int, n_dimensions: int) -> None:
        super().__init__()
        self.state_weight = weight(n_neurons, n_dimensions)
        self.state = weight(n_latent_states, n_dimensions)
        self.leave = weight(n_latent_states, _RANK)
        self.enter = weight(_RANK, n_latent_states)
        self.stay = weight(n_latent_states)
        self.prior = weight(n_latent_states)

    @property
    def n_latent_states(self) -> int:
        """Number of states."""
        return len(self.state)

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`; a state stays for several bins on average."""
        own = dict(self.named_parameters())
        for name, scale in _SPREAD.items():
            set_normal(own[name], scale, random)
        with torch.no_grad():
            self.stay.fill_(_STAYS)

    def by_state(self) -> torch.Tensor:
        """Return what every state adds to the drive, ``(n_latent_states, n_neurons)``."""
        return self.state @ self.state_weight.T

    def components(self) -> torch.Tensor:
        """Return what one standard deviation of each component adds to the drive.

        Returns
        -------
        torch.Tensor
            Shape ``(n_components, n_neurons)``, the strongest first
            (`neuroqgan.models.drive.components.components_of`).
        """
        with torch.no_grad():
            return components_of(self.by_state(), stationary_distribution(self.transitions()))

    def hold(self, index: int) -> None:
        """Hold a component at its mean, for good; see `components`."""
        with torch.no_grad():
            share = stationary_distribution(self.transitions())
            left = held(self.components()[index], self.by_state(), share)
        # Every state becomes a dimension of its own.
        self.state = torch.nn.Parameter(torch.eye(len(left)))
        self.state_weight = torch.nn.Parameter(left.T.contiguous())

    def transitions(self) -> torch.Tensor:
        """Return the probability of the next state by rows, square, each row summing to one."""
        logits = self.leave @ self.enter + self.prior + torch.diag(self.stay)
        return torch.softmax(logits, dim=1)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at the state, if it is known."""
        if given.state is None:
            return drive
        return drive + self.by_state().index_select(0, given.state)
