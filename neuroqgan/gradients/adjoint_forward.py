"""The adjoint kernel: moments of cell circuits, and their derivatives by every angle, in numba.

Blocks of cells are run as described in `neuroqgan.simulation.statevector.amplitudes`. Workers take
blocks in turn and write only rows of these blocks, so results do not depend on the number of
threads. The backward pass runs a block again and then undoes its gates instead of storing state
vectors (Jones and Gacon, arXiv:2009.02823); the product state of the first layer is undone by
halving.

Scratch arrays are made inside the parallel loops. Only for arrays made in the function that uses
them does numba promise LLVM that they do not overlap, without which loops are hardly vectorised.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan.gradients.adjoint_backward import undo_layer, undo_one
from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.statevector.amplitudes import TILE_ROWS, jit, run_block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LANES = LANES  # a compile-time constant of the kernels


@jit(inline="always")
def _lane_sum(row: Any, part: Any) -> Any:
    """Add up a row in a fixed order that suits vector units; ``part`` is scratch."""
    eighth = _LANES // 8
    for k in range(eighth):
        part[k] = ((row[k] + row[k + eighth]) + (row[k + 2 * eighth] + row[k + 3 * eighth])) + (
            (row[k + 4 * eighth] + row[k + 5 * eighth])
            + (row[k + 6 * eighth] + row[k + 7 * eighth])
        )
    return ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]))


@jit(parallel=True)
def amplitudes(cosine: Floats, sine: Floats, signs: Floats) -> Floats:
    """Return the amplitudes of all cells, ``(n_blocks, 2**n_qubits, LANES)``; see `moments`."""
    states = np.empty((cosine.shape[0], 1 << cosine.shape[2], _LANES), np.float32)
    tiles = np.empty((cosine.shape[0], TILE_ROWS, _LANES), np.float32)
    cosine, sine, signs = cosine.copy(), sine.copy(), signs.copy()
    for block in nb.prange(cosine.shape[0]):
        run_block(states[block], tiles[block], cosine[block], sine[block], signs)
    return states


@jit(parallel=True)
def moments(
    cosine: Floats,
    sine: Floats,
    signs: Floats,
    counts: NDArray[np.int64],
    n_workers: int,
) -> tuple[Floats, Floats, Floats]:
    """Run all blocks and reduce their state vectors to moments.

    Parameters
    ----------
    cosine, sine
        Cosine and sine of half the angles, ``(n_blocks, n_layers, n_qubits, LANES)``.
    signs
        Sign of the CZ layer for every basis state, ``(2**n_qubits,)``.
    counts
        Number of ones in every basis state, ``(2**n_qubits,)``.
    n_workers
        Number of threads among which the blocks are divided.

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
    cosine, sine, signs, counts = cosine.copy(), sine.copy(), signs.copy(), counts.copy()
    for worker in nb.prange(n_workers):
        state = np.empty((n_states, _LANES), np.float32)
        tile = np.empty((TILE_ROWS, _LANES), np.float32)
        part_sums = np.empty(_LANES, np.float32)
        for block in range(worker, n_blocks, n_workers):
            run_block(state, tile, cosine[block], sine[block], signs)
            for j in range(n_states):
                count = counts[j]
                for k in range(_LANES):
                    probability = state[j, k] * state[j, k]
                    state[j, k] = probability
                    k_probability[block, count, k] += probability
                patterns[block, j] = _lane_sum(state[j], part_sums)
            for q in range(n_qubits - 1, -1, -1):
                stride = 1 << q
                for j in range(stride):
                    for k in range(_LANES):
                        marginals[block, q, k] += state[j + stride, k]
                        state[j, k] += state[j + stride, k]
    return marginals, k_probability, patterns


@jit(parallel=True)
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
    """Pull derivatives by the moments back to the angles.

    Parameters
    ----------
    cosine, sine, signs, counts, n_workers
        As in `moments`.
    by_marginal, by_count
        Derivatives by the marginals and by the probabilities of k ones, in their shapes.
    by_pattern
        Derivatives by the mean pattern probabilities of each part of the batch,
        ``(n_parts, 2**n_qubits)``.
    part
        Row of `by_pattern` for each block, ``(n_blocks,)``.

    Returns
    -------
    numpy.ndarray
        Derivatives by the angles, in the shape of `cosine`.
    """
    n_blocks = cosine.shape[0]
    n_layers = cosine.shape[1]
    n_qubits = cosine.shape[2]
    n_states = 1 << n_qubits
    by_angle = np.zeros(cosine.shape, np.float32)
    cosine, sine, signs, counts = cosine.copy(), sine.copy(), signs.copy(), counts.copy()
    by_marginal, by_count = by_marginal.copy(), by_count.copy()
    by_pattern, part = by_pattern.copy(), part.copy()
    for worker in nb.prange(n_workers):
        state = np.empty((n_states, _LANES), np.float32)
        adjoint = np.empty((n_states, _LANES), np.float32)
        tile = np.empty((2 * TILE_ROWS, _LANES), np.float32)
        slope = np.empty((4, _LANES), np.float32)
        for block in range(worker, n_blocks, n_workers):
            run_block(state, tile, cosine[block], sine[block], signs)
            pattern = by_pattern[part[block]]
            # Energy of a basis state: the sum of the derivatives of its ones, built by doubling.
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
                c = cosine[block, layer]
                s = sine[block, layer]
                out = by_angle[block, layer]
                undo_layer(state, adjoint, tile, slope, c, s, signs, out)
            # The first layer made a product state: undoing a qubit leaves it in |0>, so after that
            # only the half of the amplitudes below its stride matters.
            c, s, out = cosine[block, 0], sine[block, 0], by_angle[block, 0]
            for q in range(n_qubits - 1, -1, -1):
                undo_one(state, adjoint, q, 2 << q, c, s, out)
    return by_angle
