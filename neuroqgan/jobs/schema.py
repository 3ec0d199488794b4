"""Which version the tables of a database are of, and bringing them to that of this package."""

from __future__ import annotations

import glob
import re
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from neuroqgan.errors import StorageError
from neuroqgan.private_files import make_private_file

if TYPE_CHECKING:
    from sqlalchemy import URL, Connection

SCHEMA = "0005"
"""Revision of the tables that this version uses: the newest in ``migrations/versions``."""

_REVISION = re.compile(r"[0-9]{4}")
_SHOWN = 40


def revision(connection: Connection) -> str | None:
    """Return the version of the tables; None if there are no tables yet.

    Raises
    ------
    StorageError
        If there are tables, and it cannot be told of which version they are.
    """
    there = set(inspect(connection).get_table_names())
    found: list[str] = []
    if "alembic_version" in there:
        rows = connection.execute(text("SELECT version_num FROM alembic_version"))
        found = [str(value) for value in rows.scalars()]
    if len(found) == 1 and _REVISION.fullmatch(found[0]) and found[0] != "0000":
        return found[0]
    if not found and "jobs" not in there:
        return None
    raise StorageError(
        "It cannot be told which version of neuroqgan wrote the job database.",
        expected=f"the schema of a version, up to {SCHEMA}",
        got=ascii(", ".join(found))[:_SHOWN] if found else "tables without a version",
        hint="restore it from a copy (*.before-* beside it), or choose another database",
    )


def check_known(found: str | None) -> None:
    """Refuse tables of a later version.

    Parameters
    ----------
    found
        What `revision` returned.

    Raises
    ------
    StorageError
        If they are.
    """
    if found is not None and found > SCHEMA:
        raise StorageError(
            "The job database was created by a later version of neuroqgan.",
            expected=f"schema {SCHEMA} or earlier",
            got=f"schema {found}",
            hint="pip install --upgrade neuroqgan",
        )


def upgrade(connection: Connection, url: URL, *, keep_copy: bool) -> None:
    """Bring the tables to this version, all steps in one transaction.

    A process that is killed meanwhile leaves the tables as they were, and the next one begins
    again. Records of an earlier version in an SQLite file are copied beside it first.

    Parameters
    ----------
    connection
        In a transaction that keeps others from writing.
    url
        Of the database.
    keep_copy
        Whether the database is a file of which a copy can be kept.

    Raises
    ------
    StorageError
        If the tables are of an unknown or later version, or the copy cannot be written.
    """
    from alembic import command
    from alembic.config import Config

    # Another process may have done so meanwhile.
    found = revision(connection)
    check_known(found)
    if found == SCHEMA:
        return
    if found is not None and keep_copy:
        _copy(Path(str(url.database)), f".before-{SCHEMA}")
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _copy(path: Path, suffix: str) -> None:
    target = path.with_name(path.name + suffix)
    draft = path.with_name(f"{path.name}{suffix}.{uuid.uuid4().hex}.part")
    try:
        # Of processes that were killed: nobody else copies, as this one has the lock for writing.
        for left in path.parent.glob(f"{glob.escape(target.name)}.*.part*"):
            left.unlink(missing_ok=True)
        make_private_file(draft)
        try:
            _back_up(path, draft, "mode=ro")
        except sqlite3.OperationalError:
            # Without SQLite's locks, which some file systems lack: others are kept out already.
            _back_up(path, draft, "mode=ro&vfs=unix-none")
        draft.replace(target)
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            "The job database is of an earlier version, and cannot be copied before it is changed.",
            expected=f"room for {target}",
            got=str(error),
            hint="free some space; the database is as it was",
        ) from error
    finally:
        draft.unlink(missing_ok=True)


def _back_up(path: Path, target: Path, how: str) -> None:
    # By a connection of its own: one that is about to write cannot be copied from.
    uri = f"{path.absolute().as_uri()}?{how}"
    with (
        closing(sqlite3.connect(uri, uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)
