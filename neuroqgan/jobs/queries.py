"""Reading the records of jobs."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from sqlalchemy import distinct, func, select

from neuroqgan.errors import JobNotFoundError
from neuroqgan.jobs import tables
from neuroqgan.jobs.database import connect, database_url, reachable
from neuroqgan.jobs.rows import RASTER, conditions, in_order
from neuroqgan.jobs.unreadable import (
    UnreadableRecord,
    read_histories,
    read_records,
    read_whole,
    warn_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import timedelta

    from sqlalchemy import URL, ColumnElement, Connection, Select

    from neuroqgan.jobs.record import JobEvent, JobRecord
    from neuroqgan.jobs.state import JobState

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

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def get(self, job_id: str) -> JobRecord:
        """Return the record of a job.

        Parameters
        ----------
        job_id
            Its id, the beginning of an id that no other job has, the id that its service gave it,
            or ``latest``.

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
            begins = tables.jobs.c.id.startswith(job_id.lower(), autoescape=True)
            # A service's id is what people find in the service's own pages.
            is_job = begins | (tables.jobs.c.provider_id == job_id)
            found, unreadable = self._read_both(select(tables.jobs).where(is_job).limit(2))
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

    def _latest(self) -> list[JobRecord]:
        """Return the newest job that can be read, if there is one."""
        query = in_order(select(tables.jobs))
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
        with self._reading() as connection:
            return read_whole(connection, query)

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
        """Return all jobs of every raster that has a job like this.

        Parameters
        ----------
        states, backend, run, newer, older
            See `find`.
        limit
            Maximum number of rasters.

        Returns
        -------
        list
            The jobs of each raster, newest job first; the raster with the newest job first.
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
        """Return the number of jobs."""
        return self._count(func.count())

    def count_rasters(self) -> int:
        """Return the number of rasters that the jobs are for."""
        return self._count(func.count(distinct(RASTER)))

    def _count(self, what: ColumnElement[int]) -> int:
        query = select(what).select_from(tables.jobs)
        with self._reading() as connection:
            return int(connection.execute(query).scalar_one())

    def events(self, job: JobRecord) -> list[JobEvent]:
        """Return the history of a job, oldest event first, as far as it can be read."""
        with self._reading() as connection:
            return read_histories(connection, [job.id]).get(job.id, [])

    def unreadable(self) -> list[UnreadableRecord]:
        """Return the records that cannot be read; all are looked at."""
        return self._read_both(in_order(select(tables.jobs)))[1]

    def _read(self, query: Select[Any]) -> list[JobRecord]:
        found, unreadable = self._read_both(query)
        warn_of(unreadable)
        return found

    def _read_both(self, query: Select[Any]) -> tuple[list[JobRecord], list[UnreadableRecord]]:
        with self._reading() as connection:
            return read_records(connection, query)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with reachable(self._url), self._engine.connect() as connection:
            yield connection
