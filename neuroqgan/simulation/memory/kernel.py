"""Kernels that apply, undo and draw a bin's spikes on state vectors of the memory, in numba.

State vectors are real and normalised, one row per window. Qubit ``q`` of the memory is bit ``q`` of
the index. The backward pass runs a row's bin again, since keeping the state after every neuron
would take as many times the working memory as there are neurons. Rows are divided into a fixed
number of chunks, so sums do not depend on the number of threads.
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
        Amplitude of a spike and of silence in every memory state, ``(n_neurons, dimension)``.
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
    norms = np.empty(n_rows, amplitudes.dtype)
    for row in nb.prange(n_rows):
        state = amplitudes[row].copy()
        for n in range(n_neurons):
            if spikes[row, n]:
                state *= spike[n]
                for q in range(cosine.shape[1]):
                    _turn(state, q, cosine[n, q], sine[n, q])
            else:
                state *= silent[n]
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
        Derivatives by ``spike`` and ``silent``, ``(n_neurons, dimension)`` each, and by the kicks'
        angles, ``(n_neurons, n_memory)``.
    """
    n_rows, n_neurons = spikes.shape
    dimension = amplitudes.shape[1]
    n_memory = cosine.shape[1]
    by_spike = np.zeros((_CHUNKS, n_neurons, dimension), amplitudes.dtype)
    by_silent = np.zeros((_CHUNKS, n_neurons, dimension), amplitudes.dtype)
    by_kick = np.zeros((_CHUNKS, n_neurons, n_memory), amplitudes.dtype)
    for chunk in nb.prange(_CHUNKS):
        before = np.empty((n_neurons, dimension), amplitudes.dtype)
        for row in range(chunk, n_rows, _CHUNKS):
            state = amplitudes[row].copy()
            for n in range(n_neurons):
                before[n] = state
                if spikes[row, n]:
                    state *= spike[n]
                    for q in range(n_memory):
                        _turn(state, q, cosine[n, q], sine[n, q])
                else:
                    state *= silent[n]
            slope = slopes[row].copy()
            for n in range(n_neurons - 1, -1, -1):
                if spikes[row, n]:
                    state[:] = before[n] * spike[n]
                    # Rotations of different qubits commute: all are undone on the slope first,
                    # and each generator then meets the state before the kick.
                    for q in range(n_memory):
                        _turn(slope, q, cosine[n, q], -sine[n, q])
                    for q in range(n_memory):
                        by_kick[chunk, n, q] += _generator(slope, state, q)
                    by_spike[chunk, n] += slope * before[n]
                    slope *= spike[n]
                else:
                    by_silent[chunk, n] += slope * before[n]
                    slope *= silent[n]
            slopes[row] = slope
    return by_spike.sum(0), by_silent.sum(0), by_kick.sum(0)


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
    spikes = np.zeros((n_rows, n_neurons), np.bool_)
    for row in nb.prange(n_rows):
        state = amplitudes[row].copy()
        for n in range(n_neurons):
            fired = state * spike[n]
            probability = (fired * fired).sum()
            if uniform[row, n] < probability:
                spikes[row, n] = True
                state = fired / np.sqrt(probability)
                for q in range(cosine.shape[1]):
                    _turn(state, q, cosine[n, q], sine[n, q])
            else:
                state *= silent[n]
                state /= np.sqrt((state * state).sum())
        amplitudes[row] = state
    return spikes
