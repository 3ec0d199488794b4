"""Real state vectors of cell circuits, `LANES` of them side by side, in numba.

A block is `LANES` cells with the same gates and different angles (`neuroqgan.simulation.lanes`).
Four qubits at a time are turned in a tile of sixteen rows, which stays in the near cache while the
whole block does not. The rows of a tile lie at fixed distances, so the compiler need not check for
every row whether two of them overlap, which would cost as much as the arithmetic. The first layer
acts on ``|0...0>``: its product state is built by doubling.

Only for arrays made inside the compiled function does numba promise LLVM that they do not overlap,
and without that promise the loops are hardly vectorised: hence the copies and scratch arrays in the
kernels. Functions of other files that call these are compiled anew only when their own file
changes.

Qubit ``q`` is bit ``q`` of a basis state's index.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan.simulation.lanes import LANES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.cell import CellAnsatz

    Floats = NDArray[np.float32]

TILE_ROWS = 16
_LANES = LANES  # a compile-time constant of the kernels


def jit(**options: Any) -> Any:
    """Compile a kernel so that it gives the same bits in every process.

    Reassociation and contraction are left out. Numba optimises a function once more when it links
    it in the process that compiles it, so with these two it would round differently there than in
    processes that read it from the cache, and a resumed run would deviate from the first.
    """
    return nb.njit(fastmath={"nnan", "ninf", "nsz"}, error_model="numpy", cache=True, **options)


@jit(inline="always")
def flip_rows(state: Any, first: int, last: int, signs: Any) -> None:
    """Change the sign of the rows that CZ flips, from ``first`` to before ``last``."""
    for j in range(first, last):
        if signs[j] < 0:
            for k in range(_LANES):
                state[j, k] = -state[j, k]


@jit(inline="always")
def _rotate_into(
    tile: Any, m: int, state: Any, j: int, stride: int, q: int, cosine: Any, sine: Any
) -> None:
    """Apply RY to qubits ``q`` and ``q + 1`` on four rows of the state into a tile."""
    for k in range(_LANES):
        c = cosine[q, k]
        s = sine[q, k]
        x00 = state[j, k]
        x01 = state[j + stride, k]
        x10 = state[j + 2 * stride, k]
        x11 = state[j + 3 * stride, k]
        y00 = c * x00 - s * x01
        y01 = s * x00 + c * x01
        y10 = c * x10 - s * x11
        y11 = s * x10 + c * x11
        c = cosine[q + 1, k]
        s = sine[q + 1, k]
        tile[m, k] = c * y00 - s * y10
        tile[m + 1, k] = c * y01 - s * y11
        tile[m + 2, k] = s * y00 + c * y10
        tile[m + 3, k] = s * y01 + c * y11


@jit(inline="always")
def _rotate_out_of(
    tile: Any, m: int, state: Any, j: int, stride: int, q: int, cosine: Any, sine: Any
) -> None:
    """Apply RY to qubits ``q`` and ``q + 1`` on four rows of a tile into the state."""
    for k in range(_LANES):
        c = cosine[q, k]
        s = sine[q, k]
        x00 = tile[m, k]
        x01 = tile[m + 4, k]
        x10 = tile[m + 8, k]
        x11 = tile[m + 12, k]
        y00 = c * x00 - s * x01
        y01 = s * x00 + c * x01
        y10 = c * x10 - s * x11
        y11 = s * x10 + c * x11
        c = cosine[q + 1, k]
        s = sine[q + 1, k]
        state[j, k] = c * y00 - s * y10
        state[j + stride, k] = c * y01 - s * y11
        state[j + 2 * stride, k] = s * y00 + c * y10
        state[j + 3 * stride, k] = s * y01 + c * y11


@jit(inline="always")
def _rotate_two(state: Any, j: int, stride: int, q: int, cosine: Any, sine: Any) -> None:
    """Apply RY to qubits ``q`` and ``q + 1`` on four rows of the state."""
    for k in range(_LANES):
        c = cosine[q, k]
        s = sine[q, k]
        x00 = state[j, k]
        x01 = state[j + stride, k]
        x10 = state[j + 2 * stride, k]
        x11 = state[j + 3 * stride, k]
        y00 = c * x00 - s * x01
        y01 = s * x00 + c * x01
        y10 = c * x10 - s * x11
        y11 = s * x10 + c * x11
        c = cosine[q + 1, k]
        s = sine[q + 1, k]
        state[j, k] = c * y00 - s * y10
        state[j + stride, k] = c * y01 - s * y11
        state[j + 2 * stride, k] = s * y00 + c * y10
        state[j + 3 * stride, k] = s * y01 + c * y11


@jit(inline="always")
def _rotate_one(state: Any, j: int, stride: int, q: int, cosine: Any, sine: Any) -> None:
    """Apply RY to qubit ``q`` on two rows of the state."""
    for k in range(_LANES):
        low = state[j, k]
        high = state[j + stride, k]
        state[j, k] = cosine[q, k] * low - sine[q, k] * high
        state[j + stride, k] = sine[q, k] * low + cosine[q, k] * high


@jit(inline="always")
def rotate_layer(state: Any, tile: Any, cosine: Any, sine: Any, signs: Any) -> None:
    """Apply a layer of CZ and then one of RY; ``cosine`` and ``sine`` have one row per qubit."""
    n_qubits = cosine.shape[0]
    size = state.shape[0]
    if n_qubits < 4:
        flip_rows(state, 0, size, signs)
    q = 0
    while q + 4 <= n_qubits:
        stride = 1 << q
        for start in range(0, size, TILE_ROWS * stride):
            for j in range(start, start + stride):
                if q == 0:
                    flip_rows(state, j, j + TILE_ROWS, signs)
                for m in range(0, TILE_ROWS, 4):
                    _rotate_into(tile, m, state, j + m * stride, stride, q, cosine, sine)
                for m in range(4):
                    _rotate_out_of(tile, m, state, j + m * stride, 4 * stride, q + 2, cosine, sine)
        q += 4
    if q + 2 <= n_qubits:
        stride = 1 << q
        for start in range(0, size, 4 * stride):
            for j in range(start, start + stride):
                _rotate_two(state, j, stride, q, cosine, sine)
        q += 2
    if q < n_qubits:
        stride = 1 << q
        for start in range(0, size, 2 * stride):
            for j in range(start, start + stride):
                _rotate_one(state, j, stride, q, cosine, sine)


@jit(inline="always")
def run_block(state: Any, tile: Any, cosine: Any, sine: Any, signs: Any) -> None:
    """Run the cells of a block.

    Parameters
    ----------
    state
        Amplitudes, overwritten, ``(2**n_qubits, LANES)``.
    tile
        Scratch, ``(TILE_ROWS, LANES)``.
    cosine, sine
        Cosine and sine of half the angles, ``(n_layers, n_qubits, LANES)``.
    signs
        Sign of the CZ layer for every basis state, ``(2**n_qubits,)``.
    """
    for k in range(_LANES):
        state[0, k] = 1
    for q in range(cosine.shape[1]):
        stride = 1 << q
        for j in range(stride):
            for k in range(_LANES):
                amplitude = state[j, k]
                state[j, k] = cosine[0, q, k] * amplitude
                state[j + stride, k] = sine[0, q, k] * amplitude
    for layer in range(1, cosine.shape[0]):
        rotate_layer(state, tile, cosine[layer], sine[layer], signs)


@lru_cache
def cz_signs(ansatz: CellAnsatz) -> Floats:
    """Return the sign that one layer of CZ gives to every basis state, ``(2**n_neurons,)``."""
    states = np.arange(1 << ansatz.n_neurons)
    signs = np.ones(len(states), np.float32)
    for first, second in ansatz.pairs:
        signs[(states >> first) & (states >> second) & 1 == 1] *= -1
    return signs
