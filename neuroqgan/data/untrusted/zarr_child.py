"""The process that parses Zarr stores, so that a damaged one can crash nothing else.

A chunk may unpack to any size, whatever its metadata say, and decoders written in C trust what they
read. Stores of version 2 can name codecs that unpickle objects, and so run code: only arrays of
numbers and texts whose codecs are known to do nothing of the kind are read. What the process writes
for its parent is explained in `neuroqgan.data.untrusted.parsing`.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
import zipfile
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numcodecs.blosc
import numpy as np
import zarr

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.archive import checked
from neuroqgan.data.untrusted.isolated import ZARR_MARKS
from neuroqgan.data.untrusted.parsing import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.data.untrusted.parsing import Member

ROOT_ARRAY = "array"
"""What the array is called in a store that holds nothing else."""

_COMPRESSORS = {"blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd"}
_CHECKSUMS = {"adler32", "crc32", "crc32c", "fletcher32"}
_FILTERS = {"bytes", "delta", "packbits", "sharding_indexed", "shuffle", "transpose", "vlen-utf8"}
_SAFE = _COMPRESSORS | _CHECKSUMS | _FILTERS
# What codecs raise for sizes that are negative is an error of Python itself.
FAILURES = (*DAMAGE, SystemError)
_MOST_GROUPS, _DEEPEST, _MOST_CHUNKS = 10_000, 4, 1_000_000
# Of one array, and of all together, that are read before anything is chosen.
_SMALL, _SMALL_IN_ALL = 1 << 20, 1 << 26


def parse(source: str, wanted: list[str]) -> Iterator[Member]:
    """Yield the members of the archive.

    Parameters
    ----------
    source
        The store: a folder, or a zip archive with or without the store's own folder.
    wanted
        Names of what to read, and of nothing else; if empty, all that is small is read, and the
        headers of all else.
    """
    _use_one_thread()
    left = _SMALL_IN_ALL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, member in _members(_opened(source)):
            if not wanted:
                yield from _attributes(name, member)
            if not isinstance(member, zarr.Array) or (wanted and name not in wanted):
                continue
            refused = _refused(member)
            if refused is not None:
                yield f"refused/{name}", np.array(json.dumps(_header(member) | refused))
                continue
            if wanted:
                yield from _read(name, member)
                continue
            size = _bytes_of(member)
            if size <= min(_SMALL, left):
                left -= size
                yield from _read_or_header(name, member)
            else:
                yield _header_member(name, member)


def _read_or_header(name: str, array: Any) -> list[Member]:
    """Return what an array holds, or its header if it is damaged: it may not be wanted."""
    try:
        return list(_read(name, array))
    except FAILURES:
        return [_header_member(name, array)]


def _header_member(name: str, array: Any) -> Member:
    return f"header/{name}", np.array(json.dumps(_header(array)))


def _use_one_thread() -> None:
    """Keep zarr from starting as many threads as there are processors: each takes memory."""
    numcodecs.blosc.use_threads = False
    # Version 2 of the library has neither.
    if hasattr(zarr, "config"):
        zarr.config.set({"threading.max_workers": 1, "async.concurrency": 1})


def _opened(source: str) -> Any:
    """Open the root of a store."""
    if Path(source).is_dir():
        return zarr.open(source, mode="r")
    with zipfile.ZipFile(source) as archive:
        names = [name for name in archive.namelist() if name.rpartition("/")[2] in ZARR_MARKS]
    if not names:
        raise ValueError("a zip archive without the metadata of a store")
    root = min(names, key=len).rpartition("/")[0]
    return zarr.open(zarr.storage.ZipStore(source, mode="r"), mode="r", path=root)


def _members(root: Any) -> Iterator[tuple[str, Any]]:
    """Yield the root, whose name is empty, and all arrays and groups in it."""
    if isinstance(root, zarr.Array):
        yield ROOT_ARRAY, root
        return
    pending: deque[tuple[str, zarr.Group]] = deque([("", root)])
    for _ in range(_MOST_GROUPS):
        if not pending:
            return
        name, group = pending.popleft()
        yield name, group
        prefix = f"{name}/" if name else ""
        # A member without a name would be the group itself, again and again.
        arrays = {inner: array for inner, array in sorted(group.arrays()) if inner}
        yield from ((f"{prefix}{inner}", array) for inner, array in arrays.items())
        if prefix.count("/") < _DEEPEST:
            groups = {inner: below for inner, below in sorted(group.groups()) if inner}
            pending += [(f"{prefix}{inner}", below) for inner, below in groups.items()]
    raise ValueError(f"more than {_MOST_GROUPS:,} groups")


def _attributes(name: str, member: Any) -> Iterator[Member]:
    """Yield the attributes that are numbers or texts, under names such as ``spikes@bin_width``."""
    for key, value in dict(member.attrs).items():
        if value is None or isinstance(value, dict):
            continue
        try:
            found = checked(np.asarray(value))
        except ValueError:  # lists of unequal length, or texts that are none
            continue
        if found.dtype.kind in "biufU":
            yield f"array/{name}@{key}", found


def _read(name: str, array: Any) -> Iterator[Member]:
    n_absent = array.nchunks - array.nchunks_initialized
    values = checked(np.asarray(array[...]))
    yield f"array/{name}", values.astype(str) if values.dtype.kind in "TO" else values
    if n_absent and array.nchunks > 1:
        # Legal, and what an interrupted copy looks like.
        said = (
            f"{n_absent:,} of {array.nchunks:,} chunks of {name} are not there; all of their "
            f"values are read as {array.fill_value}"
        )
        yield f"note/{name}", np.array(said)


def _refused(array: Any) -> dict[str, str] | None:
    """Return why an array is not read, if it is not: what was expected, what came, advice."""
    codecs = sorted(_codecs_of(array) - _SAFE)
    dtype = _dtype_of(array)
    if not codecs and dtype.kind in "biufU" and array.nchunks <= _MOST_CHUNKS:
        return None
    return {
        "expected": "numbers or texts, in fewer than a million chunks, compressed by a known codec",
        "got": f"shape {array.shape}, type {dtype}, in {array.nchunks:,} chunks"
        + (f", with the codec {', '.join(codecs)}" if codecs else ""),
        "hint": "in Python: zarr.save('spikes.zarr', spikes=array)",
    }


def _header(array: Any) -> dict[str, Any]:
    return {"shape": array.shape, "dtype": _dtype_of(array).str}


def _bytes_of(array: Any) -> int:
    """Return how much is read: the array, or a chunk that is larger."""
    n_values = max(math.prod(array.shape), math.prod(array.chunks))
    return int(n_values) * _dtype_of(array).itemsize


def _dtype_of(array: Any) -> np.dtype[Any]:
    dtype = np.dtype(array.dtype)
    is_text = dtype.kind == "T" or (dtype.kind == "O" and "vlen-utf8" in _codecs_of(array))
    return np.dtype("<U1") if is_text else dtype


def _codecs_of(array: Any) -> set[str]:
    """Return the names of all codecs, also those within others."""
    found: set[str] = set()
    # Version 2 of the library has no such attribute.
    metadata = (
        array.metadata.to_dict()
        if hasattr(array, "metadata")
        else {"filters": array.filters, "compressor": array.compressor}
    )
    pending: list[Any] = [metadata.get(key) for key in ("codecs", "filters", "compressor")]
    while pending:
        part = pending.pop()
        if isinstance(part, list | tuple):
            pending += part
        elif isinstance(part, dict):
            named = part.get("id") or part.get("name")
            found.add(str(named).removeprefix("numcodecs."))
            inner = part.get("configuration") or {}
            pending += [inner.get(key) for key in ("codecs", "index_codecs")]
        elif part is not None:
            found.add(str(getattr(part, "codec_id", None) or type(part).__name__))
    return found


def main(arguments: list[str]) -> int:
    """Parse one store for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, FAILURES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
