"""The process that parses HDF5 files, so that a damaged file can crash nothing else.

The HDF5 library is written in C and trusts lengths and offsets in the file. What the process
writes for its parent is explained in `neuroqgan.data.untrusted.parsing`. Small datasets are read at
once, others if they are wanted; of datasets in other files (external links, external storage,
virtual datasets) nothing is read. Datasets in groups have names like ``session/spikes``.

MATLAB files of version 7.3 are HDF5, with attributes by which they are known. Their arrays have
their axes in reverse order, cells hold references, and texts are numbers of characters. Fields of
structures have names like ``spikes.times``.
"""

from __future__ import annotations

import json
import math
import sys
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import h5py
import numpy as np

from neuroqgan.data.damage import DAMAGE
from neuroqgan.data.untrusted.hdf5_values import (
    as_plain,
    class_of,
    dtype_of,
    is_characters,
    is_of_matlab,
    read_cells,
    read_values,
)
from neuroqgan.data.untrusted.parsing import answer, cell_members, other_member

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.data.untrusted.parsing import Member

# Groups within groups; deeper ones are not searched for spikes. A group can hold itself.
_DEEPEST = 6
_MOST_OBJECTS = 100_000
# Of one dataset, and of all together, that are read before anything is chosen.
_SMALL, _SMALL_IN_ALL = 1 << 20, 1 << 26
# Where MATLAB keeps what cells refer to.
_HIDDEN = ("#refs#", "#subsystem#")
# Attributes that say what others keep as datasets.
_TOLD = ("bin_width", "neuron_labels", "axes")


@dataclass(frozen=True)
class Variable:
    """Something in a file that may be read.

    Parameters
    ----------
    read
        Returns its members, given its name.
    shape, dtype
        As its parent will see it.
    n_bytes
        How much is read at least.
    """

    read: Callable[[str], Iterator[Member]]
    shape: tuple[int, ...]
    dtype: str
    n_bytes: float


def parse(source: str, wanted: list[str]) -> Iterator[Member]:
    """Yield the members of the archive.

    Parameters
    ----------
    source
        The file.
    wanted
        Names of what to read, and of nothing else; if empty, all that is small is read, and the
        headers of all else.
    """
    left = _SMALL_IN_ALL
    with h5py.File(source, "r", locking="best-effort") as file:
        for name, variable in _variables(file):
            if wanted:
                if name in wanted:
                    yield from variable.read(name)
            elif variable.n_bytes <= min(_SMALL, left):
                left -= int(variable.n_bytes)
                yield from variable.read(name)
            else:
                said = json.dumps({"shape": variable.shape, "dtype": variable.dtype})
                yield f"header/{name}", np.array(said)


def _variables(file: h5py.File) -> Iterator[tuple[str, Variable]]:
    n_objects = 0
    pending: deque[tuple[str, h5py.Group, int]] = deque([("", file, 0)])
    while pending:
        prefix, group, depth = pending.popleft()
        yield from _attributes(prefix.rstrip("/."), group)
        for key in group:
            n_objects += 1
            if n_objects > _MOST_OBJECTS:
                raise ValueError(f"more than {_MOST_OBJECTS:,} objects")
            name = f"{prefix}{key}"
            link = group.get(key, getlink=True)
            if depth == 0 and key in _HIDDEN:
                continue
            if isinstance(link, h5py.ExternalLink):
                yield name, _other()
            # What a soft link stands for has a name of its own, or is in another file.
            node = group[key] if isinstance(link, h5py.HardLink) else None
            if isinstance(node, h5py.Group) and "MATLAB_sparse" not in node.attrs:
                mark = "." if "MATLAB_class" in node.attrs else "/"
                if depth < _DEEPEST:
                    pending.append((f"{name}{mark}", node, depth + 1))
            elif isinstance(node, h5py.Group):
                yield name, _sparse(node)
            elif isinstance(node, h5py.Dataset):
                is_matlab = is_of_matlab(node) or "MATLAB_class" in group.attrs
                yield from _datasets(name, node, is_matlab)
                yield from _attributes(name, node)


def _datasets(name: str, node: h5py.Dataset, is_matlab: bool) -> Iterator[tuple[str, Variable]]:
    """Yield a dataset, or the columns of a table."""
    fields = node.dtype.names
    is_elsewhere = bool(node.external) or node.is_virtual
    if fields is None or is_elsewhere or node.ndim != 1 or set(fields) == {"real", "imag"}:
        yield name, _dataset(node, is_matlab)
        return
    for field in fields:
        kind = node.dtype[field]
        if kind.kind in "biufS" and kind.shape == ():

            def read(name: str, field: str = field) -> Iterator[Member]:
                yield f"array/{name}", as_plain(node[field])

            size = node.size * node.dtype.itemsize
            yield f"{name}/{field}", Variable(read, node.shape, dtype_of(kind), size)


def _dataset(node: h5py.Dataset, is_matlab: bool) -> Variable:
    attributes, dtype = node.attrs, node.dtype
    shape = node.shape[::-1] if is_matlab and node.shape else node.shape
    if shape is None or node.external or node.is_virtual:
        return _other()
    if "MATLAB_empty" in attributes:
        return _empty()
    is_text = h5py.check_string_dtype(dtype) is not None
    if is_text or (dtype.kind in "biuf" and "MATLAB_object_decode" not in attributes):

        def read(name: str) -> Iterator[Member]:
            yield f"array/{name}", read_values(node)

        known = "<U1" if is_text or is_characters(node) else dtype.str
        return Variable(read, shape, known, float(node.size) * dtype.itemsize)
    of_vectors = h5py.check_vlen_dtype(dtype)
    is_vectors = of_vectors is not None and np.dtype(of_vectors).kind in "iuf"
    if not is_vectors and h5py.check_ref_dtype(dtype) is None:
        return _other(shape)

    def read_held(name: str) -> Iterator[Member]:
        if node.size > _MOST_OBJECTS:
            yield other_member(name, shape)
        else:
            yield from cell_members(name, read_cells(node, is_matlab=is_matlab))

    return Variable(read_held, shape, "O", math.inf if is_vectors else _bytes_of_cells(node))


def _bytes_of_cells(node: h5py.Dataset) -> float:
    """Return how many bytes cells hold, if that is few; infinity for more."""
    if node.size > 1000:
        return math.inf
    total = 0.0
    for value in np.ravel(node[()]):
        target = node.file[value] if value else None
        if isinstance(target, h5py.Dataset):
            is_nested = target.dtype.kind == "O"
            total += math.inf if is_nested else float(target.size or 0) * target.dtype.itemsize
    return total


def _sparse(group: h5py.Group) -> Variable:
    """Describe a sparse matrix: values by column, their rows, and where columns begin."""
    n_rows = int(group.attrs["MATLAB_sparse"])
    n_columns = int(group["jc"].size) - 1

    def read(name: str) -> Iterator[Member]:
        begins = group["jc"][()].astype(np.int64)
        rows, values = (
            (group["ir"][()].astype(np.int64), group["data"][()])
            if "ir" in group
            else (np.zeros(0, np.int64), np.zeros(0))
        )
        columns = np.repeat(np.arange(n_columns), np.diff(begins))
        if (rows < 0).any() or values.shape != columns.shape or rows.shape != columns.shape:
            raise ValueError("a sparse matrix with entries outside itself")
        full = np.zeros((n_rows, n_columns), values.dtype)
        full[rows, columns] = values
        yield f"array/{name}", full.astype(bool) if class_of(group) == "logical" else full

    return Variable(read, (n_rows, n_columns), "<f8", 8.0 * n_rows * n_columns)


def _empty() -> Variable:
    """Describe an empty array of MATLAB, which holds its shape in place of values."""

    def read(name: str) -> Iterator[Member]:
        yield f"array/{name}", np.zeros(0)

    return Variable(read, (0,), "<f8", 0)


def _other(shape: tuple[int, ...] = ()) -> Variable:
    def read(name: str) -> Iterator[Member]:
        yield other_member(name, shape)

    return Variable(read, shape, "|V1", 0)


def _attributes(name: str, node: h5py.HLObject) -> Iterator[tuple[str, Variable]]:
    """Yield what attributes say, under names such as ``spikes@bin_width``."""
    for key in _TOLD:
        if key in node.attrs:

            def read(name: str, key: str = key) -> Iterator[Member]:
                value = np.asarray(node.attrs[key])
                if value.dtype.kind in "biufUSO":
                    yield f"array/{name}", as_plain(value)

            yield f"{name}@{key}", Variable(read, (), "<U1", 0)


def main(arguments: list[str]) -> int:
    """Parse one file for a parent; see `neuroqgan.data.untrusted.parsing.answer`."""
    return answer(arguments, parse, DAMAGE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
