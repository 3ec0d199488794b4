"""Files that are compressed as a whole: gzip, bzip2 and xz."""

from __future__ import annotations

import bz2
import gzip
import lzma
from typing import IO, TYPE_CHECKING, Any, cast

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.untrusted.memory import available_bytes, refuse_beyond_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_OPENERS: dict[str, Callable[..., Any]] = {
    ".gz": gzip.open,
    ".bz2": bz2.open,
    ".xz": lzma.open,
}


def read_bytes(path: Path, what: str) -> bytes:
    """Return the content of a file, unpacked if its name says that it is compressed.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for messages.

    Raises
    ------
    RecordingError
        If it is damaged, or its content does not fit into memory.
    """
    opened = _OPENERS.get(path.suffix.lower())
    if opened is None:
        with damage_as_error(path, what):
            n_bytes = path.stat().st_size
            refuse_beyond_memory(path, "The text", (), 4 * n_bytes)
            return path.read_bytes()
    # Texts take several times their size once they are parsed; a small file can unpack to anything.
    most = available_bytes() // 4
    kind = f"{what}, compressed as {path.suffix} files are"
    with damage_as_error(path, kind), opened(path) as handle:
        content: bytes = handle.read(most + 1)
    if len(content) > most:
        refuse_beyond_memory(path, "The text", (len(content),), 4 * len(content))
    return content


def compressed(path: Path, handle: IO[bytes]) -> IO[bytes]:
    """Return a file to write to, which compresses on the way if its name says so.

    Parameters
    ----------
    path
        The name of the file.
    handle
        The file, open for writing.
    """
    suffix = path.suffix.lower()
    if suffix == ".gz":
        # Without name and time, so that the same raster always gives the same file.
        return cast("IO[bytes]", gzip.GzipFile("", "wb", fileobj=handle, mtime=0))
    opened = _OPENERS.get(suffix)
    return handle if opened is None else cast("IO[bytes]", opened(handle, "wb"))
