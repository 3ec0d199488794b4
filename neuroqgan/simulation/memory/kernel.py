"""Kernels that apply, undo and draw a bin's spikes on state vectors of the memory, in numba.

State vectors are real and normalised, one row per window. Qubit ``q`` of the memory is bit ``q`` of
the index. The backward pass runs a row's bin again, since keeping the state after every neuron
would take as many times the working memory as there are neurons.

Amplitudes of spikes come in tables: one for all rows, or several, each for as many consecutive
rows. Sums over rows are taken within tables, or within a fixed number of chunks if there is a
single one, so they do not depend on the number of threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.floating]

_CHUNKS = 16


@jit(inline="always")
def _turn(state: Any, q: int, cosine: Any, sine: Any) -> None:
    """Apply RY to qubit ``q``."""
    stride = 1 << q
    for start in range(0, state.shape[0], 2 * stride):
        for j in range(start, start + stride):
            low = state[j]
            high = state[j + stride]
            state[j] = cosine * low - sine * high
            state[j + stride] = sine * low + cosine * high


@jit(parallel=True)
def emit(
    amplitudes: Floats,
    spikes: NDArray[np.bool_],
    spike: Floats,
    silent: Floats,
    cosine: Floats,
    sine: Floats,
) -> Floats:
    """Apply a bin's spikes to amplitudes in place, and normalise them.

    Parameters
    ----------
    amplitudes
        ``(n_rows, dimension)``, replaced by those after the bin.
    spikes
        Booleans ``(n_rows, n_neurons)``.
    spike, silent
        Amplitude of a spike and of silence in every memory state,
        ``(n_tables, n_neurons, dimension)``; the number of tables divides that of rows.
    cosine, sine
        Cosine and sine of half the angle by which a spike kicks every memory qubit,
        ``(n_neurons, n_memory)``.

    Returns
    -------
    numpy.ndarray
        Norm of every row before it was normalised, which is the square root of the probability of
        its spikes, ``(n_rows,)``.
    """
    n_rows, n_neurons = spikes.shape
    share = n_rows // spike.shape[0]
    norms = np.empty(n_rows, amplitudes.dtype)
    for row in nb.prange(n_rows):
        state = amplitudes[row].copy()
        table = np.int64(row) // share
        for n in range(n_neurons):
            if spikes[row, n]:
                state *= spike[table, n]
                for q in range(cosine.shape[1]):
                    _turn(state, q, cosine[n, q], sine[n, q])
            else:
                state *= silent[table, n]
        norm = np.sqrt((state * state).sum())
        norms[row] = norm
        amplitudes[row] = state / norm
    return norms


@jit(parallel=True)
def emit_backward(
    amplitudes: Floats,
    spikes: NDArray[np.bool_],
    spike: Floats,
    silent: Floats,
    cosine: Floats,
    sine: Floats,
    slopes: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Pull derivatives back through `emit` without its normalisation.

    Parameters
    ----------
    amplitudes
        What `emit` was given, ``(n_rows, dimension)``.
    spikes, spike, silent, cosine, sine
        As in `emit`.
    slopes
        Derivatives by the amplitudes after the bin, before they are normalised,
        ``(n_rows, dimension)``; replaced by those before the bin.

    Returns
    -------
    tuple of numpy.ndarray
        Derivatives by ``spike`` and ``silent``, ``(n_tables, n_neurons, dimension)`` each, and by
        the kicks' angles, ``(n_neurons, n_memory)``.
    """
    n_rows, n_neurons = spikes.shape
    n_tables, dimension = spike.shape[0], amplitudes.shape[1]
    n_memory = cosine.shape[1]
    share = n_rows // n_tables
    n_chunks = _CHUNKS if n_tables == 1 else n_tables
    by_spike = np.zeros((n_chunks, n_neurons, dimension), amplitudes.dtype)
    by_silent = np.zeros((n_chunks, n_neurons, dimension), amplitudes.dtype)
    by_kick = np.zeros((n_chunks, n_neurons, n_memory), amplitudes.dtype)
    for chunk in nb.prange(n_chunks):
        before = np.empty((n_neurons, dimension), amplitudes.dtype)
        # Indices of parallel loops are unsigned, and with signed numbers become floats.
        table, first, last, step = np.int64(0), np.int64(chunk), n_rows, _CHUNKS
        if n_tables > 1:
            table, first, last, step = first, first * share, (first + 1) * share, 1
        for row in range(first, last, step):
            state = amplitudes[row].copy()
            for n in range(n_neurons):
                before[n] = state
                if spikes[row, n]:
                    state *= spike[table, n]
                    for q in range(n_memory):
                        _turn(state, q, cosine[n, q], sine[n, q])
                else:
                    state *= silent[table, n]
            slope = slopes[row].copy()
            for n in range(n_neurons - 1, -1, -1):
                if spikes[row, n]:
                    state[:] = before[n] * spike[table, n]
                    # Rotations of different qubits commute: all are undone on the slope first,
                    # and each generator then meets the state before the kick.
                    for q in range(n_memory):
                        _turn(slope, q, cosine[n, q], -sine[n, q])
                    for q in range(n_memory):
                        by_kick[chunk, n, q] += _generator(slope, state, q)
                    by_spike[chunk, n] += slope * before[n]
                    slope *= spike[table, n]
                else:
                    by_silent[chunk, n] += slope * before[n]
                    slope *= silent[table, n]
            slopes[row] = slope
    kick = by_kick.sum(0)
    if n_tables > 1:
        return by_spike, by_silent, kick
    return by_spike.sum(0)[np.newaxis], by_silent.sum(0)[np.newaxis], kick


@jit(inline="always")
def _generator(slope: Any, state: Any, q: int) -> Any:
    """Return the derivative by the angle of RY on qubit ``q``, at angle zero."""
    stride = 1 << q
    total = slope[0] * 0
    for start in range(0, state.shape[0], 2 * stride):
        for j in range(start, start + stride):
            total += slope[j + stride] * state[j] - slope[j] * state[j + stride]
    return total / 2


@jit(parallel=True)
def sample(
    amplitudes: Floats,
    uniform: Floats,
    spike: Floats,
    silent: Floats,
    cosine: Floats,
    sine: Floats,
) -> NDArray[np.bool_]:
    """Draw a bin's spikes, neuron by neuron, and apply them to the amplitudes in place.

    Parameters
    ----------
    amplitudes
        Normalised, ``(n_rows, dimension)``.
    uniform
        Uniform numbers in [0, 1), ``(n_rows, n_neurons)``.
    spike, silent, cosine, sine
        As in `emit`.

    Returns
    -------
    numpy.ndarray
        Spikes, ``(n_rows, n_neurons)``.
    """
    n_rows, n_neurons = uniform.shape
    share = n_rows // spike.shape[0]
    spikes = np.zeros((n_rows, n_neurons), np.bool_)
    for row in nb.prange(n_rows):
        state = amplitudes[row].copy()
        table = np.int64(row) // share
        for n in range(n_neurons):
            fired = state * spike[table, n]
            probability = (fired * fired).sum()
            if uniform[row, n] < probability:
                spikes[row, n] = True
                state = fired / np.sqrt(probability)
                for q in range(cosine.shape[1]):
                    _turn(state, q, cosine[n, q], sine[n, q])
            else:
                state *= silent[table, n]
                state /= np.sqrt((state * state).sum())
        amplitudes[row] = state
    return spikes
