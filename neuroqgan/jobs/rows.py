"""Records of jobs as rows of the tables, and parts that several queries share."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, insert

from neuroqgan.backends.kinds import KINDS
from neuroqgan.jobs import tables
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState

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
    **equal: str | None,
) -> list[ColumnElement[bool]]:
    """Return the conditions of a query for jobs.

    Parameters
    ----------
    states
        Any of these; all if empty.
    newer, older
        Created within this time, or before it.
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
    values = dict(zip(_KEYS, row, strict=True))
    return JobRecord(**values | {"state": JobState(values["state"]), "seed": int(values["seed"])})


def row_of(record: JobRecord) -> dict[str, Any]:
    """Return the values of a record by column."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return values | {"state": record.state.value, "seed": str(record.seed)}
