"""MATLAB files of version 7.3, written with h5py as MATLAB writes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from scipy import sparse

_CLASSES = {"f8": "double", "f4": "single", "b1": "logical"} | {
    f"{kind}{size}": f"{'u' if kind == 'u' else ''}int{8 * size}"
    for kind in "iu"
    for size in (1, 2, 4, 8)
}


def save(path: Path, variables: dict[str, Any]) -> None:
    """Write a file.

    Variables may be arrays, texts, lists (cell arrays of one column), arrays of objects (cell
    arrays), sparse arrays, dictionaries (structures), and lists of dictionaries in a tuple (arrays
    of structures).
    """
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, value in variables.items():
            _write(file, name, value)
    with path.open("r+b") as handle:
        head = "MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Mar 04 10:00:00 2024 HDF5 "
        handle.write((head + "schema 1.00 .").encode().ljust(116) + bytes(8) + b"\x00\x02IM")


def _write(group: h5py.Group, name: str, value: Any) -> h5py.HLObject:
    if isinstance(value, dict):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for field, inner in value.items():
            _write(made, field, inner)
        return made
    if isinstance(value, tuple):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("struct")
        for field in value[0]:
            # Fields of an array of structures are references without a class.
            cells = np.empty((1, len(value)), object)
            for i, one in enumerate(value):
                cells[0, i] = one[field]
            _references(made, field, cells)
        return made
    if sparse.issparse(value):
        made = group.create_group(name)
        made.attrs["MATLAB_class"] = np.bytes_("double")
        made.attrs["MATLAB_sparse"] = np.uint64(value.shape[0])
        made["jc"] = value.indptr.astype(np.uint64)
        if value.nnz:
            made["data"], made["ir"] = value.data, value.indices.astype(np.uint64)
        return made
    if isinstance(value, list):
        cells = np.empty((len(value), 1), object)
        for i, one in enumerate(value):
            cells[i, 0] = one
        value = cells
    if isinstance(value, str):
        codes = np.frombuffer(value.encode("utf-16-le"), np.uint16)
        if codes.size:
            made = group.create_dataset(name, data=codes[:, None])
            made.attrs["MATLAB_int_decode"] = np.int32(2)
        else:
            made = _empty(group, name, (0, 0))
        made.attrs["MATLAB_class"] = np.bytes_("char")
        return made
    array = np.asarray(value)
    if array.dtype == object:
        made = _references(group, name, array)
        made.attrs["MATLAB_class"] = np.bytes_("cell")
        return made
    array = np.atleast_2d(array)
    kind = _CLASSES[array.dtype.str[1:]]
    if not array.size:
        made = _empty(group, name, array.shape)
    else:
        # MATLAB's own order is that of Fortran; in the file, axes are reversed.
        made = group.create_dataset(
            name, data=array.T.astype(np.uint8 if kind == "logical" else array.dtype)
        )
    if kind == "logical":
        made.attrs["MATLAB_int_decode"] = np.int32(1)
    made.attrs["MATLAB_class"] = np.bytes_(kind)
    return made


def _references(group: h5py.Group, name: str, cells: np.ndarray) -> h5py.Dataset:
    if not cells.size:
        return _empty(group, name, cells.shape)
    kept = group.file.require_group("#refs#")
    made = group.create_dataset(name, cells.T.shape, h5py.ref_dtype)
    for index in np.ndindex(cells.shape):
        target = _write(kept, f"r{len(kept)}", cells[index])
        made[index[::-1]] = target.ref
    return made


def _empty(group: h5py.Group, name: str, shape: tuple[int, ...]) -> h5py.Dataset:
    made = group.create_dataset(name, data=np.array(shape, np.uint64))
    made.attrs["MATLAB_empty"] = np.uint8(1)
    return made
