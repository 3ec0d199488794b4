"""Records of jobs as rows of the tables, and parts that several queries share."""

from __future__ import annotations

import math
from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Boolean, Float, Integer, case, insert

from neuroqgan.backends.kinds import KINDS
from neuroqgan.jobs import tables
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.users import user_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from sqlalchemy import Column, ColumnElement, Connection, Row, Select

RASTER = case(
    (tables.jobs.c.series.is_not(None), tables.jobs.c.series),
    (tables.jobs.c.parts > 1, tables.jobs.c.request),
    else_=tables.jobs.c.id,
)
"""What the jobs of one raster share: the same as `JobRecord.raster`."""

_KEYS = tables.jobs.c.keys()
# What a clock that is wrong may still say. Zones shift a time by less than a day.
_EARLIEST, _LATEST = datetime(1969, 12, 30, tzinfo=UTC), datetime(9998, 1, 1, tzinfo=UTC)


def _kinds(column: Column[Any]) -> frozenset[type]:
    """Return the types that values of a column may have."""
    by_type: tuple[tuple[type, type], ...] = (
        (Boolean, bool),
        (Integer, int),
        (Float, float),
        (JSON, dict),
        (tables.UtcDateTime, datetime),
    )
    found = {kind for of, kind in by_type if isinstance(column.type, of)} or {str}
    if float in found:
        found.add(int)
    return frozenset(found | ({type(None)} if column.nullable else set()))


_KINDS = {key: _kinds(column) for key, column in tables.jobs.c.items()}


def conditions(
    *,
    states: Iterable[JobState],
    newer: timedelta | None,
    older: timedelta | None,
    mine: bool = False,
    **equal: str | None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of a query for jobs.

    Parameters
    ----------
    states
        Any of these; all if empty.
    newer, older
        Created within this time, or before it.
    mine
        Of this user, or of nobody.
    equal
        Values by column; None allows any value.
    """
    columns, now = tables.jobs.c, datetime.now(UTC)
    found = [columns[name] == value for name, value in equal.items() if value is not None]
    wanted = [state.value for state in states]
    if wanted:
        found.append(columns.state.in_(wanted))
    if newer is not None:
        found.append(columns.created >= now - newer)
    if older is not None:
        found.append(columns.created < now - older)
    if mine:
        found.append(columns.user.is_(None) | (columns.user == user_name()))
    return found


def named(job_id: str) -> ColumnElement[bool]:
    """Return the condition of a job that is meant by an id.

    Parameters
    ----------
    job_id
        Our id or its first digits, or the id that a service gave it.
    """
    columns, digits = tables.jobs.c, job_id.lower()
    # Each condition can use an index, which LIKE cannot, nor an id without the kind of service.
    # Ids hold hexadecimal digits only, so ``g`` is behind all that begin with these.
    begins = columns.id.between(digits, f"{digits}g") & columns.id.startswith(
        digits, autoescape=True
    )
    services = [name for name, kind in KINDS.items() if kind.remote]
    # A service's id is what people find in the service's own pages.
    return begins | (columns.kind.in_(services) & (columns.provider_id == job_id))


def of_rasters(rasters: Iterable[str]) -> ColumnElement[bool]:
    """Return the condition of jobs that belong to one of these rasters.

    Parameters
    ----------
    rasters
        Ids as in `JobRecord.raster`.
    """
    columns, wanted = tables.jobs.c, list(rasters)
    # Each of the three has an index; their disjunction finds few jobs that the last line drops.
    could_be = columns.series.in_(wanted) | columns.request.in_(wanted) | columns.id.in_(wanted)
    return could_be & RASTER.in_(wanted)


def in_order(query: Select[Any]) -> Select[Any]:
    """Return a query with the newest jobs first, and the parts of a request in their order."""
    return query.order_by(tables.jobs.c.created.desc(), tables.jobs.c.part)


def insert_records(connection: Connection, records: Iterable[JobRecord]) -> None:
    """Write new records and the first events of their history."""
    rows = [row_of(record) for record in records]
    notes = [
        {"job": row["id"], "at": row["created"], "state": row["state"], "note": "created"}
        for row in rows
    ]
    connection.execute(insert(tables.jobs), rows)
    connection.execute(insert(tables.events), notes)


def record_of(row: Row[Any]) -> JobRecord:
    """Return the record of a row.

    Raises
    ------
    LookupError, TypeError, ValueError
        If the row was not written by neuroqgan.
    """
    return record_of_values(dict(zip(_KEYS, row, strict=True)))


def record_of_values(values: dict[str, Any]) -> JobRecord:
    """Return the record of values by column.

    Raises
    ------
    LookupError, TypeError, ValueError
        If they are of other types, or impossible.
    """
    for key, value in values.items():
        if type(value) not in _KINDS[key]:
            raise TypeError(f"its {key} is {shown(value)}")
    if values["state"] not in _STATES:
        raise ValueError(f"its state is {shown(values['state'])}, which this version does not know")
    try:
        seed = int(values["seed"])
    except ValueError as error:
        raise ValueError(f"its seed is {shown(values['seed'])}") from error
    record = JobRecord(**values | {"state": JobState(values["state"]), "seed": seed})
    if problem := _impossible(record):
        raise ValueError(f"its {problem}")
    return record


_STATES = frozenset(JobState)


def _impossible(record: JobRecord) -> str:
    """Return what cannot be true of a job; empty if everything can."""
    if record.seed < 0:
        return f"seed is {record.seed}"
    if not 0 <= record.part < record.parts:
        return f"part is {record.part} of {record.parts}"
    if record.samples < 1 or record.n_bins < 1 or record.first_bin < 0:
        return f"size is {record.samples} samples, {record.n_bins} bins from {record.first_bin}"
    if record.seconds is not None and not math.isfinite(record.seconds):
        return f"seconds are {record.seconds}"
    per_job = record.options.get("bins_per_job")
    if per_job is not None and (type(per_job) is not int or per_job < 1):
        return f"options say bins_per_job = {shown(per_job)}"
    for name in TIMES:
        at = getattr(record, name)
        if at is not None and not _EARLIEST < at < _LATEST:
            return f"time {name} is {at}"
    return ""


TIMES = tuple(
    key for key, column in tables.jobs.c.items() if isinstance(column.type, tables.UtcDateTime)
)
"""Fields that hold a time."""


def shown(value: object) -> str:
    """Return a value of a damaged record for a message, without what moves a cursor."""
    text = ascii(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}..."


_MOST_SHOWN = 60


def row_of(record: JobRecord) -> dict[str, Any]:
    """Return the values of a record by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return values | {"state": record.state.value, "seed": str(record.seed)}
