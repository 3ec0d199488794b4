"""Noise of unit variance around what covariates predict."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.part import DriveInputs, DrivePart, set_normal, weight

if TYPE_CHECKING:
    import numpy as np

N_TAPS = 6
"""Bins of white noise that a neuron's noise mixes, the present one included."""

_OWN, _OWN_SPREAD, _SHARED_SPREAD, _TAP_SPREAD = 0.2, 0.05, 0.1, 0.02


class UnitNoise(DrivePart):
    r"""A Gaussian process of unit variance for every neuron, correlated in time and between them.

    Where covariates say when a neuron fires, what is left over is refractoriness and bursts, slow
    changes of excitability, and what neurons share. So white noise :math:`e_i` is filtered by a
    short kernel, which may alternate in sign, and joined by the Ornstein-Uhlenbeck processes of
    `neuroqgan.models.drive.gaussian_process`:

    .. math::
        \frac{1}{n_i} \Bigl(\sum_s h_{is} e_i(t - s) + \sum_k w_{ik} z_{ik}(t)
        + \sum_d v_{id} y_d(t)\Bigr), \qquad
        n_i^2 = \sum_s h_{is}^2 + \sum_k w_{ik}^2 + \sum_d v_{id}^2

    Its variance does not depend on the weights, so rates that were fitted to covariates stay what
    they are while correlations are learnt, as in the dichotomized Gaussian (Macke et al., Neural
    Comput. 21, 397 (2009)).

    Parameters
    ----------
    n_neurons
        Number of neurons.
    n_own
        Processes of each neuron.
    n_shared
        Processes that all neurons share.
    """

    def __init__(self, n_neurons: int, n_own: int, n_shared: int) -> None:
        super().__init__()
        self.taps = weight(n_neurons, N_TAPS)
        self.own_weight = weight(n_neurons, n_own)
        self.shared_weight = weight(n_neurons, n_shared)

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`; mostly white at first."""
        present = torch.zeros(N_TAPS)
        present[0] = 1.0
        set_normal(self.taps, _TAP_SPREAD, random, present)
        set_normal(self.own_weight, _OWN_SPREAD, random, _OWN / math.sqrt(self.own_weight.shape[1]))
        set_normal(self.shared_weight, _SHARED_SPREAD, random)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at white noise and the processes."""
        white, own, shared = given.white_noise, given.own_processes, given.shared_processes
        if white is None or own is None or shared is None:
            raise TypeError("no noise was given")
        n_bins = own.shape[1]
        noise = (own * self.own_weight).sum(-1) + shared @ self.shared_weight.T
        for lag, tap in enumerate(self.taps.T):
            first = N_TAPS - 1 - lag
            noise = noise + white[:, first : first + n_bins] * tap
        weights = torch.cat([self.taps, self.own_weight, self.shared_weight], dim=1)
        return drive + noise / weights.square().sum(1).sqrt()
