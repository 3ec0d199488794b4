"""Which covariates the trials of a split get, and whether they fit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.covariates import TRIAL_TIME, Covariates, trial_time
from neuroqgan.data.covariates.files import load_covariates
from neuroqgan.errors import RasterError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.raster import SpikeRaster

    Choice = Covariates | str | Path | None

NONE, RECORDED = "none", "recorded"
"""No covariates, and those that the recording itself carries."""


class Trials(Protocol):
    """What has to be known of a `neuroqgan.Split` to find its covariates."""

    @property
    def trials(self) -> SpikeRaster:
        """Trials to train on."""

    @property
    def n_trials(self) -> int:
        """Number of all trials, which are blocks if the recording has a single one."""

    @property
    def bin_width(self) -> float:
        """Width of a bin in seconds."""

    @property
    def is_aligned(self) -> bool:
        """Whether a bin means the same time in every trial."""

    @property
    def recorded(self) -> Covariates | None:
        """Covariates that the recording carries."""

    @property
    def n_recorded_bins(self) -> int:
        """Bins of a trial before it was cut into blocks."""


def chosen_covariates(split: Trials, choice: Choice) -> Covariates | None:
    """Return the covariates of all trials of a split.

    Parameters
    ----------
    split
        The trials.
    choice
        See `neuroqgan.Split.with_covariates`.

    Raises
    ------
    RasterError
        If they do not have its trials and bins, or a column is constant in training.
    RasterError
        If the time in the trial is asked for of a recording of a single trial, or recorded ones of
        a recording that carries none.
    RecordingError
        If a file cannot be read.
    """
    if choice is None:
        return None
    if isinstance(choice, Covariates):
        found: Covariates | None = choice
    elif choice in _BY_NAME:
        found = _BY_NAME[str(choice)](split)
    elif isinstance(choice, str | Path):
        found = load_covariates(choice)
    else:
        raise RasterError(
            "These are not covariates.",
            expected=f"Covariates, a file, {', '.join(_BY_NAME)}",
            got=shorten([repr(choice)[:80]]),
        )
    if found is None:
        return None
    fitting = _fitting(split, found)
    check_covariates(fitting)
    return fitting


def check_covariates(covariates: Covariates) -> None:
    """Check that there is something to learn from every column.

    Parameters
    ----------
    covariates
        Of all trials. Only those to train on are looked at: every other one, from the first on.

    Raises
    ------
    RasterError
        If a column has one value in all bins to train on.
    """
    train = covariates.take(slice(0, None, 2)).values
    constant = np.flatnonzero(np.ptp(train, axis=(0, 1)) == 0)
    if len(constant):
        names = [covariates.names[column] for column in constant]
        raise RasterError(
            f"Nothing can be learnt from what never changes in the trials to train on: "
            f"{shorten(names)}.",
            expected="columns with more than one value in every other trial, from the first on",
            got=", ".join(
                f"{name} = {train[0, 0, column]:g}"
                for name, column in zip(names[:8], constant[:8], strict=True)
            ),
            hint="leave them out: choose the other columns by name",
        )


def _no_covariates(split: Trials) -> None:
    del split


def _trial_time(split: Trials) -> Covariates:
    if not split.is_aligned:
        raise RasterError(
            "The time in the trial says nothing in a recording of a single trial.",
            expected="several trials that are aligned to the same event",
            got="one trial, cut into blocks",
            hint=f"`covariates = {NONE}`",
        )
    return trial_time(split.trials.n_bins, split.bin_width)


def _recorded(split: Trials) -> Covariates:
    if split.recorded is None:
        raise no_recorded_covariates("The recording carries no covariates.")
    return split.recorded


def no_recorded_covariates(problem: str) -> RasterError:
    """Return the error that a recording carries no covariates."""
    return RasterError(
        problem,
        expected="a file that keeps spikes and covariates, as `neuroqgan.save` writes it, or NWB",
        got="spikes alone",
        hint=f"name the file with the covariates, or `covariates = {NONE}`",
    )


_BY_NAME: dict[str, Callable[[Trials], Covariates | None]] = {
    NONE: _no_covariates,
    TRIAL_TIME: _trial_time,
    RECORDED: _recorded,
}


def _fitting(split: Trials, covariates: Covariates) -> Covariates:
    """Return covariates in the trials of a split, cut into blocks if its trials are blocks."""
    n_trials, n_bins = split.n_trials, split.trials.n_bins
    got = covariates.n_trials, covariates.n_bins
    if got[0] in (1, n_trials) and got[1] == n_bins and (split.is_aligned or got[0] == n_trials):
        return covariates
    whole = split.n_recorded_bins
    if not split.is_aligned and got == (1, whole):
        cut = covariates.values[0, : n_trials * n_bins]
        blocks = cut.reshape(n_trials, n_bins, covariates.n_columns)
        return Covariates(blocks, covariates.names, covariates.source)
    if split.is_aligned:
        wanted = f"{plural(n_trials, 'trial')} of {plural(n_bins, 'bin')}, or one for all"
    else:
        wanted = f"1 trial of {plural(whole, 'bin')}"
    raise RasterError(
        "The covariates do not fit the recording.",
        expected=wanted,
        got=f"{plural(got[0], 'trial')} of {plural(got[1], 'bin')}, "
        f"{plural(covariates.n_columns, 'column')}",
        hint=_advice(split, covariates, n_bins if split.is_aligned else whole),
    )


def _advice(split: Trials, covariates: Covariates, n_bins: int) -> str:
    if covariates.is_shared and covariates.n_columns == n_bins:
        # Which array was meant is not guessed, only named.
        if covariates.n_bins == split.n_trials:
            return "an array of trials x bins needs a third axis: trials x bins x columns"
        return "the array seems to be columns x bins: transpose it, to bins x columns"
    return (
        f"one row of covariates per bin of the recording, in bins of {split.bin_width:g} s, and "
        "the same part of every trial"
    )
