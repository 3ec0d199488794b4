"""The database of the job store: SQLite in the user's folder, or any that SQLAlchemy reaches."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import URL, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import StaticPool

from neuroqgan.errors import ConfigError, StorageError
from neuroqgan.home import home
from neuroqgan.jobs.schema import SCHEMA, check_known, revision, upgrade
from neuroqgan.jobs.shared_sqlite import is_shared, shared_engine, unmark
from neuroqgan.jobs.snapshot import is_read_only, snapshot
from neuroqgan.jobs.tables import strict_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Engine

ENVIRONMENT_VARIABLE = "NEUROQGAN_DATABASE_URL"

# Arbitrary numbers, the same for all processes.
_POSTGRES_LOCK = 2409_09125
_POSTGRES_LOCKS = 24_090_912
_BUSY_SECONDS = 60
# Marks a transaction that will write: SQLite then makes others wait from its beginning.
_WRITES = "neuroqgan_writes"


def database_url() -> URL:
    """Return the URL of the database.

    That is the environment variable ``NEUROQGAN_DATABASE_URL``, or else an SQLite file in
    `neuroqgan.home.home`.

    Raises
    ------
    ConfigError
        If it is not a database URL.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if not named:
        path = home() / "jobs.sqlite"
        return URL.create("sqlite", database=str(_cut_at_question_mark(path) or path))
    try:
        url = make_url(named)
    except (ArgumentError, ValueError):
        # Their messages are left out: what looks like a wrong port may be half of a password.
        raise ConfigError(
            f"{ENVIRONMENT_VARIABLE} is not a database URL.",
            expected="sqlite:///path or postgresql://user@host/database",
            got="something else",
            hint=f"write / and @ in a password as %2F and %40, or unset {ENVIRONMENT_VARIABLE}",
        ) from None
    # PostgreSQL's plain names mean the driver that SQLAlchemy had first, which is not installed.
    is_plain = url.drivername in {"postgresql", "postgres"}
    return url.set(drivername="postgresql+psycopg") if is_plain else url


def _cut_at_question_mark(path: Path) -> Path | None:
    """Return the database that an earlier version created elsewhere, if ``?`` is in the path.

    It took everything after ``?`` for options. Such a database is used where it is.
    """
    cut, mark, _ = str(path).partition("?")
    if not mark or path.exists() or not Path(cut).is_file():
        return None
    try:
        with closing(sqlite3.connect(f"{Path(cut).as_uri()}?mode=ro", uri=True)) as database:
            found = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'job_events'")
            return Path(cut) if found.fetchone() else None
    except sqlite3.Error:
        # Some other file.
        return None


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
                json_deserializer=strict_json,
            )
        else:
            engine = (
                _file(url)
                if is_sqlite
                else create_engine(url, pool_pre_ping=True, json_deserializer=strict_json)
            )
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise ConfigError(
            "The driver of the database is not installed.",
            expected=f"a driver for {url.get_backend_name()}",
            got=str(error),
            hint="pip install 'neuroqgan[postgres]'",
        ) from error
    except (OSError, sqlite3.Error) as error:
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


def _file(url: URL) -> Engine:
    """Open an SQLite file, by the rules of the file system that it is on."""
    options: dict[str, Any] = {"timeout": _BUSY_SECONDS}
    if url.database and not url.database.startswith(("file:", ":memory:")):
        path = Path(url.database).absolute()
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_shared(path):
            return shared_engine(path, **options)
        unmark(path)
    engine = create_engine(
        url, connect_args=options, pool_pre_ping=True, json_deserializer=strict_json
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
    # Never the password, which may also be among the options.
    where = url.set(query={}).render_as_string(hide_password=True)
    return StorageError(
        "The job database cannot be used.",
        expected="a database that can be read and written",
        got=f"{where}: {' '.join(str(error).split())[:300]}",
        hint=f"check {ENVIRONMENT_VARIABLE}, or NEUROQGAN_HOME and free space on its disk",
    )


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # Python's driver would leave changes of tables outside transactions: a process that is killed
    # while it makes them would leave a database that no other can use. So the driver begins no
    # transactions, and `_begin_sqlite` begins them all.
    connection.isolation_level = None
    cursor = connection.cursor()
    # Readers and one writer at a time do not block each other; a commit survives a power cut.
    _switch_to_wal(cursor)
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _switch_to_wal(cursor: Any) -> None:
    """Change the journal of a new file; SQLite itself does not wait for others doing the same."""
    deadline = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            # The upper bits hold the reason.
            is_busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


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
