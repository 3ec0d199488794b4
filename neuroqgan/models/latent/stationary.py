"""Preset ``stationary``: weights shared by all bins, latents with trainable time constants."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import numpy as np
import torch

from neuroqgan.models.drive.gaussian_process import GaussianProcesses, Processes
from neuroqgan.models.drive.part import Drive, DriveInputs
from neuroqgan.models.drive.rotations import Gain, LaterLayers, half_turn
from neuroqgan.models.drive.threshold import Threshold
from neuroqgan.models.latent.noise_driven import LatentGenerator
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from neuroqgan.models.latent.presets import StationaryShape

_LOWEST_RATE = 1e-4
# Standard deviation of the processes' mixture at the start.
_SPREAD_OF_DRIVE = 1.1
_LATER_SPREAD = 0.05


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

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.models.latent.stationary import StationaryGenerator
    >>> model = StationaryGenerator(n_neurons=3, n_bins=4, bin_width=0.02)
    >>> model.initialise(np.full(3, 0.1), seed=0)
    >>> model.sample(5, n_bins=10, seed=1).spikes.shape
    (5, 10, 3)
    """

    default_preset = "stationary"
    renamed: ClassVar[Mapping[str, str]] = {
        "own_weight": "latent.own_weight",
        "shared_weight": "latent.shared_weight",
        "log_gain": "gain.log_gain",
        "threshold": "threshold.weight",
        "own_persistence": "processes.own_persistence",
        "shared_persistence": "processes.shared_persistence",
        "bias": "later.bias",
        "modulation": "later.modulation",
    }
    shape: StationaryShape

    def add_weights(self) -> None:
        """See `Generator.add_weights`."""
        n, shape = self.spec.n_neurons, self.shape
        # Parts are added in the order in which their weights are saved, drawn and clipped.
        self.latent = GaussianProcesses(n, shape.n_own, shape.n_shared)
        self.gain = Gain(n)
        self.threshold = Threshold(n, sign=-1)
        self.processes = Processes(n, shape.n_own, shape.n_shared)
        self.later = LaterLayers(shape.n_layers, n, shape.n_shared)
        self.drive = Drive(self.threshold, self.latent)

    @property
    def n_noise(self) -> tuple[int, int]:
        """See `LatentGenerator.n_noise`."""
        return self.spec.n_bins, self.processes.n_processes

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        from scipy.special import ndtri

        random = as_generator(seed)
        self.latent.initialise(random)
        self.gain.initialise()
        self.threshold.set_to(-_SPREAD_OF_DRIVE * ndtri(1 - np.clip(rates, _LOWEST_RATE, 0.5)))
        self.processes.initialise(random)
        self.later.initialise(random, _LATER_SPREAD)

    def angles(self, noise: torch.Tensor) -> torch.Tensor:
        """See `LatentGenerator.angles`; any number of bins."""
        own, shared = self.processes(noise)
        drive = self.drive(DriveInputs(own_processes=own, shared_processes=shared))
        first = half_turn(self.gain(drive))
        return torch.stack([first, *self.later.modulated(shared)], dim=2)
