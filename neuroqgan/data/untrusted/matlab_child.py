"""The process that parses MATLAB files, so that a damaged file can crash nothing else.

SciPy's parser is partly written in C and trusts lengths and offsets in the file. What the process
writes for its parent is explained in `neuroqgan.data.untrusted.parsing`. Fields of structures have
names like ``spikes.times``.
"""

from __future__ import annotations

import struct
import sys
import zlib
from typing import IO, TYPE_CHECKING, Any

import numpy as np
from scipy import io, sparse

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.parsing import answer, cell_members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from neuroqgan.data.untrusted.parsing import Member


# Structures within structures; deeper ones are not searched for spikes.
_DEEPEST = 4

# What SciPy raises for damaged files; it even uses variables that it never set.
FAILURES = (*DAMAGE, UnboundLocalError, io.matlab.MatReadError)

_COMPRESSED = 15
_CHUNK = 1 << 20


def parse(source: str, _wanted: list[str]) -> Iterator[Member]:
    """Yield the members of the archive: all that a file holds."""
    with open(source, "rb") as handle:  # noqa: PTH123  # a path is not worth its import here
        check_compressed(handle)
        handle.seek(0)
        yield from variables(handle)


def variables(handle: IO[bytes]) -> Iterator[Member]:
    """Yield the members of the archive; see the module for their names.

    Raises
    ------
    ValueError
        If a sparse matrix has entries outside itself; and whatever SciPy raises on damage.
    """
    # SciPy's stubs allow only names of files.
    held: dict[str, Any] = io.loadmat(handle, spmatrix=False)  # type: ignore[arg-type]
    for name, value in held.items():
        if not name.startswith("__"):
            yield from _members(name, value, depth=0)


def check_compressed(handle: IO[bytes]) -> None:
    """Check the checksums of compressed variables, which SciPy does not always read.

    Raises
    ------
    zlib.error, ValueError
        If one is wrong or the variable is incomplete.
    """
    head = handle.read(128)
    order = {b"IM": "<", b"MI": ">"}.get(head[126:128])
    if order is None:  # version 4, which knows no compression
        return
    while len(tag := handle.read(8)) == 8:
        kind, n_bytes = struct.unpack(f"{order}II", tag)
        if kind != _COMPRESSED:
            handle.seek(n_bytes, 1)
            continue
        inflate = zlib.decompressobj()
        left = n_bytes
        while left and not inflate.eof:
            chunk = handle.read(min(left, _CHUNK))
            if not chunk:
                break
            left -= len(chunk)
            while chunk:
                inflate.decompress(chunk, _CHUNK)
                chunk = inflate.unconsumed_tail
        if not inflate.eof:
            raise ValueError("a compressed variable is incomplete")
        handle.seek(left, 1)


def _members(name: str, value: Any, depth: int) -> Iterator[Member]:
    if sparse.issparse(value):
        value = _dense(value)
    array = np.asarray(value)
    if array.dtype.names is not None:
        if depth < _DEEPEST:
            for field in array.dtype.names:
                inner = array[field]
                yield from _members(
                    f"{name}.{field}", inner.flat[0] if inner.size == 1 else inner, depth + 1
                )
        return
    if array.dtype == object:
        yield from cell_members(name, array)
    elif array.dtype.kind in "biufcU":
        yield f"array/{name}", array


def _dense(matrix: Any) -> NDArray[Any]:
    # Indices come from the file as they are, and `toarray` writes wherever they point.
    if hasattr(matrix, "check_format"):
        matrix.check_format(full_check=True)
    return np.asarray(matrix.toarray())


def main(arguments: list[str]) -> int:
    """Parse one file for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, FAILURES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
