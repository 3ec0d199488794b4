"""Which column of a table holds what, by its name."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from neuroqgan.data.times.numbers import as_number
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.data.reading import ReadOptions, TimeUnit

Role = Literal["time", "neuron", "trial", "trial_start", "trial_end"]

# The first name of each role is the one that this package writes; it precedes all others.
_NAMES: dict[Role, tuple[str, ...]] = {
    "time": ("time", "times", "t", "spike_time", "spike_times", "timestamp", "timestamps", "sample",
             "samples", "spike_sample", "spike_samples"),
    "neuron": ("neuron", "neuron_id", "unit", "unit_id", "cluster", "cluster_id", "neurons",
               "neuron_ids", "units", "unit_ids", "clusters", "cluster_ids", "spike_clusters",
               "spike_units", "spike_neurons"),
    "trial": ("trial", "trial_id", "trial_number", "trials", "trial_ids", "spike_trials"),
    "trial_start": ("trial_start", "trial_start_time", "start", "start_time"),
    "trial_end": ("trial_end", "trial_end_time", "trial_stop"),
}  # fmt: skip
_UNITS: dict[str, TimeUnit] = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
    "us": "us", "µs": "us", "μs": "us", "usec": "us", "microsecond": "us", "microseconds": "us",
    "sample": "samples", "samples": "samples",
}  # fmt: skip
_LONGEST_NAME = 200
_ROLES: tuple[Role, Role, Role] = ("time", "neuron", "trial")
_WITH_UNIT = re.compile(
    r"(?P<name>.+?)[\s_]*(?:[\[(]\s*(?P<within>\w+)\s*[\])]|(?<=[_ ])(?P<after>[^\W_]+))"
)


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Parameters
    ----------
    name
        Its name in the file.
    unit
        The unit in its name, as in ``time_ms`` or ``time (s)``.
    """

    name: str
    unit: TimeUnit | None = None


@dataclass(frozen=True)
class Columns:
    """The columns of a table of spike times; None for those that it does not have."""

    time: Column
    neuron: Column
    trial: Column | None = None
    trial_start: Column | None = None
    trial_end: Column | None = None


def find_columns(
    path: Path, names: Sequence[str], options: ReadOptions, *, also_id: bool = False
) -> Columns:
    """Find out which column holds what.

    The user may say so. The usual names are ``time``, ``neuron``, ``trial``, ``trial_start`` and
    ``trial_end``, or else common variants of them in any case, with a unit if need be: ``Unit``,
    ``cluster_id``, ``time (ms)``.

    Parameters
    ----------
    path
        The file, for the messages.
    names
        The names of its columns.
    options
        What the user says, ``time_column``, ``neuron_column`` and ``trial_column`` among it.
    also_id
        Whether a column ``id`` may hold the neurons, as in tables of units.

    Raises
    ------
    RecordingError
        If there is no column of times or of neurons, several could be the one, or the table lacks
        a column that the user named.
    """
    given = {role: _named(path, names, role, name) for role, name in _chosen(options).items()}
    taken = {column.name for column in given.values()}
    if len(taken) < len(given):
        raise RecordingError(
            f"A column of {path} cannot be two things.",
            expected="different columns",
            got=", ".join(f"`{role}_column = {column.name}`" for role, column in given.items()),
        )
    others = [name for name in names if name not in taken]
    found = {role: given.get(role) or _find(path, others, role, also_id) for role in _NAMES}
    time, neuron = found["time"], found["neuron"]
    if time is None or neuron is None:
        missing = [role for role in _ROLES[:2] if found[role] is None]
        raise RecordingError(
            f"{path} lacks the column {' and '.join(missing)}.",
            expected="columns time (seconds), neuron and, for several trials, trial",
            got=_listed(names),
            hint=_advice(names, missing),
        )
    return Columns(time, neuron, found["trial"], found["trial_start"], found["trial_end"])


def has_needed_columns(names: Sequence[str], options: ReadOptions) -> bool:
    """Return whether there is a column of times and one of neurons, perhaps several."""
    chosen = _chosen(options)
    return all(
        chosen[role] in names if role in chosen else any(_match(name, role) for name in names)
        for role in _ROLES[:2]
    )


def is_of_times(name: str, options: ReadOptions) -> bool:
    """Return whether a column holds times."""
    return name == options.time_column or any(
        _match(name, role) for role in ("time", "trial_start", "trial_end")
    )


def are_positions(names: Sequence[str], options: ReadOptions) -> bool:
    """Return whether the user chooses columns by position, as no column has such a name."""
    chosen = [name.strip() for name in _chosen(options).values()]
    return any(name.isdecimal() for name in chosen) and not set(chosen) <= set(names)


def is_a_spike(values: Sequence[str], options: ReadOptions) -> bool:
    """Return whether the first row of a file holds a spike, with a number as its time."""
    if not are_positions(values, options) or list(values) == list(map(str, range(len(values)))):
        return False
    place = _position(options.time_column or "")
    # Where only others are chosen by position, the column of times has a name.
    at = len(values) if place is None else place
    return at < len(values) and not math.isnan(as_number(values[at].replace(",", ".")))


def _position(text: str) -> int | None:
    """Return the position that a text says; None for a name."""
    stripped = text.strip()
    return int(stripped) if stripped.isdecimal() and len(stripped) < 10 else None


def refuse_columns(path: Path, options: ReadOptions) -> None:
    """Refuse the choice of a column for a file that is no table.

    Raises
    ------
    RecordingError
        If the user chose one.
    """
    for role, name in _chosen(options).items():
        raise RecordingError(
            f"{path} has no columns to choose from.",
            expected="a table with one row per spike",
            got=f"`{role}_column = {name}`",
            hint=f"leave `{role}_column` out",
        )


def renamed(columns: Columns) -> list[str]:
    """Return a sentence about every column that was recognised by another name."""
    pairs = [
        (role, column.name)
        for role in _NAMES
        if (column := getattr(columns, role)) is not None and column.name != role
    ]
    return [
        f"The column {name!r} is taken as the {role.replace('_', ' ')}." for role, name in pairs
    ]


def _chosen(options: ReadOptions) -> dict[Role, str]:
    given = (options.time_column, options.neuron_column, options.trial_column)
    return {role: name for role, name in zip(_ROLES, given, strict=True) if name is not None}


def _named(path: Path, names: Sequence[str], role: Role, wanted: str) -> Column:
    fitting = [name for name in names if name == wanted]
    if not fitting and (place := _position(wanted)) is not None and place < len(names):
        fitting = [names[place]]
    if len(fitting) != 1 or names.count(fitting[0]) > 1:
        raise RecordingError(
            f"{path} has {'several columns' if fitting else 'no column'} {wanted!r}.",
            expected="the name of one of its columns, or its position from 0",
            got=_listed(names),
            hint=f"`{role}_column = {names[0]}`" if names and not fitting else "",
        )
    name = fitting[0]
    is_short = len(name) <= _LONGEST_NAME
    unit = _WITH_UNIT.fullmatch(name.strip().casefold()) if role == "time" and is_short else None
    stated = None if unit is None else _UNITS.get(unit["within"] or unit["after"])
    return _match(name, role) or Column(name, stated)


def _find(path: Path, names: Sequence[str], role: Role, also_id: bool) -> Column | None:
    exact = [name for name in names if name == _NAMES[role][0]]
    fitting = exact or [name for name in names if _match(name, role)]
    if not fitting and role == "neuron" and also_id:
        fitting = [name for name in names if name == "id"]
    if len(fitting) > 1:
        raise RecordingError(
            f"{path} has several columns that could be the {role.replace('_', ' ')}.",
            expected=f"one of them, or a column {_NAMES[role][0]!r}",
            got=", ".join(map(repr, fitting)),
            hint=f"`{role}_column = {fitting[0]}`"
            if role in _ROLES
            else f"rename the right one to {_NAMES[role][0]!r} in the file",
        )
    return (_match(fitting[0], role) or Column(fitting[0])) if fitting else None


def _match(name: str, role: Role) -> Column | None:
    lower = name.strip().casefold()
    plain = re.sub(r"[\s-]+", "_", lower)
    if plain in _NAMES[role]:
        unit: TimeUnit | None = "samples" if "sample" in plain else None
        return Column(name, unit)
    if role in ("neuron", "trial"):
        return None
    # In a longer text, no unit is meant, and finding that out would take its time.
    parts = _WITH_UNIT.fullmatch(lower) if len(lower) <= _LONGEST_NAME else None
    if parts is None:
        return None
    base = re.sub(r"[\s-]+", "_", parts["name"].strip(" _"))
    stated = _UNITS.get(parts["within"] or parts["after"])
    return Column(name, stated) if stated is not None and base in _NAMES[role] else None


def _advice(names: Sequence[str], missing: Sequence[Role]) -> str:
    if _are_numbers(names):
        chosen = " and ".join(f"`{role}_column = {_ROLES.index(role)}`" for role in missing)
        return f"name the columns in the file's first row, or count them from 0: {chosen}"
    chosen = " and ".join(f"`{role}_column = NAME`" for role in missing)
    if len(missing) < 2:
        return chosen
    return f"{chosen}, or `axes = bins,neurons` for one row per bin and one column per neuron"


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "no columns"
    if _are_numbers(names):
        return f"a first row of numbers, {', '.join(names[:5])}, and no names"
    shown = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:12]]
    return ", ".join(shown) + (f", ... ({len(names)} columns)" if len(names) > 12 else "")


def _are_numbers(names: Sequence[str]) -> bool:
    return bool(names) and all(re.fullmatch(r"[\s\d.,+-]*", name) for name in names)
