"""Preset ``stationary``: weights shared by all bins, latents with trainable time constants."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.models.drive.gaussian_process import ornstein_uhlenbeck
from neuroqgan.models.latent.generator import LatentGenerator
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.latent.presets import StationaryShape

# Logits of the persistence a bin: from about one bin to about fifty.
_SLOWEST, _FASTEST = 4.0, -1.0
_MIN_RATE = 1e-4


class StationaryGenerator(LatentGenerator):
    r"""Rasters of any length from a number of weights linear in the neurons.

    The drive of a neuron mixes its own latents and the shared ones, all of them
    Ornstein-Uhlenbeck processes with a trainable time constant each; it enters through a bounded
    rotation, which keeps the angle from wrapping around:

    .. math::
        u_i(t) &= \sum_k w_{ik} z_{ik}(t) + \sum_d v_{id} y_d(t) \\
        a_{1i}(t) &= \pi\,\sigma\bigl(g_i (u_i(t) - \theta_i)\bigr) \\
        a_{li}(t) &= b_{li} + \sum_d m_{lid} \tanh y_d(t), \qquad l > 1

    The thresholds start at the neurons' rates and the later layers near zero, so that training
    starts from a population with the right rates.
    """

    default_preset = "stationary"
    shape: StationaryShape

    def add_weights(self) -> None:
        """See `Generator.add_weights`."""
        n, own, shared = self.spec.n_neurons, self.shape.n_own, self.shape.n_shared
        later = self.shape.n_layers - 1

        def weight(*shape: int) -> torch.nn.Parameter:
            return torch.nn.Parameter(torch.zeros(*shape))

        self.own_weight = weight(n, own)
        self.shared_weight = weight(n, shared)
        self.log_gain = weight(n)
        self.threshold = weight(n)
        self.own_persistence = weight(n, own)
        self.shared_persistence = weight(shared)
        self.bias = weight(later, n)
        self.modulation = weight(later, n, shared)

    @property
    def n_noise(self) -> tuple[int, int]:
        """See `LatentGenerator.n_noise`."""
        spec, shape = self.spec, self.shape
        return spec.n_bins, spec.n_neurons * shape.n_own + shape.n_shared

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        from scipy.special import ndtri

        random = as_generator(seed)

        def normal(scale: float, like: torch.Tensor) -> torch.Tensor:
            return torch.from_numpy(scale * random.standard_normal(tuple(like.shape)))

        own_scale = 0.85 / math.sqrt(self.shape.n_own)
        with torch.no_grad():
            self.own_weight.copy_(own_scale + normal(0.1, self.own_weight))
            self.shared_weight.copy_(normal(0.3, self.shared_weight))
            self.log_gain.fill_(1.0)
            excess = ndtri(1 - np.clip(rates, _MIN_RATE, 0.5))
            self.threshold.copy_(torch.from_numpy(1.1 * excess))
            spread = torch.linspace(_FASTEST, _SLOWEST, self.shape.n_own)
            self.own_persistence.copy_(spread + normal(0.2, self.own_persistence))
            self.shared_persistence.copy_(torch.linspace(_FASTEST, _SLOWEST, self.shape.n_shared))
            self.bias.copy_(normal(0.05, self.bias))
            self.modulation.copy_(normal(0.05, self.modulation))

    def angles(self, noise: torch.Tensor) -> torch.Tensor:
        """See `LatentGenerator.angles`; any number of bins."""
        spec = self.spec
        n_samples, n_bins, _ = noise.shape
        logits = torch.cat([self.own_persistence.reshape(-1), self.shared_persistence])
        latents = ornstein_uhlenbeck(noise, torch.sigmoid(logits))
        n_own = spec.n_neurons * self.shape.n_own
        own = latents[..., :n_own].reshape(n_samples, n_bins, spec.n_neurons, self.shape.n_own)
        shared = latents[..., n_own:]
        drive = (own * self.own_weight).sum(-1) + shared @ self.shared_weight.T
        bounded = math.pi * torch.sigmoid(torch.exp(self.log_gain) * (drive - self.threshold))
        squashed = torch.tanh(shared)
        later = [
            bias + squashed @ modulation.T
            for bias, modulation in zip(self.bias, self.modulation, strict=True)
        ]
        return torch.stack([bounded, *later], dim=2)
