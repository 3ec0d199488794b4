"""How a generator comes to its sizes and weights, and what it says about them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from neuroqgan.errors import ConfigError, NotReadyError
from neuroqgan.models.presets import find_preset, generator_class
from neuroqgan.models.rules import with_ansatz
from neuroqgan.models.spec import GeneratorSpec, shape_of
from neuroqgan.training.base import TrainedModel

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.circuits.own_ansatz import GivenAnsatz
    from neuroqgan.covariates import Covariates, CovariateWindows
    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.models.drive.covariates import CovariatePart
    from neuroqgan.models.preset_type import Preset
    from neuroqgan.models.shape import Shape


class ConstructedModel(TrainedModel, ABC):
    """A model of a preset, whose sizes are given at once or follow from a recording."""

    default_preset: ClassVar[str] = ""
    """The preset that the class implements."""

    takes_own_ansatz: ClassVar[bool] = False
    """Whether cells may be circuits that a user brings along."""

    takes_covariates: ClassVar[bool] = False
    """Whether covariates may drive the generator."""

    def __init__(
        self,
        preset: str = "",
        *,
        n_neurons: int | None = None,
        n_bins: int | None = None,
        bin_width: float | None = None,
        covariates: CovariateSpec | None = None,
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
        self.training_covariates: Covariates | None = None
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
            self.build(n_neurons, n_bins, bin_width, covariates)

    shape: Shape
    """Hyper-parameters."""

    covariate_drive: CovariatePart | None
    """The part of the drive that looks at covariates; set by `add_weights`."""

    training_covariates: Covariates | None
    """Covariates of all trials of the recording that the generator was fitted to, if they are
    known; they are not saved with it."""

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

    def build(
        self,
        n_neurons: int,
        n_bins: int,
        bin_width: float,
        covariates: CovariateSpec | None = None,
    ) -> None:
        """Fix the sizes and make the weights, which are zero until `initialise`.

        Parameters
        ----------
        n_neurons
            Number of neurons.
        n_bins
            Time bins of a training window.
        bin_width
            Width of a bin in seconds.
        covariates
            What drives the generator beside its own weights; None for nothing.

        Raises
        ------
        ConfigError
            If a size is out of range, the generator has sizes already, or its preset takes no
            covariates.
        """
        if covariates is not None and not self.takes_covariates:
            raise ConfigError(
                f"The preset {self._preset} takes no covariates.",
                expected="no covariates",
                got=", ".join(covariates.names),
                hint="`covariates = none`",
            )
        spec = GeneratorSpec(self._preset, n_neurons, n_bins, bin_width, self.shape, covariates)
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

    @property
    def n_stimulus_parameters(self) -> int:
        """How many of the weights describe the covariates and belong to no neuron."""
        part = self.covariate_drive if self.spec.covariates is not None else None
        return 0 if part is None else part.n_stimulus_weights

    def check_covariates(self, covariates: CovariateWindows | None) -> None:
        """Check that covariates of a raster are those that the generator needs.

        Parameters
        ----------
        covariates
            Of the samples; None for none.

        Raises
        ------
        ConfigError
            If it needs others, or needs none.
        """
        needed = self.spec.covariates
        if (covariates is None) != (needed is None):
            raise ConfigError(
                "This generator was trained without covariates."
                if needed is None
                else "This generator needs covariates.",
                expected="none" if needed is None else ", ".join(needed.names),
                got="none" if covariates is None else ", ".join(covariates.covariates.names),
            )
        if covariates is not None and needed is not None:
            needed.check(covariates.covariates)

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
