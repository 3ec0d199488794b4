"""Covariates of a recording: as they are asked for, found by the recording, or known from a run."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.data.covariates.files import read_covariates
from neuroqgan.errors import ConfigError
from neuroqgan.models.covariate_choice import choose_covariates
from neuroqgan.models.presets import generator_class
from neuroqgan.runs.config_keys import AUTO, NONE, RECORDED, TRIAL_TIME
from neuroqgan.runs.run_covariates import RunCovariates

if TYPE_CHECKING:
    from neuroqgan.covariates import Covariates
    from neuroqgan.data.split import Split
    from neuroqgan.runs.config import RunConfig


@dataclass(frozen=True)
class ChosenCovariates:
    """A recording with its covariates.

    Parameters
    ----------
    split
        The recording.
    about
        What they are, and why these.
    notes
        What was assumed when a file was read.
    """

    split: Split
    about: RunCovariates
    notes: tuple[str, ...] = ()


def choose(config: RunConfig, split: Split, known: RunCovariates | None = None) -> ChosenCovariates:
    """Give a recording the covariates that a configuration asks for.

    Parameters
    ----------
    config
        Of the run.
    split
        Its recording.
    known
        Those of the run if it was begun: what ``auto`` has decided is not decided anew.

    Raises
    ------
    ConfigError
        If the preset takes no covariates, and some are asked for.
    RecordingError
        If a file of covariates cannot be read.
    RasterError
        If the covariates do not fit the recording.
    """
    wanted = config.covariates
    if wanted == AUTO and known is not None:
        reason, bits = known.reason, known.bits_per_spike
        return _described(split.with_covariates(known.choice), known.choice, reason, bits)
    takes_covariates = known is not None or generator_class(config.preset).takes_covariates
    if wanted == AUTO:
        found = choose_covariates(split, takes_covariates=takes_covariates)
        choice = NONE if found.split.covariates is None else TRIAL_TIME
        return _described(found.split, choice, found.reason, found.bits_per_spike)
    if wanted == NONE:
        return _described(split.with_covariates(None), NONE, "", None)
    if not takes_covariates:
        raise ConfigError(
            f"The preset {config.preset} takes no covariates.",
            expected=f"covariates = {NONE} or {AUTO}",
            got=f"covariates = {wanted}",
            hint="`covariates = none`",
        )
    covariates, notes = find(config, split)
    chosen = _described(split.with_covariates(covariates), wanted, "as requested", None)
    return ChosenCovariates(chosen.split, chosen.about, notes)


def find(config: RunConfig, split: Split | None) -> tuple[Covariates | None, tuple[str, ...]]:
    """Return the covariates that a configuration names, and what was assumed about a file.

    Parameters
    ----------
    config
        Names them, and the columns to use.
    split
        The recording; a file needs none.

    Raises
    ------
    RecordingError
        If a file of covariates cannot be read.
    RasterError
        If they do not fit the recording, or it carries none.
    """
    wanted, columns = config.covariates, column_names(config)
    if split is None or wanted not in (TRIAL_TIME, RECORDED):
        file = read_covariates(Path(wanted), array=config.covariate_array, columns=columns)
        return file.covariates, file.notes
    found = split.with_covariates(wanted).covariates
    return (found if found is None or columns is None else found.select(columns)), ()


def column_names(config: RunConfig) -> list[str] | None:
    """Return the names of the columns to use; None for all."""
    if config.covariate_columns is None:
        return None
    return [name.strip() for name in config.covariate_columns.split(",")]


def _described(
    split: Split, choice: str, reason: str, bits_per_spike: float | None
) -> ChosenCovariates:
    own = split.covariates
    if own is None:
        about = RunCovariates(NONE, reason=reason, bits_per_spike=bits_per_spike)
        return ChosenCovariates(split, about)
    about = RunCovariates(choice, own.names, own.n_bins, own.sha256, reason, bits_per_spike)
    return ChosenCovariates(split, about)
