"""The configuration of a run: one schema for flags, TOML files and the copy kept with a run."""

from __future__ import annotations

import hashlib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from neuroqgan.backends.options import Decoupling, JobOptions, Mitigation, Placement, Twirling
from neuroqgan.data.reading import Counts, ReadOptions, TimeUnit
from neuroqgan.errors import ConfigError
from neuroqgan.runs.effect import check_effect, check_gradient, unusual

# Written out here and not imported, since the modules that define them import torch.
Preset = Literal["stationary", "history", "memory", "spiqgan"]
GradientName = Literal["adjoint", "parameter-shift", "spsa"]
EntanglingName = Literal["line", "ring", "none"]
PastName = Literal["filters", "bin"]
DeviceName = Literal["cpu", "cuda", "auto"]

# What decides how a raster is sampled, and not how the generator is trained.
SAMPLING_KEYS = frozenset(
    {
        "samples",
        "backend",
        "tiles",
        "second_readers",
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

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"


@dataclass(frozen=True)
class _Defaults:
    """What a preset decides: layers, steps, what a step sees, learning rate, critic's weight."""

    layers: int
    steps: int
    batch: int
    learning_rate: float
    critic_weight: float = 10.0


_DEFAULTS = {
    "stationary": _Defaults(3, 800, 512, 0.03),
    "history": _Defaults(2, 640, 24, 0.01, 6.0),
    "memory": _Defaults(1, 2600, 256, 0.02),
    "spiqgan": _Defaults(5, 800, 512, 0.03),
}
_SHOT_STEPS, _SHOT_BATCH = 200, 256


class RunConfig(BaseModel):
    """Everything that a run was asked for.

    A value of None means that the preset or the gradient decides; `resolved` fills it in.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    data: str = Field("simulated", description="recording: a path or a name from `data list`")
    array: str | None = Field(None, description="array to read if the file holds several")
    axes: str | None = Field(
        None, description="meaning of the array's axes, such as neurons,bins,trials"
    )
    bin_width: float | None = Field(
        None, gt=0, description="width of a bin in seconds, if the file does not say it"
    )
    time_unit: TimeUnit | None = Field(None, description="unit of the spike times")
    sampling_rate: float | None = Field(
        None, gt=0, description="samples per second, for times in samples"
    )
    start: float | None = Field(None, description="where every trial begins, in seconds")
    stop: float | None = Field(None, description="where every trial ends, in seconds")
    counts: Counts = Field("clip", description="several spikes of a neuron in one bin")
    neurons: str | None = Field(
        None, description="positions of the neurons to use, as 0:10 or 3,7,9; all of them"
    )
    units: str | None = Field(
        None, description="labels of the neurons to use, separated by commas; all of them"
    )
    bins: int = Field(16, ge=2, description="bins a window")
    preset: Preset = Field("stationary", description="generator")
    layers: int | None = Field(None, ge=1, description="layers of rotations a cell")
    group_size: int = Field(10, ge=1, le=12, description="most neurons that share a cell")
    latents: int = Field(6, ge=0, description="latents that all neurons share")
    own_latents: int = Field(3, ge=1, description="latents of every neuron, a time constant each")
    memory_qubits: int = Field(5, ge=1, le=8, description="qubits that keep the past")
    mixing_layers: int = Field(48, ge=1, description="layers that mix the memory, a bin")
    emission_qubits: int = Field(2, ge=1, description="qubits on which neurons take turns")
    entangling: EntanglingName = Field("line", description="which neighbours CZ joins")
    past: PastName = Field("filters", description="what a neuron knows of the past")
    gradient: GradientName = Field("adjoint", description="how cells are differentiated")
    shots: int | None = Field(None, ge=1, description="shots a circuit in training")
    exact: bool = Field(False, description="critic sees exact samples instead of Aer shots")
    steps: int | None = Field(None, ge=1, description="training steps")
    batch: int | None = Field(
        None, ge=2, multiple_of=2, description="latent draws, or windows, a step"
    )
    gradient_cells: int = Field(64, ge=1, description="cells a step that shots differentiate")
    device: DeviceName = Field("cpu", description="where exact cells are evaluated in training")
    learning_rate: float | None = Field(None, gt=0, lt=1, description="learning rate at the start")
    critic_weight: float | None = Field(
        None, ge=0, description="weight of the critic; 0 leaves it out"
    )
    statistics_weight: float = Field(
        1.0, ge=0, description="weight of the statistics; 0 leaves them out"
    )
    checkpoint_every: int = Field(100, ge=1, description="steps between checkpoints")
    seed: int = Field(0, ge=0, description="seed of everything random")
    samples: int = Field(2000, ge=8, description="samples of the generated raster")
    backend: str = Field("aer", description="where the raster is sampled")
    tiles: int | None = Field(None, ge=1, description="most cells a page on a device")
    second_readers: int = Field(0, ge=0, le=4, description="spare qubits that read again, a cell")
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
        return Placement(self.tiles, self.second_readers)

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
        shots_only = self.gradient != "adjoint"
        preset = _DEFAULTS[self.preset]
        return {
            "layers": preset.layers,
            "shots": 16 if shots_only else 8,
            "steps": _SHOT_STEPS if shots_only else preset.steps,
            "batch": _SHOT_BATCH if shots_only else preset.batch,
            "learning_rate": preset.learning_rate,
            "critic_weight": preset.critic_weight,
        }

    @classmethod
    def build(cls, flags: dict[str, Any], file: Path | None = None) -> RunConfig:
        """Put a configuration together: flags before file before defaults.

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
        """
        values = {} if file is None else _read_toml(file)
        values |= {key: value for key, value in flags.items() if value is not None}
        try:
            return cls(**values)
        except ValidationError as error:
            raise _as_config_error(error, file) from error

    def resolved(self) -> RunConfig:
        """Fill in what the preset and the gradient decide, and the name."""
        left = {key: v for key, v in self.decided.items() if getattr(self, key) is None}
        filled = self.model_copy(update=left | {"data": _absolute(self.data)})
        return filled.model_copy(update={"name": self.name or filled.default_name()})

    def default_name(self) -> str:
        """Return a name that says what is trained, ending in a hash of how."""
        source = Path(self.data).stem if Path(self.data).is_file() else self.data
        readable = "".join(c if c.isalnum() or c in "._-" else "-" for c in source)[:60]
        identity = json.dumps(self.training_identity(), sort_keys=True)
        digest = hashlib.sha256(identity.encode()).hexdigest()[:8]
        return f"{readable.strip('._-') or 'recording'}-{self.preset}-{digest}"

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
    return str(path.resolve()) if path.exists() else data


def _read_toml(file: Path) -> dict[str, Any]:
    shape = f"TOML with keys such as {', '.join(keys()[:4])}"
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
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
    return ConfigError(
        f"Impossible value for {key}{where}.",
        expected=first["msg"][0].lower() + first["msg"][1:],
        got=repr(first["input"]),
        hint=f"{flag} {choices[0]}"
        if choices and isinstance(choices[0], str)
        else f"{flag}, see neuroqgan run --help",
    )


def _closest(key: str) -> str:
    import difflib

    similar = difflib.get_close_matches(key, keys(), n=1)
    return similar[0] if similar else "neuroqgan config show"
