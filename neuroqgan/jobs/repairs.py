"""Changes of records that no life of a job makes, for the repair of a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import LargeBinary, cast, column, delete, select, table, update
from sqlalchemy.exc import DataError, OperationalError

from neuroqgan.jobs import tables
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

    from neuroqgan.jobs.record import JobRecord


class JobRepairs(JobStore):
    """A job store whose records can be set aside, or marked as lost after they were retrieved.

    Parameters
    ----------
    url
        See `neuroqgan.jobs.store.JobStore`.
    """

    def raw(self, job: str) -> dict[str, Any]:
        """Return a record and its history as they are stored, ready for JSON.

        Parameters
        ----------
        job
            Id of the job, whole.
        """
        records = self._within(lambda connection: _raw(connection, tables.jobs, "id", job))
        events = self._within(lambda connection: _raw(connection, tables.events, "job", job))
        return {"job": records[0] if records else None, "events": events}

    def take_out(self, job: str) -> None:
        """Delete a record and its history, whatever they say.

        Parameters
        ----------
        job
            Id of the job, whole.
        """

        def delete_both(connection: Connection, _: bool) -> None:
            connection.execute(delete(tables.events).where(tables.events.c.job == job))
            connection.execute(delete(tables.jobs).where(tables.jobs.c.id == job))

        self._write(delete_both)

    def last_state(self, job: str) -> JobState | None:
        """Return the state that the history of a job says it is in; None if it does not say.

        Parameters
        ----------
        job
            Id of the job, whole.
        """
        states = [event.get("state") for event in self.raw(job)["events"]]
        return JobState(states[-1]) if states and states[-1] in set(JobState) else None

    def put_state(self, job: str, state: JobState) -> None:
        """Replace the state of a record that cannot be read.

        Parameters
        ----------
        job
            Id of the job, whole.
        state
            What its history says.
        """
        put = update(tables.jobs).where(tables.jobs.c.id == job).values(state=state.value)
        self._write(lambda connection, _: connection.execute(put))

    def lose(self, job: JobRecord, note: str) -> JobRecord:
        """Mark a job as lost whose bits were here and are gone; its service may be asked again.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process is working on it.
        """
        return self._change(job, JobState.LOST, note, hold=False, changes={"bits_sha256": None})


def _raw(connection: Connection, of: Table, key: str, value: str) -> list[dict[str, Any]]:
    """Return rows as they are stored; bytes that are no text in hexadecimal."""
    plain = table(of.name, *(column(each.name) for each in of.c))
    query = select(plain).where(plain.c[key] == value)
    if "number" in plain.c:
        query = query.order_by(plain.c.number)
    try:
        rows = connection.execute(query).mappings().all()
    except (DataError, OperationalError):
        as_bytes = [cast(each, LargeBinary).label(each.name) for each in plain.c]
        query = select(*as_bytes).where(plain.c[key] == value)
        rows = connection.execute(query).mappings().all()
    return [{name: _plain(cell) for name, cell in row.items()} for row in rows]


def _plain(cell: Any) -> Any:
    if isinstance(cell, bytes | memoryview):
        return bytes(cell).decode("utf-8", "backslashreplace")
    return cell if cell is None or isinstance(cell, bool | int | str) else str(cell)
