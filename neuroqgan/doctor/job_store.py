"""The database of jobs, looked at without a change of it, and the room for what jobs bring."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.checks import plural
from neuroqgan.doctor.finding import Finding, Scope, ok, problem, warning
from neuroqgan.errors import ConfigError
from neuroqgan.home import home

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

_LITTLE, _TOO_LITTLE = 2 * 2**30, 100 * 2**20
# Bytes of a database up to which looking through all of it takes no time.
_QUICK = 50 * 2**20


def check_job_store(_: Scope) -> Iterator[Finding]:
    """Look whether the database can be read and written, and whether its tables are known."""
    from neuroqgan.jobs.database import database_url

    try:
        url = database_url()
    except ConfigError as error:
        yield problem(error.problem, error.hint)
        return
    path = Path(str(url.database))
    if url.get_backend_name() != "sqlite":
        yield from _elsewhere(url)
    elif not path.is_file():
        yield ok(f"{path} is made with the first job")
    else:
        yield from _file(path)


def check_free_space(_: Scope) -> Iterator[Finding]:
    """Look at the free space where runs and jobs are kept."""
    folder = existing_parent(home())
    free = shutil.disk_usage(folder).free
    words = f"{free / 2**30:.1f} GB free for {home()}"
    advice = "delete runs with neuroqgan runs remove, or set NEUROQGAN_HOME to another disk"
    if free < _TOO_LITTLE:
        yield problem(words, advice)
    elif free < _LITTLE:
        yield warning(words, advice)
    else:
        yield ok(words)


def existing_parent(path: Path) -> Path:
    """Return a folder, or the closest one above it that exists.

    Parameters
    ----------
    path
        The folder.
    """
    return next(parent for parent in (path, *path.absolute().parents) if parent.is_dir())


def _file(path: Path) -> Iterator[Finding]:
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=5)) as database:
            revision = database.execute("SELECT version_num FROM alembic_version").fetchone()
            number = database.execute("SELECT COUNT(*) FROM jobs").fetchone()[0]
            small = path.stat().st_size <= _QUICK
            found = database.execute("PRAGMA quick_check(1)").fetchone()[0] if small else "ok"
    except sqlite3.Error as error:
        yield problem(
            f"{path} cannot be read: {error}",
            f"if another program holds it, end that; otherwise move {path} away, or restore a copy",
        )
        return
    if found != "ok":
        yield problem(f"{path} is damaged: {found}", "restore it from a copy")
        return
    yield from _schema(
        None if revision is None else revision[0], f"{path}, {plural(number, 'job')}"
    )
    if not (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        yield warning(f"{path} is read-only, so nothing can be sampled", "set NEUROQGAN_HOME")


def _elsewhere(url: URL) -> Iterator[Finding]:
    from sqlalchemy import create_engine, text
    from sqlalchemy.exc import SQLAlchemyError

    from neuroqgan.jobs.database_urls import discreetly, limits_of, shown

    where = shown(url)
    try:
        engine = create_engine(url, connect_args=limits_of(url))
        with engine.connect() as connection:
            named = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        engine.dispose()
    except ModuleNotFoundError as error:
        yield problem(f"{where} needs {error.name}", 'pip install "neuroqgan[postgres]"')
    except SQLAlchemyError as error:
        reason = discreetly(url, " ".join(str(getattr(error, "orig", None) or error).split()))[:200]
        if "alembic_version" in reason:
            yield ok(f"{where} has no tables yet; they are made with the first job")
        else:
            yield problem(f"{where} cannot be used: {reason}", "check NEUROQGAN_DATABASE_URL")
    else:
        yield from _schema(named, where)


def _schema(found: str | None, where: str) -> Iterator[Finding]:
    from neuroqgan.jobs.schema import SCHEMA

    if found is not None and found > SCHEMA:
        yield problem(
            f"{where}: schema {found} is of a later version of neuroqgan, this one knows {SCHEMA}",
            "pip install --upgrade neuroqgan",
        )
    elif found != SCHEMA:
        yield ok(f"{where}: schema {found or 'unknown'}, brought to {SCHEMA} by the next command")
    else:
        yield ok(f"{where}, schema {SCHEMA}")
