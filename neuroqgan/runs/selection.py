"""Which run a command works on: a new one, or one that is there already."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import RecordingError, RunExistsError, RunNotFoundError
from neuroqgan.models.covariate_spec import covariates_of
from neuroqgan.models.loading import load_generator
from neuroqgan.runs.config_keys import (
    COVARIATE_KEYS,
    READING_KEYS,
    RECORDING_KEYS,
    SAMPLING_KEYS,
)
from neuroqgan.runs.folder import RunState
from neuroqgan.runs.pretrained import DEFAULT_PRESET, Pretrained, find
from neuroqgan.runs.recording import PreparedRecording, prepare
from neuroqgan.runs.reuse import (
    assumptions,
    check_reading,
    check_settings,
    locate,
    locate_covariates,
    note_seed,
    with_free_settings,
)
from neuroqgan.runs.setting_rules import check_effect

if TYPE_CHECKING:
    from neuroqgan.models.covariate_spec import CovariateSpec
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.records import TrainedOn
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
        Its recording; None if pretrained weights are used without one, or if that of a trained run
        can no longer be read.
    is_new
        Whether nothing of it is on disk yet.
    n_neurons, bin_width
        Of the generator; seconds.
    pretrained
        Weights in the package that a new run is made of.
    notes
        What the user should know before anything is done.
    covariates
        What the samples of a trained run are to see instead of the covariates of its recording, as
        `neuroqgan.runs.config.RunConfig.covariates`; None for those.
    replays
        Name of the run that a new one repeats, see `neuroqgan.runs.replay`; None for none.
    """

    store: RunStore
    folder: RunFolder
    config: RunConfig
    prepared: PreparedRecording | None
    is_new: bool
    n_neurons: int
    bin_width: float
    pretrained: Pretrained | None = None
    notes: tuple[str, ...] = ()
    covariates: str | None = None
    replays: str | None = None

    @property
    def recording(self) -> PreparedRecording:
        """The recording, which the run cannot go on without.

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

    @property
    def covariate_spec(self) -> CovariateSpec | None:
        """What the generator has to know of its covariates; None if it has none.

        Raises
        ------
        CheckpointError
            If the weights of a trained run are damaged.
        """
        if self.folder.state is RunState.TRAINED:
            return load_generator(self.folder.generator_path).spec.covariates
        return None if self.prepared is None else covariates_of(self.prepared.split)


def select_for_training(store: RunStore, asked: RunConfig, *, resume: bool) -> Selection:
    """Select a new run, or with ``resume`` an unfinished one.

    Raises
    ------
    RunExistsError
        If the run exists, and is not to be resumed or is finished.
    RunNotFoundError
        If there is nothing to resume.
    RunExistsError
        If what is asked for, the seed included, differs from the run's own configuration.
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
        if "pretrained" in existing.provenance():
            raise RunExistsError(
                f"The run {name} uses pretrained weights; there is no training to resume.",
                expected="an unfinished training",
                got=f"a run that lacks {existing.generator_path.name}",
                hint=f"neuroqgan run --name {name} writes them again",
            )
        return _reuse(store, existing, asked, resume=True)
    if existing is not None:
        raise RunExistsError(
            f"A run {name!r} exists already.",
            expected="an unused name",
            got=f"{name!r}, {existing.state}",
            hint=f"another `name`, `resume = True`, or neuroqgan runs remove {name}",
        )
    return _new(store, asked, resolved)


def select_for_run(store: RunStore, asked: RunConfig) -> Selection:
    """Select the run of that name, or a new one if there is none.

    Raises
    ------
    RunNotFoundError
        If there is none of a name that is given, and nothing says what should be trained.
    RunExistsError
        If what is asked for differs from the run's own configuration.
    """
    resolved = asked.resolved()
    name = str(resolved.name)
    existing = store.find(name)
    if existing is None and asked.name is not None and not asked.asks_for_training:
        similar = store.similar(name)
        raise RunNotFoundError(
            f"There is no run {name!r}.",
            expected=f"one of the {len(store.list())} runs in {store.root}",
            got=repr(name),
            hint=(f"`name = {similar}`; or, to train a new run: " if similar else "")
            + f"neuroqgan train --name {name} --data PATH",
        )
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
    preset = asked.preset if "preset" in asked.given else DEFAULT_PRESET
    weights = find(name, preset)
    check_reading(asked)
    config = weights.run_config(asked)
    existing = store.find(str(config.name))
    if existing is not None:
        made_of = existing.provenance().get("pretrained", {})
        if (made_of.get("name"), made_of.get("preset")) != (name, preset):
            raise RunExistsError(
                f"A run {existing.name!r} exists already, and is not of these weights.",
                expected="an unused name",
                got=repr(existing.name),
                hint=f"another `name`, or neuroqgan runs remove {existing.name}",
            )
        return _reuse(store, existing, asked)
    shape = weights.recording["neurons"], weights.recording["bin_width"]
    prepared = _fitting(config, *shape) if "data" in asked.given else None
    folder = store.check_free(str(config.name))
    return Selection(store, folder, config, prepared, True, *shape, pretrained=weights)


def _new(store: RunStore, asked: RunConfig, config: RunConfig) -> Selection:
    # A name alone might have been that of a run with another preset.
    check_effect(config.model_dump(), asked.unusual)
    folder = store.check_free(str(config.name))
    prepared = prepare(config)
    notes = assumptions(asked, config)
    return Selection(store, folder, config, prepared, True, *_shape(prepared), notes=notes)


def _shape(prepared: PreparedRecording) -> tuple[int, float]:
    return prepared.split.train.n_neurons, prepared.split.train.bin_width


def _fitting(config: RunConfig, wanted_neurons: int, wanted_width: float) -> PreparedRecording:
    """Load a recording to judge pretrained weights against."""
    prepared = prepare(config)
    n_neurons, bin_width = _shape(prepared)
    if n_neurons != wanted_neurons or not math.isclose(bin_width, wanted_width, rel_tol=1e-9):
        raise RecordingError(
            "The recording does not fit the pretrained weights.",
            expected=f"{wanted_neurons} neurons in bins of {wanted_width:g} s",
            got=f"{n_neurons} neurons in bins of {bin_width:g} s",
            hint="neuroqgan data fetch salamander, then `data = salamander`",
        )
    return prepared


def _reuse(
    store: RunStore, folder: RunFolder, asked: RunConfig, *, resume: bool = False
) -> Selection:
    kept, trained_on = folder.config(), folder.trained_on()
    is_trained = folder.state is RunState.TRAINED
    # Pretrained weights can be given a recording later, and only then are judged.
    is_alone = trained_on.sha256 is None
    kept, covariates = locate_covariates(folder, kept, trained_on, asked)
    asked = asked.without(COVARIATE_KEYS)
    where = (READING_KEYS | {"data"}) if is_alone else RECORDING_KEYS
    check_settings(folder, kept, asked, _FREE | where)
    made_of = folder.provenance().get("pretrained")
    notes = [] if made_of else note_seed(folder, kept, asked, resume=resume)
    kept, more = with_free_settings(kept, asked, is_trained=is_trained)
    notes += more
    weights = None
    if made_of and not is_trained:
        # A version before this one was cut while it made the run; nothing is trained here.
        weights = find(made_of["name"], made_of["preset"])
    shape = trained_on.n_neurons, trained_on.bin_width
    if is_alone:
        kept, prepared = _given_later(kept, trained_on, asked)
    else:
        kept, prepared, warning = locate(folder, kept, trained_on, asked)
        notes += [warning] if warning else []
    return Selection(
        store,
        folder,
        kept,
        prepared,
        False,
        *shape,
        pretrained=weights,
        notes=tuple(notes),
        covariates=covariates,
    )


def _given_later(
    kept: RunConfig, trained_on: TrainedOn, asked: RunConfig
) -> tuple[RunConfig, PreparedRecording | None]:
    """Return the recording that pretrained weights are judged against, if one is given."""
    check_reading(asked)
    if "data" not in asked.given:
        return kept, None
    where = asked.resolved().model_dump(include={"data", *READING_KEYS})
    kept = kept.model_copy(update=where)
    return kept, _fitting(kept, trained_on.n_neurons, trained_on.bin_width)
