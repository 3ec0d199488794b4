"""Read-only databases: a copy in memory, while the database itself is left as it is.

SQLite writes even when it only reads: beside a database in WAL mode it needs two more files. If it
cannot create them it cannot read, and if it is told that nothing changes it overlooks what another
process has written but not merged yet.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlalchemy import URL

# What is not merged yet, and what has to be undone after a crash.
_REST = ("-wal", "-journal")


def is_read_only(url: URL) -> bool:
    """Return whether an SQLite database or its folder cannot be written, even if not there yet."""
    if url.get_backend_name() != "sqlite" or not url.database:
        return False
    path = Path(url.database).absolute()
    if path.is_file():
        return not all(map(_is_writable, (path, path.parent)))
    folder = next(parent for parent in path.parents if parent.exists())
    return folder.is_dir() and not _is_writable(folder)


def snapshot(path: Path) -> sqlite3.Connection:
    """Read a database into memory.

    Parameters
    ----------
    path
        Path of an SQLite database; neither it nor its folder is written.

    Returns
    -------
    sqlite3.Connection
        A separate database, empty if there is none at ``path``. Changes to it are not kept.

    Raises
    ------
    sqlite3.Error, OSError
        If it cannot be read.
    """
    if not path.is_file():
        return sqlite3.connect(":memory:", check_same_thread=False)
    rest = [path.with_name(path.name + end) for end in _REST]
    rest = [file for file in rest if file.exists() and file.stat().st_size > 0]
    try:
        # This sees what other processes are writing.
        return _read(f"{path.absolute().as_uri()}?mode=ro")
    except sqlite3.OperationalError:
        if not rest:
            return _read(f"{path.absolute().as_uri()}?mode=ro&immutable=1")
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        for file in (path, *rest):
            shutil.copyfile(file, Path(folder) / file.name)
        return _read(f"{(Path(folder) / path.name).as_uri()}?mode=rw")


def _read(uri: str) -> sqlite3.Connection:
    memory = sqlite3.connect(":memory:", check_same_thread=False)
    try:
        with closing(sqlite3.connect(uri, uri=True)) as source:
            source.backup(memory)
    except BaseException:
        memory.close()
        raise
    return memory


def _is_writable(path: Path) -> bool:
    by_this_process = os.access in os.supports_effective_ids
    return os.access(path, os.W_OK, effective_ids=by_this_process)
