"""Generators whose cells are driven by classical noise, all bins at once."""

from __future__ import annotations

from abc import abstractmethod
from copy import deepcopy
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.program import Program
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.models.cells import CellGenerator, cell_batches
from neuroqgan.models.rules import check_raster_size
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.training.settings import Device, TrainingSettings

_CONDITIONAL_TRAINER = "neuroqgan.models.latent.conditional_trainer:ConditionalLatentTrainer"


class LatentGenerator(CellGenerator):
    """A generator whose cells are driven by latents alone.

    Given the latents, all bins and all groups are independent cells; what ties them together in
    space and time are the latents and, within a group, entanglement.
    """

    trained_by = "neuroqgan.models.latent.adversarial_trainer:LatentTrainer"
    takes_own_ansatz = True
    _change_noise: Callable[[torch.Tensor], torch.Tensor] | None = None

    @property
    def bins_at_once(self) -> int | None:
        """See `Generator.bins_at_once`; a program is a whole raster."""
        return None

    @property
    @abstractmethod
    def n_noise(self) -> tuple[int, int]:
        """Shape of the white noise behind one window of ``spec.n_bins``, ``(n_bins, width)``.

        A latent that all bins share takes one row.
        """

    @abstractmethod
    def angles(self, noise: torch.Tensor, features: torch.Tensor | None = None) -> torch.Tensor:
        """Turn white noise into angles.

        Parameters
        ----------
        noise
            Standard normal, shape ``(n_samples, *n_noise)``; more or fewer bins if the preset
            allows it.
        features
            Features of the covariates, shape ``(n_samples, n_bins, n_features)``
            (`neuroqgan.models.drive.covariates`), if the generator needs covariates.

        Returns
        -------
        torch.Tensor
            Radians, shape ``(n_samples, n_bins, n_layers, n_neurons)``.
        """

    def mean_rates(self, added: torch.Tensor) -> torch.Tensor:
        """Return the probability of a spike given covariates, averaged over latents.

        That of a neuron on its own, whose circuit is its first rotation.

        Parameters
        ----------
        added
            What covariates add to the drive, ``(..., n_bins, n_neurons)``.

        Returns
        -------
        torch.Tensor
            Differentiable, shape ``(..., n_bins, n_neurons)``. From one bin a preset whose bins
            differ makes all those of a window.
        """
        raise NotImplementedError(f"The preset {self.spec.preset} takes no covariates.")

    @property
    def rate_weights(self) -> list[torch.nn.Parameter]:
        """Weights that are fitted to rates together with those of the covariates."""
        raise NotImplementedError(f"The preset {self.spec.preset} takes no covariates.")

    @property
    def trainer_name(self) -> str:
        """See `Generator.trainer_name`; covariates are fitted before latents."""
        return self.trained_by if self.spec.covariates is None else _CONDITIONAL_TRAINER

    def noise(self, n_samples: int, n_bins: int, seed: Seed) -> torch.Tensor:
        """Draw the white noise behind ``n_samples`` rasters of ``n_bins`` bins."""
        rows, width = self.n_noise
        shape = (n_samples, rows + n_bins - self.spec.n_bins, width)
        drawn = as_generator(seed).standard_normal(shape, dtype=np.float32)
        noise = torch.from_numpy(drawn)
        return noise if self._change_noise is None else self._change_noise(noise)

    def with_noise(self, change: Callable[[torch.Tensor], torch.Tensor]) -> LatentGenerator:
        """Return the same generator with its white noise changed after it is drawn.

        Parameters
        ----------
        change
            Function of noise of the shape that `noise` returns.
        """
        twin = deepcopy(self)
        twin._change_noise = change
        return twin

    def angles_given(
        self, noise: torch.Tensor, covariates: CovariateWindows | None, first_bin: int = 0
    ) -> torch.Tensor:
        """Return the angles of samples whose covariates are known; see `angles`.

        Parameters
        ----------
        noise
            See `angles`.
        covariates
            Of the samples, if the generator needs covariates.
        first_bin
            First of the bins, counted from the start of a sample.

        Raises
        ------
        ConfigError
            If these are not the covariates that the generator needs.
        """
        self.check_covariates(covariates)
        if covariates is None or self.covariate_drive is None:
            return self.angles(noise)
        n_bins = noise.shape[1] + self.spec.n_bins - self.n_noise[0]
        features = self.covariate_drive.features(covariates, first_bin, n_bins)
        return self.angles(noise, torch.from_numpy(features))

    def next_program(
        self,
        past: NDArray[np.bool_],
        first_bin: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Program:
        """See `Generator.next_program`; every sample has latents of its own."""
        n_samples = len(past)
        check_raster_size(n_samples, n_bins)
        with torch.no_grad():
            noise = self.noise(n_samples, n_bins, seed)
            angles = self.angles_given(noise, covariates, first_bin).numpy()
        shape = (n_samples, n_bins, self.spec.n_neurons)
        return Program(cell_batches(self, angles, n_bins), shape, self.spec.bin_width)

    def draw_exactly(
        self,
        n_samples: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> NDArray[np.bool_]:
        """See `Generator.draw_exactly`."""
        from neuroqgan.simulation.statevector.patterns import sample_patterns

        if self.has_own_ansatz:
            raise ConfigError(
                "The exact distribution of an ansatz of your own is not known.",
                expected="a backend that runs any circuit",
                got="no backend",
                hint='backend="aer"',
            )
        random = as_generator(seed)
        past = np.zeros((n_samples, 0, self.spec.n_neurons), bool)
        program = self.next_program(past, 0, n_bins, random, covariates=covariates)
        spikes = np.empty(program.shape, bool)
        for group, batch in zip(self.groups, program.batches, strict=True):
            ansatz = self.ansatz(group)
            outcomes = sample_patterns(ansatz, batch.angles, random.random(batch.n_rows))
            bits = outcomes[:, None] >> np.arange(ansatz.n_neurons) & 1
            spikes[..., group] = bits.reshape(n_samples, n_bins, -1)
        return spikes

    def check_training(self, settings: TrainingSettings, device: Device) -> None:
        """See `Generator.check_training`; an ansatz of the user's own has no exact gradient."""
        super().check_training(settings, device)
        if not self.has_own_ansatz:
            return
        shiftable = all(ansatz.shiftable for ansatz in self._own.values())
        possible = ["parameter-shift", "spsa"] if shiftable or not self.is_built else ["spsa"]
        if settings.gradient not in possible:
            raise TrainingError(
                "An ansatz of your own is trained by shots.",
                expected=f"gradient = {' or '.join(possible)}",
                got=f"gradient = {settings.gradient}",
                hint=f"gradient = {possible[0]}",
            )
