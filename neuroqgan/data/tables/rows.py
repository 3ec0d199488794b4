"""The rows of a table of spike times: which are spikes, and of which neuron and trial."""

from __future__ import annotations

import datetime as dt
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.tables.columns import Column, Columns, renamed
from neuroqgan.data.tables.row_checks import check_rows, is_empty, one_row_per_spike
from neuroqgan.data.times.labels import as_texts, equal_numbers, ranks
from neuroqgan.data.times.numbers import plain, rows_like_it
from neuroqgan.data.times.session import count_from_starts, ends_in_session
from neuroqgan.data.times.spikes import Spikes
from neuroqgan.data.times.times import PER_SECOND, Times, Unit, agreed_unit, as_times, duration_unit
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions

# The label that spike sorters give to whatever is not a neuron.
_NOISE = "-1"


@dataclass(frozen=True)
class Rows:
    """What the rows of a table say.

    Parameters
    ----------
    spikes
        The spikes; silent neurons and trials are among the labels.
    unit
        The unit of the times.
    is_aligned
        Whether times are known to count from the start of their trial.
    is_complete
        Whether there is a column ``trial_end``: then rows with a trial or a neuron alone are
        silent trials, and neurons.
    notes
        What was assumed, a sentence each.
    """

    spikes: Spikes
    unit: Unit
    is_aligned: bool
    is_complete: bool
    notes: tuple[str, ...]


def read_rows(path: Path, table: pd.DataFrame, options: ReadOptions) -> Rows:
    """Find out what the rows of a table say.

    Parameters
    ----------
    path
        The file, for the messages.
    table
        One row per spike, or a list of times per row. Values may be texts, numbers or durations.
    options
        What the user says about times.

    Raises
    ------
    RecordingError
        If a column is missing or ambiguous, or the table has no row.
    RecordingError
        If a time is not a number, or a neuron or trial has no label.
    RecordingError
        If the unit of the times is contradictory, see `agreed_unit`, or they are dates.
    RecordingError
        If the start or end of a trial differs between its rows or is not a time, or some trials
        have a start and others none.

    Warns
    -----
    RecordingWarning
        If a neuron is called -1, the label of noise in spike sorters.
    """
    table, columns, had_lists = one_row_per_spike(path, table, options)
    if table.empty:
        raise RecordingError(
            f"{path} has no spikes.", expected="one row per spike", got="a table without rows"
        )
    unit = _unit(path, table, columns, options)
    is_complete = columns.trial_end is not None
    # In tables from elsewhere, blanks around a label are only for the eye.
    neuron = as_texts(table[columns.neuron.name], strip=not is_complete)
    trial = None
    if columns.trial is not None:
        trial = as_texts(table[columns.trial.name], strip=not is_complete)
    time = table[columns.time.name]
    is_given = ~is_empty(time)
    times = as_times(time if is_given.all() else time.where(is_given), unit)
    is_spike = check_rows(path, time, times, is_given, neuron, trial, is_complete, had_lists)
    spikes, codes = _as_spikes(times, neuron, trial, is_spike)
    notes = renamed(columns)
    notes += _check_labels(path, spikes, is_complete)
    extents = {}
    for role in ("trial_start", "trial_end"):
        column = getattr(columns, role)
        if column is not None and not (is_none := is_empty(table[column.name])).all():
            seconds = as_times(table[column.name], _unit_of(column, unit, options)).seconds
            _check_extents(path, table[column.name], is_none, seconds)
            extents[role] = _per_trial(path, column, seconds, codes, spikes.trials)
    if "trial_end" in extents:
        spikes = replace(spikes, ends=extents["trial_end"])
    is_aligned = "trial_end" in extents and not ends_in_session(spikes)
    if "trial_start" in extents:
        is_aligned = True
        _check_starts(path, spikes, extents["trial_start"])
        spikes, said = count_from_starts(path, spikes, extents["trial_start"])
        notes += said
    return Rows(spikes, unit, is_aligned, is_complete, tuple(notes))


def _check_extents(
    path: Path,
    column: pd.Series[Any],
    is_none: NDArray[np.bool_],
    seconds: NDArray[np.float64],
) -> None:
    wrong = ~is_none & ~np.isfinite(seconds)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise RecordingError(
            f"{path} has values in the column {column.name!r} that are not times.",
            expected="numbers in the unit of the times, or nothing",
            got=f"{column.iloc[first]} in row {first + 1}, {rows_like_it(int(wrong.sum()))}",
            hint="give times from the start of the session as numbers, or leave the column out",
        )


def _check_starts(path: Path, spikes: Spikes, starts: NDArray[np.float64]) -> None:
    has_spikes = np.bincount(spikes.trial, minlength=len(starts)) > 0
    lacking = np.flatnonzero(has_spikes & np.isnan(starts))
    if len(lacking):
        raise RecordingError(
            f"{path} does not say where some of its trials start.",
            expected="a trial_start for every trial, or for none",
            got=f"none for {len(lacking):,} of {len(starts):,} trials: "
            f"{shorten(spikes.trials[k] for k in lacking)}",
            hint="fill in the missing starts, or leave the column out",
        )


def _unit(path: Path, table: pd.DataFrame, columns: Columns, options: ReadOptions) -> Unit:
    time = columns.time
    column = table[time.name]
    if column.dtype.kind == "M" or _holds_dates(column):
        raise RecordingError(
            f"{path} has dates in the column {time.name!r}.",
            expected="times from the start of the trial or recording, as numbers or durations",
            got=", ".join(map(str, column.dropna().iloc[:1])) or f"type {column.dtype}",
            hint='(table["time"] - start).dt.total_seconds() in pandas',
        )
    duration = duration_unit(column)
    if duration is not None and options.time_unit is not None:
        raise RecordingError(
            (f"{path} has durations in the column {time.name!r}, which have their own unit."),
            expected="no other unit",
            got=f"`time_unit = {options.time_unit}`",
            hint="leave `time_unit` out",
        )
    return agreed_unit(path, time.name, duration or time.unit, options)


def _holds_dates(column: pd.Series[Any]) -> bool:
    return column.dtype == object and any(isinstance(value, dt.date | dt.time) for value in column)


def _as_spikes(
    times: Times,
    neuron: NDArray[np.object_],
    trial: NDArray[np.object_] | None,
    is_spike: NDArray[np.bool_],
) -> tuple[Spikes, NDArray[np.intp]]:
    """Return the spikes, and the trial of every row; -1 if it has none."""
    import pandas as pd

    is_named = ~pd.isna(neuron)
    codes = np.full(len(neuron), -1, np.intp)
    codes[is_named], neurons = ranks(neuron[is_named])
    is_lone = is_named if trial is None else is_named & pd.isna(trial)
    declared = list(dict.fromkeys(neuron[is_lone & ~is_spike]))
    if set(declared) == set(neurons):
        # A table that names all of its neurons also says in which order they are.
        place = {label: i for i, label in enumerate(declared)}
        codes[is_named] = np.array([place[label] for label in neurons], np.intp)[codes[is_named]]
        neurons = tuple(declared)
    trials: tuple[str, ...] = ("0",)
    trial_codes = np.zeros(len(neuron), np.intp)
    if trial is not None:
        has_trial = ~pd.isna(trial)
        trial_codes[~has_trial] = -1
        trial_codes[has_trial], trials = ranks(trial[has_trial])
    spikes = Spikes(
        times=times.take(is_spike),
        neuron=codes[is_spike],
        trial=trial_codes[is_spike],
        neurons=neurons,
        trials=trials,
        row=np.flatnonzero(is_spike) + 1,
    )
    return spikes, trial_codes


def _check_labels(path: Path, spikes: Spikes, is_complete: bool) -> list[str]:
    if _NOISE in spikes.neurons and not is_complete:
        count = int((spikes.neuron == spikes.neurons.index(_NOISE)).sum())
        warnings.warn(
            f"{path}: {count:,} spikes belong to the neuron {_NOISE}, the label that "
            "spike sorters give to noise. It is kept under this label; to leave "
            "it out, list the other labels in `units`.",
            RecordingWarning,
            stacklevel=2,
        )
    return [
        f"{path}: the labels {shorten(alike)} are different {what}, although equal as numbers."
        for what, labels in (("neurons", spikes.neurons), ("trials", spikes.trials))
        if (alike := equal_numbers(labels))
    ]


def _unit_of(column: Column, unit: Unit, options: ReadOptions) -> Unit:
    if column.unit is None or column.unit == unit.name:
        return unit
    per_second = PER_SECOND.get(column.unit, options.sampling_rate or unit.per_second)
    return Unit(column.unit, per_second, is_stated=True)


def _per_trial(
    path: Path,
    column: Column,
    seconds: NDArray[np.float64],
    trial: NDArray[np.intp],
    trials: tuple[str, ...],
) -> NDArray[np.float64]:
    """Return what a column says about each trial; NaN if it does not say anything."""
    is_said = (trial >= 0) & np.isfinite(seconds)
    low, high = np.full(len(trials), np.inf), np.full(len(trials), -np.inf)
    np.minimum.at(low, trial[is_said], seconds[is_said])
    np.maximum.at(high, trial[is_said], seconds[is_said])
    differing = high - low > 1e-9 * np.abs(high)
    if differing.any():
        k = int(np.flatnonzero(differing)[0])
        raise RecordingError(
            f"{path}: {column.name} is not the same in all rows of a trial.",
            expected=f"one {column.name} per trial",
            got=f"{plain(low[k])} and {plain(high[k])} s in trial {trials[k]}",
            hint="check these rows; the file may be incomplete",
        )
    return np.where(np.isfinite(low), low, np.nan)
