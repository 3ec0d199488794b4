"""Files and folders that are either complete or not there.

What a killed process leaves under a temporary name is deleted by the next one that writes into the
same folder. A process at work holds a lock on its temporary file, and a kernel releases the locks
of a process however it ends.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import time
import uuid
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING

from neuroqgan import checks
from neuroqgan.errors import InputError, StorageError
from neuroqgan.private_files import make_private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# Windows has others, and deletes no file that is open.
_HAS_LOCKS: bool = sys.platform != "win32"

_PART, _OLD = "part", "old"
_TEMPORARY = re.compile(
    rf"\.(?P<name>.{{1,100}})\.(?P<id>[0-9a-f]{{32}})\.(?:{_PART}|{_OLD})", re.S
)
_LONGEST_NAME = 100
# Seconds after which a temporary file that nobody has locked is deleted; and one of which that
# cannot be known.
_UNLOCKED, _UNKNOWN = 60.0, 86400.0
_HERE, _EXCHANGE = -100, 2
_swept: set[str] = set()


@contextmanager
def atomic_write(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file that takes the name ``path`` when the block ends without an error.

    If the block raises, the temporary file is removed and ``path`` is as it was.

    Parameters
    ----------
    path
        The file to write.
    overwrite
        Whether a file of that name may be replaced.

    Raises
    ------
    InputError
        If the file exists and may not be replaced, even if another process made it only after
        the block began; or if ``path`` is a folder.
    StorageError
        If the folder or disk cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> with atomic_write(Path("numbers.txt")) as file:
    ...     _ = file.write(b"1 2 3")
    >>> Path("numbers.txt").read_text()
    '1 2 3'
    """
    checks.path(path)
    if not path.name or path.is_dir():
        raise InputError(
            f"{path} is a folder, not a file.",
            expected="the name of a file",
            got="a folder",
            hint=f"{path / 'NAME'}, a file in it",
        )
    if path.exists() and not overwrite:
        raise _taken(path)
    # Not `tempfile`, whose files only their owner can read: a result is for the whole group.
    temporary = _temporary(path, uuid.uuid4().hex, _PART)
    try:
        _sweep_once(path.parent)
        try:
            with temporary.open("xb") as handle:
                _lock(handle.fileno())
                yield handle
                handle.flush()
                os.fsync(handle.fileno())
            if overwrite:
                temporary.replace(path)
            else:
                _take_name(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


@contextmanager
def atomic_folder(path: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Make a temporary folder that takes the name ``path`` when the block ends without an error.

    If the block raises, the temporary folder is removed and ``path`` is as it was.

    Parameters
    ----------
    path
        The folder to make.
    overwrite
        Whether a folder of that name may be replaced, with all that is in it.

    Raises
    ------
    InputError
        If the folder exists and may not be replaced, or ``path`` is a file.
    StorageError
        If the disk cannot be written.

    Examples
    --------
    >>> from pathlib import Path
    >>> with atomic_folder(Path("numbers")) as folder:
    ...     _ = (folder / "one.txt").write_text("1")
    >>> [file.name for file in Path("numbers").iterdir()]
    ['one.txt']
    """
    checks.path(path)
    if path.is_file() or (path.exists() and not overwrite):
        raise _taken(path)
    # With the same id, so that the former folder is left alone as long as the new one is locked.
    both = uuid.uuid4().hex
    temporary, former = _temporary(path, both, _PART), _temporary(path, both, _OLD)
    try:
        _sweep_once(path.parent)
        try:
            temporary.mkdir()
            with _locked_folder(temporary):
                yield temporary
                if not path.exists():
                    temporary.rename(path)
                elif not _exchange(temporary, path):
                    path.rename(former)
                    temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if former.exists() and not path.exists():
                former.rename(path)
            shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def _temporary(path: Path, unique: str, end: str) -> Path:
    return path.with_name(f".{path.name[:_LONGEST_NAME]}.{unique}.{end}")


def _exchange(one: Path, other: Path) -> bool:
    """Swap two folders in one step, so that no name is ever without one; False if it cannot be."""
    if not sys.platform.startswith("linux"):
        return False
    import ctypes

    try:
        swap = ctypes.CDLL(None).renameat2
    except (OSError, AttributeError):
        return False
    return bool(swap(_HERE, os.fsencode(one), _HERE, os.fsencode(other), _EXCHANGE) == 0)


def _lock(descriptor: int) -> None:
    """Show that a process is at work on a file, if the file system has locks."""
    if _HAS_LOCKS:
        import fcntl

        with suppress(OSError):
            # Shared, which network file systems allow for folders as well.
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)


@contextmanager
def _locked_folder(folder: Path) -> Iterator[None]:
    if not _HAS_LOCKS:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def _sweep_once(folder: Path) -> None:
    """Delete what killed processes left in a folder, when this process first writes there."""
    key = str(folder.absolute())
    if key in _swept:
        return
    _swept.add(key)
    # What cannot be deleted now is no reason to write nothing.
    with suppress(OSError):
        for left in list(folder.iterdir()):
            found = _TEMPORARY.fullmatch(left.name)
            if found is not None:
                with suppress(OSError):
                    _clear(left, found["name"], found["id"])


def _clear(left: Path, name: str, unique: str) -> None:
    """Delete a temporary file or folder that nobody works on, or give it its former name back."""
    new = left.with_name(f".{name}.{unique}.{_PART}")
    if not _is_abandoned(new if new.exists() else left):
        return
    target = left.with_name(name)
    if left != new and not target.exists():
        # Killed between two renames: the former folder has lost its name, which may be cut here.
        if len(name) < _LONGEST_NAME:
            left.rename(target)
    elif left.is_dir() and not left.is_symlink():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def _is_abandoned(left: Path) -> bool:
    age = abs(time.time() - left.lstat().st_mtime)
    if not _HAS_LOCKS:
        return age > (_UNKNOWN if left.is_dir() else _UNLOCKED)
    import fcntl

    if age < _UNLOCKED:
        # Perhaps not locked yet.
        return False
    try:
        descriptor = os.open(left, os.O_RDONLY if left.is_dir() else os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return age > _UNKNOWN
    finally:
        os.close(descriptor)
    return True


def _unwritable(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"{path} cannot be written.",
        expected="an existing folder with room and permission to write",
        got=error.strerror or str(error),
        hint=f"check the folder {path.parent} and its free space, or choose another",
    )


def _take_name(temporary: Path, path: Path) -> None:
    """Give a file its final name, unless another process has taken that name meanwhile."""
    try:
        try:
            # Unlike renaming, this fails if the name exists.
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):
            # Not every file system has links. There an empty file reserves the name.
            path.open("xb").close()
            temporary.replace(path)
    except FileExistsError as error:
        raise _taken(path) from error


def _taken(path: Path) -> InputError:
    return InputError(
        f"{path} exists already.",
        expected="a name that is free",
        got=f"a {'folder' if path.is_dir() else 'file'} of that name",
        hint="another name, or `overwrite = True` to replace it",
    )


def make_folder(path: Path, *, private: bool = False) -> None:
    """Make a folder and those above it.

    Parameters
    ----------
    path
        The folder; it may be there.
    private
        Whether those that are made are for this user or the group of the store only, as
        neuroqgan's own folder is.

    Raises
    ------
    StorageError
        If that is not possible.
    """
    try:
        if private:
            make_private_folder(path)
        else:
            path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {path} cannot be made.",
            expected="a writable folder",
            got=error.strerror or str(error),
            hint="set NEUROQGAN_HOME to a folder that you can write to",
        ) from error
