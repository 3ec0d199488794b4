"""The job store: the one place that writes records and changes states."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, distinct, func, insert, select, update

from neuroqgan.errors import JobNotFoundError, JobStateError, NotReadyError, StorageError
from neuroqgan.jobs import tables
from neuroqgan.jobs.database import connect, database_url, one_at_a_time, reachable
from neuroqgan.jobs.owner import is_alive, myself
from neuroqgan.jobs.record import JobEvent, JobRecord
from neuroqgan.jobs.rows import RASTER, conditions, in_order, insert_records, record_of
from neuroqgan.jobs.snapshot import is_read_only
from neuroqgan.jobs.state import TRANSITIONS, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import timedelta

    from sqlalchemy import URL, ColumnElement, Connection, Select

_STAMPS = {
    JobState.SUBMITTING: "submitted",
    JobState.DONE: "finished",
    JobState.FAILED: "finished",
    JobState.CANCELLED: "finished",
    JobState.RETRIEVED: "retrieved",
}
LATEST = "latest"


class JobStore:
    """Records of jobs in a database that any number of processes may share.

    Every change compares the record's version first, so of two processes that want to change the
    same record one fails with `NotReadyError` instead of undoing what the other did.

    Parameters
    ----------
    url
        Of the database, see `neuroqgan.jobs.database.database_url`.

    Raises
    ------
    StorageError
        If the database cannot be used; so do all methods, and those that write if it may only be
        read.
    """

    def __init__(self, url: URL | None = None) -> None:
        self._url = database_url() if url is None else url
        self._only_reads = is_read_only(self._url)
        self._engine = connect(self._url)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def create(self, records: Iterable[JobRecord]) -> None:
        """Write new records, all or none."""
        with self._writing() as connection:
            insert_records(connection, records)

    def create_once(
        self,
        records: Sequence[JobRecord],
        usable: Callable[[list[JobRecord]], list[JobRecord]],
    ) -> list[JobRecord]:
        """Write the records of a request, unless others with its hash do already.

        Of any number of processes that call this for the same request at the same time, one looks
        and writes while the others wait; then they see what it has written.

        Parameters
        ----------
        records
            All parts of one request.
        usable
            Picks from all records with that hash, newest first, those that bring what is wanted.
            It must not write to the store.

        Returns
        -------
        list
            What ``usable`` picked; empty where it picked nothing and the records were written.
        """
        request_hash = records[0].request_hash
        query = in_order(select(tables.jobs).where(tables.jobs.c.request_hash == request_hash))
        self.check_writable()
        with reachable(self._url), one_at_a_time(self._engine, self._url, request_hash) as connection:
            found = usable([record_of(row) for row in connection.execute(query)])
            if not found:
                insert_records(connection, records)
        return found

    def transition(
        self, job: JobRecord, to: JobState, note: str = "", *, hold: bool = False, **changes: Any
    ) -> JobRecord:
        """Bring a job to another state.

        Parameters
        ----------
        job
            The record as it was read.
        to
            The new state.
        note
            Why, for the history; also the record's message where the job ends badly.
        hold
            Whether this process goes on working on the job; others keep off until it lets go or
            dies.
        changes
            Other columns.

        Returns
        -------
        JobRecord
            The record as it is now.

        Raises
        ------
        JobStateError
            If the life cycle has no such step.
        NotReadyError
            If the record has changed since it was read, or another process works on it.
        """
        if to not in TRANSITIONS[job.state]:
            raise JobStateError(
                f"Job {job.short_id} cannot become {to}.",
                expected=f"one that is {_sources(to)}",
                got=str(job.state),
                hint=f"neuroqgan jobs show {job.short_id}",
            )
        return self._change(job, to, note, hold=hold, changes=changes)

    def hold(self, job: JobRecord) -> JobRecord:
        """Take a job for this process, or show that it is still at work.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process works on it.
        """
        return self._change(job, job.state, None, hold=True, changes={})

    def release(self, job: JobRecord, **changes: Any) -> JobRecord:
        """Let go of a job without a change of state.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read.
        """
        return self._change(job, job.state, None, hold=False, changes=changes)

    def note(self, job: JobRecord, text: str, **changes: Any) -> JobRecord:
        """Add to a job's history without a change of state, and let go of the job.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process works on it.
        """
        return self._change(job, job.state, text, hold=False, changes=changes)

    def renew(self) -> None:
        """Show that this process still works on all jobs that it holds."""
        is_mine = tables.jobs.c.owner == myself()
        with self._writing() as connection:
            now = datetime.now(UTC)
            connection.execute(update(tables.jobs).where(is_mine).values(updated=now))

    def collect(self, jobs: Iterable[JobRecord]) -> None:
        """Write down that the raster of jobs was put into its run."""
        is_one = tables.jobs.c.id.in_([job.id for job in jobs])
        with self._writing() as connection:
            now = datetime.now(UTC)
            connection.execute(update(tables.jobs).where(is_one).values(collected=now))

    def is_held(self, job: JobRecord) -> bool:
        """Say whether another living process works on a job."""
        if job.owner is None or job.owner == myself():
            return False
        return is_alive(job.owner, job.updated, datetime.now(UTC))

    def _change(
        self, job: JobRecord, to: JobState, note: str | None, *, hold: bool, changes: dict[str, Any]
    ) -> JobRecord:
        if self.is_held(job):
            raise _busy(job)
        now = datetime.now(UTC)
        values = {"state": to.value, "version": job.version + 1, "updated": now} | changes
        values["owner"] = myself() if hold else None
        if to is not job.state and to in _STAMPS:
            values.setdefault(_STAMPS[to], now)
        if to in {JobState.FAILED, JobState.LOST, JobState.CANCELLED, JobState.ABANDONED}:
            values.setdefault("message", note or "")
        is_same = (tables.jobs.c.id == job.id) & (tables.jobs.c.version == job.version)
        if job.owner not in (None, myself()):
            # Taken from a process that seemed dead: unless it has shown since that it is not.
            is_same &= tables.jobs.c.updated == job.updated
        with self._writing() as connection:
            changed = connection.execute(update(tables.jobs).where(is_same).values(values))
            if changed.rowcount == 1 and note is not None:
                event = {"job": job.id, "at": now, "state": to.value, "note": note}
                connection.execute(insert(tables.events).values(event))
        if changed.rowcount != 1:
            raise _busy(job)
        # Nobody has changed it since it was read, so it need not be read again.
        return replace(job, **(values | {"state": to}))

    def get(self, job_id: str) -> JobRecord:
        """Return the record of an id, of an id's beginning that no other has, or the latest.

        Raises
        ------
        JobNotFoundError
            If there is none, or several begin so.
        """
        query = select(tables.jobs)
        if job_id == LATEST:
            query = query.order_by(tables.jobs.c.created.desc(), tables.jobs.c.part).limit(1)
        else:
            begins = tables.jobs.c.id.startswith(job_id.lower(), autoescape=True)
            # A service's id is what people find in the service's own pages.
            query = query.where(begins | (tables.jobs.c.provider_id == job_id)).limit(2)
        # No id has letters that are none in any encoding, and no database takes them.
        found: list[JobRecord] = self._read(query) if job_id.isascii() and job_id else []
        if len(found) == 1:
            return found[0]
        raise JobNotFoundError(
            f"There is no job {job_id!r}." if not found else f"Several jobs begin with {job_id!r}.",
            expected="the id of a job, its first digits, or latest",
            got=repr(job_id),
            hint="neuroqgan jobs list" if not found else "more digits, see neuroqgan jobs list",
        )

    def find(
        self,
        *,
        states: Iterable[JobState] = (),
        backend: str | None = None,
        run: str | None = None,
        request: str | None = None,
        request_hash: str | None = None,
        series: str | None = None,
        newer: timedelta | None = None,
        older: timedelta | None = None,
        uncollected: bool = False,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first; parts of one request in their order.

        Parameters
        ----------
        states
            Any of these; all if empty.
        backend, run, request, request_hash, series
            With this value.
        newer, older
            Created within this time, or before it.
        uncollected
            Only those whose raster was not put into a run.
        limit
            Most of them.
        """
        query = select(tables.jobs).where(
            *conditions(
                states=states,
                newer=newer,
                older=older,
                backend=backend,
                run=run,
                request=request,
                request_hash=request_hash,
                series=series,
            )
        )
        if uncollected:
            query = query.where(tables.jobs.c.collected.is_(None))
        query = in_order(query)
        return self._read(query if limit is None else query.limit(limit))

    def rasters(
        self,
        *,
        states: Iterable[JobState] = (),
        backend: str | None = None,
        run: str | None = None,
        newer: timedelta | None = None,
        older: timedelta | None = None,
        limit: int | None = None,
    ) -> list[list[JobRecord]]:
        """Return all jobs of every raster that has a job like this, as `find` has it.

        Parameters
        ----------
        states, backend, run, newer, older
            See `find`.
        limit
            Most rasters.

        Returns
        -------
        list
            Of lists, that of the raster with the newest job first; its newest job first.
        """
        wanted_jobs = conditions(states=states, newer=newer, older=older, backend=backend, run=run)
        newest = func.max(tables.jobs.c.created).label("newest")
        wanted = select(RASTER.label("raster"), newest).where(*wanted_jobs).group_by(RASTER)
        wanted = wanted.order_by(newest.desc()).limit(limit)
        found = wanted.subquery()
        query = select(tables.jobs).join(found, found.c.raster == RASTER)
        query = query.order_by(found.c.newest.desc(), found.c.raster)
        by_raster: dict[str, list[JobRecord]] = {}
        for job in self._read(in_order(query)):
            by_raster.setdefault(job.raster, []).append(job)
        return list(by_raster.values())

    def count(self) -> int:
        """Return how many jobs there are."""
        return self._count(func.count())

    def count_rasters(self) -> int:
        """Return how many rasters the jobs are for."""
        return self._count(func.count(distinct(RASTER)))

    def _count(self, what: ColumnElement[int]) -> int:
        query = select(what).select_from(tables.jobs)
        with reachable(self._url), self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def events(self, job: JobRecord) -> list[JobEvent]:
        """Return the history of a job."""
        at, state, note = (tables.events.c[name] for name in ("at", "state", "note"))
        query = select(at, state, note)
        query = query.where(tables.events.c.job == job.id).order_by(tables.events.c.number)
        with reachable(self._url), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [JobEvent(row[0], JobState(row[1]), row[2]) for row in rows]

    def forget(self, job: JobRecord) -> None:
        """Delete a record and its history.

        Raises
        ------
        NotReadyError
            If the record has changed since it was read, or another process works on it.
        """
        if self.is_held(job):
            raise _busy(job)
        is_same = (tables.jobs.c.id == job.id) & (tables.jobs.c.version == job.version)
        with self._writing() as connection:
            deleted = connection.execute(delete(tables.jobs).where(is_same)).rowcount
        if deleted != 1:
            raise _busy(job)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        self.check_writable()
        with reachable(self._url), self._engine.begin() as connection:
            yield connection

    def check_writable(self) -> None:
        """Check that jobs can be written here, before work is done that would be in vain.

        Raises
        ------
        StorageError
            If the database may only be read.
        """
        if self._only_reads:
            raise StorageError(
                "The job database is read-only here.",
                expected="a file and a folder that can be written, to change a job",
                got=str(self._url.database),
                hint="jobs list, show and export work; for the rest choose another NEUROQGAN_HOME",
            )

    def _read(self, query: Select[Any]) -> list[JobRecord]:
        with reachable(self._url), self._engine.connect() as connection:
            try:
                return [record_of(row) for row in connection.execute(query)]
            except (LookupError, TypeError, ValueError) as error:
                raise StorageError(
                    "The database of the jobs holds a record that cannot be read.",
                    expected="records as neuroqgan wrote them",
                    got="a state, a time or a field of another form",
                    hint="restore the database from a copy",
                ) from error


def _sources(to: JobState) -> str:
    return " or ".join(state for state, steps in TRANSITIONS.items() if to in steps) or "nothing"


def _busy(job: JobRecord) -> NotReadyError:
    return NotReadyError(
        f"Another process is working on job {job.short_id}.",
        expected="one process a job",
        got=(
            f"a job that was {job.state} when it was read and has since changed or "
            "been taken by another process"
        ),
        hint=f"wait a little, then neuroqgan jobs status {job.short_id}",
    )
