"""An SQLite database on a file system that several machines share.

SQLite's write-ahead log (WAL) needs memory that all processes share through a file, which processes
of different machines cannot. The older journal needs locks only, but those of network file systems
often hold on one machine only, or fail. So every transaction opens the database anew, which shows
what other machines have written, and holds a lock of our own (`neuroqgan.jobs.lock_file`) until
it is closed. SQLite's own locks are used as well, where there are any, against other programs.

A mark in the file's header (`user_version`) tells machines that see the same file on a disk of
their own, such as the server of the file system, to do the same.
"""

from __future__ import annotations

import errno
import mmap
import os
import sqlite3
import tempfile
import time
import warnings
from contextlib import closing, suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.pool import NullPool

from neuroqgan.errors import StorageError
from neuroqgan.file_systems import ENVIRONMENT_VARIABLE, FileSystem, file_system
from neuroqgan.jobs.lock_file import lock_file
from neuroqgan.private_files import StoreWarning
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Engine

    from neuroqgan.jobs.lock_file import LockFile

MARK = 2409
_LOCK = ".lock"
_WAIT_SECONDS = 60.0
# Where there is no doubt that processes share memory and locks.
_USUAL = frozenset(
    {"apfs", "bcachefs", "btrfs", "ext2", "ext3", "ext4", "f2fs", "hfs", "jfs", "ntfs", "overlay"}
    | {"refs", "reiserfs", "tmpfs", "ufs", "xfs", "zfs"}
)
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_MARKED, _JOURNAL_VERSION = slice(60, 64), 18
_HEADER_BYTES, _WAL = 100, 2
_REMEDY = "set NEUROQGAN_HOME to a local disk, or NEUROQGAN_DATABASE_URL to a PostgreSQL database"


class _Connection(sqlite3.Connection):
    """A connection that gives back the lock when it is closed."""

    lock: LockFile | None = None

    def close(self) -> None:
        try:
            super().close()
        finally:
            lock, self.lock = self.lock, None
            if lock is not None:
                lock.release()


def has_to_be_shared(path: Path) -> bool:
    """Return whether a database has to be used as one that other machines use as well.

    Parameters
    ----------
    path
        Of its file, which need not exist; its folder does.

    Raises
    ------
    StorageError
        If no lock can work there.
    ConfigError
        See `neuroqgan.file_systems.file_system`.
    """
    found = file_system(path.parent)
    if found.is_bucket:
        raise StorageError(
            "The job database cannot be on an object store that is shown as folders.",
            expected="a file system on which only one process can create a file of some name",
            got=f"{path.parent} ({found})",
            hint=_REMEDY,
        )
    if found.is_assumed:
        return found.is_network
    return found.is_network or _is_marked(path) or not _shares_memory(path.parent, found)


def files_of(path: Path) -> list[Path]:
    """Return the files of a database, whether they exist or not.

    Parameters
    ----------
    path
        Of its file.
    """
    return [path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))]


def unmark(path: Path) -> None:
    """Take the mark from a database that somebody says is used by this machine only.

    Parameters
    ----------
    path
        Of its file.
    """
    if not _is_marked(path):
        return
    lock = lock_file(path.with_name(path.name + _LOCK))
    lock.acquire()
    try:
        with closing(_connect(path, {})) as connection:
            connection.execute("PRAGMA user_version = 0")
    finally:
        lock.release()


def shared_engine(path: Path, **options: Any) -> Engine:
    """Return an engine for a database of which `has_to_be_shared` is true.

    Parameters
    ----------
    path
        Of its file.
    options
        Of `sqlite3.connect`.

    Raises
    ------
    StorageError
        If locks cannot work there, now or in any transaction.
    """
    lock = lock_file(path.with_name(path.name + _LOCK))
    with suppress(OSError):
        _check_exclusive(path.parent)
    opened = partial(_open, path, lock, options)
    engine = create_engine(
        "sqlite://", creator=opened, poolclass=NullPool, json_deserializer=parse_json
    )
    event.listen(engine, "commit", lambda _: lock.check())
    return engine


def _open(path: Path, lock: LockFile, options: dict[str, Any]) -> _Connection:
    lock.acquire()
    try:
        if lock.is_outermost:
            _prepare(path, options)
        connection = _connect(path, options)
    except BaseException:
        lock.release()
        raise
    connection.lock = lock
    try:
        # A commit survives a power cut: the end of its journal as well.
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
    except BaseException:
        connection.close()
        raise
    return connection


def _connect(path: Path, options: dict[str, Any]) -> _Connection:
    # Without SQLite's own locks if they always fail; ours is enough.
    query = "" if _has_locks(path.parent) else "?vfs=unix-none"
    return sqlite3.connect(
        f"{path.as_uri()}{query}",
        uri=True,
        factory=_Connection,
        check_same_thread=False,
        isolation_level=None,
        **options,
    )


def _prepare(path: Path, options: dict[str, Any]) -> None:
    """Give a database the older journal and the mark, if it has not."""
    # No connection of this process is open, which would lose its locks when the file is closed.
    header = b""
    with suppress(OSError), path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    is_wal = len(header) == _HEADER_BYTES and header[_JOURNAL_VERSION] == _WAL
    if not is_wal and int.from_bytes(header[_MARKED]) == MARK:
        return
    with closing(_connect(path, options)) as connection:
        # So that no memory is shared, and nobody else has the database open.
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        if is_wal:
            _end_wal(connection, path)
        connection.execute(f"PRAGMA user_version = {MARK}")
    warnings.warn(_assumed(path), StoreWarning, stacklevel=2)


def _end_wal(connection: sqlite3.Connection, path: Path) -> None:
    """Merge what is in the write-ahead log, and return to the older journal."""
    try:
        set_journal(connection.execute, "DELETE", _WAIT_SECONDS)
    except sqlite3.OperationalError as error:
        if not _is_busy(error):
            raise
        raise StorageError(
            "Another program has the job database open in a way that does not work on network file "
            "systems.",
            expected="the journal mode DELETE",
            got=f"{path}, open in the journal mode WAL",
            hint="end what uses an earlier version of neuroqgan or another program; "
            f"{ENVIRONMENT_VARIABLE}, if it is set, has to be the same everywhere",
        ) from error


def set_journal(execute: Callable[[str], Any], mode: str, seconds: float) -> None:
    """Change the journal of a database; SQLite itself does not wait for others who use it.

    Parameters
    ----------
    execute
        Of a connection or a cursor.
    mode
        ``WAL`` or ``DELETE``.
    seconds
        How long to wait for others.

    Raises
    ------
    sqlite3.OperationalError
        If they still use it then, or the database is damaged.
    """
    deadline = time.monotonic() + seconds
    while True:
        try:
            execute(f"PRAGMA journal_mode = {mode}")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return


def _is_busy(error: sqlite3.OperationalError) -> bool:
    # The upper bits hold the reason.
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _assumed(path: Path) -> str:
    found = file_system(path.parent)
    where = "a network file system" if found.is_network else "a file system without shared memory"
    return (
        f"{path.parent} is on {where} ({found}): processes of all machines take turns with the job "
        f"database, by the file {path.name}{_LOCK}. A group is better served by PostgreSQL."
    )


def _is_marked(path: Path) -> bool:
    """Whether another machine, which knows that the file system is shared, uses a database."""
    if not path.is_file() or path.stat().st_size < _HEADER_BYTES:
        return False
    try:
        # By SQLite: to close the file otherwise would take the locks of this whole process.
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)) as database:
            return bool(database.execute("PRAGMA user_version").fetchone() == (MARK,))
    except sqlite3.Error:
        return False


@cache
def _shares_memory(folder: Path, found: FileSystem) -> bool:
    """Whether processes may share memory through a file there."""
    if found.kind in _USUAL:
        return True
    return _probe(folder, _map)


@cache
def _has_locks(folder: Path) -> bool:
    """Whether byte-range locks can be taken there at all."""
    return _probe(folder, _lock_bytes)


def _probe(folder: Path, works: Callable[[int], bool]) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder, prefix=".neuroqgan-") as file:
            file.write(bytes(mmap.PAGESIZE))
            file.flush()
            return works(file.fileno())
    except OSError:
        # What is wrong will be said when the database is opened.
        return True


def _map(number: int) -> bool:
    try:
        mmap.mmap(number, mmap.PAGESIZE).close()
    except OSError:
        return False
    return True


def _lock_bytes(number: int) -> bool:
    try:
        import fcntl
    except ModuleNotFoundError:
        return True
    try:
        fcntl.lockf(number, fcntl.LOCK_EX | fcntl.LOCK_NB, 1)
    except OSError as error:
        return error.errno not in _NO_LOCKS
    return True


@cache
def _check_exclusive(folder: Path) -> None:
    """Check that a file cannot be created twice, which our lock relies on."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".neuroqgan-") as inner:
        name = Path(inner) / "lock"
        name.touch(exist_ok=False)
        with suppress(FileExistsError):
            os.close(os.open(name, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
            raise StorageError(
                "The job database cannot be on this file system, where locks do not work.",
                expected="a file system on which only one process can create a file of some name",
                got=f"{folder} ({file_system(folder)})",
                hint=_REMEDY,
            )
