"""What every family of generators implements: circuits, weights, programs and a trainer."""

from __future__ import annotations

from abc import abstractmethod
from copy import copy
from pkgutil import resolve_name
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neuroqgan import checks
from neuroqgan.models.construction import ConstructedModel
from neuroqgan.models.dimensions import covariate_dimensions
from neuroqgan.models.rules import check_by_likelihood
from neuroqgan.training.settings import AS_THE_PRESET

if TYPE_CHECKING:
    from typing import Self

    import torch
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.program import Program
    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.data.split import Split
    from neuroqgan.models.dimensions import Dimension
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.seeding import Seed
    from neuroqgan.training.base import BaseTrainer
    from neuroqgan.training.settings import Device, TrainingSettings


class GeneratorContract(ConstructedModel):
    """What a family of generators implements; see `neuroqgan.models.base.Generator`."""

    trained_by: ClassVar[str] = ""
    """Where the trainer's class is, as ``module:Class``; imported when a training begins."""

    has_drives: ClassVar[bool] = False
    """Whether `add_to_drives` can move the firing rates of single neurons."""

    multi_bin_circuit: str = ""
    """The kind of circuit of several bins that is chosen; none by default."""

    # What a family implements, beside `add_weights` and `check_shape`.

    @property
    @abstractmethod
    def bins_at_once(self) -> int | None:
        """Most time bins that one program can hold.

        None if a program is always a whole raster, 1 if every bin needs the spikes of the bin
        before it, and more if that many bins fit into one circuit, and any smaller number does.
        """

    @property
    def multi_bin_circuits(self) -> tuple[str, ...]:
        """Names of the circuits in which several bins can be measured; none by default."""
        return ()

    def with_multi_bin_circuit(self, name: str) -> Self:
        """Return the generator, its weights shared, with one of these circuits for its bins.

        Parameters
        ----------
        name
            One of `multi_bin_circuits`.

        Raises
        ------
        ConfigError
            If the generator has no such circuit.
        """
        checks.choice("multi_bin_circuit", name, self.multi_bin_circuits)
        twin = copy(self)
        twin.multi_bin_circuit = name
        return twin

    @abstractmethod
    def qubits_needed(self, n_bins: int = 1) -> int:
        """Return the qubits of the largest circuit.

        Parameters
        ----------
        n_bins
            Bins per circuit, if there is a choice.
        """

    @abstractmethod
    def initialise(self, rates: NDArray[np.float64], seed: Seed) -> None:
        """Set all weights: random, and such that neurons start near their rates.

        Parameters
        ----------
        rates
            Spike probability per bin of each neuron, shape ``(n_neurons,)``.
        seed
            Source of the random part.
        """

    def initial_past(
        self, n_samples: int, seed: Seed, *, covariates: CovariateWindows | None = None
    ) -> NDArray[np.bool_]:
        """Return the spikes before the first bin.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        seed
            The same seed gives the same past.
        covariates
            Of the samples, if the generator needs covariates.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_past, n_neurons)``; ``n_past`` is 0 if the generator
            does not depend on past spikes.
        """
        del seed, covariates
        return np.zeros((n_samples, 0, self.spec.n_neurons), bool)

    @abstractmethod
    def next_program(
        self,
        past: NDArray[np.bool_],
        first_bin: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> Program:
        """Return the program of the next bins of a raster.

        Parameters
        ----------
        past
            The initial past and all bins measured so far, in their order: booleans of shape
            ``(n_samples, n_past + first_bin, n_neurons)``.
        first_bin
            Number of bins measured so far.
        n_bins
            Bins of the program; see `bins_at_once`.
        seed
            Source of the latents; the same past and seed give the same angles.
        covariates
            Of the samples, if the generator needs covariates; the first bin of the program is
            their bin ``first_bin``.

        Raises
        ------
        ConfigError
            If no program of the generator has so many bins, or the raster is empty.
        """

    @abstractmethod
    def circuits(self, n_bins: int = 1) -> tuple[GeneratorCircuit, ...]:
        """Return every kind of circuit that the generator runs, the largest first.

        Parameters
        ----------
        n_bins
            Bins per circuit, if there is a choice.

        Raises
        ------
        ConfigError
            If no circuit of the generator has so many bins.
        """

    def drawn_circuit(self) -> tuple[QuantumCircuit, str]:
        """Return a circuit that is small enough to be drawn, and what it leaves out, in words."""
        largest, *_ = self.circuits()
        return largest.excerpt or largest.circuit, largest.caption

    @abstractmethod
    def draw_exactly(
        self,
        n_samples: int,
        n_bins: int,
        seed: Seed,
        *,
        covariates: CovariateWindows | None = None,
    ) -> NDArray[np.bool_]:
        """Draw spikes from the generator's exact distribution, without a backend.

        Parameters
        ----------
        n_samples, n_bins
            Shape of the raster.
        seed
            The same seed gives the same spikes.
        covariates
            Of the samples, if the generator needs covariates.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_bins, n_neurons)``.
        """

    def dimensions(self) -> tuple[Dimension, ...]:
        """Return what drives the generator, each dimension with a way to change it."""
        return (*self.latent_dimensions(), *covariate_dimensions(self))

    def latent_dimensions(self) -> tuple[Dimension, ...]:
        """Return the dimensions of what was not recorded; none by default."""
        return ()

    def add_to_drives(self, change: NDArray[np.float64], rates: NDArray[np.float64]) -> None:
        """Add to what drives the neurons, at all times alike.

        Parameters
        ----------
        change
            As `neuroqgan.models.drive.threshold.drive_of_rate` counts it, shape ``(n_neurons,)``.
        rates
            Spike probabilities per bin that the neurons have, same shape.

        Raises
        ------
        NotImplementedError
            If the preset has no drives, see `has_drives`.
        """
        raise NotImplementedError(f"The preset {self._preset} has no drives.")

    def log_likelihood(self, raster: SpikeRaster) -> torch.Tensor:
        """Return the exact log likelihood of each sample of a raster.

        Parameters
        ----------
        raster
            Spikes of shape ``(n_samples, n_bins, n_neurons)``; if the generator needs covariates,
            with them.

        Returns
        -------
        torch.Tensor
            Natural logarithms, shape ``(n_samples,)``.

        Raises
        ------
        NotImplementedError
            If the likelihood of the preset cannot be computed exactly.
        """
        raise NotImplementedError(f"The preset {self._preset} has no exact likelihood.")

    def trainer(
        self,
        split: Split,
        settings: TrainingSettings = AS_THE_PRESET,
        device: Device = "cpu",
    ) -> BaseTrainer:
        """Return the trainer of the generator; after its last step call its ``finish``.

        Parameters
        ----------
        split
            The recording, see `neuroqgan.data.split`. Its sizes are the generator's if it has none.
        settings
            How to train; what is not given is as the preset has it.
        device
            Compute device on which exact cells are evaluated, if the preset has a choice.

        Raises
        ------
        TrainingError
            If the recording does not have the generator's sizes, or a setting has no effect on the
            preset.
        ConfigError
            If there is no such compute device.
        """
        self.check_training(settings, device)
        trainer: type[BaseTrainer] = resolve_name(self.trainer_name)
        return trainer.on_split(self, split, settings, device)

    @property
    def trainer_name(self) -> str:
        """Where the class of the generator's trainer is, as ``module:Class``."""
        return self.trained_by

    def check_training(self, settings: TrainingSettings, device: Device) -> None:
        """Refuse settings of a training that have no effect on the preset, or are impossible.

        Parameters
        ----------
        settings, device
            See `trainer`.

        Raises
        ------
        TrainingError
            If there is such a setting.
        """
        if self.preset.by_likelihood:
            check_by_likelihood(self.preset, settings, device)

    @property
    def covariates(self) -> CovariateWindows | None:
        """None: `given` binds a generator to what its samples see."""
        return None
