"""A store as checks see it: all records at one moment, nothing of it changed."""

from __future__ import annotations

import tempfile
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine
from sqlalchemy.exc import SQLAlchemyError

from neuroqgan.archive.places import StorePlaces
from neuroqgan.errors import NeuroqganError, StorageError
from neuroqgan.jobs.copies import JobCopies
from neuroqgan.jobs.database_urls import discreetly, limits_of
from neuroqgan.jobs.schema import SCHEMA, check_known, revision
from neuroqgan.jobs.snapshot import snapshot
from neuroqgan.jobs.unreadable import UnreadableRecord
from neuroqgan.private_files import make_private_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.jobs.payload_store import StoredFile
    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class KnownJobs:
    """What the database holds.

    Parameters
    ----------
    schema
        Version of its tables; None if there are none yet.
    records
        Records by id.
    unreadable
        Records that cannot be read.
    error
        Why nothing can be read of it; None if it can.
    """

    schema: str | None
    records: dict[str, JobRecord] = field(default_factory=dict)
    unreadable: tuple[UnreadableRecord, ...] = ()
    error: NeuroqganError | None = None


@dataclass(frozen=True)
class StoreView:
    """What checks look at.

    Parameters
    ----------
    places
        Where everything is.
    on_progress
        Called with what is being looked at, the number of things done, and of all of them.
    """

    places: StorePlaces = field(default_factory=StorePlaces)
    on_progress: Callable[[str, int, int], None] = lambda *_: None

    @cached_property
    def jobs(self) -> KnownJobs:
        """All records; of an SQLite file, those of a copy."""
        schema = None
        try:
            with _untouched(self.places.database) as url:
                schema = schema_of(url)
                check_known(schema)
                if schema is None:
                    return KnownJobs(None)
                if schema != SCHEMA and url == self.places.database:
                    raise StorageError(
                        "The job database was created by an earlier version of neuroqgan.",
                        expected=f"schema {SCHEMA}",
                        got=f"schema {schema}",
                        hint="neuroqgan jobs list, which brings it up to date",
                    )
                return _read(url, schema)
        except NeuroqganError as error:
            return KnownJobs(schema, error=error)

    @cached_property
    def files(self) -> dict[str, dict[str, StoredFile]]:
        """All payloads by job and name."""
        found: dict[str, dict[str, StoredFile]] = {}
        for file in self.places.payloads.files():
            found.setdefault(file.job, {})[file.name] = file
        return found


def schema_of(url: URL) -> str | None:
    """Return the version of the tables of a database, without a change of it.

    Raises
    ------
    StorageError
        If it cannot be read, or its tables are not those of neuroqgan.
    """
    engine = create_engine(url, connect_args=limits_of(url))
    try:
        with engine.connect() as connection:
            return revision(connection)
    except SQLAlchemyError as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())[:200]
        raise StorageError(
            "The job database cannot be read.",
            expected="a database that is whole and can be reached",
            got=discreetly(url, reason),
            hint="restore it from a copy, or check NEUROQGAN_DATABASE_URL",
        ) from error
    finally:
        engine.dispose()


def _read(url: URL, schema: str) -> KnownJobs:
    store = JobCopies(url)
    try:
        records, unreadable = {}, []
        with store.reading() as copies:
            for copy in copies:
                if isinstance(copy, UnreadableRecord):
                    unreadable.append(copy)
                else:
                    records[copy.record.id] = copy.record
        return KnownJobs(schema, records, tuple(unreadable))
    finally:
        store.close()


@contextmanager
def _untouched(url: URL) -> Iterator[URL]:
    """Yield the URL of a database that may be changed: a copy of a file, or the database itself."""
    import sqlite3

    if url.get_backend_name() != "sqlite":
        yield url
        return
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        copy = Path(folder) / "jobs.sqlite"
        try:
            make_private_file(copy)
            with (
                closing(snapshot(Path(str(url.database)))) as source,
                closing(sqlite3.connect(copy)) as target,
            ):
                source.backup(target)
        except (OSError, sqlite3.Error) as error:
            raise StorageError(
                "The job database cannot be read.",
                expected="an SQLite database that is whole",
                got=f"{url.database}: {error}",
                hint="restore it from a copy",
            ) from error
        yield url.set(database=str(copy))


def shorten(error: Any) -> str:
    """Return an error in one line."""
    problem, got = getattr(error, "problem", ""), getattr(error, "got", "")
    text = " ".join(f"{problem or error} {got}".split())
    return text[:300]
