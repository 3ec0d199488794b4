"""The job store: the one place that writes records and changes states."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import bindparam, delete, insert, select, update

from neuroqgan.errors import StorageError
from neuroqgan.jobs import tables
from neuroqgan.jobs.changes import are_there, busy, check_step, is_written, values_of
from neuroqgan.jobs.database import one_at_a_time
from neuroqgan.jobs.owner import is_alive, myself
from neuroqgan.jobs.queries import JobQueries
from neuroqgan.jobs.retries import repeated
from neuroqgan.jobs.rows import in_order, insert_records
from neuroqgan.jobs.snapshot import is_read_only
from neuroqgan.jobs.unreadable import read_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sqlalchemy import URL, Connection

    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.state import JobState

T = TypeVar("T")


class JobStore(JobQueries):
    """Records of jobs in a database that any number of processes may share.

    Every change compares the record's version first. If two processes want to change the same
    record, one of them fails with `NotReadyError` instead of undoing what the other did.

    Parameters
    ----------
    url
        URL of the database; see `neuroqgan.jobs.database.database_url`, which is the default.

    Raises
    ------
    StorageError
        If the database cannot be used. All methods raise it as well; those that write also if the
        database is read-only.

    Examples
    --------
    >>> from sqlalchemy import make_url
    >>> store = JobStore(make_url("sqlite://"))
    >>> store.find(backend="ibm_fez")
    []
    """

    def __init__(self, url: URL | None = None) -> None:
        super().__init__(url)
        self._only_reads = is_read_only(self._url)

    def create(self, records: Iterable[JobRecord]) -> None:
        """Write new records, all or none."""
        new = list(records)

        def insert_all(connection: Connection, is_again: bool) -> None:
            if not (is_again and are_there(connection, new)):
                insert_records(connection, new)

        self._write(insert_all)

    def create_once(
        self,
        records: Sequence[JobRecord],
        usable: Callable[[list[JobRecord]], list[JobRecord]],
    ) -> list[JobRecord]:
        """Write the records of a request, unless others with its hash will do.

        If several processes call this for the same request at the same time, one looks and writes
        while the others wait; then they see what it has written.

        Parameters
        ----------
        records
            All jobs of one request.
        usable
            Chooses from all records with that hash, newest first, those that bring what is wanted.
            It must not write to the store.

        Returns
        -------
        list
            What ``usable`` chose; empty if it chose nothing and the records were written.
        """
        request_hash = records[0].request_hash
        query = in_order(select(tables.jobs).where(tables.jobs.c.request_hash == request_hash))
        self.check_writable()

        def look_and_insert(is_again: bool) -> list[JobRecord]:
            with one_at_a_time(self._engine, self._url, request_hash) as connection:
                if is_again and are_there(connection, records):
                    return []
                found = usable(read_whole(connection, query))
                if not found:
                    insert_records(connection, records)
            return found

        return repeated(self._url, look_and_insert)

    def transition(
        self, job: JobRecord, to: JobState, note: str = "", *, hold: bool = False, **changes: Any
    ) -> JobRecord:
        """Change the state of a job.

        Parameters
        ----------
        job
            The record as it was read.
        to
            The new state.
        note
            Why, for the history; also the record's message if the job ends badly.
        hold
            Whether this process goes on working on the job. Others then leave it alone until it is
            released or the process dies.
        changes
            Other fields of the record.

        Returns
        -------
        JobRecord
            The record as it is now.

        Raises
        ------
        JobStateError
            If the life cycle has no such step.
        NotReadyError
            If the record has changed since it was read, or another process is working on it.
        """
        check_step(job, to)
        return self._change(job, to, note, hold=hold, changes=changes)

    def transition_all(
        self, jobs: Sequence[JobRecord], to: JobState, note: str = "", *, hold: bool = False
    ) -> list[JobRecord]:
        """Change the state of several jobs in one transaction: of all, or of none.

        Parameters
        ----------
        jobs
            The records as they were read.
        to, note, hold
            See `transition`.

        Raises
        ------
        JobStateError, NotReadyError
            See `transition`; then none has changed.
        """
        for job in jobs:
            check_step(job, to)
        return self._change_all([(job, to) for job in jobs], note, hold=hold)

    def _change_all(
        self, steps: Sequence[tuple[JobRecord, JobState]], note: str | None, *, hold: bool
    ) -> list[JobRecord]:
        if not steps:
            return []
        now, columns = datetime.now(UTC), tables.jobs.c
        jobs = [job for job, _ in steps]
        held = self.held(jobs)
        if held:
            raise busy(next(job for job in jobs if job.id in held))
        values = [values_of(job, to, note, now, hold=hold, changes={}) for job, to in steps]
        is_same = (columns.id == bindparam("of")) & (columns.version == bindparam("before"))
        # Taken from a process that seemed dead, unless it has shown since that it is not.
        is_free = columns.owner.is_(None) | (columns.owner == myself())
        is_same &= is_free | (columns.updated == bindparam("at"))
        rows = [
            changed | {"of": job.id, "before": job.version, "at": job.updated}
            for job, changed in zip(jobs, values, strict=True)
        ]
        history = [
            {"job": job.id, "at": now, "state": to.value, "note": note}
            for job, to in steps
            if note is not None
        ]

        def change(connection: Connection, is_again: bool) -> None:
            pairs = zip(jobs, values, strict=True)
            if is_again and all(is_written(connection, job.id, one) for job, one in pairs):
                return
            n_changed = connection.execute(update(tables.jobs).where(is_same), rows).rowcount
            if n_changed != len(jobs):
                # Leaving the transaction like this undoes it all.
                raise busy(jobs[0])
            if history:
                connection.execute(insert(tables.events), history)

        self._write(change)
        return [
            replace(job, **(changed | {"state": to}))
            for (job, to), changed in zip(steps, values, strict=True)
        ]

    def hold(self, job: JobRecord) -> JobRecord:
        """Take a job for this process, or show that it is still at work.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process is working on it.
        """
        return self._change(job, job.state, None, hold=True, changes={})

    def hold_all(self, jobs: Sequence[JobRecord]) -> list[JobRecord]:
        """Take several jobs for this process in one transaction: all, or none; see `hold`.

        Raises
        ------
        NotReadyError
            If one of the records has changed, or another process is working on it.
        """
        return self._change_all([(job, job.state) for job in jobs], None, hold=True)

    def release(self, job: JobRecord, **changes: Any) -> JobRecord:
        """Release a job without a change of its state.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read.
        """
        return self._change(job, job.state, None, hold=False, changes=changes)

    def note(self, job: JobRecord, text: str, **changes: Any) -> JobRecord:
        """Add to a job's history without a change of its state, and release the job.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process is working on it.
        """
        return self._change(job, job.state, text, hold=False, changes=changes)

    def renew(self) -> None:
        """Show that this process is still working on all jobs that it holds."""
        is_mine = tables.jobs.c.owner == myself()
        renewed = update(tables.jobs).where(is_mine)
        self._write(lambda to, _: to.execute(renewed.values(updated=datetime.now(UTC))))

    def collect(self, jobs: Iterable[JobRecord]) -> None:
        """Record that the raster of these jobs was put into its run."""
        is_one = tables.jobs.c.id.in_([job.id for job in jobs])
        collected = update(tables.jobs).where(is_one).values(collected=datetime.now(UTC))
        self._write(lambda connection, _: connection.execute(collected))

    def is_held(self, job: JobRecord) -> bool:
        """Return whether another living process is working on a job."""
        if job.owner is None or job.owner == myself():
            return False
        return is_alive(job.owner, job.updated, datetime.now(UTC))

    def held(self, jobs: Iterable[JobRecord]) -> set[str]:
        """Return the ids of those jobs that another living process is working on."""
        # Jobs of one request share their owner, which need not be looked up for each.
        verdicts: dict[tuple[str | None, datetime], bool] = {}
        found = set()
        for job in jobs:
            sign = job.owner, job.updated
            if sign not in verdicts:
                verdicts[sign] = self.is_held(job)
            if verdicts[sign]:
                found.add(job.id)
        return found

    def forget(self, job: JobRecord) -> None:
        """Delete a record and its history.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process is working on it.
        """
        if self.is_held(job):
            raise busy(job)
        is_same = (tables.jobs.c.id == job.id) & (tables.jobs.c.version == job.version)

        def delete_it(connection: Connection, is_again: bool) -> bool:
            if connection.execute(delete(tables.jobs).where(is_same)).rowcount == 1:
                return True
            return is_again and not are_there(connection, [job])

        if not self._write(delete_it):
            raise busy(job)

    def check_writable(self) -> None:
        """Check that jobs can be written here, before work is done in vain.

        Raises
        ------
        StorageError
            If the database is read-only.
        """
        if self._only_reads:
            raise StorageError(
                "The job database is read-only.",
                expected="a file and a folder that can be written, to change a job",
                got=str(self._url.database),
                hint="jobs list, show and export work; for the rest choose another NEUROQGAN_HOME",
            )

    def _change(
        self, job: JobRecord, to: JobState, note: str | None, *, hold: bool, changes: dict[str, Any]
    ) -> JobRecord:
        if self.is_held(job):
            raise busy(job)
        now = datetime.now(UTC)
        values = values_of(job, to, note, now, hold=hold, changes=changes)
        is_same = (tables.jobs.c.id == job.id) & (tables.jobs.c.version == job.version)
        if job.owner not in (None, myself()):
            # Taken from a process that seemed dead, unless it has shown since that it is not.
            is_same &= tables.jobs.c.updated == job.updated

        def change(connection: Connection, is_again: bool) -> bool:
            changed = connection.execute(update(tables.jobs).where(is_same).values(values))
            if changed.rowcount != 1:
                return is_again and is_written(connection, job.id, values)
            if note is not None:
                event = {"job": job.id, "at": now, "state": to.value, "note": note}
                connection.execute(insert(tables.events).values(event))
            return True

        if not self._write(change):
            raise busy(job)
        # Nobody has changed it since it was read, so it need not be read again.
        return replace(job, **(values | {"state": to}))

    def _write(self, change: Callable[[Connection, bool], T]) -> T:
        """Change records, all or nothing; ``change`` is told if it is called again."""
        self.check_writable()

        def once(is_again: bool) -> T:
            with self._engine.begin() as connection:
                return change(connection, is_again)

        return repeated(self._url, once)
