"""The configuration of a run: one schema for options, TOML files and the copy kept with a run."""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from neuroqgan.backends.options import Decoupling, JobOptions, Mitigation, Placement, Twirling
from neuroqgan.data.reading import Counts, ReadOptions, TimeUnit
from neuroqgan.home import exists
from neuroqgan.models.hyper_parameters import default_values, hyper_parameters, shape_from_keys
from neuroqgan.models.presets import find_preset
from neuroqgan.runs.run_names import default_name, name_ending, training_identity
from neuroqgan.runs.setting_rules import accept_hyper_parameters, check_effect, check_gradient
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.training.settings import Device, Gradient, TrainingSettings, declared

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neuroqgan.models.shape import Shape

# Letters of any alphabet: a run that is not named is called after its recording.
_NAME = r"^[^\W_][\w.-]{0,99}\Z"


def _key(
    group: str,
    default: Any,
    meaning: str,
    shown: str | None = None,
    metavar: str | None = None,
    **limits: Any,
) -> Any:
    """Declare a key of the configuration, which is an option of the command line as well.

    Parameters
    ----------
    group
        Heading under which the option is listed.
    default
        Its default.
    meaning
        What it means, a phrase that stands on its own.
    shown
        What help says in place of the default.
    metavar
        What stands for its value in help; by default its type.
    **limits
        Of the value, see `pydantic.Field`.
    """
    extra: dict[str, Any] = {"group": group, "shown": shown, "metavar": metavar}
    return Field(default, description=meaning, json_schema_extra=extra, **limits)


def _training(name: str, **limits: Any) -> Any:
    """Declare a key for a setting of `TrainingSettings`, which has its default, help and limits."""
    setting = declared(name)
    return _key(
        "Training", setting.default, setting.help, setting.shown, **(setting.limits | limits)
    )


_recording = partial(_key, "Recording")
_sampling = partial(_key, "Sampling")
_hardware = partial(_key, "Quantum hardware")


class RunConfig(BaseModel):
    """Everything that a run was asked for.

    The hyper-parameters of generators are keys beside the fields below; every preset declares its
    own (`neuroqgan.models.hyper_parameters`). What is not given, or is None, has the default of
    the preset and the gradient; `resolved` fills it in.
    """

    model_config = ConfigDict(
        extra="allow", frozen=True, allow_inf_nan=False, regex_engine="python-re"
    )

    data: str = _recording(
        "simulated", "Recording: a file, or a name that neuroqgan data list shows", metavar="PATH|NAME"
    )
    array: str | None = _recording(
        ReadOptions.array, "Array to read if the file holds several", metavar="NAME"
    )
    axes: str | None = _recording(
        ReadOptions.axes,
        "Meaning of the array's axes, such as neurons,bins,trials",
        "trials,bins,neurons",
        metavar="NAMES",
    )
    bin_width: float | None = _recording(
        ReadOptions.bin_width,
        "Bin width in seconds, if the file does not state it",
        gt=0,
        metavar="SECONDS",
    )
    time_unit: TimeUnit | None = _recording(
        ReadOptions.time_unit, "Unit of the spike times", "as the file states, or s"
    )
    sampling_rate: float | None = _recording(
        ReadOptions.sampling_rate,
        "Samples per second, if spike times are in samples",
        gt=0,
        metavar="HZ",
    )
    start: float | None = _recording(
        ReadOptions.start,
        "Start of the part of every trial to use, in seconds",
        "0",
        metavar="SECONDS",
    )
    stop: float | None = _recording(
        ReadOptions.stop,
        "End of the part of every trial to use, in seconds",
        "end of the trial",
        metavar="SECONDS",
    )
    counts: Counts = _recording(
        ReadOptions.counts, "Several spikes of a neuron in one bin: count them as one, or refuse"
    )
    neurons: str | None = _recording(
        None, "Positions of the neurons to use, such as 0:10 or 3,7,9", "all", metavar="LIST"
    )
    units: str | None = _recording(
        None, "Labels of the neurons to use, separated by commas", "all", metavar="LIST"
    )
    bins: int = _recording(16, "Time bins per window", ge=2)

    preset: str = _key("Generator", "stationary", "Kind of generator", metavar="NAME")

    gradient: Gradient = _training("gradient")
    shots: int | None = _training("shots")
    exact: bool = _training("exact")
    steps: int | None = _training("steps")
    batch: int | None = _training("batch")
    gradient_cells: int = _training("gradient_cells")
    device: Device = _training("device")
    learning_rate: float | None = _training("learning_rate")
    critic_weight: float | None = _training("critic_weight")
    statistics_weight: float = _training("statistics_weight")
    checkpoint_every: int = _training("checkpoint_every")
    seed: int = _training("seed")

    sample_seed: int | None = _sampling(None, "Seed of the samples alone", "same as --seed", ge=0)
    samples: int = _sampling(2000, "Samples of the generated raster", ge=8)
    backend: str = _sampling(
        "aer",
        "Where to sample: aer, exact, fake_<name> (simulated quantum device), ibm_<name> (quantum "
        "device), ibm:least-busy, or <scheme>:<name> of a plugin",
        metavar="NAME",
    )
    tiles: int | None = _sampling(
        Placement.max_tiles,
        "Most cell circuits to run side by side in one shot; fewer use better qubits",
        "as many as fit",
        ge=1,
    )
    redundant_readout: int = _sampling(
        Placement.redundant_readout,
        "Maximum number of spare qubits per cell circuit that repeat the readout, which reduces "
        "false spikes",
        ge=0,
        le=4,
    )
    bins_per_job: int | None = _sampling(
        None,
        "Time bins measured by one job, if the generator allows several",
        "the fastest, by estimate",
        ge=1,
    )
    mitigate: Mitigation = _sampling(
        JobOptions.mitigate, "Calibrate the readout errors in the same job"
    )

    dynamical_decoupling: Decoupling | None = _hardware(
        JobOptions.dynamical_decoupling, "Sequence of pulses that protects idle qubits", "none"
    )
    twirling: Twirling = _hardware(
        JobOptions.twirling,
        "Randomise equivalent circuits, around gates, measurements or both; the number of shots "
        "stays exact",
    )
    fractional_gates: bool = _hardware(
        JobOptions.fractional_gates, "Run rotations as single pulses, if the device can"
    )
    rep_delay: float | None = _hardware(
        JobOptions.rep_delay,
        "Delay between executions, in seconds",
        "the device's own",
        ge=0,
        metavar="SECONDS",
    )
    max_execution_time: int | None = _hardware(
        JobOptions.max_execution_time,
        "Maximum QPU seconds per job",
        "the service's limit",
        ge=1,
        metavar="SECONDS",
    )
    private: bool = _hardware(
        JobOptions.private, "Private job: the service hands out its result only once"
    )

    name: str | None = _key(
        "Output", None, "Name of the run", "made from what is trained", pattern=_NAME, metavar="RUN"
    )

    @model_validator(mode="before")
    @classmethod
    def _accept(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        return accept_hyper_parameters(values, cls.model_fields)

    @model_validator(mode="after")
    def _check(self) -> RunConfig:
        _ = self.job_options
        values = self.model_dump()
        check_gradient(values)
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
        return ReadOptions(**{key: getattr(self, key) for key in READING_KEYS})

    @property
    def training_settings(self) -> TrainingSettings:
        """How the generator is trained."""
        named = {field.name for field in fields(TrainingSettings)} & set(type(self).model_fields)
        return TrainingSettings(**{name: self.value(name) for name in named})

    @property
    def placement(self) -> Placement:
        """How cell circuits are placed on a quantum device."""
        return Placement(self.tiles, self.redundant_readout)

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
            run=run,
        )

    def for_sampling(self) -> RunConfig:
        """Return the configuration with the seed of the samples as its seed."""
        return (
            self if self.sample_seed is None else self.model_copy(update={"seed": self.sample_seed})
        )

    def resolved(self) -> RunConfig:
        """Fill in what the preset and the gradient decide, and the name."""
        left = {key: v for key, v in self.decided.items() if getattr(self, key, None) is None}
        filled = self.model_copy(update=left | {"data": _absolute(self.data)})
        name = self.name or default_name(filled.training_identity())
        return filled.model_copy(update={"name": name})

    def training_identity(self) -> dict[str, Any]:
        """Return the values of a resolved configuration that decide the trained weights."""
        free = {"name", "checkpoint_every", "device", *SAMPLING_KEYS}
        usual = {key: field.default for key, field in type(self).model_fields.items()}
        return training_identity(self.model_dump(exclude=free), usual | self.decided)

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


def _in_groups(*groups: str) -> frozenset[str]:
    found = []
    for key, field in RunConfig.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra["group"] in groups:
            found.append(key)
    return frozenset(found)


SAMPLING_KEYS = _in_groups("Sampling", "Quantum hardware")
"""What decides how a raster is sampled, and not how the generator is trained."""

READING_KEYS = frozenset(field.name for field in fields(ReadOptions))
"""How the recording is read."""

RECORDING_KEYS = _in_groups("Recording") - {"bins"}
"""Which neurons of which recording, and how it is read."""


def _absolute(data: str) -> str:
    path = Path(data).expanduser()
    return str(path.resolve()) if exists(path) else data
