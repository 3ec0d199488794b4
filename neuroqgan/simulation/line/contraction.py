"""Cell circuits without state vectors: a shallow line of qubits is a product of small matrices.

Between two layers of rotations there is one CZ on every neighbouring pair of a line. As a sum over
the basis states between layers, ``b_1 ... b_{L-1}`` on every qubit, an amplitude is a product along
the line: qubit ``q`` contributes

    ``R_1[b_1, 0] R_2[b_2, b_1] ... R_L[x_q, b_{L-1}]``,

and every neighbouring pair contributes a sign ``(-1)**(b_l b'_l)`` per layer: a Walsh-Hadamard
transform. The vector that is carried along has ``2**(L-1)`` numbers whatever the number of qubits.
The cost of a circuit of few layers is therefore linear in the number of qubits, while state vectors
double with each qubit (a matrix product state of bond dimension ``2**(L-1)``; Vidal, Phys. Rev.
Lett. 91, 147902 (2003)).

`LANES` cells lie side by side in the innermost axis (`neuroqgan.simulation.lanes`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan import checks
from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.statevector.amplitudes import jit
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LANES = LANES  # a compile-time constant of the kernels
_DRAWN = 32  # fewer lanes for sampling, since its blocks hold more arrays at once


def sample_line(
    angles: NDArray[np.float32], bonds: NDArray[np.bool_], random: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw one pattern from every cell, neuron by neuron, from exact conditional probabilities.

    Parameters
    ----------
    angles
        Radians, float32, ``(n_cells, n_layers, n_neurons)``.
    bonds
        Whether CZ joins a neuron to the next, booleans ``(n_neurons - 1,)``.
    random
        Source of one uniform number per neuron; the same numbers give the same patterns on any
        number of threads.

    Returns
    -------
    numpy.ndarray
        Booleans, ``(n_cells, n_neurons)``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.

    Examples
    --------
    >>> angles = np.zeros((2, 1, 3), np.float32)
    >>> angles[0, 0, 1] = np.pi  # the second neuron of the first cell certainly spikes
    >>> sample_line(angles, np.array([True, True]), np.random.default_rng(0)).astype(int)
    array([[0, 1, 0],
           [0, 0, 0]])
    """
    _check(angles, bonds)
    n_cells, _, n_neurons = angles.shape
    levels = random.random((n_cells, n_neurons), dtype=np.float32)
    half = angles * np.float32(0.5)
    with torch_threads_kept():
        drawn: NDArray[np.uint8] = _sample(np.cos(half), np.sin(half), bonds, levels)
    return drawn.view(bool)


def draw_line(
    angles: NDArray[np.float32], bonds: NDArray[np.bool_], levels: Floats
) -> NDArray[np.bool_]:
    """Do what `sample_line` does on the calling thread alone, so that several threads can call it.

    Parameters
    ----------
    angles, bonds
        See `sample_line`.
    levels
        Uniform numbers in [0, 1), float32, ``(n_cells, n_neurons)``.

    Returns
    -------
    numpy.ndarray
        Booleans, ``(n_cells, n_neurons)``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.
    """
    _check(angles, bonds)
    checks.shape("levels", levels.shape, n_cells=len(angles), n_neurons=angles.shape[2])
    half = angles * np.float32(0.5)
    drawn: NDArray[np.uint8] = _sample_alone(np.cos(half), np.sin(half), bonds, levels)
    return drawn.view(bool)


def _check(angles: Floats, bonds: NDArray[np.bool_]) -> None:
    checks.shape("angles", angles.shape, n_cells=None, n_layers=None, n_neurons=None)
    checks.shape("bonds", bonds.shape, pairs=angles.shape[2] - 1)


@jit(inline="always")
def hadamard(vector: Any, lanes: int = _LANES) -> None:
    """Apply the signs of CZ between a qubit and the next: a Walsh-Hadamard transform."""
    size = vector.shape[0]
    stride = 1
    while stride < size:
        for start in range(0, size, 2 * stride):
            for b in range(start, start + stride):
                for k in range(lanes):
                    low = vector[b, k]
                    high = vector[b + stride, k]
                    vector[b, k] = low + high
                    vector[b + stride, k] = low - high
        stride *= 2


@jit(inline="always")
def join(vector: Any, bond: bool) -> None:
    """Carry a vector on to the next qubit, along a bond or past the edge of a cell."""
    if bond:
        hadamard(vector)
        return
    for k in range(_LANES):
        total = np.float32(0)
        for b in range(vector.shape[0]):
            total += vector[b, k]
        for b in range(vector.shape[0]):
            vector[b, k] = total


@jit(inline="always")
def site(
    cosine: Any, sine: Any, q: int, first: int, spike: int, factors: Any, lanes: int = _LANES
) -> None:
    """Fill in what a qubit contributes for every basis state between layers.

    Parameters
    ----------
    cosine, sine
        Cosine and sine of half the angles, ``(n_layers, n_neurons, lanes)``.
    q
        The qubit.
    first
        First layer that counts; 1 leaves out the first rotation.
    spike
        The measured bit.
    factors
        Overwritten, ``(2**(n_layers - 1), lanes)``; bit ``l`` of state ``b`` is that after layer
        ``l``.
    lanes
        Number of cells side by side.
    """
    n_layers = cosine.shape[0]
    for b in range(factors.shape[0]):
        for k in range(lanes):
            factors[b, k] = 1
        for layer in range(first, n_layers):
            out = (b >> layer) & 1 if layer < n_layers - 1 else spike
            into = (b >> (layer - 1)) & 1 if layer > 0 else 0
            if out == into:
                for k in range(lanes):
                    factors[b, k] *= cosine[layer, q, k]
            elif out == 1:
                for k in range(lanes):
                    factors[b, k] *= sine[layer, q, k]
            else:
                for k in range(lanes):
                    factors[b, k] *= -sine[layer, q, k]


@jit(parallel=True)
def _sample(
    cosine: Floats, sine: Floats, bonds: NDArray[np.bool_], levels: Floats
) -> NDArray[np.uint8]:
    drawn = np.empty(levels.shape, np.uint8)
    for block in nb.prange(-(-len(levels) // _DRAWN)):
        _sample_block(block * _DRAWN, cosine, sine, bonds, levels, drawn)
    return drawn


@jit(nogil=True)
def _sample_alone(
    cosine: Floats, sine: Floats, bonds: NDArray[np.bool_], levels: Floats
) -> NDArray[np.uint8]:
    drawn = np.empty(levels.shape, np.uint8)
    for block in range(-(-len(levels) // _DRAWN)):
        _sample_block(block * _DRAWN, cosine, sine, bonds, levels, drawn)
    return drawn


@jit(inline="always")
def _sample_block(first: int, rows_c: Any, rows_s: Any, bonds: Any, rows: Any, drawn: Any) -> None:
    """Draw patterns of up to `_DRAWN` cells.

    Parameters
    ----------
    first
        Index of the first of them.
    rows_c, rows_s
        Cosine and sine of half the angles of all cells, ``(n_cells, n_layers, n_neurons)``.
    bonds
        See `sample_line`.
    rows
        Uniform numbers of all cells, ``(n_cells, n_neurons)``.
    drawn
        Patterns of all cells, of which some rows are written, ``(n_cells, n_neurons)``.
    """
    n_cells, n_layers, n_neurons = rows_c.shape
    size = 1 << (n_layers - 1)
    cosine = np.empty((n_layers, n_neurons, _DRAWN), np.float32)
    sine = np.empty((n_layers, n_neurons, _DRAWN), np.float32)
    levels = np.empty((n_neurons, _DRAWN), np.float32)
    for k in range(_DRAWN):
        cell = min(first + k, n_cells - 1)
        for q in range(n_neurons):
            levels[q, k] = rows[cell, q]
            for layer in range(n_layers):
                cosine[layer, q, k] = rows_c[cell, layer, q]
                sine[layer, q, k] = rows_s[cell, layer, q]
    sites = np.empty((n_neurons, 2, size, _DRAWN), np.float32)
    # What the qubits to the right add: a density matrix of the states between layers, traced over
    # their bits.
    rest = np.empty((n_neurons, size, size, _DRAWN), np.float32)
    for q in range(n_neurons - 1, -1, -1):
        for spike in range(2):
            site(cosine, sine, q, 0, spike, sites[q, spike], _DRAWN)
        if q == n_neurons - 1 or not bonds[q]:
            rest[q] = 1
        else:
            _trace(sites[q + 1], rest[q + 1], rest[q])
    state = np.ones((size, _DRAWN), np.float32)
    silent = np.empty((size, _DRAWN), np.float32)
    fires = np.empty((size, _DRAWN), np.float32)
    low = np.empty(_DRAWN, np.float32)
    high = np.empty(_DRAWN, np.float32)
    spikes = np.empty(_DRAWN, np.float32)
    scale = np.empty(_DRAWN, np.float32)
    for q in range(n_neurons):
        for b in range(size):
            for k in range(_DRAWN):
                silent[b, k] = sites[q, 0, b, k] * state[b, k]
                fires[b, k] = sites[q, 1, b, k] * state[b, k]
        _weigh(silent, rest[q], low)
        _weigh(fires, rest[q], high)
        for k in range(_DRAWN):
            is_spike = levels[q, k] * (low[k] + high[k]) < high[k]
            spikes[k] = 1 if is_spike else 0
            likely = max(high[k] if is_spike else low[k], np.float32(1e-30))
            scale[k] = np.float32(1) / np.sqrt(likely)
        for b in range(size):
            for k in range(_DRAWN):
                state[b, k] = (fires[b, k] if spikes[k] > 0 else silent[b, k]) * scale[k]
        for k in range(min(_DRAWN, n_cells - first)):
            drawn[first + k, q] = spikes[k] > 0
        if q < n_neurons - 1:
            if bonds[q]:
                hadamard(state, _DRAWN)
            else:
                state[:] = 1


@jit(inline="always")
def _trace(sites: Any, after: Any, into: Any) -> None:
    size = after.shape[0]
    for b in range(size):
        for c in range(size):
            for k in range(_DRAWN):
                into[b, c, k] = after[b, c, k] * (
                    sites[0, b, k] * sites[0, c, k] + sites[1, b, k] * sites[1, c, k]
                )
    for b in range(size):
        hadamard(into[b], _DRAWN)
    for c in range(size):
        hadamard(into[:, c], _DRAWN)


@jit(inline="always")
def _weigh(vector: Any, rest: Any, into: Any) -> None:
    size = vector.shape[0]
    for k in range(_DRAWN):
        into[k] = 0
    for b in range(size):
        for c in range(size):
            for k in range(_DRAWN):
                into[k] += vector[b, k] * rest[b, c, k] * vector[c, k]
