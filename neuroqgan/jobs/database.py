"""The database of the job store: SQLite in the user's folder, or any that SQLAlchemy reaches."""

from __future__ import annotations

import sqlite3
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from neuroqgan.errors import ConfigError, StorageError
from neuroqgan.jobs.database_urls import (
    ENVIRONMENT_VARIABLE,
    database_url,
    discreetly,
    limits_of,
    shown,
)
from neuroqgan.jobs.schema import SCHEMA, check_known, revision, upgrade
from neuroqgan.jobs.shared_sqlite import (
    files_of,
    has_to_be_shared,
    set_journal,
    shared_engine,
    unmark,
)
from neuroqgan.jobs.snapshot import is_read_only, snapshot
from neuroqgan.private_files import (
    is_group_store,
    make_private_file,
    make_private_folder,
    note_tightened,
    tighten,
)
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL, Connection, Engine

__all__ = [
    "ENVIRONMENT_VARIABLE",
    "SCHEMA",
    "connect",
    "database_url",
    "one_at_a_time",
    "reachable",
    "serves_several",
]


# Arbitrary numbers, the same for all processes.
_POSTGRES_LOCK = 2409_09125
_POSTGRES_LOCKS = 24_090_912
_BUSY_SECONDS = 60
# Marks a transaction that will write: SQLite then makes others wait from its beginning.
_WRITES = "neuroqgan_writes"


def serves_several(url: URL) -> bool:
    """Return whether jobs of several people are expected in a database."""
    return url.get_backend_name() != "sqlite" or is_group_store()


def connect(url: URL) -> Engine:
    """Open a database and update its tables to the current schema.

    If an SQLite file is read-only, a copy in memory is opened; see `neuroqgan.jobs.snapshot`.

    Parameters
    ----------
    url
        URL of the database.

    Raises
    ------
    ConfigError
        If the driver is not installed.
    StorageError
        If the database cannot be reached or written, or was created by a later version.
    """
    is_sqlite = url.get_backend_name() == "sqlite"
    only_reads = is_read_only(url)
    try:
        if only_reads:
            # In memory, because the tables of an earlier version have to be changed.
            picture = snapshot(Path(str(url.database)))
            engine = create_engine(
                "sqlite://",
                creator=lambda: picture,
                poolclass=StaticPool,
                json_deserializer=parse_json,
            )
        else:
            engine = _file(url) if is_sqlite else _server(url)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "The driver of the database is not installed.",
            expected=f"a driver for {url.get_backend_name()}",
            got=str(error),
            hint="pip install 'neuroqgan[postgres]'",
        ) from error
    except (OSError, ValueError, TypeError, ArgumentError, sqlite3.Error) as error:
        # Options that are none are noticed by several packages, in their own ways.
        raise _unreachable(url, error) from error
    if is_sqlite:
        event.listen(engine, "begin", _begin_sqlite)
    try:
        with reachable(url):
            _migrate(engine, url, keep_copy=is_sqlite and bool(url.database) and not only_reads)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _server(url: URL) -> Engine:
    """Open a database of a server, which is given up if it does not answer for long."""
    return create_engine(
        url, connect_args=limits_of(url), pool_pre_ping=True, json_deserializer=parse_json
    )


def _file(url: URL) -> Engine:
    """Open an SQLite file, by the rules of the file system that it is on."""
    options: dict[str, Any] = {"timeout": _BUSY_SECONDS}
    if url.database and not url.database.startswith(("file:", ":memory:")):
        path = Path(url.database).absolute()
        make_private_folder(path.parent)
        shared = has_to_be_shared(path)
        # SQLite gives the files beside it the same permissions.
        make_private_file(path)
        tightened = [tighten(file) for file in files_of(path) if file.is_file()]
        if any(tightened):
            note_tightened(path)
        if shared:
            return shared_engine(path, **options)
        unmark(path)
    engine = create_engine(
        url, connect_args=options, pool_pre_ping=True, json_deserializer=parse_json
    )
    event.listen(engine, "connect", _prepare_sqlite)
    return engine


@contextmanager
def reachable(url: URL) -> Iterator[None]:
    """Replace errors of a database that cannot be reached or written by one that says so.

    Raises
    ------
    StorageError
        If it cannot.
    """
    try:
        yield
    except DBAPIError as error:
        raise _unreachable(url, error.orig or error) from error


def _unreachable(url: URL, error: BaseException) -> StorageError:
    return StorageError(
        "The job database cannot be used.",
        expected="a database that can be read and written",
        got=f"{shown(url)}: {discreetly(url, ' '.join(str(error).split()))[:300]}",
        hint=f"check {ENVIRONMENT_VARIABLE}, or NEUROQGAN_HOME and free space on its disk",
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # Python's driver would leave changes of tables outside transactions: a process that is killed
    # while it makes them would leave a database that no other can use. So the driver begins no
    # transactions, and `_begin_sqlite` begins them all.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Readers and one writer at a time do not block each other; a commit survives a power cut.
    set_journal(cursor.execute, "WAL", _BUSY_SECONDS)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _migrate(engine: Engine, url: URL, *, keep_copy: bool) -> None:
    with engine.connect() as connection:
        found = revision(connection)
    check_known(found)
    if found == SCHEMA:
        return
    # Other processes wait meanwhile, and then find nothing to do.
    with one_at_a_time(engine, url) as connection:
        upgrade(connection, url, keep_copy=keep_copy)


@contextmanager
def one_at_a_time(engine: Engine, url: URL, name: str | None = None) -> Iterator[Connection]:
    """Open a transaction that excludes others from its beginning to its end.

    SQLite has one writer at a time in any case.

    Parameters
    ----------
    engine, url
        The database.
    name
        Hexadecimal digits that name the purpose: on PostgreSQL only transactions with the same name
        wait for each other. None stands for changes of the tables themselves.
    """
    is_postgres = url.get_backend_name() == "postgresql"
    # At a stricter level everything that is read after the lock would be as old as the lock.
    level = {"isolation_level": "READ COMMITTED"} if is_postgres else {}
    options = {_WRITES: True} | level
    with engine.connect().execution_options(**options) as connection, connection.begin():
        if is_postgres:
            lock = _POSTGRES_LOCK if name is None else f"{_POSTGRES_LOCKS}, {int(name[:7], 16)}"
            connection.execute(text(f"SELECT pg_advisory_xact_lock({lock})"))
        yield connection
