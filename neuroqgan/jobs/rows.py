"""Records of jobs as rows of the tables, and parts that several queries share."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, insert

from neuroqgan.jobs import tables
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.users import user_name

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from sqlalchemy import ColumnElement, Connection, Row, Select

RASTER = case(
    (tables.jobs.c.series.is_not(None), tables.jobs.c.series),
    (tables.jobs.c.parts > 1, tables.jobs.c.request),
    else_=tables.jobs.c.id,
)
"""What the jobs of one raster share: the same as `JobRecord.raster`."""

_KEYS = tables.jobs.c.keys()


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
    values = dict(zip(_KEYS, row, strict=True))
    return JobRecord(**values | {"state": JobState(values["state"]), "seed": int(values["seed"])})


def row_of(record: JobRecord) -> dict[str, Any]:
    """Return the values of a record by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return values | {"state": record.state.value, "seed": str(record.seed)}
