"""The configuration of a run: one schema for options, TOML files and the copy kept with a run."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import model_validator

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.data.reading import ReadOptions
from neuroqgan.home import exists
from neuroqgan.models.hyper_parameters import default_values, hyper_parameters, shape_from_keys
from neuroqgan.models.presets import find_preset
from neuroqgan.runs.config_keys import (
    NAMED,
    NONE,
    READING_KEYS,
    RECORDED,
    SAMPLING_KEYS,
    ConfigKeys,
)
from neuroqgan.runs.run_names import default_name, name_ending, training_identity
from neuroqgan.runs.setting_rules import (
    accept_hyper_parameters,
    check_effect,
    check_gradient,
    check_samples,
)
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.training.settings import TrainingSettings

if TYPE_CHECKING:
    from collections.abc import Mapping, Set

    from neuroqgan.models.shape import Shape


class RunConfig(ConfigKeys):
    """All settings of a run.

    The hyper-parameters of generators are keys beside those of `ConfigKeys`; every preset declares
    its own (`neuroqgan.models.hyper_parameters`). What is not given, or is None, has the default of
    the preset and the gradient; `resolved` fills it in.
    """

    @model_validator(mode="before")
    @classmethod
    def _accept(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return accept_hyper_parameters(values, cls.model_fields)

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        _ = self.job_options, self.placement
        values = self.model_dump()
        check_gradient(values)
        check_samples(values, self.unusual)
        if self.is_preset_known:
            check_effect(values, self.unusual)
        return self

    @property
    def given(self) -> frozenset[str]:
        """Keys that were given, even if with their default."""
        return frozenset(self.model_fields_set)

    @property
    def decided(self) -> dict[str, Any]:
        """What the preset and the gradient decide if it is not given, by key."""
        return decided_by(self.preset, self.gradient)

    def value(self, key: str) -> Any:
        """Return the value of any key: as given, or the default.

        Parameters
        ----------
        key
            Of a field, or of a hyper-parameter; one that the preset does not have is None.
        """
        value = getattr(self, key, None)
        return self.decided.get(key) if value is None else value

    @property
    def unusual(self) -> list[str]:
        """Keys that were given with a value other than their default."""
        usual = {key: field.default for key, field in type(self).model_fields.items()}
        decided = self.decided
        return [
            key
            for key in sorted(self.given)
            if getattr(self, key) not in (usual.get(key), decided.get(key, usual.get(key)))
        ]

    @property
    def is_preset_known(self) -> bool:
        """Whether the preset is the run's: a name alone may be that of a run with another one."""
        return "preset" in self.given or self.name is None

    @property
    def asks_for_training(self) -> bool:
        """Whether something is given that decides what is trained, the seed and the name aside."""
        return bool(self.given - {"name", "seed"} - SAMPLING_KEYS)

    @property
    def shape(self) -> Shape:
        """The hyper-parameters of the generator."""
        return shape_from_keys(self.preset, self.model_extra or {})

    @property
    def read_options(self) -> ReadOptions:
        """How the recording is read."""
        said = {key: getattr(self, key) for key in READING_KEYS}
        return ReadOptions(**said, units=self.units, covariates=self.recorded_covariates)

    @property
    def recorded_covariates(self) -> list[str] | Literal["all"] | None:
        """Names of the covariates in the recording itself; None if others are meant, or none."""
        if self.covariates != RECORDED:
            return None
        if self.covariate_columns is None:
            return "all"
        return [name.strip() for name in self.covariate_columns.split(",")]

    @property
    def training_settings(self) -> TrainingSettings:
        """How the generator is trained."""
        named = {field.name for field in fields(TrainingSettings)} & set(type(self).model_fields)
        return TrainingSettings(**{name: self.value(name) for name in named})

    @property
    def placement(self) -> Placement:
        """How cell circuits are placed on a quantum device."""
        return Placement(self.tiles, self.redundant_readout, self.qubits, self.avoid_qubits)

    @property
    def job_options(self) -> JobOptions:
        """Options of sampler jobs."""
        return JobOptions(**{field.name: getattr(self, field.name) for field in fields(JobOptions)})

    def raster_order(self, run: str) -> RasterOrder:
        """Return which raster is wanted, and how it is to be measured.

        Parameters
        ----------
        run
            Name of the run.
        """
        return RasterOrder(
            n_samples=self.samples,
            seed=self.seed,
            options=self.job_options,
            placement=self.placement,
            bins_per_job=self.bins_per_job,
            multi_bin_circuit=self.multi_bin_circuit,
            run=run,
            calibration=self.calibration,
            max_qpu_seconds=self.max_qpu_seconds,
            over_allowance=self.over_allowance,
        )

    def for_sampling(self) -> RunConfig:
        """Return the configuration with the seed of the samples as its seed."""
        return (
            self if self.sample_seed is None else self.model_copy(update={"seed": self.sample_seed})
        )

    def resolved(self) -> RunConfig:
        """Fill in what the preset and the gradient decide, and the name."""
        left = {key: v for key, v in self.decided.items() if getattr(self, key, None) is None}
        left |= {"data": _absolute(self.data)}
        if self.covariates not in NAMED:
            left["covariates"] = str(Path(self.covariates).expanduser().resolve())
        filled = self.model_copy(update=left)
        name = self.name or default_name(filled.training_identity())
        return filled.model_copy(update={"name": name})

    def training_identity(self) -> dict[str, Any]:
        """Return the values of a resolved configuration that decide the trained weights."""
        free = {"name", "checkpoint_every", "device", *SAMPLING_KEYS}
        usual = {key: field.default for key, field in type(self).model_fields.items()}
        # Earlier versions trained without covariates.
        usual |= self.decided | {"covariates": NONE}
        return training_identity(self.model_dump(exclude=free), usual)

    def without(self, keys: Set[str]) -> RunConfig:
        """Return the configuration as if some settings had not been given.

        Parameters
        ----------
        keys
            Of these settings.
        """
        left = {key: value for key, value in self.model_dump().items() if key not in keys}
        return type(self).model_construct(_fields_set=set(self.given - keys), **left)

    @property
    def has_resolved_name(self) -> bool:
        """Whether the name is the one that `resolved` gives if none is chosen."""
        # The recording may have moved since, and with it the readable part.
        ending = name_ending(self.resolved().training_identity())
        return self.name is not None and self.name.endswith(ending)

    def to_toml(self) -> str:
        """Return the configuration as TOML; what is not set is left out."""
        import tomli_w

        values = self.model_dump(exclude_none=True)
        return tomli_w.dumps({key: values[key] for key in keys() if key in values})


def decided_by(preset: str, gradient: str) -> dict[str, Any]:
    """Return the defaults that depend on the preset and the gradient, by key.

    Parameters
    ----------
    preset, gradient
        Their names.

    Raises
    ------
    ConfigError
        If there is no such preset.
    """
    return default_values(preset) | find_preset(preset).recipe.defaults(gradient)


def keys() -> tuple[str, ...]:
    """Return all keys of a configuration; hyper-parameters come after the preset."""
    names = list(RunConfig.model_fields)
    after = names.index("preset") + 1
    return (*names[:after], *hyper_parameters(), *names[after:])


def _absolute(data: str) -> str:
    path = Path(data).expanduser()
    return str(path.resolve()) if exists(path) else data
