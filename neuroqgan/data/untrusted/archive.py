"""Arrays in NumPy's file formats, whose sizes are checked before they are read."""

from __future__ import annotations

import math
import os
import warnings
import zipfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.untrusted.memory import refuse_beyond_memory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

# Of any axis: what NumPy can index.
_LONGEST = 2**63 - 1
# Of Unicode; halves of pairs in UTF-16 stand for nothing on their own.
_LAST_CHARACTER, _SURROGATES = 0x10FFFF, (0xD800, 0xDFFF)


@dataclass(frozen=True)
class Header:
    """What a file says about an array ahead of its values.

    Parameters
    ----------
    shape
        Its shape.
    dtype
        Its type; objects are pickled, or cells of MATLAB.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    @property
    def n_bytes(self) -> int:
        """Bytes of the values."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __str__(self) -> str:
        kinds = {"O": "objects", "V": "cells or structures"}
        kind = kinds.get(self.dtype.kind, str(self.dtype))
        return f"{self.shape} {kind}"


def parent_of(name: str) -> str:
    """Return the group or structure that an array is in; empty if it is in none.

    Examples
    --------
    >>> parent_of("session/spikes/times"), parent_of("spikes.times"), parent_of("spikes")
    ('session/spikes', 'spikes', '')
    """
    return name.rpartition("/" if "/" in name else ".")[0]


def leaf_of(name: str) -> str:
    """Return the name of an array within its group or structure."""
    return name.rpartition("/" if "/" in name else ".")[2]


def read_header(handle: IO[bytes]) -> Header:
    """Read the header of an array; the handle is then at its values.

    Raises
    ------
    ValueError
        If there is none, or it describes no array that could be.
    """
    version = np.lib.format.read_magic(handle)
    # Version 3 differs only in the encoding of field names, which spikes do not have.
    read = (
        np.lib.format.read_array_header_1_0
        if version == (1, 0)
        else np.lib.format.read_array_header_2_0
    )
    with warnings.catch_warnings():
        # Of the way in which some files were written, which is no concern of who reads them.
        warnings.simplefilter("ignore")
        shape, _, dtype = read(handle)
    # Values without a size would be any number of them in a file of no size.
    if not dtype.itemsize or any(type(n) is not int or not 0 <= n <= _LONGEST for n in shape):
        raise ValueError(f"an array of shape {shape}, type {dtype}")
    return Header(shape, dtype)


def checked(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array in this machine's byte order, if its bytes can be what its type says.

    Raises
    ------
    ValueError
        If a byte that should be a boolean is neither 0 nor 1: NumPy would take it for one, and
        count it as often as it says. Or if a number that should be a character is none, or one
        that should be a date or duration has no unit.
    """
    if values.dtype.kind in "mM" and np.datetime_data(values.dtype)[0] == "generic":
        raise ValueError("dates or durations without a unit")
    if values.dtype.kind == "b" and values.size:
        highest = int(np.ascontiguousarray(values).view(np.uint8).max())
        if highest > 1:
            raise ValueError(f"booleans that are neither 0 nor 1, but up to {highest}")
    if values.dtype.kind == "U" and values.size:
        native = values.astype(values.dtype.newbyteorder("="), copy=False)
        codes = np.ascontiguousarray(native).reshape(-1).view(np.uint32)
        first, last = _SURROGATES
        if bool((codes > _LAST_CHARACTER).any() | ((codes >= first) & (codes <= last)).any()):
            raise ValueError("texts of numbers that are not characters")
    # pandas reads no other.
    return values if values.dtype.isnative else values.astype(values.dtype.newbyteorder("="))


def read_values(path: Path, what: str, handle: IO[bytes], n_bytes: int) -> NDArray[Any]:
    """Read an array of numbers or texts, from its header on.

    Parameters
    ----------
    path, what
        The file and the array, for messages.
    handle
        Where the array begins; it can be rewound.
    n_bytes
        Bytes from there to the end, header and all.

    Raises
    ------
    ValueError
        If the values are fewer or more than the header says, or pickled.
    RecordingError
        If they do not fit into memory.
    """
    begin = handle.tell()
    header = read_header(handle)
    left = n_bytes - (handle.tell() - begin)
    # Memory is checked first, since a header may claim anything.
    refuse_beyond_memory(path, what, header.shape, header.n_bytes)
    if not header.dtype.hasobject and header.n_bytes != left:
        raise ValueError(f"{left:,} bytes of values, although its header says {header.n_bytes:,}")
    handle.seek(begin)
    with warnings.catch_warnings():
        # As in `read_header`: a header of Python 2 is no fault.
        warnings.simplefilter("ignore")
        return checked(np.lib.format.read_array(handle, allow_pickle=False))


def read_array(path: Path, handle: IO[bytes]) -> NDArray[Any]:
    """Read the single array of a file, opened at its beginning; see `read_values`."""
    return read_values(path, "The array", handle, os.fstat(handle.fileno()).st_size)


class Archive:
    """The arrays of a ``.npz`` archive, read one by one.

    Parameters
    ----------
    path
        The file, for messages.
    handle
        The opened file.

    Raises
    ------
    zipfile.BadZipFile, ValueError
        If it is not such an archive.
    """

    def __init__(self, path: Path, handle: IO[bytes]) -> None:
        self.path = path
        self._zip = zipfile.ZipFile(handle)
        self._members = {
            info.filename.removesuffix(".npy"): info
            for info in self._zip.infolist()
            if info.filename.endswith(".npy")
        }
        self.headers = {name: self._header(info) for name, info in self._members.items()}

    @property
    def is_compressed(self) -> bool:
        """Whether all arrays are compressed."""
        return all(m.compress_type != zipfile.ZIP_STORED for m in self._members.values())

    def open(self, name: str) -> IO[bytes]:
        """Open the member of an array."""
        return self._zip.open(self._members[name])

    def load(self, name: str) -> NDArray[Any]:
        """Read an array of numbers or texts; see `read_values` for what is raised."""
        with self.open(name) as member:
            return read_values(self.path, name, member, self._members[name].file_size)

    def load_all(self, names: Sequence[str]) -> list[NDArray[Any]]:
        """Read several arrays of numbers or texts."""
        return [self.load(name) for name in names]

    def find(self, name: str) -> NDArray[Any] | None:
        """Read an array of numbers or texts, if there is one of that name."""
        header = self.headers.get(name)
        return None if header is None or header.dtype.hasobject else self.load(name)

    def _header(self, info: zipfile.ZipInfo) -> Header:
        with self._zip.open(info) as member:
            return read_header(member)
