"""The adjoint kernel: real state vectors, `LANES` of them side by side, in numba.

A block is `LANES` cells with the same gates and different angles; the innermost axis runs over
the cells, so that every rotation is a plain vector operation and a block stays in the near cache.
Workers take blocks in turn and write only the blocks' own rows, so results do not depend on the
number of threads. The first layer acts on ``|0...0>``: its product state is built, and undone, by
doubling and halving. The backward pass runs a block again and then undoes its gates instead of
storing states (Jones and Gacon, arXiv:2009.02823).

Numba promises LLVM that arrays do not overlap, without which the loops are hardly vectorised, only
for arrays made inside the compiled function: hence the copies and scratch arrays below.

Qubit ``q`` is bit ``q`` of a basis state's index.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

LANES = 64
_LANES = LANES  # a compile-time constant of the kernels


def _jit(**options: Any) -> Any:
    # Without reassociation and contraction: numba optimises a function once more when it links it
    # in the process that compiles it, so those two would round differently there than in the
    # processes that read it from the cache, and a resumed run would leave the path of the first.
    return nb.njit(fastmath={"nnan", "ninf", "nsz"}, error_model="numpy", cache=True, **options)


@_jit(inline="always")
def _rotate(state: Any, q: int, cosine: Any, sine: Any) -> None:
    """Apply RY to qubit ``q``; ``cosine`` and ``sine`` have one row a qubit."""
    stride = 1 << q
    for start in range(0, state.shape[0], 2 * stride):
        for j in range(start, start + stride):
            for k in range(_LANES):
                low = state[j, k]
                high = state[j + stride, k]
                state[j, k] = cosine[q, k] * low - sine[q, k] * high
                state[j + stride, k] = sine[q, k] * low + cosine[q, k] * high


@_jit(inline="always")
def _rotate_two(state: Any, q: int, cosine: Any, sine: Any) -> None:
    """Apply RY to qubits ``q`` and ``q + 1`` in one sweep over memory."""
    stride = 1 << q
    for start in range(0, state.shape[0], 4 * stride):
        for j in range(start, start + stride):
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


@_jit(inline="always")
def _flip(state: Any, signs: Any) -> None:
    for j in range(state.shape[0]):
        if signs[j] < 0:
            for k in range(_LANES):
                state[j, k] = -state[j, k]


@_jit(inline="always")
def _undo(
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


@_jit(inline="always")
def _undo_two(state: Any, adjoint: Any, q: int, cosine: Any, sine: Any, by_angle: Any) -> None:
    """Undo RY on qubits ``q + 1`` and ``q``, in that order, in one sweep over memory."""
    stride = 1 << q
    for start in range(0, state.shape[0], 4 * stride):
        for j in range(start, start + stride):
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
                by_angle[q + 1, k] += (a10 * x00 - a00 * x10) + (a11 * x01 - a01 * x11)
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
                by_angle[q, k] += (b01 * y00 - b00 * y01) + (b11 * y10 - b10 * y11)
                state[j, k] = c * y00 + s * y01
                state[j + stride, k] = c * y01 - s * y00
                state[j + 2 * stride, k] = c * y10 + s * y11
                state[j + 3 * stride, k] = c * y11 - s * y10
                adjoint[j, k] = c * b00 + s * b01
                adjoint[j + stride, k] = c * b01 - s * b00
                adjoint[j + 2 * stride, k] = c * b10 + s * b11
                adjoint[j + 3 * stride, k] = c * b11 - s * b10


@_jit(inline="always")
def _run(state: Any, cosine: Any, sine: Any, signs: Any) -> None:
    """Run the cells of a block; ``cosine`` and ``sine`` are ``(n_layers, n_qubits, LANES)``."""
    n_qubits = cosine.shape[1]
    for k in range(_LANES):
        state[0, k] = 1
    for q in range(n_qubits):
        stride = 1 << q
        for j in range(stride):
            for k in range(_LANES):
                amplitude = state[j, k]
                state[j, k] = cosine[0, q, k] * amplitude
                state[j + stride, k] = sine[0, q, k] * amplitude
    for layer in range(1, cosine.shape[0]):
        _flip(state, signs)
        for q in range(0, n_qubits - 1, 2):
            _rotate_two(state, q, cosine[layer], sine[layer])
        if n_qubits % 2:
            _rotate(state, n_qubits - 1, cosine[layer], sine[layer])


@_jit(parallel=True)
def amplitudes(cosine: Floats, sine: Floats, signs: Floats) -> Floats:
    """Return the amplitudes of all cells, ``(n_blocks, 2**n_qubits, LANES)``; see `moments`."""
    states = np.empty((cosine.shape[0], 1 << cosine.shape[2], _LANES), np.float32)
    cosine, sine, signs = cosine.copy(), sine.copy(), signs.copy()
    for block in nb.prange(cosine.shape[0]):
        _run(states[block], cosine[block], sine[block], signs)
    return states


@_jit(parallel=True)
def moments(
    cosine: Floats,
    sine: Floats,
    signs: Floats,
    counts: NDArray[np.int64],
    n_workers: int,
) -> tuple[Floats, Floats, Floats]:
    """Run all blocks and reduce their states to moments.

    Parameters
    ----------
    cosine, sine
        Of half the angles, shape ``(n_blocks, n_layers, n_qubits, LANES)``.
    signs
        Sign of the CZ layer for every basis state, shape ``(2**n_qubits,)``.
    counts
        Ones in every basis state, shape ``(2**n_qubits,)``.
    n_workers
        Threads among which the blocks are dealt out.

    Returns
    -------
    tuple
        Probability of one for every qubit, ``(n_blocks, n_qubits, LANES)``; probability of k
        ones, ``(n_blocks, n_qubits + 1, LANES)``; probability of every basis state summed over
        the lanes, ``(n_blocks, 2**n_qubits)``.
    """
    n_blocks = cosine.shape[0]
    n_qubits = cosine.shape[2]
    n_states = 1 << n_qubits
    marginals = np.zeros((n_blocks, n_qubits, _LANES), np.float32)
    k_probability = np.zeros((n_blocks, n_qubits + 1, _LANES), np.float32)
    patterns = np.empty((n_blocks, n_states), np.float32)
    states = np.empty((n_workers, n_states, _LANES), np.float32)
    cosine, sine, signs, counts = cosine.copy(), sine.copy(), signs.copy(), counts.copy()
    for worker in nb.prange(n_workers):
        state = states[worker]
        for block in range(worker, n_blocks, n_workers):
            _run(state, cosine[block], sine[block], signs)
            for j in range(n_states):
                count = counts[j]
                total = np.float32(0)
                for k in range(_LANES):
                    probability = state[j, k] * state[j, k]
                    state[j, k] = probability
                    k_probability[block, count, k] += probability
                    total += probability
                patterns[block, j] = total
            for q in range(n_qubits - 1, -1, -1):
                stride = 1 << q
                for j in range(stride):
                    for k in range(_LANES):
                        marginals[block, q, k] += state[j + stride, k]
                        state[j, k] += state[j + stride, k]
    return marginals, k_probability, patterns


@_jit(parallel=True)
def slopes(
    cosine: Floats,
    sine: Floats,
    signs: Floats,
    counts: NDArray[np.int64],
    by_marginal: Floats,
    by_count: Floats,
    by_pattern: Floats,
    part: NDArray[np.int64],
    n_workers: int,
) -> Floats:
    """Pull cotangents of the moments back to the angles.

    Parameters
    ----------
    cosine, sine, signs, counts, n_workers
        As in `moments`.
    by_marginal, by_count
        Cotangents of the marginals and of the probabilities of k ones, in their shapes.
    by_pattern
        Cotangent of the patterns, one row for each part of the batch, ``(n_parts, 2**n_qubits)``.
    part
        Row of `by_pattern` that a block uses, ``(n_blocks,)``.

    Returns
    -------
    numpy.ndarray
        Derivative by every angle, in the shape of `cosine`.
    """
    n_blocks = cosine.shape[0]
    n_layers = cosine.shape[1]
    n_qubits = cosine.shape[2]
    n_states = 1 << n_qubits
    by_angle = np.zeros(cosine.shape, np.float32)
    states = np.empty((n_workers, n_states, _LANES), np.float32)
    adjoints = np.empty((n_workers, n_states, _LANES), np.float32)
    cosine, sine, signs, counts = cosine.copy(), sine.copy(), signs.copy(), counts.copy()
    by_marginal, by_count = by_marginal.copy(), by_count.copy()
    by_pattern, part = by_pattern.copy(), part.copy()
    for worker in nb.prange(n_workers):
        state = states[worker]
        adjoint = adjoints[worker]
        for block in range(worker, n_blocks, n_workers):
            _run(state, cosine[block], sine[block], signs)
            pattern = by_pattern[part[block]]
            # Energy of a basis state: the sum of its ones' cotangents, built by doubling.
            for k in range(_LANES):
                adjoint[0, k] = 0
            for q in range(n_qubits):
                stride = 1 << q
                for j in range(stride):
                    for k in range(_LANES):
                        adjoint[j + stride, k] = adjoint[j, k] + by_marginal[block, q, k]
            for j in range(n_states):
                count = counts[j]
                for k in range(_LANES):
                    energy = adjoint[j, k] + by_count[block, count, k] + pattern[j]
                    adjoint[j, k] = energy * state[j, k]
            for layer in range(n_layers - 1, 0, -1):
                c, s, out = cosine[block, layer], sine[block, layer], by_angle[block, layer]
                if n_qubits % 2:
                    _undo(state, adjoint, n_qubits - 1, n_states, c, s, out)
                for q in range((n_qubits // 2) * 2 - 2, -1, -2):
                    _undo_two(state, adjoint, q, c, s, out)
                _flip(state, signs)
                _flip(adjoint, signs)
            # The first layer made a product state: undoing a qubit leaves it in |0>, so only the
            # half of the amplitudes below its stride matters from then on.
            c, s, out = cosine[block, 0], sine[block, 0], by_angle[block, 0]
            for q in range(n_qubits - 1, -1, -1):
                _undo(state, adjoint, q, 2 << q, c, s, out)
    return by_angle
