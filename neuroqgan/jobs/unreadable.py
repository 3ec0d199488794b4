"""Records that cannot be read: each is named with a reason, and all others are read.

A record may have a state that this version does not know, a seed that is not a number, options that
are no JSON or a time out of range, because of a fault of the disk or of another program.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.exc import DataError, OperationalError

from neuroqgan.errors import StorageError
from neuroqgan.jobs import tables
from neuroqgan.jobs.record import SHORT, JobEvent
from neuroqgan.jobs.rows import record_of, shown
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Connection, Row, Select

    from neuroqgan.jobs.record import JobRecord

# What reading a value may raise: the converters of the database, and `record_of`.
_DAMAGE = (LookupError, TypeError, ValueError, ArithmeticError, RecursionError, DataError)
_AT_ONCE = 500


class UnreadableRecordWarning(UserWarning):
    """A record of a job cannot be read; all others are."""


@dataclass(frozen=True)
class UnreadableRecord:
    """A record that cannot be read.

    Parameters
    ----------
    id
        Id of the job.
    reason
        Why, in words.

    Examples
    --------
    >>> print(UnreadableRecord("3f2a1b2c", "its seed is 'x'").line)
    Job 3f2a1b2c cannot be read: its seed is 'x'. Others are not affected; see neuroqgan store check
    """

    id: str
    reason: str

    @property
    def line(self) -> str:
        """A line for people."""
        said = f"Job {self.short_id} cannot be read: {self.reason}."
        return f"{said} Others are not affected; see neuroqgan store check"

    @property
    def short_id(self) -> str:
        """First digits of the id, without what moves a cursor."""
        return ascii(self.id[:SHORT])[1:-1]

    def error(self) -> StorageError:
        """Return the error for what needs this record."""
        return StorageError(
            f"The record of job {self.short_id} cannot be read.",
            expected="a record as neuroqgan wrote it",
            got=self.reason,
            hint="neuroqgan store repair, which sets it aside, or a newer neuroqgan",
        )


def read_records(
    connection: Connection, query: Select[Any]
) -> tuple[list[JobRecord], list[UnreadableRecord]]:
    """Return the records that a query finds, in its order, and those that cannot be read.

    Parameters
    ----------
    connection
        To the database.
    query
        A query for all columns of the jobs.
    """
    try:
        return [record_of(row) for row in connection.execute(query)], []
    except Exception as error:
        if not _is_damage(error):
            raise
    ids = list(connection.execute(query.with_only_columns(tables.jobs.c.id)).scalars())
    found: dict[str, JobRecord] = {}
    for job in _each(connection, select(tables.jobs), tables.jobs.c.id, ids, record_of):
        found[job.id] = job
    missing = [job for job in ids if job not in found]
    bad = [UnreadableRecord(job, _reason(connection, job)) for job in missing]
    return [found[job] for job in ids if job in found], bad


def read_whole(connection: Connection, query: Select[Any]) -> list[JobRecord]:
    """Return all records that a query finds.

    Raises
    ------
    StorageError
        If one of them cannot be read.
    """
    found, unreadable = read_records(connection, query)
    for record in unreadable:
        raise record.error()
    return found


def read_histories(connection: Connection, jobs: Sequence[str]) -> dict[str, list[JobEvent]]:
    """Return the histories of jobs, oldest event first, without events that cannot be read.

    Parameters
    ----------
    connection
        To the database.
    jobs
        Their ids.
    """
    columns = tables.events.c
    query = select(columns.job, columns.at, columns.state, columns.note).order_by(columns.number)
    is_theirs = columns.job.in_(jobs)
    events: Iterable[tuple[str, JobEvent]]
    try:
        events = [_event(row) for row in connection.execute(query.where(is_theirs))]
    except Exception as error:
        if not _is_damage(error):
            raise
        numbers = select(columns.number).where(is_theirs).order_by(columns.number)
        keys = list(connection.execute(numbers).scalars())
        events = _each(connection, query, columns.number, keys, _event)
    histories: dict[str, list[JobEvent]] = {}
    for job, event in events:
        histories.setdefault(job, []).append(event)
    return histories


def warn_of(unreadable: Iterable[UnreadableRecord]) -> None:
    """Warn of records that were left out."""
    for record in unreadable:
        warnings.warn(record.line, UnreadableRecordWarning, stacklevel=1)


def _event(row: Sequence[Any]) -> tuple[str, JobEvent]:
    job, at, state, note = row
    if type(note) is not str:
        raise TypeError("no note")
    return job, JobEvent(at, JobState(state), note)


def _each(
    connection: Connection,
    query: Select[Any],
    column: ColumnElement[Any],
    keys: Sequence[Any],
    convert: Callable[[Row[Any]], Any],
) -> Iterable[Any]:
    """Yield what can be read of rows with these keys; a part with a fault is halved."""
    pending = [keys[i : i + _AT_ONCE] for i in range(0, len(keys), _AT_ONCE)][::-1]
    while pending:
        part = pending.pop()
        try:
            yield from [convert(row) for row in connection.execute(query.where(column.in_(part)))]
        except Exception as error:
            if not _is_damage(error):
                raise
            half = len(part) // 2
            pending += [part[half:], part[:half]] if half else []


def _reason(connection: Connection, job: str) -> str:
    is_job = tables.jobs.c.id == job
    for column in tables.jobs.c:
        try:
            connection.execute(select(column).where(is_job)).one_or_none()
        except Exception as error:
            if not _is_damage(error):
                raise
            return f"its {column.key} cannot be read ({shown(str(getattr(error, 'orig', error)))})"
    try:
        for row in connection.execute(select(tables.jobs).where(is_job)):
            record_of(row)
    except _DAMAGE as error:
        return str(error)
    return "it changed while it was read"


def _is_damage(error: Exception) -> bool:
    """Whether a row holds something that cannot be read, not the database as a whole."""
    # SQLite's driver says this of bytes that are no text.
    undecodable = isinstance(error, OperationalError) and "decode" in str(error.orig)
    return undecodable or isinstance(error, _DAMAGE)
