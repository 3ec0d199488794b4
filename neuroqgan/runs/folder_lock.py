"""A lock on a folder that a process works in; the system releases it however the process ends."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.errors import LockedError, StorageError
from neuroqgan.private_files import file_mode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def locked_folder(lock_path: Path, doing: str, *, expected: str, hint: str) -> Iterator[None]:
    """Hold the lock of a folder, so that no two processes work in it.

    Parameters
    ----------
    lock_path
        The file to lock; its folder exists.
    doing
        What another process that holds it is doing, in words.
    expected, hint
        Of the error if one does.

    Raises
    ------
    LockedError
        If another process holds it.
    StorageError
        If the folder cannot be written, or its file system has no locks.
    """
    from filelock import FileLock, Timeout

    folder, lock = lock_path.parent, FileLock(lock_path, timeout=0, mode=file_mode())
    try:
        lock.acquire()
    except Timeout as error:
        raise LockedError(
            f"Another process is {doing}.",
            expected=expected,
            got=f"a lock on {folder}",
            hint=hint,
        ) from error
    except (OSError, NotImplementedError) as error:
        # Of the latter kind on file systems without locks.
        raise StorageError(
            f"The folder {folder} cannot be written or locked.",
            expected="a writable folder, on a file system with locks",
            got=getattr(error, "strerror", None) or str(error),
            hint="set NEUROQGAN_HOME to a folder that you can write to",
        ) from error
    try:
        yield
    finally:
        lock.release()
