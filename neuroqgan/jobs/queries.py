"""Reading the records of jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import distinct, func, select

from neuroqgan.errors import JobNotFoundError, StorageError
from neuroqgan.jobs import tables
from neuroqgan.jobs.database import connect, database_url, reachable
from neuroqgan.jobs.record import JobEvent
from neuroqgan.jobs.rows import RASTER, conditions, in_order, named, of_rasters, record_of
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

    from sqlalchemy import URL, ColumnElement, Select

    from neuroqgan.jobs.record import JobRecord

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
        if job_id == LATEST:
            query = in_order(select(tables.jobs)).limit(1)
        else:
            query = select(tables.jobs).where(named(job_id)).limit(2)
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
        wanted = conditions(states=states, newer=newer, older=older, backend=backend, run=run)
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
        with reachable(self._url), self._engine.connect() as connection:
            while True:
                rows = connection.execute(query.limit(page).offset(n_seen)).scalars().all()
                found.update(dict.fromkeys(rows))
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
        query = select(columns.series, func.max(columns.first_bin)).group_by(columns.series)
        query = query.where(columns.state == JobState.RETRIEVED.value)
        found: dict[str, int] = {}
        with reachable(self._url), self._engine.connect() as connection:
            for start in range(0, len(wanted), _IDS_PER_QUERY):
                some = columns.series.in_(wanted[start : start + _IDS_PER_QUERY])
                found |= {row[0]: row[1] for row in connection.execute(query.where(some))}
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
        with reachable(self._url), self._engine.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def events(self, job: JobRecord) -> list[JobEvent]:
        """Return the history of a job, oldest event first."""
        at, state, note = (tables.events.c[name] for name in ("at", "state", "note"))
        query = select(at, state, note)
        query = query.where(tables.events.c.job == job.id).order_by(tables.events.c.number)
        with reachable(self._url), self._engine.connect() as connection:
            rows = connection.execute(query).all()
        return [JobEvent(row[0], JobState(row[1]), row[2]) for row in rows]

    def _read(self, query: Select[Any]) -> list[JobRecord]:
        with reachable(self._url), self._engine.connect() as connection:
            try:
                return [record_of(row) for row in connection.execute(query)]
            except (LookupError, TypeError, ValueError) as error:
                raise StorageError(
                    "The job database holds a record that cannot be read.",
                    expected="records as neuroqgan wrote them",
                    got="a state, a time or a field of another form",
                    hint="restore the database from a copy",
                ) from error
