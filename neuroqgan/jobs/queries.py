"""Reading the records of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import distinct, func, select

from neuroqgan.errors import JobNotFoundError, JobStateError, StorageError
from neuroqgan.jobs import tables
from neuroqgan.jobs.database import connect, database_url, serves_several
from neuroqgan.jobs.record import JobEvent
from neuroqgan.jobs.retries import repeated
from neuroqgan.jobs.rows import RASTER, conditions, in_order, record_of
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.users import is_mine, user_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import timedelta

    from sqlalchemy import URL, ColumnElement, Row, Select

    from neuroqgan.jobs.record import JobRecord

LATEST = "latest"
"""Stands for the id of the newest job."""


class JobQueries:
    """The reading half of `neuroqgan.jobs.store.JobStore`.

    Parameters
    ----------
    url
        URL of the database; see `neuroqgan.jobs.database.database_url`, which is the default.

    Raises
    ------
    StorageError
        If the database cannot be used. All methods raise it as well.
    """

    def __init__(self, url: URL | None = None) -> None:
        self._url = database_url() if url is None else url
        self._engine = connect(self._url)
        self.is_shared = serves_several(self._url)
        """Whether jobs of several people are expected here."""

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def get(self, job_id: str) -> JobRecord:
        """Return the record of a job.

        Parameters
        ----------
        job_id
            Its id, the beginning of an id that no other job has, the id that its service gave it,
            or ``latest``: the newest of this user, if several share the store.

        Raises
        ------
        JobNotFoundError
            If there is none, or several ids begin like this.
        """
        query = select(tables.jobs)
        if job_id == LATEST:
            mine = conditions(states=(), newer=None, older=None, mine=self.is_shared)
            query = in_order(query.where(*mine)).limit(1)
        else:
            begins = tables.jobs.c.id.startswith(job_id.lower(), autoescape=True)
            # A service's id is what people find in the service's own pages.
            query = query.where(begins | (tables.jobs.c.provider_id == job_id)).limit(2)
        # Ids are ASCII, and no database accepts text that no encoding can represent.
        found: list[JobRecord] = self._read(query) if job_id.isascii() and job_id else []
        if len(found) == 1:
            return found[0]
        raise JobNotFoundError(
            f"There is no job {job_id!r}." if not found else f"Several jobs begin with {job_id!r}.",
            expected="the id of a job, its first digits, or latest",
            got=repr(job_id),
            hint="neuroqgan jobs list"
            if not found
            else "give more digits; neuroqgan jobs list shows them",
        )

    def check_mine(self, job: JobRecord, what: str) -> None:
        """Check that a job is this user's before it is changed, if several share the store.

        Parameters
        ----------
        job
            The job.
        what
            What is about to be done with it, such as ``cancel``.

        Raises
        ------
        JobStateError
            If it is somebody else's.
        """
        if self.is_shared and not is_mine(job):
            raise JobStateError(
                f"Job {job.short_id} belongs to {job.user}.",
                expected=f"a job of {user_name()}, to {what} it",
                got=f"one of {job.user}",
                hint=f"ask {job.user}, or say that you mean it with `all_users = True`",
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
        mine: bool = False,
        limit: int | None = None,
    ) -> list[JobRecord]:
        """Return records, newest first, and the parts of one request in their order.

        Parameters
        ----------
        states
            In any of these states; in all if empty.
        backend, run, request, request_hash, series
            With this value.
        newer, older
            Created within this time, or before it.
        uncollected
            Only those whose raster was not put into a run.
        mine
            Only those of this user, and of nobody.
        limit
            Maximum number of records.
        """
        query = select(tables.jobs).where(
            *conditions(
                states=states,
                newer=newer,
                older=older,
                mine=mine,
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
        mine: bool = False,
        limit: int | None = None,
    ) -> list[list[JobRecord]]:
        """Return all jobs of every raster that has a job like this.

        Parameters
        ----------
        states, backend, run, newer, older, mine
            See `find`.
        limit
            Maximum number of rasters.

        Returns
        -------
        list
            The jobs of each raster, newest job first; the raster with the newest job first.
        """
        wanted_jobs = conditions(
            states=states, newer=newer, older=older, mine=mine, backend=backend, run=run
        )
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

    def count(self, *, mine: bool = False) -> int:
        """Return the number of jobs: of all, or of this user and of nobody."""
        return self._count(func.count(), mine=mine)

    def count_rasters(self, *, mine: bool = False) -> int:
        """Return the number of rasters that the jobs are for."""
        return self._count(func.count(distinct(RASTER)), mine=mine)

    def _count(self, what: ColumnElement[int], *, mine: bool) -> int:
        wanted = conditions(states=(), newer=None, older=None, mine=mine)
        (row,) = self._rows(select(what).select_from(tables.jobs).where(*wanted))
        return int(row[0])

    def events(self, job: JobRecord) -> list[JobEvent]:
        """Return the history of a job, oldest event first."""
        at, state, note = (tables.events.c[name] for name in ("at", "state", "note"))
        query = select(at, state, note)
        query = query.where(tables.events.c.job == job.id).order_by(tables.events.c.number)
        rows: Sequence[Row[Any]] = self._rows(query)
        return [JobEvent(row.at, JobState(row.state), row.note) for row in rows]

    def _read(self, query: Select[Any]) -> list[JobRecord]:
        try:
            return [record_of(row) for row in self._rows(query)]
        except (LookupError, TypeError, ValueError) as error:
            raise StorageError(
                "The job database holds a record that cannot be read.",
                expected="records as neuroqgan wrote them",
                got="a state, a time or a field of another form",
                hint="restore the database from a copy",
            ) from error

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        def once(_: bool) -> Sequence[Row[Any]]:
            with self._engine.connect() as connection:
                return connection.execute(query).all()

        return repeated(self._url, once)
