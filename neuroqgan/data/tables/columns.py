"""Which column of a table holds what, by its name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.data.reading import TimeUnit

Role = Literal["time", "neuron", "trial", "trial_start", "trial_end"]

# The first name of each role is the one that this package writes; it precedes all others.
_NAMES: dict[Role, tuple[str, ...]] = {
    "time": ("time", "times", "t", "spike_time", "spike_times", "timestamp", "timestamps", "sample",
             "samples", "spike_sample", "spike_samples"),
    "neuron": ("neuron", "neuron_id", "unit", "unit_id", "cluster", "cluster_id"),
    "trial": ("trial", "trial_id", "trial_number"),
    "trial_start": ("trial_start", "trial_start_time", "start", "start_time"),
    "trial_end": ("trial_end", "trial_end_time", "trial_stop"),
}  # fmt: skip
_UNITS: dict[str, TimeUnit] = {
    "s": "s", "sec": "s", "secs": "s", "second": "s", "seconds": "s",
    "ms": "ms", "msec": "ms", "millisecond": "ms", "milliseconds": "ms",
    "us": "us", "µs": "us", "μs": "us", "usec": "us", "microsecond": "us", "microseconds": "us",
    "sample": "samples", "samples": "samples",
}  # fmt: skip
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


def find_columns(path: Path, names: Sequence[str], *, also_id: bool = False) -> Columns:
    """Find out which column holds what.

    The names are ``time``, ``neuron``, ``trial``, ``trial_start`` and ``trial_end``, or else common
    variants of them in any case, with a unit if need be: ``Unit``, ``cluster_id``, ``time (ms)``.

    Parameters
    ----------
    path
        The file, for the messages.
    names
        The names of its columns.
    also_id
        Whether a column ``id`` may hold the neurons, as in tables of units.

    Raises
    ------
    RecordingError
        If there is no column of times or of neurons, or several could be the one.
    """
    found = {role: _find(path, names, role, also_id) for role in _NAMES}
    time, neuron = found["time"], found["neuron"]
    if time is None or neuron is None:
        missing = [role for role in ("time", "neuron") if found[role] is None]
        raise RecordingError(
            f"{path} lacks the column {' and '.join(missing)}.",
            expected="columns time (seconds), neuron and, for several trials, trial",
            got=_listed(names),
            hint="name the columns in the file's first row",
        )
    return Columns(time, neuron, found["trial"], found["trial_start"], found["trial_end"])


def has_needed_columns(names: Sequence[str]) -> bool:
    """Return whether there is a column of times and one of neurons, perhaps several."""
    return all(any(_match(name, role) for name in names) for role in ("time", "neuron"))


def is_of_times(name: str) -> bool:
    """Return whether a column holds times."""
    return any(_match(name, role) for role in ("time", "trial_start", "trial_end"))


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
            hint=f"rename the right one to {_NAMES[role][0]!r} in the file",
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
    parts = _WITH_UNIT.fullmatch(lower)
    if parts is None:
        return None
    base = re.sub(r"[\s-]+", "_", parts["name"].strip(" _"))
    stated = _UNITS.get(parts["within"] or parts["after"])
    return Column(name, stated) if stated is not None and base in _NAMES[role] else None


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "no columns"
    if all(re.fullmatch(r"[\s\d.,+-]*", name) for name in names):
        return f"a first row of numbers, {', '.join(names[:5])}, and no names"
    shown = [name if len(name) <= 40 else f"{name[:37]}..." for name in names[:12]]
    return ", ".join(shown) + (f", ... ({len(names)} columns)" if len(names) > 12 else "")
