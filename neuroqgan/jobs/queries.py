"""Reading the records of jobs."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import distinct, func, select

from neuroqgan.errors import JobNotFoundError, JobStateError
from neuroqgan.jobs import tables
from neuroqgan.jobs.database import connect, database_url, serves_several
from neuroqgan.jobs.retries import repeated
from neuroqgan.jobs.rows import RASTER, conditions, in_order, named, of_rasters
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.unreadable import (
    UnreadableRecord,
    read_histories,
    read_records,
    read_whole,
    warn_of,
)
from neuroqgan.jobs.users import is_mine, user_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import timedelta

    from sqlalchemy import URL, ColumnElement, Connection, Row, Select

    from neuroqgan.jobs.record import JobEvent, JobRecord

T = TypeVar("T")

LATEST = "latest"
"""Stands for the id of the newest job."""

_IDS_PER_QUERY = 500
_JOBS_PER_RASTER = 8


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
        # Commands end without closing their stores.
        weakref.finalize(self, self._engine.dispose).atexit = False
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
        # Ids are ASCII, and no database accepts text that no encoding can represent.
        is_id = job_id.isascii() and job_id != "" and "\0" not in job_id
        found: list[JobRecord] = []
        unreadable: list[UnreadableRecord] = []
        if job_id == LATEST:
            found = self._latest()
        elif is_id:
            found, unreadable = self._read_both(select(tables.jobs).where(named(job_id)).limit(2))
        if len(found) + len(unreadable) == 1:
            for record in unreadable:
                raise record.error()
            return found[0]
        are_several = bool(found or unreadable)
        raise JobNotFoundError(
            f"Several jobs begin with {job_id!r}."
            if are_several
            else f"There is no job {job_id!r}.",
            expected="the id of a job, its first digits, or latest",
            got=repr(job_id),
            hint="give more digits; neuroqgan jobs list shows them"
            if are_several
            else "neuroqgan jobs list",
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

    def _latest(self) -> list[JobRecord]:
        """Return the newest job that can be read, if there is one."""
        mine = conditions(states=(), newer=None, older=None, mine=self.is_shared)
        query = in_order(select(tables.jobs).where(*mine))
        n_rows = 1
        while True:
            found, unreadable = self._read_both(query.limit(n_rows))
            if found or len(unreadable) < n_rows:
                return found[:1]
            n_rows *= 8

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

        Warns
        -----
        UnreadableRecordWarning
            If a record cannot be read, which is then left out.

        Raises
        ------
        StorageError
            If a record of this request, hash or series cannot be read: without it, a raster would
            be incomplete, or paid for twice.
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
        query = in_order(query if limit is None else query.limit(limit))
        if request is series is request_hash is None:
            return self._read(query)
        return self._within(lambda connection: read_whole(connection, query))

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
        wanted = conditions(
            states=states, newer=newer, older=older, mine=mine, backend=backend, run=run
        )
        by_raster: dict[str, list[JobRecord]] = {
            raster: [] for raster in self._newest_rasters(wanted, limit)
        }
        ids = list(by_raster)
        for start in range(0, len(ids), _IDS_PER_QUERY):
            found = of_rasters(ids[start : start + _IDS_PER_QUERY])
            for job in self._read(in_order(select(tables.jobs).where(found))):
                by_raster[job.raster].append(job)
        return list(filter(None, by_raster.values()))

    def _newest_rasters(self, wanted: list[ColumnElement[bool]], limit: int | None) -> list[str]:
        """Return the ids of rasters with such jobs, newest job first."""
        query = in_order(select(RASTER).where(*wanted))
        found: dict[str, None] = {}
        # The jobs of a raster are mostly neighbours in time, so looking at the newest jobs is far
        # less than grouping all of them.
        n_seen, page = 0, None if limit is None else _JOBS_PER_RASTER * limit
        while True:
            rows = self._rows(query.limit(page).offset(n_seen))
            found.update(dict.fromkeys(row[0] for row in rows))
            if page is None or limit is None or len(rows) < page or len(found) >= limit:
                return list(found)[:limit]
            n_seen, page = n_seen + page, 2 * page

    def newest_bins(self, series: Iterable[str]) -> dict[str, int]:
        """Return the first bin of the last job of each series whose bits are here.

        Parameters
        ----------
        series
            Ids as in `JobRecord.series`; those without such a job are left out.
        """
        wanted, columns = list(series), tables.jobs.c
        query = select(columns.series, func.max(columns.first_bin).label("newest")).group_by(
            columns.series
        )
        query = query.where(columns.state == JobState.RETRIEVED.value)
        found: dict[str, int] = {}
        for start in range(0, len(wanted), _IDS_PER_QUERY):
            some = wanted[start : start + _IDS_PER_QUERY]
            rows = self._rows(query.where(columns.series.in_(some)))
            found |= {row.series: row.newest for row in rows}
        return found

    def count(self, **wanted: Any) -> int:
        """Return the number of jobs.

        Parameters
        ----------
        wanted
            ``states``, ``newer``, ``older`` and columns, see `find`; all jobs by default.
        """
        return self._count(func.count(), wanted)

    def count_rasters(self, **wanted: Any) -> int:
        """Return the number of rasters that the jobs are for.

        Parameters
        ----------
        wanted
            See `count`.
        """
        return self._count(func.count(distinct(RASTER)), wanted)

    def _count(self, what: ColumnElement[int], wanted: dict[str, Any]) -> int:
        any_of_them: dict[str, Any] = {"states": (), "newer": None, "older": None}
        query = select(what).select_from(tables.jobs).where(*conditions(**any_of_them | wanted))
        return int(self._within(lambda connection: connection.execute(query).scalar_one()))

    def events(self, job: JobRecord) -> list[JobEvent]:
        """Return the history of a job, oldest event first, as far as it can be read."""
        found = self._within(lambda connection: read_histories(connection, [job.id]))
        return found.get(job.id, [])

    def unreadable(self) -> list[UnreadableRecord]:
        """Return the records that cannot be read; all are looked at."""
        return self._read_both(in_order(select(tables.jobs)))[1]

    def _read(self, query: Select[Any]) -> list[JobRecord]:
        found, unreadable = self._read_both(query)
        warn_of(unreadable)
        return found

    def _read_both(self, query: Select[Any]) -> tuple[list[JobRecord], list[UnreadableRecord]]:
        return self._within(lambda connection: read_records(connection, query))

    def _rows(self, query: Select[Any]) -> Sequence[Row[Any]]:
        return self._within(lambda connection: connection.execute(query).all())

    def _within(self, read: Callable[[Connection], T]) -> T:
        """Read on a connection, again if it is lost meanwhile."""

        def once(_: bool) -> T:
            with self._engine.connect() as connection:
                return read(connection)

        return repeated(self._url, once)
