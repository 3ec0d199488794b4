"""Preset ``stationary``: weights shared by all bins, latents with trainable time constants."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import torch

from neuroqgan.models.dimensions import Dimension
from neuroqgan.models.drive.covariate_parts import covariate_part
from neuroqgan.models.drive.gaussian_process import GaussianProcesses, Processes
from neuroqgan.models.drive.part import Drive, DriveInputs
from neuroqgan.models.drive.rotations import FixedGain, Gain, LaterLayers, half_turn
from neuroqgan.models.drive.threshold import Threshold
from neuroqgan.models.drive.unit_noise import N_TAPS, UnitNoise
from neuroqgan.models.latent.noise_driven import LatentGenerator
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.latent.presets import StationaryShape

_LOWEST_RATE = 1e-4
# Standard deviation of the processes' mixture at the start.
_SPREAD_OF_DRIVE = 1.1
_LATER_SPREAD = 0.05
# How steeply neurons answer to a drive whose noise has unit variance.
_STEEPNESS = 4.0


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

    With covariates :math:`c(t)` the drive is what they predict and noise of unit variance
    :math:`\xi_i` (`neuroqgan.models.drive.unit_noise`) around it, and the gain is fixed:

    .. math:: u_i(t) = f_i(c(t)) + \xi_i(t)

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
    takes_covariates = True
    has_drives = True
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
        self.covariate_drive = covariate_part(self.spec)
        is_conditional = self.covariate_drive is not None
        # Parts are added in the order in which their weights are saved, drawn and clipped.
        kind = UnitNoise if is_conditional else GaussianProcesses
        self.latent: UnitNoise | GaussianProcesses = kind(n, shape.n_own, shape.n_shared)
        self.gain: Any = FixedGain(_STEEPNESS) if is_conditional else Gain(n)
        self.threshold = Threshold(n, sign=-1)
        self.processes = Processes(n, shape.n_own, shape.n_shared)
        self.later = LaterLayers(shape.n_layers, n, shape.n_shared)
        parts = [self.threshold, self.covariate_drive, self.latent]
        self.drive = Drive(*(part for part in parts if part is not None))

    @property
    def n_noise(self) -> tuple[int, int]:
        """See `LatentGenerator.n_noise`; white noise of neurons comes last, and begins earlier."""
        n_bins, n_processes = self.spec.n_bins, self.processes.n_processes
        if self.covariate_drive is None:
            return n_bins, n_processes
        return n_bins + N_TAPS - 1, n_processes + self.spec.n_neurons

    def add_to_drives(self, change: NDArray[np.float64], rates: NDArray[np.float64]) -> None:
        """See `Generator.add_to_drives`; thresholds count before the gain."""
        del rates
        with torch.no_grad():
            gain = self.gain(torch.ones(self.spec.n_neurons)).numpy()
        self.threshold.add(change / gain)

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        from scipy.special import ndtri

        random = as_generator(seed)
        self.latent.initialise(random)
        self.gain.initialise()
        self.threshold.set_to(-_SPREAD_OF_DRIVE * ndtri(1 - np.clip(rates, _LOWEST_RATE, 0.5)))
        self.processes.initialise(random)
        self.later.initialise(random, _LATER_SPREAD)
        if self.covariate_drive is not None:
            self.covariate_drive.initialise(random)

    def latents(self, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the processes of neurons and those that they share; see `Processes`."""
        if self.covariate_drive is not None:
            noise = noise[:, N_TAPS - 1 :, : self.processes.n_processes]
        own, shared = self.processes(noise)
        return own, shared

    def angles(self, noise: torch.Tensor, features: torch.Tensor | None = None) -> torch.Tensor:
        """See `LatentGenerator.angles`; any number of bins."""
        own, shared = self.latents(noise)
        white = None if features is None else noise[..., self.processes.n_processes :]
        given = DriveInputs(
            own_processes=own, shared_processes=shared, white_noise=white, covariates=features
        )
        first = half_turn(self.gain(self.drive(given)))
        return torch.stack([first, *self.later.modulated(shared)], dim=2)

    def mean_rates(self, added: torch.Tensor) -> torch.Tensor:
        """See `LatentGenerator.mean_rates`; the noise is normal, of unit variance."""
        rates: torch.Tensor = self.gain.mean_spikes(added - self.threshold.weight)
        return rates

    def latent_dimensions(self) -> tuple[Dimension, ...]:
        """See `Generator.latent_dimensions`; the processes that neurons share."""
        persistence = torch.sigmoid(self.processes.shared_persistence.detach())
        seconds = -self.spec.bin_width / persistence.log()
        return tuple(
            Dimension(
                f"process {d + 1} ({_duration(float(constant))})",
                "latent",
                "one standard deviation in all bins",
                partial(self._with_process, d),
            )
            for d, constant in enumerate(seconds)
        )

    def _with_process(
        self, index: int, amount: float | None, seen: CovariateWindows | None
    ) -> tuple[LatentGenerator, CovariateWindows | None]:
        column = self.processes.own_persistence.numel() + index
        first = 0 if self.covariate_drive is None else N_TAPS - 1
        r = float(torch.sigmoid(self.processes.shared_persistence.detach()[index]))

        def change(noise: torch.Tensor) -> torch.Tensor:
            noise = noise.clone()
            if amount is None:
                noise[..., column] = 0
                return noise
            # This innovation keeps the process higher by the amount in every bin.
            noise[:, first, column] += amount
            noise[:, first + 1 :, column] += amount * (1 - r) / (1 - r * r) ** 0.5
            return noise

        return self.with_noise(change), seen

    @property
    def rate_weights(self) -> list[torch.nn.Parameter]:
        """See `LatentGenerator.rate_weights`."""
        return [self.threshold.weight]


def _duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds >= 1 else f"{1e3 * seconds:.0f} ms"
