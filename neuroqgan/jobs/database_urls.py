"""Which database holds the records of jobs: a URL, which is checked before its use."""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from neuroqgan.discreet import without_passwords
from neuroqgan.errors import ConfigError
from neuroqgan.home import home

ENVIRONMENT_VARIABLE = "NEUROQGAN_DATABASE_URL"
_EXAMPLES = "sqlite:///path or postgresql://user@host/database"
# PostgreSQL's plain names mean the driver that SQLAlchemy had first, which is not installed.
_DRIVERS = {
    "sqlite": "sqlite",
    "sqlite+pysqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
# Seconds, and milliseconds, after which a server that no longer answers counts as lost.
_LIMITS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 60_000,
}
_HOSTS = re.compile(r"[A-Za-z0-9._:-]*", re.ASCII)
_MOST_PORTS = 65535
_LONGEST = 2000
_SHORTEST_PASSWORD = 3


def database_url() -> URL:
    """Return the URL of the database.

    That is the environment variable ``NEUROQGAN_DATABASE_URL``, or else an SQLite file in
    `neuroqgan.home.home`.

    Raises
    ------
    ConfigError
        If it is not the URL of a database that can be used. Nothing of it is repeated: what looks
        like a wrong port may be half of a password.
    """
    named = os.environ.get(ENVIRONMENT_VARIABLE, "").strip()
    if not named:
        path = home() / "jobs.sqlite"
        return URL.create("sqlite", database=str(_cut_at_question_mark(path) or path))
    if not named.isprintable() or len(named) > _LONGEST:
        raise _wrong("a text with control characters, or one that is too long")
    try:
        url = make_url(named)
    except (ArgumentError, ValueError):
        raise _wrong("something else") from None
    driver = _DRIVERS.get(url.drivername)
    if driver is None:
        raise _wrong("a database of another kind, or with another driver")
    url = url.set(drivername=driver)
    return _file(url) if driver == "sqlite" else _server(url, named)


def _file(url: URL) -> URL:
    if url.host or url.username or url.password or url.port is not None:
        raise _wrong("a file at a host: the path begins after three slashes")
    if not url.database or url.database.startswith((":memory:", "file:")) or url.query:
        raise _wrong("no path, or options beside it")
    return url


def _server(url: URL, named: str) -> URL:
    if "@" in named.partition("://")[2].partition("/")[2].partition("?")[0]:
        raise _wrong("an @ behind the host, which may belong to the password")
    parts = (url.username, url.password, url.host, url.database, *map(str, url.query.values()))
    if not all(part is None or part.isprintable() for part in parts):
        raise _wrong("one with control characters")
    if not _HOSTS.fullmatch(url.host or ""):
        raise _wrong("one with an impossible host")
    if url.port is not None and not 0 < url.port <= _MOST_PORTS:
        raise _wrong("one with an impossible port")
    if not url.database or "/" in url.database:
        raise _wrong("one without the name of a database, or with a path")
    return url


def _wrong(got: str) -> ConfigError:
    return ConfigError(
        f"{ENVIRONMENT_VARIABLE} is not a database URL.",
        expected=_EXAMPLES,
        got=got,
        hint=f"write / and @ in a password as %2F and %40, or unset {ENVIRONMENT_VARIABLE}",
    )


def shown(url: URL) -> str:
    """Return a database URL for people to read: without password, and without options.

    Parameters
    ----------
    url
        The URL.

    Examples
    --------
    >>> from sqlalchemy import make_url
    >>> shown(make_url("postgresql://me:secret@host/jobs?sslpassword=secret"))
    'postgresql://me:***@host/jobs'
    """
    return url.set(query={}).render_as_string(hide_password=True)


def discreetly(url: URL, text: str) -> str:
    """Return what a driver says, without the password in whatever form.

    Parameters
    ----------
    url
        The URL that the driver was given.
    text
        What it says.
    """
    password = str(url.password or "")
    if len(password) >= _SHORTEST_PASSWORD:
        text = text.replace(password, "***")
    return without_passwords(text)


def limits_of(url: URL) -> dict[str, int]:
    """Return how long a driver waits for a server, unless the URL says so itself.

    Parameters
    ----------
    url
        The URL; there is no waiting for a file.
    """
    if url.get_backend_name() == "sqlite":
        return {}
    return {name: value for name, value in _LIMITS.items() if name not in url.query}


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
