"""Which run a command works on: a new one, or one that is there already."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import RunExistsError
from neuroqgan.runs.config import SAMPLING_KEYS
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.recording import Prepared, check_recording, prepare

if TYPE_CHECKING:
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.store import RunStore

# What may differ between the command that trained a run and one that reuses it.
_FREE = {"name", "seed", "checkpoint_every", "device", *SAMPLING_KEYS}


@dataclass(frozen=True)
class Selection:
    """A run and what is needed to go on with it.

    Parameters
    ----------
    store
        Where the run is kept.
    folder
        The run's folder, which a new run gets when its training begins.
    config
        Its resolved configuration.
    prepared
        Its recording.
    is_new
        Whether nothing of it is on disk yet.
    """

    store: RunStore
    folder: RunFolder
    config: RunConfig
    prepared: Prepared
    is_new: bool


def select_for_training(store: RunStore, asked: RunConfig, *, resume: bool) -> Selection:
    """Select a new run, or with ``resume`` an unfinished one.

    Raises
    ------
    RunExistsError
        If the run exists, and is not to be resumed or is finished.
    RunNotFoundError
        If there is nothing to resume.
    RunExistsError
        If what is asked for differs from the run's own configuration.
    """
    resolved = asked.resolved()
    name = str(resolved.name)
    existing = store.find(name)
    if resume:
        existing = store.get(name)
        if existing.state is RunState.TRAINED:
            raise RunExistsError(
                f"The run {name} is trained already.",
                expected="an unfinished run",
                got="a trained one",
                hint=f"neuroqgan run --name {name} samples from it",
            )
        return _reuse(store, existing, asked)
    if existing is not None:
        raise RunExistsError(
            f"A run {name!r} exists already.",
            expected="a name that is free",
            got=f"{name!r}, {existing.state}",
            hint=f"another --name, --resume to go on with it, or neuroqgan runs remove {name}",
        )
    return _new(store, resolved)


def select_for_run(store: RunStore, asked: RunConfig) -> Selection:
    """Select the run of that name, or a new one if there is none.

    Raises
    ------
    RunExistsError
        If what is asked for differs from the run's own configuration.
    """
    resolved = asked.resolved()
    existing = store.find(str(resolved.name))
    return _new(store, resolved) if existing is None else _reuse(store, existing, asked)


def _new(store: RunStore, config: RunConfig) -> Selection:
    return Selection(store, RunFolder(store.root / str(config.name)), config, prepare(config), True)


def _reuse(store: RunStore, folder: RunFolder, asked: RunConfig) -> Selection:
    kept = folder.config()
    given = asked.resolved().model_dump(include=asked.model_fields_set - _FREE)
    differing = {key: value for key, value in given.items() if getattr(kept, key) != value}
    if differing:
        raise RunExistsError(
            f"The run {folder.name!r} was trained with other settings.",
            expected=", ".join(f"{key} = {getattr(kept, key)}" for key in differing),
            got=", ".join(f"{key} = {value}" for key, value in differing.items()),
            hint="another --name, or leave these flags out to reuse the run",
        )
    if "device" in asked.model_fields_set:
        # The other machine on which a training goes on may have none.
        kept = kept.model_copy(update={"device": asked.device})
    prepared = prepare(kept)
    check_recording(folder, prepared)
    return Selection(store, folder, kept, prepared, False)
