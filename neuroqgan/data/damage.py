"""Errors of file parsers, turned into one that names the file."""

from __future__ import annotations

import csv
import lzma
import pickle
import struct
import tokenize
import warnings
import zipfile
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neuroqgan.errors import NeuroqganError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# What parsers raise for files that are truncated or altered, where a list is needed: their own
# code, or ours around it, is to be told apart from damage.
DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    BufferError,
    EOFError,
    LookupError,
    lzma.LZMAError,
    MemoryError,
    NameError,
    OSError,
    RuntimeError,
    StopIteration,
    SyntaxError,
    TypeError,
    ValueError,
    csv.Error,
    pickle.PickleError,
    struct.error,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


@contextmanager
def damage_as_error(path: Path, kind: str, *passing: type[Exception]) -> Iterator[None]:
    """Turn what a parser raises within the block into a `RecordingError`.

    Parsers trust lengths and types in the file, so damage surfaces as almost any error: fuzzing
    found more than twenty kinds. Keep the block to the parser's call, so that mistakes in our own
    code do not pass for damage. Warnings of parsers are meant for those who call them, and are not
    shown.

    Parameters
    ----------
    path
        The file being parsed.
    kind
        What the file should be, for the message, such as ``"a .npz file"``.
    passing
        Classes of errors that are left as they are, as those of `neuroqgan` are.

    Raises
    ------
    RecordingError
        If the parser fails.
    """
    left: tuple[type[BaseException], ...] = (NeuroqganError, *passing)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except left:
        raise
    except Exception as error:
        raise RecordingError(
            f"{path} cannot be read; it may be damaged or incomplete.",
            expected=f"{kind}, complete",
            got=f"{type(error).__name__}: {error}"[:500],
            hint="copy or export the file again, or check that its suffix is right",
        ) from error
