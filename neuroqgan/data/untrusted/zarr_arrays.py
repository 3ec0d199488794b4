"""Arrays in Zarr stores, whose metadata are checked before they are read.

Zarr stores of version 2 can name codecs that unpickle objects, and so run code. Only arrays of
numbers and texts whose codecs are known to do nothing of the kind are read.
"""

from __future__ import annotations

import math
import warnings
from collections import deque
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.untrusted.archive import Header, checked
from neuroqgan.data.untrusted.memory import refuse_beyond_memory
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import zarr
    from numpy.typing import NDArray

    from neuroqgan.data.times.trains import Trains

ROOT_ARRAY = "array"
"""What the array is called in a store that holds nothing else."""

_COMPRESSORS = {"blosc", "bz2", "gzip", "lz4", "lzma", "zlib", "zstd"}
_CHECKSUMS = {"adler32", "crc32", "crc32c", "fletcher32"}
_FILTERS = {"bytes", "delta", "packbits", "sharding_indexed", "shuffle", "transpose", "vlen-utf8"}
_SAFE = _COMPRESSORS | _CHECKSUMS | _FILTERS
_MOST_GROUPS, _DEEPEST, _MOST_CHUNKS = 10_000, 4, 1_000_000


class ZarrArrays:
    """The arrays of a Zarr store, read one by one.

    Parameters
    ----------
    path
        The file or folder, for messages.
    store
        What zarr opens.
    prefix
        Where in the store the root is.

    Raises
    ------
    RecordingError
        If it is damaged.
    """

    is_compressed = False

    def __init__(self, path: Path, store: Any, prefix: str = "") -> None:
        import zarr

        self._path = path
        with damage_as_error(path, "a Zarr store"):
            root = zarr.open(store, mode="r", path=prefix)
            members = dict(_members(root))
            self._attributes = {name: dict(member.attrs) for name, member in members.items()}
            self._arrays = {
                name: member for name, member in members.items() if isinstance(member, zarr.Array)
            }
            self.headers = {
                name: Header(array.shape, _dtype_of(array)) for name, array in self._arrays.items()
            }

    def load(self, name: str) -> NDArray[Any]:
        """Read an array of numbers or texts.

        Raises
        ------
        RecordingError
            If it is neither, is damaged, or does not fit into memory.

        Warns
        -----
        RecordingWarning
            If parts of it are not in the store.
        """
        array = self._arrays[name]
        header = self.headers[name]
        codecs = sorted(_codecs_of(array) - _SAFE)
        if codecs or header.dtype.kind not in "biufUT" or array.nchunks > _MOST_CHUNKS:
            raise RecordingError(
                f"{name} in {self._path} is not read.",
                expected="numbers or texts, in fewer than a million chunks, compressed by a known "
                "codec",
                got=f"{header}, in {array.nchunks:,} chunks"
                + (f", with the codec {', '.join(codecs)}" if codecs else ""),
                hint="in Python: zarr.save('spikes.zarr', spikes=array)",
            )
        chunk = math.prod(array.chunks) * header.dtype.itemsize
        refuse_beyond_memory(self._path, name, header.shape, max(header.n_bytes, chunk))
        with damage_as_error(self._path, "a Zarr store"):
            n_absent = array.nchunks - array.nchunks_initialized
            values = checked(np.asarray(array[...]))
        if n_absent and array.nchunks > 1:
            # Legal, and what an interrupted copy looks like.
            warnings.warn(
                f"{self._path}: {n_absent:,} of {array.nchunks:,} chunks of {name} are not there; "
                f"all of their values are read as {array.fill_value}.",
                RecordingWarning,
                stacklevel=2,
            )
        return values.astype(str) if values.dtype.kind in "TO" else values

    def load_all(self, names: Sequence[str]) -> list[NDArray[Any]]:
        """Read several arrays; see `load`."""
        return [self.load(name) for name in names]

    def find(self, name: str) -> NDArray[Any] | None:
        """Read an array, or an attribute such as ``spikes@bin_width``, if there is one."""
        if name in self._arrays:
            return self.load(name) if self.headers[name].dtype.kind in "biufUT" else None
        holder, _, key = name.rpartition("@")
        value = self._attributes.get(holder, {}).get(key)
        if value is None or isinstance(value, dict):
            return None
        try:
            found = checked(np.asarray(value))
        except ValueError:  # lists of unequal length, or texts that are none
            return None
        return found if found.dtype.kind in "biufU" else None

    def load_trains(self, name: str) -> Trains:
        """Refuse objects, which Zarr stores as pickles."""
        raise RecordingError(
            f"{name} in {self._path} holds objects, which are not read.",
            expected="an array of numbers",
            got=str(self.headers[name]),
            hint="keep the spike times of every neuron as an array of its own, in a group",
        )


def _members(
    root: zarr.Group | zarr.Array[Any],
) -> Iterator[tuple[str, zarr.Group | zarr.Array[Any]]]:
    """Yield the root, whose name is empty, and all arrays and groups in it."""
    import zarr

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


def _dtype_of(array: zarr.Array[Any]) -> np.dtype[Any]:
    dtype = np.dtype(array.dtype)
    is_text = dtype.kind == "T" or (dtype.kind == "O" and "vlen-utf8" in _codecs_of(array))
    return np.dtype("<U1") if is_text else dtype


def _codecs_of(array: zarr.Array[Any]) -> set[str]:
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
