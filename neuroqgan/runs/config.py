"""The configuration of a run: one schema for flags, TOML files and the copy kept with a run."""

from __future__ import annotations

import hashlib
import json
import tomllib
import warnings
from pathlib import Path
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, model_validator

from neuroqgan import defaults
from neuroqgan.backends.options import Decoupling, JobOptions, Mitigation, Placement, Twirling
from neuroqgan.data.reading import Counts, ReadOptions, TimeUnit
from neuroqgan.errors import ConfigError
from neuroqgan.home import exists
from neuroqgan.runs.setting_rules import check_effect, check_gradient, unusual

# What decides how a raster is sampled, and not how the generator is trained.
SAMPLING_KEYS = frozenset(
    {
        "samples",
        "sample_seed",
        "backend",
        "tiles",
        "redundant_readout",
        "bins_per_job",
        "mitigate",
        "dynamical_decoupling",
        "twirling",
        "fractional_gates",
        "rep_delay",
        "max_execution_time",
        "private",
    }
)

# How the recording is read; the keys of `ReadOptions`.
READING_KEYS = frozenset(
    {"array", "bin_width", "axes", "time_unit", "sampling_rate", "start", "stop", "counts"}
)

# Which neurons of which recording.
RECORDING_KEYS = READING_KEYS | {"data", "neurons", "units"}

# Letters of any alphabet: a run that is not named is called after its recording.
_NAME = r"^[^\W_][\w.-]{0,99}\Z"
# Bytes of the readable part of a name; those of a file's name are limited, and not its letters.
_READABLE = 180


class ConfigWarning(UserWarning):
    """Something of a configuration is left out."""


class RunConfig(BaseModel):
    """Everything that a run was asked for.

    A value of None means that the preset or the gradient decides; `resolved` fills it in.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, regex_engine="python-re"
    )

    data: str = Field("simulated", description="recording: a path or a name from `data list`")
    array: str | None = Field(None, description="array to read if the file holds several")
    axes: str | None = Field(
        None, description="meaning of the array's axes, such as neurons,bins,trials"
    )
    bin_width: float | None = Field(
        None, gt=0, description="bin width in seconds, if the file does not state it"
    )
    time_unit: TimeUnit | None = Field(None, description="unit of the spike times")
    sampling_rate: float | None = Field(
        None, gt=0, description="samples per second, for times in samples"
    )
    start: float | None = Field(
        None, description="start of the part of every trial to use, in seconds"
    )
    stop: float | None = Field(
        None, description="end of the part of every trial to use, in seconds"
    )
    counts: Counts = Field("clip", description="several spikes of a neuron in one bin")
    neurons: str | None = Field(
        None, description="positions of the neurons to use, such as 0:10 or 3,7,9; by default all"
    )
    units: str | None = Field(
        None, description="labels of the neurons to use, separated by commas; by default all"
    )
    bins: int = Field(16, ge=2, description="bins a window")
    preset: defaults.Preset = Field("stationary", description="generator")
    layers: int | None = Field(None, ge=1, description="layers of rotations a cell")
    group_size: int = Field(
        defaults.GROUP_SIZE, ge=1, le=12, description="largest number of neurons that share a cell"
    )
    latents: int = Field(
        defaults.SHARED_LATENTS, ge=0, description="latents that all neurons share"
    )
    own_latents: int = Field(
        defaults.OWN_LATENTS,
        ge=1,
        description="latents of every neuron, each with its own time constant",
    )
    memory_qubits: int = Field(
        defaults.MEMORY_QUBITS, ge=1, le=8, description="qubits that keep the past"
    )
    mixing_layers: int = Field(
        defaults.MIXING_LAYERS, ge=1, description="layers per bin that mix the memory"
    )
    emission_qubits: int = Field(
        defaults.EMISSION_QUBITS, ge=1, description="qubits on which neurons take turns"
    )
    entangling: defaults.Entangling = Field("line", description="which neighbours CZ joins")
    past: defaults.Past = Field("filters", description="what a neuron knows of the past")
    gradient: defaults.Gradient = Field("adjoint", description="how cells are differentiated")
    shots: int | None = Field(None, ge=1, description="shots a circuit in training")
    exact: bool = Field(False, description="critic sees exact samples instead of Aer shots")
    steps: int | None = Field(None, ge=1, description="training steps")
    batch: int | None = Field(
        None, ge=2, multiple_of=2, description="latent draws, or windows, a step"
    )
    gradient_cells: int = Field(
        defaults.GRADIENT_CELLS,
        ge=1,
        description="cells per step that are differentiated from shots",
    )
    device: defaults.Device = Field(
        "cpu", description="where exact cells are evaluated in training"
    )
    learning_rate: float | None = Field(None, gt=0, lt=1, description="learning rate at the start")
    critic_weight: float | None = Field(
        None, ge=0, description="weight of the critic; 0 leaves it out"
    )
    statistics_weight: float = Field(
        defaults.STATISTICS_WEIGHT,
        ge=0,
        description="weight of the statistics; 0 leaves them out",
    )
    checkpoint_every: int = Field(
        defaults.CHECKPOINT_EVERY, ge=1, description="steps between checkpoints"
    )
    seed: int = Field(0, ge=0, description="seed of everything random")
    sample_seed: int | None = Field(
        None, ge=0, description="seed of the samples; by default the same as seed"
    )
    samples: int = Field(2000, ge=8, description="samples of the generated raster")
    backend: str = Field("aer", description="where the raster is sampled")
    tiles: int | None = Field(None, ge=1, description="most cells a page on a device")
    redundant_readout: int = Field(
        0,
        ge=0,
        le=4,
        validation_alias=AliasChoices("redundant_readout", "second_readers"),
        description="spare qubits per cell circuit that repeat the readout",
    )
    bins_per_job: int | None = Field(None, ge=1, description="bins that a job measures together")
    mitigate: Mitigation = Field("none", description="calibrate the readout in the same job")
    dynamical_decoupling: Decoupling | None = Field(None, description="pulses on idle qubits")
    twirling: Twirling = Field("none", description="random equivalent circuits")
    fractional_gates: bool = Field(False, description="rotations as single pulses")
    rep_delay: float | None = Field(None, ge=0, description="seconds between two executions")
    max_execution_time: int | None = Field(None, ge=1, description="QPU seconds allowed a job")
    private: bool = Field(False, description="the service gives the result once")
    name: str | None = Field(None, pattern=_NAME, description="name of the run")

    @property
    def read_options(self) -> ReadOptions:
        """How the recording is read."""
        return ReadOptions(**{key: getattr(self, key) for key in READING_KEYS})

    @property
    def placement(self) -> Placement:
        """How cells are placed on a device."""
        return Placement(self.tiles, self.redundant_readout)

    @property
    def job_options(self) -> JobOptions:
        """What is asked of sampler jobs."""
        return JobOptions(
            self.mitigate,
            self.dynamical_decoupling,
            self.twirling,
            self.fractional_gates,
            self.rep_delay,
            self.max_execution_time,
            self.private,
        )

    @model_validator(mode="after")
    def _check_options(self) -> RunConfig:
        _ = self.job_options
        return self

    @model_validator(mode="after")
    def _check_together(self) -> RunConfig:
        check_gradient(self)
        if self.is_preset_known:
            check_effect(self, unusual(self))
        return self

    @property
    def is_preset_known(self) -> bool:
        """Whether the preset is the run's: a name alone may be that of a run with another one."""
        return "preset" in self.model_fields_set or self.name is None

    @property
    def decided(self) -> dict[str, Any]:
        """What the preset and the gradient decide where nothing is given."""
        by_preset = {"layers": defaults.layers(self.preset)}
        return by_preset | defaults.training(self.preset, self.gradient)

    @property
    def asks_for_training(self) -> bool:
        """Whether something is given that decides what is trained, the seed and the name aside."""
        return bool(self.model_fields_set - {"name", "seed"} - SAMPLING_KEYS)

    @classmethod
    def build(cls, flags: dict[str, Any], file: Path | None = None) -> RunConfig:
        """Put a configuration together: flags before file before defaults.

        What a file has only because its own preset and gradient decided so says nothing about
        another preset or gradient that a flag asks for, and is left out. So is the name that its
        training would have had anyway.

        Parameters
        ----------
        flags
            Values by key; None means not given.
        file
            A TOML file with the same keys.

        Raises
        ------
        ConfigError
            If the file is missing or is not TOML.
        ConfigError
            If a key is unknown or a value impossible.

        Warns
        -----
        ConfigWarning
            If values of the file are left out.
        """
        given = {key: value for key, value in flags.items() if value is not None}
        if file is None:
            return cls._of(given, file)
        values = _read_toml(file)
        try:
            own = cls._of(values, file)
        except ConfigError:
            # It makes sense with the flags or not at all, and nobody's defaults are in it.
            return cls._of(values | given, file)
        config = cls._of(_taken_over(own, values, given, file) | given, file)
        if "name" in given or not own.has_resolved_name:
            return config
        same = config.resolved()._name_ending() == own.resolved()._name_ending()
        return (
            config
            if same
            else cls._of(config.model_dump(exclude={"name"}, exclude_unset=True), file)
        )

    @classmethod
    def read(cls, file: Path) -> RunConfig:
        """Read the resolved configuration of a run as it stands.

        Raises
        ------
        ConfigError
            If the file is missing or is not TOML, a key is unknown, or a value impossible.
        """
        return cls._of(_read_toml(file), file)

    @classmethod
    def _of(cls, values: dict[str, Any], file: Path | None) -> RunConfig:
        try:
            return cls(**values)
        except ValidationError as error:
            raise _as_config_error(error, file) from error

    def for_sampling(self) -> RunConfig:
        """Return the configuration with the seed of the samples as its seed."""
        return (
            self if self.sample_seed is None else self.model_copy(update={"seed": self.sample_seed})
        )

    def resolved(self) -> RunConfig:
        """Fill in what the preset and the gradient decide, and the name."""
        left = {key: v for key, v in self.decided.items() if getattr(self, key) is None}
        filled = self.model_copy(update=left | {"data": _absolute(self.data)})
        return filled.model_copy(update={"name": self.name or filled.default_name()})

    @property
    def has_resolved_name(self) -> bool:
        """Whether the name is the one that `resolved` gives where none is chosen."""
        # The recording may have moved since, and with it the readable part.
        return self.name is not None and self.name.endswith(self.resolved()._name_ending())

    def default_name(self) -> str:
        """Return a name that says what is trained, ending in a hash of how."""
        path = Path(self.data)
        source = path.stem if exists(path) and path.is_file() else self.data
        readable = "".join(c if c.isalnum() or c in "._-" else "-" for c in source)[:60]
        short = readable.encode()[:_READABLE].decode(errors="ignore")
        return f"{short.strip('._-') or 'recording'}{self._name_ending()}"

    def _name_ending(self) -> str:
        identity = json.dumps(self.training_identity(), sort_keys=True)
        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        return f"-{self.preset}-{digest}"

    def training_identity(self) -> dict[str, Any]:
        """Return the values that decide the trained weights."""
        values = self.model_dump(exclude={"name", "checkpoint_every", "device", *SAMPLING_KEYS})
        # Left out where they are the usual ones, so that runs of earlier versions keep their names.
        later = {
            "past": "filters",
            "statistics_weight": 1.0,
            "axes": None,
            "time_unit": None,
            "sampling_rate": None,
            "start": None,
            "stop": None,
            "counts": "clip",
            "units": None,
        }
        return {key: v for key, v in values.items() if key not in later or later[key] != v}

    def to_toml(self) -> str:
        """Return the configuration as TOML; what is not set is left out."""
        import tomli_w

        return tomli_w.dumps(self.model_dump(exclude_none=True))


def keys() -> tuple[str, ...]:
    """Return all keys of a configuration."""
    return tuple(RunConfig.model_fields)


def _absolute(data: str) -> str:
    path = Path(data).expanduser()
    return str(path.resolve()) if exists(path) else data


def _taken_over(
    own: RunConfig, values: dict[str, Any], given: dict[str, Any], file: Path
) -> dict[str, Any]:
    """Return the values of a file that hold beside flags of another preset or gradient.

    Parameters
    ----------
    own
        What the file alone asks for.
    values
        Its values.
    given
        Those of the flags.
    file
        The file, for words.
    """
    left_out: set[str] = set()
    changed: dict[str, Any] = {
        key: given[key]
        for key in ("preset", "gradient")
        if key in given and key in values and given[key] != values[key]
    }
    if changed:
        usual = own.decided
        pinned = [k for k in usual if k in values and k not in given and values[k] == usual[k]]
        known = changed.get("preset", own.preset) in get_args(defaults.Preset)
        here = own.model_copy(update=changed).decided if known else usual
        theirs = ", ".join(f"{k} = {values[k]}" for k in pinned if values[k] != here[k])
        if theirs:
            instead = " and ".join(f"{key} = {value}" for key, value in changed.items())
            of = " and ".join(f"{key} = {values[key]}" for key in changed)
            warnings.warn(
                f"{file} was written for {of}, which set {theirs}; with {instead} these "
                "values are not used.",
                ConfigWarning,
                stacklevel=3,
            )
        left_out = set(pinned)
    return {key: value for key, value in values.items() if key not in left_out}


def _read_toml(file: Path) -> dict[str, Any]:
    shape = f"TOML with keys such as {', '.join(keys()[:4])}"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(
            f"The configuration {file} cannot be read.",
            expected=shape,
            got=error.strerror or str(error),
            hint="neuroqgan config show > run.toml",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The configuration {file} is not TOML.",
            expected=shape,
            got=str(error),
            hint="neuroqgan config show > run.toml",
        ) from error


def _as_config_error(error: ValidationError, file: Path | None) -> ConfigError:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    where = f" in {file}" if file is not None else ""
    if first["type"] == "extra_forbidden":
        return ConfigError(
            f"Unknown key {key!r}{where}.",
            expected=", ".join(keys()),
            got=key,
            hint=_closest(key),
        )
    field = RunConfig.model_fields.get(key)
    choices = get_args(field.annotation) if field is not None else ()
    flag = "--" + key.replace("_", "-")
    expected = first["msg"][0].lower() + first["msg"][1:]
    if first["type"] == "string_pattern_mismatch":
        expected = "a letter or digit, and up to 99 more of them, dots, dashes and underscores"
    return ConfigError(
        f"Impossible value for {key}{where}.",
        expected=expected,
        got=repr(first["input"]),
        hint=f"{flag} {choices[0]}"
        if choices and isinstance(choices[0], str)
        else f"{flag}, see neuroqgan run --help",
    )


def _closest(key: str) -> str:
    import difflib

    similar = difflib.get_close_matches(key, keys(), n=1)
    return similar[0] if similar else "neuroqgan config show"
