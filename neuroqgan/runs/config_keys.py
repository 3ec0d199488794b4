"""The keys of a configuration: their defaults, limits, help texts and headings, declared once.

Options of the command line are generated from these declarations, and from those of presets
(`neuroqgan.models.hyper_parameters`).
"""

from __future__ import annotations

from dataclasses import fields
from functools import partial
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from neuroqgan.backends.options import (
    Decoupling,
    JobOptions,
    Mitigation,
    Placement,
    PostSelection,
    Twirling,
)
from neuroqgan.circuits.multi_bin import AUTO as AUTO_CIRCUIT
from neuroqgan.circuits.multi_bin import MultiBinChoice
from neuroqgan.data.reading import Counts, ReadOptions, TimeUnit
from neuroqgan.sampling.calibration_watch import CACHED, CalibrationUse
from neuroqgan.training.settings import Device, Gradient, declared

AUTO, NONE, TRIAL_TIME, RECORDED = "auto", "none", "trial-time", "recorded"
"""Choices of covariates; anything else is a file."""

NAMED = frozenset({AUTO, NONE, TRIAL_TIME, RECORDED})
"""All of them."""

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
_covariates = partial(_key, "Covariates")
_sampling = partial(_key, "Sampling")
_hardware = partial(_key, "Quantum hardware")


class ConfigKeys(BaseModel):
    """All keys of a configuration except the hyper-parameters of generators."""

    model_config = ConfigDict(
        extra="allow", frozen=True, allow_inf_nan=False, regex_engine="python-re"
    )

    data: str = _recording(
        "simulated",
        "Recording: a file, or a name listed by neuroqgan data list",
        metavar="PATH|NAME",
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
    time_column: str | None = _recording(
        ReadOptions.time_column,
        "Column of a table with the spike times: its name, or its position from 0",
        "found by its name",
        metavar="NAME",
    )
    neuron_column: str | None = _recording(
        ReadOptions.neuron_column,
        "Column of a table with the label of each spike's neuron",
        "found by its name",
        metavar="NAME",
    )
    trial_column: str | None = _recording(
        ReadOptions.trial_column,
        "Column of a table with the trial of each spike",
        "found by its name",
        metavar="NAME",
    )
    epochs: str | None = _recording(
        ReadOptions.epochs,
        "Table of intervals in an NWB file whose rows are the trials; none for the whole session",
        "trials, if there are any",
        metavar="NAME",
    )
    align_to: str | None = _recording(
        ReadOptions.align_to,
        "Column of that table with the event to align trials to",
        "start_time",
        metavar="COLUMN",
    )
    before: float | None = _recording(
        ReadOptions.before, "Seconds of every trial before that event", "0", metavar="SECONDS"
    )
    after: float | None = _recording(
        ReadOptions.after,
        "Seconds of every trial after that event",
        "to the end of the shortest trial",
        metavar="SECONDS",
    )
    neurons: str | None = _recording(
        None, "Positions of the neurons to use, such as 0:10 or 3,7,9", "all", metavar="LIST"
    )
    units: str | None = _recording(
        None,
        "Labels of the neurons to use, separated by commas; or, in NWB files, a query on columns "
        "of the units, such as 'quality == \"good\"'",
        "all",
        metavar="LIST|QUERY",
    )
    bins: int = _recording(16, "Time bins per window", ge=2)

    covariates: str = _covariates(
        AUTO,
        "What drives the generator beside its own spikes: trial-time (the time in the trial, for "
        "trials that repeat one stimulus), recorded (covariates in the recording itself), a file "
        "with one row per bin, or none; auto takes the time in the trial if it predicts spikes",
        metavar="auto|none|trial-time|recorded|FILE",
    )
    covariate_columns: str | None = _covariates(
        None, "Names of the columns to use, separated by commas", "all", metavar="NAMES"
    )
    covariate_array: str | None = _covariates(
        None, "Array of covariates to read if the file holds several", metavar="NAME"
    )

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
    finetune_on: str | None = _training("finetune_on", metavar="DEVICE")
    validation_every: int | None = _key(
        *("Training", None, "Leave one training trial in N out, to choose settings by"),
        *("none", "N"),
        ge=2,
    )
    seed: int = _training("seed")

    sample_seed: int | None = _sampling(None, "Seed of the samples alone", "same as --seed", ge=0)
    samples: int = _sampling(2000, "Samples of the generated raster", ge=8)
    trials: int | None = _sampling(
        None,
        "Generate this many whole trials, as long as those of the recording or of the covariates, "
        "in place of windows",
        ge=1,
    )
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
    qubits: str | None = _sampling(
        Placement.qubits,
        "The only qubits of the device that may be used, such as 3,4,10-20",
        "all that work",
        metavar="LIST",
    )
    avoid_qubits: str | None = _sampling(
        Placement.avoid_qubits,
        "Qubits of the device that must not be used, such as 17,33-35",
        "none",
        metavar="LIST",
    )
    bins_per_job: int | None = _sampling(
        None,
        "Time bins measured by one job, if the generator allows several",
        "the fastest, by estimate",
        ge=1,
    )
    multi_bin_circuit: MultiBinChoice = _sampling(
        AUTO_CIRCUIT,
        "How one circuit measures several time bins, if the generator allows it: on a lattice of "
        "qubits, or by qubit reuse",
        "the fastest, by estimate",
    )
    mitigate: Mitigation = _sampling(
        JobOptions.mitigate, "Calibrate the readout errors in the same job"
    )
    postselect: PostSelection = _sampling(
        JobOptions.postselect,
        "Measure every qubit a second time after a slow pulse, and drop samples in which a qubit "
        "(node) or two neighbours (edge) were not flipped",
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
    calibration: CalibrationUse = _hardware(
        CACHED,
        "Calibration of the device that plans are made with: cached, read once per command, or "
        "refresh, read anew before every request of a raster",
    )
    max_qpu_seconds: float | None = _hardware(
        None,
        "Send nothing if the whole raster would take more QPU seconds than this, by estimate; what "
        "it has used already counts",
        "no limit",
        ge=0,
        metavar="SECONDS",
    )
    over_allowance: bool = _hardware(
        False,
        "Send jobs even if they need more QPU time than the instance has left; they wait in the "
        "queue until there is some",
    )
    private: bool = _hardware(
        JobOptions.private, "Private job: the service hands out its result only once"
    )

    name: str | None = _key(
        "Output", None, "Name of the run", "made from what is trained", pattern=_NAME, metavar="RUN"
    )


def _in_groups(*groups: str) -> frozenset[str]:
    found = []
    for key, field in ConfigKeys.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict) and extra["group"] in groups:
            found.append(key)
    return frozenset(found)


SAMPLING_KEYS = _in_groups("Sampling", "Quantum hardware")
"""What decides how a raster is sampled, and not how the generator is trained."""

READING_KEYS = frozenset(field.name for field in fields(ReadOptions)) - {"units", "covariates"}
"""How the recording is read, whichever its neurons and covariates."""

COVARIATE_KEYS = _in_groups("Covariates")
"""What drives the generator, hyper-parameters aside."""

RECORDING_KEYS = _in_groups("Recording") - {"bins"}
"""Which neurons of which recording, and how it is read."""
