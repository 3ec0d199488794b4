"""Errors of file parsers, turned into one that names the file."""

from __future__ import annotations

import lzma
import struct
import tokenize
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What numpy, scipy, pandas and pyarrow raise for files that are truncated or altered: their
# parsers trust lengths and types in the file, so damage surfaces as almost any error.
DAMAGE = (
    ArithmeticError,
    AttributeError,
    EOFError,
    LookupError,
    lzma.LZMAError,
    MemoryError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
)


@contextmanager
def damage_as_error(path: Path, kind: str, *own: type[Exception]) -> Iterator[None]:
    """Turn what a parser raises within the block into a `RecordingError`.

    Keep the block to the parser's call, so that mistakes in our own code do not pass for damage.

    Parameters
    ----------
    path
        The file being parsed.
    kind
        What the file should be, for the message, such as ``"a .npz file"``.
    own
        Classes of errors that only this parser raises.

    Raises
    ------
    RecordingError
        If the parser fails.
    """
    caught: tuple[type[Exception], ...] = (*DAMAGE, *own)
    try:
        yield
    except caught as error:
        raise RecordingError(
            f"{path} cannot be read; it may be damaged or incomplete.",
            expected=f"{kind}, complete",
            got=f"{type(error).__name__}: {error}",
            hint="copy or export the file again, or check that its suffix is right",
        ) from error
