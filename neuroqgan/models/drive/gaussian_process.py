"""Latent Gaussian processes with trainable time constants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch

from neuroqgan.models.drive.part import DriveInputs, DrivePart, set_normal, weight

if TYPE_CHECKING:
    import numpy as np

# Logits of the persistence per bin: from about one bin to about fifty.
_SLOWEST, _FASTEST = 4.0, -1.0


def ornstein_uhlenbeck(noise: torch.Tensor, persistence: torch.Tensor) -> torch.Tensor:
    r"""Turn white noise into stationary Ornstein-Uhlenbeck processes, sampled once per bin.

    .. math:: z_0 = e_0, \qquad z_t = r z_{t-1} + \sqrt{1 - r^2}\, e_t

    Every dimension keeps zero mean and unit variance, with autocorrelation ``r**lag``; the time
    constant is ``-1 / ln r`` bins. Written as one product with a lower-triangular matrix per
    dimension, so that the time constants are trainable at little cost.

    Parameters
    ----------
    noise
        Standard normal, shape ``(n_samples, n_bins, n_dimensions)``.
    persistence
        ``r`` of every dimension, in (0, 1), shape ``(n_dimensions,)``.

    Returns
    -------
    torch.Tensor
        Shape ``(n_samples, n_bins, n_dimensions)``.
    """
    n_bins = noise.shape[1]
    bins = torch.arange(n_bins)
    lag = bins[:, None] - bins[None, :]
    r = persistence[:, None, None]
    innovation = torch.where(bins == 0, torch.ones_like(r), torch.sqrt(1 - r * r))
    mixing = torch.where(lag >= 0, r ** lag.clamp_min(0), 0.0) * innovation
    return torch.einsum("dts,bsd->btd", mixing, noise)


class Processes(torch.nn.Module):
    """Ornstein-Uhlenbeck processes, some of each neuron and some that all neurons share.

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
        self.own_persistence = weight(n_neurons, n_own)
        self.shared_persistence = weight(n_shared)

    @property
    def n_processes(self) -> int:
        """Number of all processes."""
        return self.own_persistence.numel() + self.shared_persistence.numel()

    def initialise(self, random: np.random.Generator) -> None:
        """Spread the time constants from about one bin to about fifty."""
        spread = torch.linspace(_FASTEST, _SLOWEST, self.own_persistence.shape[1])
        set_normal(self.own_persistence, 0.2, random, spread)
        with torch.no_grad():
            n_shared = len(self.shared_persistence)
            self.shared_persistence.copy_(torch.linspace(_FASTEST, _SLOWEST, n_shared))

    def forward(self, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Turn white noise into processes.

        Parameters
        ----------
        noise
            Standard normal, shape ``(n_samples, n_bins, n_processes)``.

        Returns
        -------
        tuple
            Each neuron's own, shape ``(n_samples, n_bins, n_neurons, n_own)``, and the shared ones,
            shape ``(n_samples, n_bins, n_shared)``.
        """
        logits = torch.cat([self.own_persistence.reshape(-1), self.shared_persistence])
        latents = ornstein_uhlenbeck(noise, torch.sigmoid(logits))
        n_own = self.own_persistence.numel()
        own = latents[..., :n_own].reshape(*noise.shape[:2], *self.own_persistence.shape)
        return own, latents[..., n_own:]


class GaussianProcesses(DrivePart):
    r"""A mixture of processes, :math:`\sum_k w_{ik} z_{ik}(t) + \sum_d v_{id} y_d(t)`.

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
        self.own_weight = weight(n_neurons, n_own)
        self.shared_weight = weight(n_neurons, n_shared)

    def initialise(self, random: np.random.Generator) -> None:
        """See `DrivePart.initialise`."""
        set_normal(self.own_weight, 0.1, random, 0.85 / math.sqrt(self.own_weight.shape[1]))
        set_normal(self.shared_weight, 0.3, random)

    def forward(self, drive: torch.Tensor, given: DriveInputs) -> torch.Tensor:
        """See `DrivePart.forward`; looks at the processes."""
        own, shared = given.own_processes, given.shared_processes
        if own is None or shared is None:
            raise TypeError("no processes were given")
        return drive + ((own * self.own_weight).sum(-1) + shared @ self.shared_weight.T)
