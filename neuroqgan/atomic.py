"""Writing a file so that it is either whole or not there."""

from __future__ import annotations

import os
import uuid
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from neuroqgan.errors import InputError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def atomic_write(path: Path, *, overwrite: bool = False) -> Iterator[IO[bytes]]:
    """Open a temporary file beside ``path`` that takes its name when the block ends well.

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
        If the file exists and may not be replaced; also one that another process has made since
        the block began.
    InputError
        If ``path`` is a folder.
    StorageError
        If the folder or disk cannot be written.
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
    # Not `tempfile`: its files are readable by their owner alone, and a result is for the group.
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
        raise StorageError(
            f"{path} cannot be written.",
            expected="an existing folder with room and permission to write",
            got=error.strerror or str(error),
            hint=f"check the folder {path.parent} and its free space, or choose another",
        ) from error


def _take_name(temporary: Path, path: Path) -> None:
    """Give a file its final name, unless another process has taken that by then."""
    try:
        try:
            # Unlike a renaming this fails where the name exists.
            path.hardlink_to(temporary)
        except FileExistsError:
            raise
        except (OSError, NotImplementedError):
            # Not every file system has links. An empty file keeps others off instead.
            path.open("xb").close()
            temporary.replace(path)
    except FileExistsError as error:
        raise _taken(path) from error


def _taken(path: Path) -> InputError:
    return InputError(
        f"{path} exists already.",
        expected="a name that is not taken",
        got=f"a {'folder' if path.is_dir() else 'file'} of that name",
        hint="another name, or overwrite=True to replace it",
    )
