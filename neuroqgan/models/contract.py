"""What every family of generators implements: circuits, weights, programs and a trainer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from neuroqgan.errors import ConfigError, NotReadyError
from neuroqgan.models.presets import find_preset, generator_class
from neuroqgan.models.rules import check_by_likelihood, with_ansatz
from neuroqgan.models.spec import GeneratorSpec, shape_of
from neuroqgan.training.base import TrainedModel
from neuroqgan.training.settings import AS_THE_PRESET

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch
    from numpy.typing import NDArray

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.circuits.own_ansatz import GivenAnsatz
    from neuroqgan.circuits.program import Program
    from neuroqgan.data.split import Split
    from neuroqgan.models.preset_type import Preset
    from neuroqgan.models.shape import Shape
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.seeding import Seed
    from neuroqgan.training.base import BaseTrainer
    from neuroqgan.training.settings import Device, TrainingSettings


class GeneratorContract(TrainedModel, ABC):
    """What a family of generators implements; see `neuroqgan.models.base.Generator`."""

    default_preset: ClassVar[str] = ""
    """The preset that the class implements."""

    trained_by: ClassVar[str] = ""
    """Where the trainer's class is, as ``module:Class``; imported when a training begins."""

    takes_own_ansatz: ClassVar[bool] = False
    """Whether cells may be circuits that a user brings along."""

    def __init__(
        self,
        preset: str = "",
        *,
        n_neurons: int | None = None,
        n_bins: int | None = None,
        bin_width: float | None = None,
        ansatz: GivenAnsatz | None = None,
        **hyper_parameters: Any,
    ) -> None:
        super().__init__()
        self._preset = preset or self.default_preset
        implemented = generator_class(self._preset)
        if not isinstance(self, implemented):
            raise ConfigError(
                f"{type(self).__name__} does not implement the preset {self._preset}.",
                expected=implemented.__name__,
                got=type(self).__name__,
            )
        if ansatz is not None:
            hyper_parameters = with_ansatz(
                self._preset, ansatz, hyper_parameters, taken=self.takes_own_ansatz
            )
        self.given_ansatz = ansatz
        self.shape = shape_of(self._preset, hyper_parameters)
        self._spec: GeneratorSpec | None = None
        self.check_shape()
        sizes = {"n_neurons": n_neurons, "n_bins": n_bins, "bin_width": bin_width}
        given = {name: value for name, value in sizes.items() if value is not None}
        if given and len(given) < len(sizes):
            raise ConfigError(
                "A generator is built from all of its sizes, or from a recording.",
                expected=", ".join(sizes),
                got=", ".join(given),
                hint="leave them out, and call fit(split)",
            )
        if n_neurons is not None and n_bins is not None and bin_width is not None:
            self.build(n_neurons, n_bins, bin_width)

    shape: Shape
    """Hyper-parameters."""

    @property
    def preset(self) -> Preset:
        """The preset, with its summary and the defaults of its training."""
        return find_preset(self._preset)

    @property
    def is_built(self) -> bool:
        """Whether the sizes are known, and so there are weights."""
        return self._spec is not None

    @property
    def spec(self) -> GeneratorSpec:
        """Preset, sizes and hyper-parameters.

        Raises
        ------
        NotReadyError
            If the sizes are not known yet.
        """
        if self._spec is None:
            raise NotReadyError(
                "This generator has no weights yet.",
                expected="sizes, from a recording or given",
                got=f"{type(self).__name__} without n_neurons, n_bins and bin_width",
                hint="call fit(split), or pass n_neurons, n_bins and bin_width",
            )
        return self._spec

    def build(self, n_neurons: int, n_bins: int, bin_width: float) -> None:
        """Fix the sizes and make the weights, which are zero until `initialise`.

        Parameters
        ----------
        n_neurons
            Number of neurons.
        n_bins
            Time bins of a training window.
        bin_width
            Width of a bin in seconds.

        Raises
        ------
        ConfigError
            If a size is out of range, or the generator has sizes already.
        """
        spec = GeneratorSpec(self._preset, n_neurons, n_bins, bin_width, self.shape)
        if self._spec is not None:
            raise ConfigError(
                "This generator has sizes already.",
                expected="a new generator for each set of sizes",
                got=f"{self._spec.n_neurons} neurons, {self._spec.n_bins} bins",
            )
        self._spec = spec
        try:
            self.add_weights()
        except Exception:
            self._spec = None
            raise

    def named_parameters(self, *args: Any, **kwargs: Any) -> Iterator[tuple[str, Any]]:
        """Return weights and their names; see `torch.nn.Module.named_parameters`."""
        _ = self.spec
        return super().named_parameters(*args, **kwargs)

    @property
    def n_parameters(self) -> int:
        """Number of trainable weights."""
        return sum(weight.numel() for weight in self.parameters())

    # What a family implements.

    def check_shape(self) -> None:  # most families have nothing to check
        """Refuse hyper-parameters that do not go together.

        Raises
        ------
        ConfigError
            If they do not.
        """

    @abstractmethod
    def add_weights(self) -> None:
        """Add the parts and parameters of the generator; called once, when `spec` is known."""

    @property
    @abstractmethod
    def bins_at_once(self) -> int | None:
        """Most time bins that one program can hold.

        None if a program is always a whole raster, 1 if every bin needs the spikes of the bin
        before it, and more if that many bins fit into one circuit, and any smaller number does.
        """

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

    def initial_past(self, n_samples: int, seed: Seed) -> NDArray[np.bool_]:
        """Return the spikes before the first bin.

        Parameters
        ----------
        n_samples
            Samples of the raster.
        seed
            The same seed gives the same past.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_past, n_neurons)``; ``n_past`` is 0 if the generator
            does not depend on past spikes.
        """
        del seed
        return np.zeros((n_samples, 0, self.spec.n_neurons), bool)

    @abstractmethod
    def next_program(
        self, past: NDArray[np.bool_], first_bin: int, n_bins: int, seed: Seed
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

    @abstractmethod
    def draw_exactly(self, n_samples: int, n_bins: int, seed: Seed) -> NDArray[np.bool_]:
        """Draw spikes from the generator's exact distribution, without a backend.

        Parameters
        ----------
        n_samples, n_bins
            Shape of the raster.
        seed
            The same seed gives the same spikes.

        Returns
        -------
        numpy.ndarray
            Booleans of shape ``(n_samples, n_bins, n_neurons)``.
        """

    def log_likelihood(self, raster: SpikeRaster) -> torch.Tensor:
        """Return the exact log likelihood of each sample of a raster.

        Parameters
        ----------
        raster
            Spikes of shape ``(n_samples, n_bins, n_neurons)``.

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
        trainer: type[BaseTrainer] = resolve_name(self.trained_by)
        return trainer.on_split(self, split, settings, device)

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
