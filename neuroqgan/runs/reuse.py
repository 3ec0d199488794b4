"""What makes it safe to go on with an existing run: the same settings, seed and spikes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError, InputError, RecordingError, RunExistsError
from neuroqgan.home import exists
from neuroqgan.runs.config import RunConfig
from neuroqgan.runs.config_keys import AUTO, NAMED, NONE, READING_KEYS, RECORDING_KEYS
from neuroqgan.runs.folder import RunFolder, RunState
from neuroqgan.runs.recording import PreparedRecording, check_recording, prepare, prepare_run
from neuroqgan.runs.setting_rules import check_effect

if TYPE_CHECKING:
    from collections.abc import Iterable, Set

    from neuroqgan.runs.records import TrainedOn


def check_settings(folder: RunFolder, kept: RunConfig, asked: RunConfig, free: Set[str]) -> None:
    """Check that what decides the weights is as it was when they were trained.

    Parameters
    ----------
    folder, kept
        The run and its own configuration.
    asked
        The settings asked for.
    free
        Keys that may differ.

    Raises
    ------
    RunExistsError
        If not.
    """
    given = asked.resolved().model_dump(include=set(asked.given - free))
    differing = {key: value for key, value in given.items() if kept.value(key) != value}
    if differing:
        raise RunExistsError(
            f"The run {folder.name!r} was trained with other settings.",
            expected=_settings((key, kept.value(key)) for key in differing),
            got=_settings(differing.items()),
            hint="another `name`, or leave these settings out to reuse the run",
        )


def locate_covariates(
    folder: RunFolder, kept: RunConfig, trained_on: TrainedOn, asked: RunConfig
) -> tuple[RunConfig, str | None]:
    """Find out what covariates that are given to an existing run are meant for.

    Those that a trained run was not trained with are for its samples. A file that has moved is
    recognised by what it holds.

    Parameters
    ----------
    folder, kept, trained_on
        The run.
    asked
        The settings asked for.

    Returns
    -------
    tuple
        The configuration to go on with; and what the samples are to see, as
        `RunConfig.covariates`, or None for the covariates of the recording.

    Raises
    ------
    RunExistsError
        If the run is not trained yet, or was trained without covariates, and others are asked for.
    """
    wanted, own = asked.resolved().covariates, trained_on.covariates.choice
    settings = {"covariate_columns", "covariate_array"}
    if "covariates" not in asked.given or wanted in (kept.covariates, own):
        check_settings(folder, kept, asked, asked.given - settings)
        return kept, None
    if folder.state is not RunState.TRAINED or NONE in (wanted, own) or wanted == AUTO:
        raise RunExistsError(
            f"The run {folder.name!r} was trained with other settings.",
            expected=f"covariates = {own}",
            got=f"covariates = {wanted}",
            hint="another `name`, or leave `covariates` out to reuse the run",
        )
    if own in NAMED or exists(Path(own)):
        return kept, wanted
    given = {key: getattr(asked, key) for key in settings & asked.given}
    moved = kept.model_copy(update=given | {"covariates": wanted})
    try:
        found = prepare(moved, trained_on.covariates).covariates.sha256
    except InputError:
        return kept, wanted
    return (moved, None) if found == trained_on.covariates.sha256 else (kept, wanted)


def note_seed(folder: RunFolder, kept: RunConfig, asked: RunConfig, *, resume: bool) -> list[str]:
    """Check a seed that differs from that of the training, and say what it is taken for.

    Beside nothing but flags of sampling it can only be meant for the samples, and is taken so, as
    long as there is nothing to be trained. Beside anything that says what to train it may be one of
    several trainings that differ by their seeds, of which only the first would be trained.

    Raises
    ------
    RunExistsError
        If it may be meant for the training.
    """
    given = asked.given
    if "seed" not in given or asked.seed == kept.seed:
        return []
    is_trained = folder.state is RunState.TRAINED
    if resume or not is_trained or asked.asks_for_training or "sample_seed" in given:
        begun = "was trained" if is_trained else "was begun"
        sampling = f"`sample_seed = {asked.seed}` to sample this run with that seed"
        raise RunExistsError(
            f"The run {folder.name!r} {begun} with another seed.",
            expected=f"seed = {kept.seed}",
            got=f"seed = {asked.seed}",
            hint="leave `seed` out, or another `name`"
            if resume
            else f"another `name` to train with seed {asked.seed}, or {sampling}",
        )
    note = (
        f"The run {folder.name} was trained with seed {kept.seed}; `seed = {asked.seed}` is used "
        f"for its samples only, like `sample_seed = {asked.seed}`."
    )
    return [note]


def with_free_settings(
    kept: RunConfig, asked: RunConfig, *, is_trained: bool
) -> tuple[RunConfig, list[str]]:
    """Take over settings of a training that do not decide its weights.

    Returns
    -------
    tuple
        The configuration to go on with, and notes of what has no effect.

    Raises
    ------
    ConfigError
        If the run's preset makes no use of one.
    """
    differing: dict[str, Any] = {
        key: getattr(asked, key)
        for key in ("device", "checkpoint_every")
        if key in asked.given and getattr(asked, key) != getattr(kept, key)
    }
    kept = kept.model_copy(update=differing)
    check_effect(kept.model_dump(), differing)
    if not is_trained:
        return kept, []
    return kept, [f"`{key}` has no effect: the run is already trained." for key in differing]


def check_reading(asked: RunConfig) -> None:
    """Check that nothing is said about reading a recording if none is given.

    Raises
    ------
    ConfigError
        If it is.
    """
    useless = sorted(asked.given & READING_KEYS)
    if useless and "data" not in asked.given:
        named = ", ".join(f"`{key}`" for key in useless)
        raise ConfigError(
            f"No recording is given for {named} to apply to.",
            expected=f"`data` together with {named}",
            got="none",
            hint=f"`data = PATH`, or leave {named} out",
        )


def locate(
    folder: RunFolder, kept: RunConfig, trained_on: TrainedOn, asked: RunConfig
) -> tuple[RunConfig, PreparedRecording | None, str]:
    """Find the recording of a run in the place given, and recognise it by its spikes.

    Parameters
    ----------
    folder, kept, trained_on
        The run.
    asked
        May say where the recording is now, and how it is read there.

    Returns
    -------
    tuple
        The configuration with that place, the recording, and what to warn of. Without the
        recording of a trained run there is nothing to judge its samples against, and no more.

    Raises
    ------
    RunExistsError
        If the recording that is given has other spikes.
    RecordingError
        If it cannot be read, or has changed since the run began.
    """
    said = asked.resolved().model_dump(include=set(asked.given & RECORDING_KEYS))
    differing = {key: value for key, value in said.items() if getattr(kept, key) != value}
    if differing:
        return *_known_again(folder, kept, trained_on, differing), ""
    try:
        prepared = prepare(kept, trained_on.covariates)
    except RecordingError as error:
        if folder.state is not RunState.TRAINED:
            prepare_run(folder)
            raise
        own = trained_on.covariates.choice
        gone = "data" if own in NAMED or exists(Path(own)) else "covariates"
        warning = (
            f"Warning: the recording of the run {folder.name} cannot be read, so nothing is judged "
            f"or drawn. {error.problem} If it has moved, give its new location as `{gone} = PATH`."
        )
        return kept, None, warning
    check_recording(folder, prepared)
    return kept, prepared, ""


def _known_again(
    folder: RunFolder, kept: RunConfig, trained_on: TrainedOn, given: dict[str, object]
) -> tuple[RunConfig, PreparedRecording]:
    """Return the configuration by which a recording has the spikes of the run."""
    usual = {key: RunConfig.model_fields[key].default for key in RECORDING_KEYS}
    # One takes the other's place; no recording is read by both.
    for mine, theirs in (("units", "neurons"), ("neurons", "units")):
        if mine in given and theirs not in given:
            kept = kept.model_copy(update={theirs: None})
    candidates = [kept.model_copy(update=given)]
    if "data" in given:
        # Another file may say itself what had to be said about the first one.
        candidates.append(kept.model_copy(update=usual | given))
    failures: list[InputError] = []
    other: PreparedRecording | None = None
    for candidate in candidates:
        try:
            prepared = prepare(candidate, trained_on.covariates)
        except InputError as error:
            failures.append(error)
            continue
        if prepared.is_of(trained_on):
            check_recording(folder, prepared)
            return candidate, prepared
        other = other or prepared
    if other is None:
        raise failures[0]
    asked_for = _settings(sorted(given.items()))
    raise RunExistsError(
        f"The run {folder.name!r} was trained on other spikes.",
        expected=f"{_settings((key, getattr(kept, key)) for key in sorted(given))}, or another "
        f"file with the same spikes (SHA-256 {str(trained_on.sha256)[:12]}... in bins of "
        f"{trained_on.bin_width:g} s)",
        got=f"{asked_for} (SHA-256 {other.fingerprint[:12]}... in bins of "
        f"{other.split.train.bin_width:g} s)",
        hint="another `name` to train on it, or leave these settings out to reuse the run",
    )


def assumptions(asked: RunConfig, config: RunConfig) -> tuple[str, ...]:
    """Say which defaults a new training uses that matter most."""
    said = ("data", "preset", "seed", "bins", "steps")
    words = [f"`{key} = {config.value(key)}`" for key in said if key not in asked.given]
    return (f"Using the defaults {', '.join(words)}.",) if words else ()


def _settings(values: Iterable[tuple[str, object]]) -> str:
    return ", ".join(f"{key} = {value}" for key, value in values)
