"""Preset ``spiqgan``: window latents and separate weights for every bin, as in the paper."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.errors import ConfigError
from neuroqgan.models.dimensions import Dimension
from neuroqgan.models.drive.covariate_parts import covariate_part
from neuroqgan.models.latent.noise_driven import LatentGenerator
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.program import Program
    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.models.latent.presets import SpiqganShape


class SpiqganGenerator(LatentGenerator):
    r"""The generator of SpiQGAN (Hernandes and Greplova, arXiv:2409.09125).

    One latent per neuron is drawn for a whole window and uploaded again in every layer of every
    bin, each with weights of its own. Since it enters every layer alike, there is no drive made of
    parts here (`neuroqgan.models.drive`):

    .. math:: a_{tli} = w_{tli} z_i + b_{tli}

    so the number of weights is linear in neurons and in bins, and the window's length is fixed.
    Covariates :math:`c(t)` add an angle to the first layer,
    :math:`a_{t1i} = w_{t1i} z_i + b_{t1i} + f_i(c(t))`.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.models.latent.spiqgan import SpiqganGenerator
    >>> model = SpiqganGenerator(n_layers=2, n_neurons=3, n_bins=4, bin_width=0.02)
    >>> model.initialise(np.full(3, 0.1), seed=0)
    >>> model.sample(5, seed=1).spikes.shape
    (5, 4, 3)
    """

    default_preset = "spiqgan"
    takes_covariates = True
    shape: SpiqganShape

    def add_weights(self) -> None:
        """See `Generator.add_weights`."""
        shape = (self.spec.n_bins, self.shape.n_layers, self.spec.n_neurons)
        self.weight = torch.nn.Parameter(torch.zeros(shape))
        self.bias = torch.nn.Parameter(torch.zeros(shape))
        self.covariate_drive = covariate_part(self.spec)

    @property
    def n_noise(self) -> tuple[int, int]:
        """See `LatentGenerator.n_noise`."""
        return 1, self.spec.n_neurons

    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """See `Generator.initialise`."""
        random = as_generator(seed)
        with torch.no_grad():
            for weight in (self.weight, self.bias):
                weight.copy_(torch.from_numpy(0.05 * random.standard_normal(tuple(weight.shape))))
            self.bias[:, 0] += torch.from_numpy(2 * np.arcsin(np.sqrt(rates))).float()
        if self.covariate_drive is not None:
            self.covariate_drive.initialise(random)

    def next_program(
        self,
        past: NDArray[np.bool_],
        first_bin: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Program:
        """See `Generator.next_program`."""
        if n_bins != self.spec.n_bins:
            raise ConfigError(
                "The spiqgan preset has separate weights for every bin.",
                expected=f"rasters of {self.spec.n_bins} bins",
                got=f"{n_bins} bins",
                hint="the stationary preset makes rasters of any length",
            )
        return super().next_program(past, first_bin, n_bins, seed, covariates=covariates)

    def angles(self, noise: torch.Tensor, features: torch.Tensor | None = None) -> torch.Tensor:
        """See `LatentGenerator.angles`."""
        angles = self.weight * noise[:, :, None, :] + self.bias
        if self.covariate_drive is None or features is None:
            return angles
        first = angles[:, :, 0] + self.covariate_drive.values(features)
        return torch.cat([first[:, :, None], angles[:, :, 1:]], dim=2)

    def mean_rates(self, added: torch.Tensor) -> torch.Tensor:
        r"""See `LatentGenerator.mean_rates`.

        For an angle :math:`a = wz + b` with normal :math:`z`,
        :math:`E \sin^2(a/2) = (1 - e^{-w^2/2} \cos b) / 2`.
        """
        shrunk = torch.exp(-0.5 * self.weight[:, 0].square())
        return 0.5 * (1 - shrunk * (added + self.bias[:, 0]).cos())

    def latent_dimensions(self) -> tuple[Dimension, ...]:
        """See `Generator.latent_dimensions`; every neuron has one."""
        return tuple(
            Dimension(
                f"latent of neuron {n + 1}",
                "latent",
                "one standard deviation",
                partial(self._with_latent, n),
            )
            for n in range(self.spec.n_neurons)
        )

    def _with_latent(
        self, neuron: int, amount: float | None, seen: CovariateWindows | None
    ) -> tuple[LatentGenerator, CovariateWindows | None]:
        def change(noise: torch.Tensor) -> torch.Tensor:
            noise = noise.clone()
            noise[..., neuron] = 0 if amount is None else noise[..., neuron] + amount
            return noise

        return self.with_noise(change), seen

    @property
    def rate_weights(self) -> list[torch.nn.Parameter]:
        """See `LatentGenerator.rate_weights`."""
        return [self.bias]
