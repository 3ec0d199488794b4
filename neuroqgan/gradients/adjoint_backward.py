"""The backward pass of the adjoint kernel: a layer of gates undone, in numba.

Four qubits at a time are undone in a tile of rows, as the forward pass turns them
(`neuroqgan.simulation.statevector.amplitudes`). The derivative by an angle is the matrix element of
its rotation's generator between the state and the adjoint vector at that point (Jones and Gacon,
arXiv:2009.02823).
"""

from __future__ import annotations

from typing import Any

from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.statevector.amplitudes import TILE_ROWS, flip_rows, jit

_LANES = LANES  # a compile-time constant of the kernels


@jit(inline="always")
def undo_one(
    state: Any, adjoint: Any, q: int, size: int, cosine: Any, sine: Any, by_angle: Any
) -> None:
    """Undo RY on qubit ``q`` in both vectors and add the derivative by its angle."""
    stride = 1 << q
    for start in range(0, size, 2 * stride):
        for j in range(start, start + stride):
            for k in range(_LANES):
                low = state[j, k]
                high = state[j + stride, k]
                adjoint_low = adjoint[j, k]
                adjoint_high = adjoint[j + stride, k]
                by_angle[q, k] += adjoint_high * low - adjoint_low * high
                state[j, k] = cosine[q, k] * low + sine[q, k] * high
                state[j + stride, k] = cosine[q, k] * high - sine[q, k] * low
                adjoint[j, k] = cosine[q, k] * adjoint_low + sine[q, k] * adjoint_high
                adjoint[j + stride, k] = cosine[q, k] * adjoint_high - sine[q, k] * adjoint_low


@jit(inline="always")
def _undo_into(
    tile: Any,
    m: int,
    state: Any,
    adjoint: Any,
    j: int,
    stride: int,
    q: int,
    cosine: Any,
    sine: Any,
    slope: Any,
) -> None:
    """Undo RY on qubits ``q + 1`` and ``q``, in that order, from the vectors into a tile."""
    for k in range(_LANES):
        c = cosine[q + 1, k]
        s = sine[q + 1, k]
        x00 = state[j, k]
        x01 = state[j + stride, k]
        x10 = state[j + 2 * stride, k]
        x11 = state[j + 3 * stride, k]
        a00 = adjoint[j, k]
        a01 = adjoint[j + stride, k]
        a10 = adjoint[j + 2 * stride, k]
        a11 = adjoint[j + 3 * stride, k]
        slope[3, k] += (a10 * x00 - a00 * x10) + (a11 * x01 - a01 * x11)
        y00 = c * x00 + s * x10
        y10 = c * x10 - s * x00
        y01 = c * x01 + s * x11
        y11 = c * x11 - s * x01
        b00 = c * a00 + s * a10
        b10 = c * a10 - s * a00
        b01 = c * a01 + s * a11
        b11 = c * a11 - s * a01
        c = cosine[q, k]
        s = sine[q, k]
        slope[2, k] += (b01 * y00 - b00 * y01) + (b11 * y10 - b10 * y11)
        tile[m, k] = c * y00 + s * y01
        tile[m + 4, k] = c * y01 - s * y00
        tile[m + 8, k] = c * y10 + s * y11
        tile[m + 12, k] = c * y11 - s * y10
        tile[m + 16, k] = c * b00 + s * b01
        tile[m + 20, k] = c * b01 - s * b00
        tile[m + 24, k] = c * b10 + s * b11
        tile[m + 28, k] = c * b11 - s * b10


@jit(inline="always")
def _undo_tile(
    tile: Any,
    m: int,
    q: int,
    cosine: Any,
    sine: Any,
    slope: Any,
) -> None:
    """Undo RY on qubits ``q + 1`` and ``q``, in that order, within a tile."""
    for k in range(_LANES):
        c = cosine[q + 1, k]
        s = sine[q + 1, k]
        x00 = tile[m, k]
        x01 = tile[m + 1, k]
        x10 = tile[m + 2, k]
        x11 = tile[m + 3, k]
        a00 = tile[m + 16, k]
        a01 = tile[m + 17, k]
        a10 = tile[m + 18, k]
        a11 = tile[m + 19, k]
        slope[1, k] += (a10 * x00 - a00 * x10) + (a11 * x01 - a01 * x11)
        y00 = c * x00 + s * x10
        y10 = c * x10 - s * x00
        y01 = c * x01 + s * x11
        y11 = c * x11 - s * x01
        b00 = c * a00 + s * a10
        b10 = c * a10 - s * a00
        b01 = c * a01 + s * a11
        b11 = c * a11 - s * a01
        c = cosine[q, k]
        s = sine[q, k]
        slope[0, k] += (b01 * y00 - b00 * y01) + (b11 * y10 - b10 * y11)
        tile[m, k] = c * y00 + s * y01
        tile[m + 1, k] = c * y01 - s * y00
        tile[m + 2, k] = c * y10 + s * y11
        tile[m + 3, k] = c * y11 - s * y10
        tile[m + 16, k] = c * b00 + s * b01
        tile[m + 17, k] = c * b01 - s * b00
        tile[m + 18, k] = c * b10 + s * b11
        tile[m + 19, k] = c * b11 - s * b10


@jit(inline="always")
def _spread(tile: Any, m: int, step: int, state: Any, adjoint: Any, j: int, stride: int) -> None:
    """Copy four rows of a tile, ``step`` apart, back to either vector."""
    # Four rows per loop: a loop over one row is unrolled before it can be vectorised.
    for k in range(_LANES):
        state[j, k] = tile[m, k]
        state[j + stride, k] = tile[m + step, k]
        state[j + 2 * stride, k] = tile[m + 2 * step, k]
        state[j + 3 * stride, k] = tile[m + 3 * step, k]
    for k in range(_LANES):
        adjoint[j, k] = tile[TILE_ROWS + m, k]
        adjoint[j + stride, k] = tile[TILE_ROWS + m + step, k]
        adjoint[j + 2 * stride, k] = tile[TILE_ROWS + m + 2 * step, k]
        adjoint[j + 3 * stride, k] = tile[TILE_ROWS + m + 3 * step, k]


@jit(inline="always")
def undo_layer(
    state: Any, adjoint: Any, tile: Any, slope: Any, cosine: Any, sine: Any, signs: Any, out: Any
) -> None:
    """Undo a layer of RY and the CZ before it, and add the derivatives by its angles to ``out``."""
    n_qubits = cosine.shape[0]
    size = state.shape[0]
    q = n_qubits
    if q % 2:
        q -= 1
        undo_one(state, adjoint, q, size, cosine, sine, out)
    if q % 4:
        q -= 2
        stride = 1 << q
        slope[:] = 0
        for start in range(0, size, 4 * stride):
            for j in range(start, start + stride):
                _undo_into(tile, 0, state, adjoint, j, stride, q, cosine, sine, slope)
                _spread(tile, 0, 4, state, adjoint, j, stride)
        for k in range(_LANES):
            out[q, k] += slope[2, k]
            out[q + 1, k] += slope[3, k]
    while q > 0:
        q -= 4
        stride = 1 << q
        slope[:] = 0
        for start in range(0, size, TILE_ROWS * stride):
            for j in range(start, start + stride):
                for m in range(4):
                    row = j + m * stride
                    _undo_into(tile, m, state, adjoint, row, 4 * stride, q + 2, cosine, sine, slope)
                for m in range(0, TILE_ROWS, 4):
                    _undo_tile(tile, m, q, cosine, sine, slope)
                    _spread(tile, m, 1, state, adjoint, j + m * stride, stride)
                if q == 0:
                    flip_rows(state, j, j + TILE_ROWS, signs)
                    flip_rows(adjoint, j, j + TILE_ROWS, signs)
        for i in range(4):
            for k in range(_LANES):
                out[q + i, k] += slope[i, k]
    if n_qubits < 4:
        flip_rows(state, 0, size, signs)
        flip_rows(adjoint, 0, size, signs)
