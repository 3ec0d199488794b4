"""What fixes the circuits of a generator: its preset, its sizes and its hyper-parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from neuroqgan import checks
from neuroqgan.errors import ConfigError
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.presets import find_preset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.models.shape import Shape


@dataclass(frozen=True)
class GeneratorSpec:
    """Everything that fixes a generator except its weights.

    Parameters
    ----------
    preset
        Name of the preset.
    n_neurons
        Number of neurons.
    n_bins
        Time bins of a training window.
    bin_width
        Width of a bin in seconds.
    shape
        Hyper-parameters, of the class that the preset declares.
    covariates
        What was recorded beside the spikes and drives the generator; None for nothing.

    Raises
    ------
    ConfigError
        If there is no such preset, a size is out of range, or the hyper-parameters are those of
        another preset.

    Examples
    --------
    >>> from neuroqgan.models.spec import GeneratorSpec
    >>> spec = GeneratorSpec.of("stationary", n_neurons=4, n_bins=16, bin_width=0.02, n_layers=2)
    >>> spec.shape.n_layers, spec.shape.group_size
    (2, 10)
    """

    preset: str
    n_neurons: int
    n_bins: int
    bin_width: float
    shape: Shape
    covariates: CovariateSpec | None = None

    def __post_init__(self) -> None:
        wanted = find_preset(self.preset).shape
        if type(self.shape) is not wanted:
            raise ConfigError(
                f"These are not the hyper-parameters of the preset {self.preset}.",
                expected=f"a {wanted.__name__}",
                got=type(self.shape).__name__,
            )
        for name in ("n_neurons", "n_bins"):
            object.__setattr__(self, name, checks.whole(name, getattr(self, name), 1))
        bin_width = checks.number("bin_width", self.bin_width, above=0)
        object.__setattr__(self, "bin_width", bin_width)

    @classmethod
    def of(
        cls, preset: str, n_neurons: int, n_bins: int, bin_width: float, **hyper_parameters: Any
    ) -> GeneratorSpec:
        """Build a spec from hyper-parameters by name; those not given have the preset's defaults.

        Parameters
        ----------
        preset, n_neurons, n_bins, bin_width
            See `GeneratorSpec`.
        **hyper_parameters
            By their Python names, such as ``n_layers``.

        Raises
        ------
        ConfigError
            If a hyper-parameter is unknown to the preset, or out of range.
        """
        return cls(preset, n_neurons, n_bins, bin_width, shape_of(preset, hyper_parameters))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        fields = {
            "preset": self.preset,
            "n_neurons": self.n_neurons,
            "n_bins": self.n_bins,
            "bin_width": self.bin_width,
            "shape": self.shape.model_dump(mode="json"),
        }
        if self.covariates is not None:
            fields["covariates"] = self.covariates.to_dict()
        return fields

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> GeneratorSpec:
        """Read what `to_dict` wrote, now or in version 0.1.

        Version 0.1 kept the hyper-parameters of all presets side by side in one flat mapping;
        those of the spec's own preset are taken from it.

        Raises
        ------
        ConfigError
            If a value is missing, unknown or out of range.
        """
        sizes = ("preset", "n_neurons", "n_bins", "bin_width")
        missing = [name for name in sizes if name not in fields]
        if missing:
            raise ConfigError(
                "The description of the generator is incomplete.",
                expected=", ".join(sizes),
                got=f"no {' and no '.join(missing)}",
            )
        preset, n_neurons, n_bins, bin_width = (fields[name] for name in sizes)
        shape = fields.get("shape")
        if shape is None:
            own = find_preset(preset).shape.model_fields
            shape = {name: value for name, value in fields.items() if name in own}
        found = fields.get("covariates")
        covariates = None if found is None else CovariateSpec.from_dict(found)
        return cls(preset, n_neurons, n_bins, bin_width, shape_of(preset, shape), covariates)


def shape_of(preset: str, hyper_parameters: Mapping[str, Any]) -> Shape:
    """Return the hyper-parameters of a preset, with its defaults for those not given.

    Parameters
    ----------
    preset
        Its name.
    hyper_parameters
        By their Python names.

    Raises
    ------
    ConfigError
        If there is no such preset, or a hyper-parameter is unknown to it or out of range.
    """
    declared = find_preset(preset).shape
    unknown = sorted(set(hyper_parameters) - set(declared.model_fields))
    if unknown:
        raise ConfigError(
            f"The preset {preset} has no hyper-parameter {' and no '.join(unknown)}.",
            expected=", ".join(declared.model_fields) or "none",
            got=", ".join(unknown),
        )
    try:
        return declared(**hyper_parameters)
    except ValidationError as error:
        raise _out_of_range(error) from error


def _out_of_range(error: ValidationError) -> ConfigError:
    first = error.errors()[0]
    name = ".".join(str(part) for part in first["loc"])
    choices = first.get("ctx", {}).get("expected")
    hint = ""
    if choices is not None:
        hint = f"{name} = {_closest(str(first['input']), str(choices))}"
    return ConfigError(
        f"The setting {name} is out of its range.",
        expected=str(choices or first["msg"][:1].lower() + first["msg"][1:]),
        got=repr(first["input"]),
        hint=hint,
    )


def _closest(given: str, choices: str) -> str:
    import difflib

    words = [word.strip("' ") for word in choices.replace(" or ", ", ").split(",")]
    return (difflib.get_close_matches(given, words, n=1) or words)[0]
