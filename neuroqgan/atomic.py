"""Files and folders that are either complete or not there."""

from __future__ import annotations

import os
import shutil
import uuid
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from neuroqgan.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
    temporary = path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.part")
    try:
        try:
            with temporary.open("xb") as handle:
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
    if path.is_file() or (path.exists() and not overwrite):
        raise _taken(path)
    temporary, former = (
        path.with_name(f".{path.name[:100]}.{uuid.uuid4().hex}.{end}") for end in ("part", "old")
    )
    try:
        try:
            temporary.mkdir()
            yield temporary
            if path.exists():
                path.rename(former)
            temporary.rename(path)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            if former.exists() and not path.exists():
                former.rename(path)
            shutil.rmtree(former, ignore_errors=True)
    except OSError as error:
        raise _unwritable(path, error) from error


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


def make_folder(path: Path) -> None:
    """Make a folder and those above it.

    Parameters
    ----------
    path
        The folder; it may be there.

    Raises
    ------
    StorageError
        If that is not possible.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(
            f"The folder {path} cannot be made.",
            expected="a writable folder",
            got=error.strerror or str(error),
            hint="set NEUROQGAN_HOME to a folder that you can write to",
        ) from error
