"""Exact sampling of cell circuits: a state vector, then one pattern, qubit by qubit.

No table of probabilities is kept. The bit of the last qubit is drawn from the sums of squared
amplitudes over either half of the states; the half that was drawn is halved again, and so on. This
is inverse-transform sampling over all patterns with one uniform number per cell, and costs about as
much as one more sweep over the states.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan import checks
from neuroqgan.errors import InputError
from neuroqgan.simulation.lanes import LANES, to_lanes
from neuroqgan.simulation.statevector.amplitudes import TILE_ROWS, cz_signs, jit, run_block

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.cell import CellAnsatz

    Floats = NDArray[np.float32]

_LANES = LANES  # a compile-time constant of the kernels
# Cells at a time: few enough to keep memory small, and enough blocks for all threads.
_CHUNK = 256 * LANES


def sample_patterns(
    ansatz: CellAnsatz, angles: NDArray[np.floating], levels: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Draw one pattern from every cell.

    Parameters
    ----------
    ansatz
        The cell.
    angles
        Radians, ``(n_cells, n_angles)``, in the order of the circuit's parameters.
    levels
        Uniform numbers in [0, 1), one per cell, ``(n_cells,)``. The same levels give the same
        patterns on any number of threads.

    Returns
    -------
    numpy.ndarray
        Integers, ``(n_cells,)``; bit ``q`` is neuron ``q``.

    Raises
    ------
    InputError
        If the shapes do not fit the cell, or angles are not finite.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> angles = np.array([[0, np.pi, 0], [0, 0, 0]])
    >>> sample_patterns(CellAnsatz(3, 1), angles, np.array([0.5, 0.5])).tolist()
    [2, 0]
    """
    checks.shape("levels", levels.shape, n_cells=None)
    checks.shape("angles", angles.shape, n_cells=len(levels), n_angles=ansatz.n_angles)
    if not np.isfinite(angles).all():
        raise InputError("Angles must be finite.", expected="radians", got="NaN or infinity")
    outcomes = np.empty(len(levels), np.int64)
    signs = cz_signs(ansatz)
    for start in range(0, len(levels), _CHUNK):
        part = slice(start, start + _CHUNK)
        half = to_lanes(angles[part].astype(np.float32) / np.float32(2))
        half = half.reshape(-1, ansatz.n_layers, ansatz.n_neurons, LANES)
        level = to_lanes(levels[part])
        drawn = _sample(np.cos(half), np.sin(half), signs, level, int(nb.get_num_threads()))
        outcomes[part] = drawn.reshape(-1)[: len(levels[part])]
    return outcomes


@jit(parallel=True)
def _sample(
    cosine: Floats, sine: Floats, signs: Floats, levels: NDArray[np.float64], n_workers: int
) -> NDArray[np.int64]:
    """Draw one pattern per lane, ``(n_blocks, LANES)``; see `run_block` for the other shapes."""
    n_blocks = cosine.shape[0]
    n_qubits = cosine.shape[2]
    outcomes = np.empty((n_blocks, _LANES), np.int64)
    cosine, sine, signs, levels = cosine.copy(), sine.copy(), signs.copy(), levels.copy()
    for worker in nb.prange(n_workers):
        state = np.empty((1 << n_qubits, _LANES), np.float32)
        tile = np.empty((TILE_ROWS, _LANES), np.float32)
        sums = np.empty((2, _LANES), np.float32)
        ones = np.empty(_LANES, np.float32)
        for block in range(worker, n_blocks, n_workers):
            run_block(state, tile, cosine[block], sine[block], signs)
            _square(state, sums)
            for k in range(_LANES):
                levels[block, k] *= sums[0, k] + sums[1, k]
                outcomes[block, k] = 0
            for q in range(n_qubits - 1, -1, -1):
                for k in range(_LANES):
                    low = sums[0, k]
                    # An impossible half is not drawn, even if rounding suggests it.
                    spike = levels[block, k] >= low and sums[1, k] > 0
                    ones[k] = 1 if spike else 0
                    if spike:
                        levels[block, k] -= low
                        outcomes[block, k] |= 1 << q
                if q > 0:
                    _halve(state, 1 << (q - 1), ones, sums)
    return outcomes


@jit(inline="always")
def _square(state: Any, sums: Any) -> None:
    """Turn amplitudes into probabilities, and add up either half of the rows."""
    half = state.shape[0] // 2
    sums[:] = 0
    for j in range(half):
        for k in range(_LANES):
            low = state[j, k] * state[j, k]
            high = state[j + half, k] * state[j + half, k]
            state[j, k] = low
            state[j + half, k] = high
            sums[0, k] += low
            sums[1, k] += high


@jit(inline="always")
def _halve(state: Any, half: int, ones: Any, sums: Any) -> None:
    """Keep the half of ``4 * half`` rows that was drawn, and add up either half of that."""
    sums[:] = 0
    for j in range(half):
        for k in range(_LANES):
            low = state[j + 2 * half, k] if ones[k] > 0 else state[j, k]
            high = state[j + 3 * half, k] if ones[k] > 0 else state[j + half, k]
            state[j, k] = low
            state[j + half, k] = high
            sums[0, k] += low
            sums[1, k] += high
