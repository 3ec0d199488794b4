"""Which run a command works on: a new one, or one that is there already."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import RecordingError, RunExistsError
from neuroqgan.runs.config import READING_KEYS, SAMPLING_KEYS
from neuroqgan.runs.effect import check_effect, unusual
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.pretrained import DEFAULT_PRESET, Pretrained, find
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
        Its recording; None where pretrained weights are used without one.
    is_new
        Whether nothing of it is on disk yet.
    n_neurons, bin_width
        Of the generator; seconds.
    pretrained
        Weights in the package that a new run is made of.
    """

    store: RunStore
    folder: RunFolder
    config: RunConfig
    prepared: Prepared | None
    is_new: bool
    n_neurons: int
    bin_width: float
    pretrained: Pretrained | None = None

    @property
    def recording(self) -> Prepared:
        """The recording, where the run cannot go on without it.

        Raises
        ------
        RecordingError
            If there is none.
        """
        if self.prepared is None:
            raise RecordingError(
                f"The run {self.folder.name} was given no recording.",
                expected="the recording that its weights were trained on",
                got="none",
                hint=f"neuroqgan run --name {self.folder.name} --data PATH",
            )
        return self.prepared


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
    return _new(store, asked, resolved)


def select_for_run(store: RunStore, asked: RunConfig) -> Selection:
    """Select the run of that name, or a new one if there is none.

    Raises
    ------
    RunExistsError
        If what is asked for differs from the run's own configuration.
    """
    resolved = asked.resolved()
    existing = store.find(str(resolved.name))
    return _new(store, asked, resolved) if existing is None else _reuse(store, existing, asked)


def select_pretrained(store: RunStore, name: str, asked: RunConfig) -> Selection:
    """Select a run of weights in the package, or a new one that is to be made of them.

    Raises
    ------
    ConfigError
        If there are no such weights, or a training is asked for.
    RecordingError
        If the recording that is given cannot be used with them.
    RunExistsError
        If a run of that name is of other weights.
    """
    preset = asked.preset if "preset" in asked.model_fields_set else DEFAULT_PRESET
    weights = find(name, preset)
    config = weights.run_config(asked)
    existing = store.find(str(config.name))
    if existing is not None:
        made_of = existing.provenance().get("pretrained", {})
        if (made_of.get("name"), made_of.get("preset")) != (name, preset):
            raise RunExistsError(
                f"A run {existing.name!r} exists already, and is not of these weights.",
                expected="a name that is free",
                got=repr(existing.name),
                hint=f"another --name, or neuroqgan runs remove {existing.name}",
            )
        return _reuse(store, existing, asked)
    prepared = _fitting(config, weights.recording) if "data" in asked.model_fields_set else None
    return Selection(
        store,
        RunFolder(store.root / str(config.name)),
        config,
        prepared,
        True,
        weights.recording["neurons"],
        weights.recording["bin_width"],
        weights,
    )


def _new(store: RunStore, asked: RunConfig, config: RunConfig) -> Selection:
    # A name alone might have been that of a run with another preset.
    check_effect(config, unusual(asked))
    prepared = prepare(config)
    folder = RunFolder(store.root / str(config.name))
    return Selection(store, folder, config, prepared, True, *_shape(prepared))


def _shape(prepared: Prepared) -> tuple[int, float]:
    return prepared.split.train.n_neurons, prepared.split.train.bin_width


def _fitting(config: RunConfig, recording: dict[str, Any]) -> Prepared:
    """Load a recording to judge pretrained weights against."""
    prepared = prepare(config)
    n_neurons, bin_width = _shape(prepared)
    wanted = recording["neurons"], recording["bin_width"]
    if n_neurons != wanted[0] or not math.isclose(bin_width, wanted[1], rel_tol=1e-9):
        raise RecordingError(
            "The recording does not fit the pretrained weights.",
            expected=f"{wanted[0]} neurons in bins of {wanted[1]:g} s",
            got=f"{n_neurons} neurons in bins of {bin_width:g} s",
            hint="neuroqgan data fetch salamander, then --data salamander",
        )
    return prepared


def _reuse(store: RunStore, folder: RunFolder, asked: RunConfig) -> Selection:
    kept, provenance = folder.config(), folder.provenance()
    recording = provenance["recording"]
    # Pretrained weights can be given a recording later, and only then are judged.
    is_alone = recording["sha256"] is None
    free = _FREE | {"data", *READING_KEYS} if is_alone else _FREE
    given = asked.resolved().model_dump(include=asked.model_fields_set - free)
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
        check_effect(kept, ["device"])
    shape = recording["neurons"], recording["bin_width"]
    if is_alone and "data" not in asked.model_fields_set:
        return Selection(store, folder, kept, None, False, *shape)
    if is_alone:
        where = asked.resolved().model_dump(include={"data", *READING_KEYS})
        kept = kept.model_copy(update=where)
        prepared = _fitting(kept, recording)
    else:
        prepared = prepare(kept)
        check_recording(folder, prepared)
    return Selection(store, folder, kept, prepared, False, *shape)
