"""One point of a sweep: an ordinary training, then its figure on validation trials.

This is what workers do, on whatever machine. All they need is in the task; all they find is in the
run's folder, so a point that was cut off anywhere goes on from there.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from neuroqgan.errors import LockedError, NeuroqganError, RunExistsError
from neuroqgan.runs.folder import RunState
from neuroqgan.runs.store import RunStore
from neuroqgan.runs.sweep.objective import find_objective
from neuroqgan.runs.sweep.sweep_folder import SweepFolder
from neuroqgan.runs.sweep.validated import keep_value, validated_value

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.models.base import Generator
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording


class PointState(StrEnum):
    """How a point of a sweep ended, or where it is."""

    MISSING = "missing"
    UNFINISHED = "unfinished"
    BUSY = "busy"
    FAILED = "failed"
    DONE = "done"


@dataclass(frozen=True)
class PointTask:
    """What a worker needs to train a point.

    Parameters
    ----------
    point
        Its number.
    config
        Its configuration, with the name of its run.
    sweep
        Folder of the sweep.
    runs
        Folder of all runs.
    objective
        Name of the figure that decides.
    """

    point: int
    config: RunConfig
    sweep: Path
    runs: Path
    objective: str


@dataclass(frozen=True)
class PointOutcome:
    """What came of a task.

    Parameters
    ----------
    point
        Its number.
    state
        How it ended.
    value
        Its figure, if it is done.
    error
        What went wrong, if it failed.
    """

    point: int
    state: PointState
    value: float | None = None
    error: str = ""


def train_point(task: PointTask) -> PointOutcome:
    """Train a point, or go on with it, and judge it on its validation trials.

    Parameters
    ----------
    task
        The point.

    Returns
    -------
    PointOutcome
        Done, failed, unfinished after Ctrl-C, or busy if another process works on it.
    """
    sweep = SweepFolder(task.sweep)
    run = str(task.config.name)
    try:
        with warnings.catch_warnings():
            # The command has shown those of the first point.
            warnings.filterwarnings("ignore", module=r"neuroqgan\b")
            value = _trained_and_judged(task, sweep)
    except LockedError:
        return PointOutcome(task.point, PointState.BUSY)
    except NeuroqganError as error:
        return _failed(task, sweep, str(error))
    # Whatever happens to one point, the others go on.
    except Exception as error:  # noqa: BLE001  # kept, and shown in the table
        return _failed(task, sweep, f"{type(error).__name__}: {error}")
    if value is None:
        return PointOutcome(task.point, PointState.UNFINISHED)
    sweep.forget_failure(run)
    return PointOutcome(task.point, PointState.DONE, value)


def check_run(folder: RunFolder, config: RunConfig) -> None:
    """Check that a run is trained as a configuration says.

    Parameters
    ----------
    folder
        Of the run.
    config
        Of the point; it need not be resolved.

    Raises
    ------
    RunExistsError
        If not.
    ConfigError
        If the run's own configuration is damaged.
    """
    if folder.config().training_identity() != config.resolved().training_identity():
        raise RunExistsError(
            f"A run {folder.name!r} exists already, and is not of this sweep.",
            expected="unused names for the runs of a sweep",
            got=f"{folder.name!r}, trained with other settings",
            hint=f"another `name` for the sweep, or neuroqgan runs remove {folder.name}",
        )


def _failed(task: PointTask, sweep: SweepFolder, error: str) -> PointOutcome:
    sweep.keep_failure(str(task.config.name), error)
    return PointOutcome(task.point, PointState.FAILED, error=error)


def _trained_and_judged(task: PointTask, sweep: SweepFolder) -> float | None:
    """Return the figure of a point, or None if Ctrl-C ended its training."""
    from neuroqgan.runs.recording import prepare

    store = RunStore(task.runs)
    folder = store.find(str(task.config.name))
    if folder is not None:
        known = _known(folder, task, sweep)
        if known is not None:
            return known
    prepared = prepare(task.config, None if folder is None else folder.trained_on().covariates)
    if folder is None:
        folder = _begun(store, task.config, prepared)
    with store.locked(folder):
        # Another process may have finished it meanwhile.
        known = _known(folder, task, sweep)
        if known is not None:
            return known
        generator = _generator(folder, prepared)
        if generator is None:
            return None
        value = _judged(generator, prepared, task.objective)
        keep_value(folder, sweep.name, task.objective, value)
        return value


def _known(folder: RunFolder, task: PointTask, sweep: SweepFolder) -> float | None:
    """Return the figure of a point that is finished; refuse a run that is something else."""
    check_run(folder, task.config)
    if folder.state is not RunState.TRAINED:
        return None
    return validated_value(folder, sweep.name, task.objective)


def _begun(store: RunStore, config: RunConfig, prepared: PreparedRecording) -> RunFolder:
    """Return the folder of a new run, or that of another process that was faster."""
    from neuroqgan.runs.stages import start_run

    name = str(config.name)
    try:
        with store.staged(name) as draft:
            start_run(draft, config.resolved(), prepared)
    except RunExistsError:
        if store.find(name) is None:
            raise
    return store.get(name)


def _generator(folder: RunFolder, prepared: PreparedRecording) -> Generator | None:
    """Return the trained generator of a run, which is trained first unless it is."""
    from neuroqgan.models.finetuning.after_fit import check_finetuning
    from neuroqgan.models.latent.engines import check_device
    from neuroqgan.models.presets import find_preset, generator_class
    from neuroqgan.models.rules import check_critic
    from neuroqgan.runs.recording import check_recording
    from neuroqgan.runs.stages import load_trained, train_run
    from neuroqgan.training.interruption import stop_on_interrupt

    config = folder.config()
    train = prepared.split.train
    check_recording(folder, prepared)
    if folder.state is RunState.TRAINED:
        return load_trained(folder, config, train.n_neurons, train.bin_width)
    check_device(config.device)
    check_critic(find_preset(config.preset), config.critic_weight, train.n_neurons)
    check_finetuning(generator_class(config.preset), config.finetune_on)
    with stop_on_interrupt() as should_stop:
        return train_run(folder, config, prepared, should_stop=should_stop)


def _judged(generator: Generator, prepared: PreparedRecording, objective: str) -> float:
    if prepared.validation is None:
        raise AssertionError("every point has validation trials")
    return find_objective(objective).value(generator, prepared.validation)
