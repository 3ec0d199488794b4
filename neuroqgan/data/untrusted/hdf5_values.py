"""What datasets of HDF5 files hold, those that MATLAB wrote among them.

MATLAB keeps its arrays with their axes in reverse order, texts as numbers of characters, and cells
as references to datasets of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import h5py
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Cells within cells.
_DEEPEST = 6


def read_values(node: h5py.Dataset) -> NDArray[Any]:
    """Read numbers or texts."""
    if is_characters(node):
        codes = np.atleast_2d(node[()].T)
        rows = codes.reshape(-1, codes.shape[-1])
        words = [row.astype("<u2").tobytes().decode("utf-16-le", "replace") for row in rows]
        return np.array(words)
    if h5py.check_string_dtype(node.dtype) is not None:
        return as_plain(node[()])
    if h5py.check_enum_dtype(node.dtype) is not None and node.dtype.kind != "b":
        return np.asarray(node[()])
    values = node[()].T if is_of_matlab(node) else node[()]
    is_logical = node.attrs.get("MATLAB_int_decode") == 1 and node.dtype.itemsize == 1
    is_bool = is_logical and class_of(node) == "logical"
    return np.asarray(values).astype(bool) if is_bool else np.asarray(values)


def read_cells(node: h5py.Dataset, *, is_matlab: bool, depth: int = 0) -> NDArray[Any]:
    """Read cells: an array of objects, each an array of numbers, texts or cells.

    Parameters
    ----------
    node
        References, or vectors of unequal length.
    is_matlab
        Whether axes are in reverse order.
    depth
        How many cells this one is in.
    """
    values = node[()]
    held = np.empty(np.shape(values), object)
    for index in np.ndindex(held.shape):
        held[index] = _held(node, values[index], is_matlab, depth)
    return held.T if is_matlab else held


def _held(node: h5py.Dataset, value: Any, is_matlab: bool, depth: int) -> Any:
    if not isinstance(value, h5py.Reference):
        return np.asarray(value)
    if not value:
        return np.zeros(0)
    target = node.file[value]
    if not isinstance(target, h5py.Dataset) or target.external or target.is_virtual:
        return {}
    if "MATLAB_empty" in target.attrs:
        return np.zeros(0)
    if h5py.check_ref_dtype(target.dtype) is not None:
        if depth == _DEEPEST:
            return {}
        return read_cells(target, is_matlab=is_matlab, depth=depth + 1)
    is_plain = target.dtype.kind in "biuf" and "MATLAB_object_decode" not in target.attrs
    return read_values(target) if is_plain or h5py.check_string_dtype(target.dtype) else {}


def as_plain(values: Any) -> NDArray[Any]:
    """Return numbers as they are, and texts as numpy's own."""
    found = np.asarray(values)
    if found.dtype.kind not in "SO":
        return found
    words = [
        word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
        for word in found.ravel().tolist()
    ]
    return np.array(words, dtype=str).reshape(found.shape)


def class_of(node: h5py.HLObject) -> str:
    """Return the class that MATLAB states, such as ``double`` or ``cell``; empty for others."""
    stated = node.attrs.get("MATLAB_class", b"")
    return stated.decode("ascii", "replace") if isinstance(stated, bytes) else str(stated)


def is_of_matlab(node: h5py.HLObject) -> bool:
    """Return whether MATLAB wrote a dataset or group."""
    return "MATLAB_class" in node.attrs


def is_characters(node: h5py.Dataset) -> bool:
    """Return whether a dataset holds characters of MATLAB as numbers."""
    return class_of(node) == "char" and node.dtype.kind == "u"


def dtype_of(dtype: np.dtype[Any]) -> str:
    """Return the type that values have once they are read."""
    return "<U1" if dtype.kind == "S" else dtype.str
