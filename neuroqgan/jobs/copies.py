"""Whole records with their history: read as they were at one moment, and written into a store."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select
from sqlalchemy.exc import DataError, IntegrityError

from neuroqgan.jobs import tables
from neuroqgan.jobs.database import one_at_a_time, reachable
from neuroqgan.jobs.record import JobEvent
from neuroqgan.jobs.retries import repeated
from neuroqgan.jobs.rows import TIMES, in_order, record_of_values, row_of
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.unreadable import UnreadableRecord, read_histories, read_records

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from neuroqgan.jobs.record import JobRecord

AT_ONCE = 500
"""Records that are read or written at once."""


@dataclass(frozen=True)
class JobCopy:
    """A record and its history.

    Parameters
    ----------
    record
        The record.
    events
        Its history, oldest event first.
    """

    record: JobRecord
    events: tuple[JobEvent, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the copy, ready for JSON."""
        job = {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in row_of(self.record).items()
        }
        events = [[event.at.isoformat(), event.state.value, event.note] for event in self.events]
        return {"job": job, "events": events}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> JobCopy:
        """Read what `to_dict` wrote, from a file that may come from a stranger.

        Raises
        ------
        LookupError, TypeError, ValueError
            If it is something else.
        """
        job = dict(values["job"])
        for name in TIMES:
            if job.get(name) is not None:
                job[name] = datetime.fromisoformat(job[name])
                if job[name].tzinfo is None:
                    raise ValueError(f"its {name} has no zone")
        events = [
            JobEvent(datetime.fromisoformat(at), JobState(state), note)
            for at, state, note in values["events"]
        ]
        if any(type(event.note) is not str or event.at.tzinfo is None for event in events):
            raise TypeError("its history has other fields")
        return cls(record_of_values(job), tuple(events))


class JobCopies(JobStore):
    """A job store that hands out and takes in whole records.

    Parameters
    ----------
    url
        See `neuroqgan.jobs.store.JobStore`.
    """

    @contextmanager
    def reading(self) -> Iterator[Iterator[JobCopy | UnreadableRecord]]:
        """Yield an iterator over all records, oldest first, as they are at one moment."""
        is_sqlite = self._url.get_backend_name() == "sqlite"
        # A transaction of SQLite sees one moment in any case.
        level = {} if is_sqlite else {"isolation_level": "REPEATABLE READ"}
        with (
            reachable(self._url),
            self._engine.connect().execution_options(**level) as connection,
            connection.begin(),
        ):
            yield _copies(connection)

    def known(self, ids: Sequence[str]) -> dict[str, JobCopy | UnreadableRecord]:
        """Return the copies of records that are here, by id."""
        return self._within(lambda connection: {_id(copy): copy for copy in _read(connection, ids)})

    def take_in(self, copies: Sequence[JobCopy]) -> list[tuple[JobCopy, str]]:
        """Write records with their history, if their ids are new.

        Parameters
        ----------
        copies
            What to write.

        Returns
        -------
        list
            Those that the database refuses, with the reason: another record has their tag or the
            service's id.
        """
        self.check_writable()

        def insert_all(is_again: bool) -> list[tuple[JobCopy, str]]:
            with one_at_a_time(self._engine, self._url) as connection:
                there = _there(connection, copies) if is_again else set()
                return _taken_in(connection, [c for c in copies if c.record.id not in there])

        return repeated(self._url, insert_all)


def _taken_in(connection: Connection, copies: Sequence[JobCopy]) -> list[tuple[JobCopy, str]]:
    """Write all records, or else all that the database does not refuse."""
    with suppress(IntegrityError, DataError):
        with connection.begin_nested():
            _insert(connection, copies)
        return []
    refused = []
    for copy in copies:
        try:
            with connection.begin_nested():
                _insert(connection, [copy])
        except (IntegrityError, DataError) as error:
            refused.append((copy, " ".join(str(error.orig).split())[:200]))
    return refused


def _there(connection: Connection, copies: Sequence[JobCopy]) -> set[str]:
    is_one = tables.jobs.c.id.in_([copy.record.id for copy in copies])
    return set(connection.scalars(select(tables.jobs.c.id).where(is_one)))


def _id(copy: JobCopy | UnreadableRecord) -> str:
    return copy.id if isinstance(copy, UnreadableRecord) else copy.record.id


def _copies(connection: Connection) -> Iterator[JobCopy | UnreadableRecord]:
    order = select(tables.jobs.c.id).order_by(tables.jobs.c.created, tables.jobs.c.id)
    ids = list(connection.execute(order).scalars())
    for i in range(0, len(ids), AT_ONCE):
        yield from _read(connection, ids[i : i + AT_ONCE])


def _read(connection: Connection, ids: Sequence[str]) -> list[JobCopy | UnreadableRecord]:
    query = in_order(select(tables.jobs).where(tables.jobs.c.id.in_(ids)))
    found, unreadable = read_records(connection, query)
    histories = read_histories(connection, [job.id for job in found])
    copies = {job.id: JobCopy(job, tuple(histories.get(job.id, ()))) for job in found}
    bad = {record.id: record for record in unreadable}
    return [copies.get(job) or bad[job] for job in ids if job in copies or job in bad]


def _insert(connection: Connection, copies: Sequence[JobCopy]) -> None:
    if not copies:
        return
    connection.execute(insert(tables.jobs), [row_of(copy.record) for copy in copies])
    events = [
        {"job": copy.record.id, "at": event.at, "state": event.state.value, "note": event.note}
        for copy in copies
        for event in copy.events
    ]
    if events:
        connection.execute(insert(tables.events), events)
