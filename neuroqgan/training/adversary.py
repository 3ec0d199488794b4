"""The adversary: the critic, its optimiser, and the gradient it gives the generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.seeding import step_generator
from neuroqgan.training.critic import Critic, critic_loss

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

_LEARNING_RATE = 5e-4
_BETAS = (0.5, 0.9)
_INITIAL_STREAM, _UPDATE_STREAM = 101, 102


class Adversary:
    """Trains the critic and passes its verdict on.

    Parameters
    ----------
    windows
        Real windows.
    seed
        Seed of the critic's weights and of the windows it is shown.
    """

    def __init__(self, windows: SpikeRaster, seed: int) -> None:
        self._real = torch.from_numpy(windows.spikes.astype(np.float32))
        self._seed = seed
        initial = step_generator(seed, _INITIAL_STREAM, 0)
        self.critic = Critic(windows.n_neurons, windows.n_bins, initial)
        self.optimiser = torch.optim.Adam(self.critic.parameters(), _LEARNING_RATE, betas=_BETAS)

    def update(self, generated: NDArray[np.bool_], step: int, n_updates: int) -> float:
        """Improve the critic on generated rasters.

        Parameters
        ----------
        generated
            ``(n_samples, n_shots, n_bins, n_neurons)``.
        step
            The training step, which fixes the real windows drawn.
        n_updates
            Updates, each on another draw of real windows.

        Returns
        -------
        float
            The last estimate of the Wasserstein distance.
        """
        random = step_generator(self._seed, _UPDATE_STREAM, step)
        flat = torch.from_numpy(generated.astype(np.float32)).flatten(0, 1)
        distance = 0.0
        for _ in range(n_updates):
            chosen = random.integers(len(self._real), size=len(flat))
            loss, distance = critic_loss(self.critic, self._real[chosen], flat, random)
            self.optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
            self.optimiser.step()
        return distance

    def generator_loss(self, generated: NDArray[np.bool_], marginals: torch.Tensor) -> torch.Tensor:
        """Return what the generator should lower to please the critic.

        Spikes have no derivative; the critic's slope at a sampled spike is passed straight
        through to the spike's probability, which is stable where score-function estimates are
        noisy (Bengio et al., arXiv:1308.3432).

        Parameters
        ----------
        generated
            ``(n_samples, n_shots, n_bins, n_neurons)``.
        marginals
            Differentiable probabilities of these spikes, ``(n_samples, n_bins, n_neurons)``.
        """
        spikes = torch.from_numpy(generated.astype(np.float32))
        probability = marginals[:, None]
        through = spikes + probability - probability.detach()
        for weight in self.critic.parameters():
            weight.requires_grad_(False)
        loss: torch.Tensor = -self.critic(through.flatten(0, 1)).mean()
        for weight in self.critic.parameters():
            weight.requires_grad_(True)
        return loss
