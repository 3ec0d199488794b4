"""Cells side by side in the innermost axis, so that kernels are plain vector operations.

A block is `LANES` cells with the same gates and different angles.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Loops over fewer cells are unrolled before they are vectorised, and then are not vectorised.
LANES = 64


def to_lanes(rows: NDArray[Any], *, n_parts: int = 1, repeat_last: bool = False) -> NDArray[Any]:
    """Lay cells out in blocks.

    Parameters
    ----------
    rows
        One row per cell, ``(n_cells, ...)``.
    n_parts
        Equal, consecutive parts of the batch, none of which shares a block with another.
    repeat_last
        Whether cells that only fill a block repeat the last one of their part; by default they are
        zero.

    Returns
    -------
    numpy.ndarray
        Contiguous, ``(n_blocks, ..., LANES)``.

    Examples
    --------
    >>> to_lanes(np.ones((65, 3))).shape
    (2, 3, 64)
    """
    tail = rows.shape[1:]
    per_part = len(rows) // n_parts
    n_blocks = -(-per_part // LANES)
    parts = rows.reshape(n_parts, per_part, *tail)
    missing = n_blocks * LANES - per_part
    if missing:
        shape = (n_parts, missing, *tail)
        filling = (
            np.broadcast_to(parts[:, -1:], shape) if repeat_last else np.zeros(shape, rows.dtype)
        )
        parts = np.concatenate([parts, filling], axis=1)
    blocks = parts.reshape(n_parts * n_blocks, LANES, *tail)
    return np.ascontiguousarray(np.moveaxis(blocks, 1, -1))


def from_lanes(blocks: NDArray[Any], n_cells: int, *, n_parts: int = 1) -> NDArray[Any]:
    """Undo `to_lanes`.

    Parameters
    ----------
    blocks
        ``(n_blocks, ..., LANES)``.
    n_cells
        Cells of all parts together.
    n_parts
        See `to_lanes`.

    Returns
    -------
    numpy.ndarray
        Contiguous, ``(n_cells, ...)``.
    """
    rows = np.moveaxis(blocks, -1, 1)
    tail = rows.shape[2:]
    parts = rows.reshape(n_parts, -1, *tail)[:, : n_cells // n_parts]
    return np.ascontiguousarray(parts).reshape(n_cells, *tail)
