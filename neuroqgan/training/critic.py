"""The critic of the Wasserstein GAN: convolutional in time, sees population counts."""

from __future__ import annotations

import numpy as np
import torch

from neuroqgan.seeding import Seed, as_generator

_CHANNELS = 32
_HIDDEN = 64
_SLOPE = 0.2
PENALTY = 2.0


class Critic(torch.nn.Module):
    """Scores rasters: high for real ones, low for generated ones.

    Two convolutions over time look at all neurons, and at the number of spikes in a bin beside
    them, since synchrony is otherwise hard to see; a dense layer looks at the whole window.

    Parameters
    ----------
    n_neurons, n_bins
        Shape of a window.
    seed
        Source of the initial weights.
    """

    def __init__(self, n_neurons: int, n_bins: int, seed: Seed) -> None:
        super().__init__()
        torch_seed = int(as_generator(seed).integers(2**62))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(torch_seed)
            self.network = torch.nn.Sequential(
                torch.nn.Conv1d(n_neurons + 1, _CHANNELS, 3, padding=1),
                torch.nn.LeakyReLU(_SLOPE),
                torch.nn.Conv1d(_CHANNELS, _CHANNELS, 3, padding=1),
                torch.nn.LeakyReLU(_SLOPE),
                torch.nn.Flatten(),
                torch.nn.Linear(_CHANNELS * n_bins, _HIDDEN),
                torch.nn.LeakyReLU(_SLOPE),
                torch.nn.Linear(_HIDDEN, 1),
            )

    def forward(self, rasters: torch.Tensor) -> torch.Tensor:
        """Score rasters.

        Parameters
        ----------
        rasters
            Floats, shape ``(n_samples, n_bins, n_neurons)``.

        Returns
        -------
        torch.Tensor
            Shape ``(n_samples,)``.
        """
        count = rasters.sum(2, keepdim=True) / 3
        score: torch.Tensor = self.network(torch.cat([rasters, count], 2).transpose(1, 2))
        return score[:, 0]


def critic_loss(
    critic: Critic, real: torch.Tensor, generated: torch.Tensor, random: np.random.Generator
) -> tuple[torch.Tensor, float]:
    """Return the critic's loss and its estimate of the Wasserstein distance.

    Wasserstein loss with a gradient penalty at random points between real and generated samples
    (Gulrajani et al., arXiv:1704.00028).

    Parameters
    ----------
    critic
        The critic.
    real, generated
        Floats, both ``(n_samples, n_bins, n_neurons)``.
    random
        Source of the points between samples.
    """
    distance = critic(real).mean() - critic(generated).mean()
    share = torch.from_numpy(random.random((len(real), 1, 1), dtype=np.float32))
    between = (share * real + (1 - share) * generated).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = (slope.flatten(1).norm(dim=1) - 1).square().mean()
    return PENALTY * penalty - distance, float(distance.detach())
