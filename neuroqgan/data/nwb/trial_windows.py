"""Which stretches of a session are the trials: windows around an event of every row of a table."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural, shorten
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.numbers import plain
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.nwb.chosen_units import ChosenUnits
    from neuroqgan.data.nwb.contents import Contents
    from neuroqgan.data.reading import ReadOptions

    Table = Mapping[str, NDArray[Any]]

TRIALS, INVALID = "trials", "invalid_times"
"""Names of the tables of trials, and of the times that are to be left out."""

NO_TRIALS = "none"
"""What `epochs` is for a session that is read as a whole."""

_START, _STOP = "start_time", "stop_time"

# In bins: far more than rounding errors, and far less than anything intended.
_TOLERANCE = 1e-6


@dataclass(frozen=True)
class TrialWindows:
    """The trials of a session.

    Parameters
    ----------
    origins
        The event that the times of every trial count from, in seconds on the clock of the session,
        shape ``(n_trials,)``.
    start, stop
        Where every trial begins and ends, in seconds from its origin; None for zero and for the
        last spike.
    notes
        How they were found, a sentence each.
    """

    origins: NDArray[np.float64]
    start: float | None
    stop: float | None
    notes: tuple[str, ...]

    @property
    def begin(self) -> float:
        """Start of the first bin of every trial, in seconds from its origin."""
        return self.start or 0.0


def find_trials(
    contents: Contents, units: ChosenUnits, bin_width: float, options: ReadOptions
) -> TrialWindows:
    """Return the trials of a session.

    Parameters
    ----------
    contents
        Of the file.
    units
        Those that are read.
    bin_width
        Width of a bin in seconds.
    options
        The user's ``epochs``, ``align_to``, ``before``, ``after``, ``start`` and ``stop``.

    Raises
    ------
    RecordingError
        If there is no such table or column, options contradict each other, or no trial is left.

    Warns
    -----
    RecordingWarning
        If events lie outside of their trials, or trials are cut to the shortest.
    """
    path, tables = contents.path, contents.intervals()
    _check_window(options)
    table = _table(path, tables, options)
    if table is None:
        return _whole_session(path, units, options, [n for n in tables if n != INVALID])
    name, columns = table
    event = options.align_to or _START
    events = _events(path, name, columns, event)
    notes = [f"Trials are the rows of {name} in {path}, aligned to {event}."]
    known = np.isfinite(events)
    start = 0.0 - options.before if options.before is not None else options.start or 0.0
    stop = options.after if options.after is not None else options.stop
    if stop is None:
        stop = _shortest(path, name, columns, events, bin_width)
    if stop - start < bin_width * (1 - _TOLERANCE):
        raise RecordingError(
            f"{path}: no whole bin fits into the window around {event}.",
            expected=f"a window of {bin_width:g} s or more",
            got=f"from {plain(start)} to {plain(stop)} s",
            hint="`before` and `after` with more seconds, or a narrower `bin_width`",
        )
    if not known.all():
        notes.append(
            f"{int((~known).sum()):,} of {plural(len(events), 'row')} are left out, since they "
            f"have no {event}."
        )
    _doubt_events(path, name, event, columns, events)
    begins, ends = events + start, events + stop
    for intervals, fitting, why in (
        (units.observed, _within, "units were not observed all the time"),
        (_invalid(tables), _clear_of, "they overlap with invalid_times"),
    ):
        fits = known if intervals is None else fitting(begins, ends, intervals)
        if left := int((known & ~fits).sum()):
            notes.append(f"{left:,} of {plural(len(events), 'row')} are left out, since {why}.")
        known = known & fits
    if not known.any():
        raise RecordingError(
            f"No trial of {path} is left.",
            expected=f"rows of {name} with a time in {event}",
            got="; ".join(notes[1:]) or "none",
        )
    notes.append(
        f"{plural(int(known.sum()), 'trial')} of {plain(stop - start)} s, from {plain(start)} to "
        f"{plain(stop)} s around {event}."
    )
    return TrialWindows(events[known], start, stop, tuple(notes))


def _check_window(options: ReadOptions) -> None:
    for mine, theirs in (("before", "start"), ("after", "stop")):
        if getattr(options, mine) is not None and getattr(options, theirs) is not None:
            raise RecordingError(
                "The window around the event is given twice.",
                expected=f"`{mine}` or `{theirs}`",
                got=f"`{mine} = {getattr(options, mine):g}` and "
                f"`{theirs} = {getattr(options, theirs):g}`",
                hint=f"leave `{theirs}` out",
            )
    for name in ("before", "after", "start", "stop"):
        value = getattr(options, name)
        if value is not None and not np.isfinite(value):
            raise RecordingError(
                f"`{name}` is not a time.", expected="a number of seconds", got=f"{value:g}"
            )


def _table(
    path: Path, tables: Mapping[str, Table], options: ReadOptions
) -> tuple[str, Table] | None:
    """Return the table of trials and its name; None if the session is one trial."""
    named = options.epochs
    others = [name for name in tables if name != INVALID]
    aligned = {"align_to": options.align_to, "before": options.before, "after": options.after}
    given = [f"`{key} = {value}`" for key, value in aligned.items() if value is not None]
    if named == NO_TRIALS or (named is None and TRIALS not in tables):
        if given:
            raise RecordingError(
                f"{path} is read as one trial, which has no event to align to.",
                expected=f"`epochs` with one of its tables: {shorten(others)}"
                if others
                else f"a file with a table of {TRIALS}",
                got=", ".join(given),
                hint="leave them out; `start` and `stop` choose a part of the session",
            )
        return None
    name = TRIALS if named is None else named
    if name not in tables:
        raise RecordingError(
            f"{path} has no table of intervals {name!r}.",
            expected=f"one of its tables: {shorten(others)}",
            got=f"`epochs = {name}`",
            hint=f"`epochs = {others[0]}`" if others else f"`epochs = {NO_TRIALS}`",
        )
    return name, tables[name]


def _events(path: Path, name: str, columns: Table, event: str) -> NDArray[np.float64]:
    if event not in columns:
        times = [column for column, values in columns.items() if values.dtype.kind == "f"]
        raise RecordingError(
            f"The table {name} of {path} has no column of times {event!r}.",
            expected=f"one of its columns: {shorten(times, 20)}",
            got=f"`align_to = {event}`",
            hint=f"`align_to = {times[0]}`" if times else "leave `align_to` out",
        )
    return np.asarray(columns[event], np.float64)


def _shortest(
    path: Path, name: str, columns: Table, events: NDArray[np.float64], bin_width: float
) -> float:
    if _STOP not in columns:
        raise RecordingError(
            f"The table {name} of {path} does not say when trials end.",
            expected=f"a column {_STOP}, or the seconds to read after the event",
            got="neither",
            hint="`after = 1.0`",
        )
    lasting = np.asarray(columns[_STOP], np.float64) - events
    lasting = lasting[np.isfinite(lasting)]
    if not len(lasting):
        return 0.0
    shortest, longest = float(lasting.min()), float(lasting.max())
    if longest - shortest > bin_width:
        warnings.warn(
            f"{path}: trials are not equally long: they last between {plain(shortest)} and "
            f"{plain(longest)} s. All are cut to {plain(shortest)} s. `before` and `after` give "
            "the window around the event.",
            RecordingWarning,
            stacklevel=2,
        )
    return shortest


def _doubt_events(
    path: Path, name: str, event: str, columns: Table, events: NDArray[np.float64]
) -> None:
    if event == _START or _START not in columns or _STOP not in columns:
        return
    known = np.isfinite(events)
    outside = known & ~((events >= columns[_START] - 1e-6) & (events <= columns[_STOP] + 1e-6))
    if 2 * outside.sum() <= known.sum():
        return
    first = int(np.flatnonzero(outside)[0])
    warnings.warn(
        f"{path}: {int(outside.sum()):,} of {int(known.sum()):,} values of {event} lie outside of "
        f"their row of {name}, such as {plain(float(events[first]))} s in a trial from "
        f"{plain(float(columns[_START][first]))} to {plain(float(columns[_STOP][first]))} s. Times "
        "are read as seconds on the clock of the session.",
        RecordingWarning,
        stacklevel=3,
    )


def _invalid(tables: Mapping[str, Table]) -> NDArray[np.float64] | None:
    table = tables.get(INVALID, {})
    if _START not in table or _STOP not in table:
        return None
    return np.stack([table[_START], table[_STOP]], axis=1).astype(np.float64)


def _within(
    starts: NDArray[np.float64], stops: NDArray[np.float64], intervals: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether stretches lie within one of some intervals."""
    found = np.zeros(len(starts), np.bool_)
    for begin, end in intervals:
        found |= (starts >= begin - 1e-6) & (stops <= end + 1e-6)
    return found


def _clear_of(
    starts: NDArray[np.float64], stops: NDArray[np.float64], intervals: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Whether stretches overlap with none of some intervals."""
    found = np.ones(len(starts), np.bool_)
    for begin, end in intervals:
        found &= (stops <= begin + 1e-6) | (starts >= end - 1e-6)
    return found


def _whole_session(
    path: Path, units: ChosenUnits, options: ReadOptions, others: list[str]
) -> TrialWindows:
    start, stop = options.start, options.stop
    why = "as `epochs = none` asks" if options.epochs else "it has no table of trials"
    notes = [
        (
            f"{path} is read as one trial: {why}. Training cuts it into blocks, which are then the "
            "trials."
        )
    ]
    if others and options.epochs is None:
        notes.append(f"`epochs` can name another table of intervals: {shorten(others)}.")
    if units.observed is not None and len(units.observed):
        begin, end = max(units.observed.tolist(), key=lambda pair: pair[1] - pair[0])
        if len(units.observed) > 1 and (start is None or stop is None):
            notes.append(
                f"Units were observed in {len(units.observed)} intervals; the longest is read, "
                f"from {plain(begin)} to {plain(end)} s. `start` and `stop` choose another."
            )
        start = begin if start is None else start
        stop = end if stop is None else stop
    return TrialWindows(np.zeros(1), start, stop, tuple(notes))
