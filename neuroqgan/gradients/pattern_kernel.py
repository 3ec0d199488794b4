"""Probabilities of patterns for every value of a latent: kernels without state vectors.

Born's rule, ``p(x | z) = |<x|psi_z>|**2``, with amplitudes from
`neuroqgan.simulation.line.contraction`, at a cost linear in neurons, basis states between layers,
and values of the latent. Angles for every value would fill gigabytes, and moving them takes longer
than the arithmetic. The kernels therefore take what the angles are made of, and the angles of a
block stay in the processor's caches.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np

from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.line.contraction import join, site
from neuroqgan.simulation.statevector.amplitudes import jit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

BINS = 32
"""Bins of a row that one thread handles, whatever the number of threads."""

_LANES = LANES
_HALF_PI = np.float32(math.pi / 2)


def _sine_coefficients() -> tuple[np.float32, ...]:
    """Return a polynomial in ``x**2`` which, times ``x``, is sin(pi x / 2) for x in [0, 1]."""

    def ratio(y: NDArray[np.float64]) -> NDArray[np.float64]:
        x = np.sqrt(y)
        return np.asarray(np.sin(math.pi / 2 * x) / x)

    fit = np.polynomial.Chebyshev.interpolate(ratio, 5, domain=[0, 1])
    return tuple(np.float32(c) for c in fit.convert(kind=np.polynomial.Polynomial).coef)


_S0, _S1, _S2, _S3, _S4, _S5 = _sine_coefficients()


@jit(inline="always")
def _quarter_sine(x: Any) -> Any:
    """Return sin(pi x / 2) for x in [0, 1], to single precision relative to itself."""
    y = x * x
    return x * (_S0 + y * (_S1 + y * (_S2 + y * (_S3 + y * (_S4 + y * _S5)))))


@jit(inline="always")
def _turn(odds: Any, odds_of_value: Any, share: Any, cosine: Any, sine: Any) -> None:
    """Fill in the first layer for a value of the latent: shares of a half turn, and rotations.

    A cosine is the sine of what is missing to a half turn, which keeps its digits if it is small.
    """
    for q in range(odds.shape[0]):
        for k in range(_LANES):
            against = odds[q, k] * odds_of_value[q, k]
            share[q, k] = np.float32(1) / (np.float32(1) + against)
            sine[q, k] = _quarter_sine(share[q, k])
            cosine[q, k] = _quarter_sine(against * share[q, k])


@jit(inline="always")
def _sites(cosine: Any, sine: Any, c: Any, s: Any, sites: Any) -> None:
    """Fill in what the later layers contribute to every qubit, for either measured bit.

    The first rotation differs between values of the latent. A layer without rotations takes its
    place, so that the later ones keep their numbers.
    """
    c[0] = 1
    s[0] = 0
    c[1:] = cosine
    s[1:] = sine
    for q in range(sites.shape[1]):
        for spike in range(2):
            site(c, s, q, 1, spike, sites[spike, q])


@jit(inline="always")
def _observed(sites: Any, spikes: Any, own: Any) -> None:
    for q in range(own.shape[0]):
        for b in range(own.shape[1]):
            for k in range(_LANES):
                own[q, b, k] = sites[1, q, b, k] if spikes[q, k] else sites[0, q, b, k]


@jit(inline="always")
def _sweep(c0: Any, s0: Any, own: Any, bonds: Any, left: Any, amplitude: Any) -> None:
    """Contract a line from its first qubit; ``left[q]`` is the contraction before qubit ``q``."""
    n_neurons, size, _ = own.shape
    left[0] = 1
    for q in range(1, n_neurons):
        for b in range(size):
            if b & 1:
                for k in range(_LANES):
                    left[q, b, k] = left[q - 1, b, k] * own[q - 1, b, k] * s0[q - 1, k]
            else:
                for k in range(_LANES):
                    left[q, b, k] = left[q - 1, b, k] * own[q - 1, b, k] * c0[q - 1, k]
        join(left[q], bonds[q - 1])
    last = n_neurons - 1
    for k in range(_LANES):
        amplitude[k] = 0
    for b in range(size):
        for k in range(_LANES):
            turn = s0[last, k] if b & 1 else c0[last, k]
            amplitude[k] += left[last, b, k] * own[last, b, k] * turn


@jit(inline="always")
def _scratch(n_neurons: int, n_later: int) -> Any:
    """Return arrays for rotations, sites, observed sites, and the contraction from the left.

    They are made inside the kernel, where the compiler knows that they do not overlap.
    """
    turns = (n_later + 1, n_neurons, _LANES)
    states = (n_neurons, 1 << n_later, _LANES)
    return (
        np.empty(turns, np.float32),
        np.empty(turns, np.float32),
        np.empty((2, n_neurons, 1 << n_later, _LANES), np.float32),
        np.empty(states, np.float32),
        np.empty(states, np.float32),
    )


@jit(inline="always")
def _scratch_of_value(n_neurons: int) -> Any:
    """Return arrays for the first layer's shares, cosines and sines."""
    shape = (n_neurons, _LANES)
    return np.empty(shape, np.float32), np.empty(shape, np.float32), np.empty(shape, np.float32)


@jit(parallel=True)
def probabilities(
    odds: Floats,
    odds_of_value: Floats,
    cosine: Floats,
    sine: Floats,
    spikes: NDArray[np.uint8],
    bonds: NDArray[np.bool_],
) -> Floats:
    """Return the probabilities of patterns, ``(n_blocks, n_bins, n_values, LANES)``.

    Parameters
    ----------
    odds
        ``exp(-drive)``, ``(n_blocks, n_bins, n_neurons, LANES)``.
    odds_of_value
        The same for what values of the latent add, ``(n_blocks, n_values, n_neurons, LANES)``, or
        one block for all.
    cosine, sine
        Cosine and sine of half the later angles, ``(n_blocks, n_layers - 1, n_neurons, LANES)``, or
        one block for all.
    spikes
        Measured bits, ``(n_blocks, n_bins, n_neurons, LANES)``.
    bonds
        Whether CZ joins a neuron to the next, ``(n_neurons - 1,)``.
    """
    n_blocks, n_bins, n_neurons, _ = odds.shape
    n_values, n_later = odds_of_value.shape[1], cosine.shape[1]
    n_parts = -(-n_bins // BINS)
    value = np.empty((n_blocks, n_bins, n_values, _LANES), np.float32)
    for job in nb.prange(n_blocks * n_parts):
        block, part = job // n_parts, job % n_parts
        mine = min(block, len(odds_of_value) - 1)
        c, s, sites, own, left = _scratch(n_neurons, n_later)
        share, c0, s0 = _scratch_of_value(n_neurons)
        amplitude = np.empty(_LANES, np.float32)
        of_value = odds_of_value[mine].copy()
        _sites(cosine[mine], sine[mine], c, s, sites)
        for t in range(part * BINS, min((part + 1) * BINS, n_bins)):
            here = odds[block, t].copy()
            _observed(sites, spikes[block, t], own)
            for z in range(n_values):
                _turn(here, of_value[z], share, c0, s0)
                _sweep(c0, s0, own, bonds, left, amplitude)
                for k in range(_LANES):
                    value[block, t, z, k] = amplitude[k] * amplitude[k]
    return value


@jit(parallel=True)
def slopes(
    odds: Floats,
    odds_of_value: Floats,
    cosine: Floats,
    sine: Floats,
    spikes: NDArray[np.uint8],
    bonds: NDArray[np.bool_],
    cotangent: Floats,
) -> tuple[Floats, Floats, Floats]:
    """Pull derivatives by the probabilities back; see `probabilities`.

    Parameters
    ----------
    odds, odds_of_value, cosine, sine, spikes, bonds
        See `probabilities`.
    cotangent
        Derivative by every probability, in the shape of these.

    Returns
    -------
    tuple
        Derivatives by drives, in the shape of ``odds``; by what values add, ``(n_blocks, n_parts,
        n_values, n_neurons, LANES)``; and by later angles, ``(n_blocks, n_parts, n_layers - 1,
        n_neurons, LANES)``. The last two are to be summed over the parts of the bins, and over
        blocks that share them.
    """
    n_blocks, n_bins, n_neurons, _ = odds.shape
    n_values, n_later = odds_of_value.shape[1], cosine.shape[1]
    size = 1 << n_later
    n_parts = -(-n_bins // BINS)
    by_drive = np.zeros(odds.shape, np.float32)
    by_value = np.zeros((n_blocks, n_parts, n_values, n_neurons, _LANES), np.float32)
    by_later = np.zeros((n_blocks, n_parts, n_later, n_neurons, _LANES), np.float32)
    for job in nb.prange(n_blocks * n_parts):
        block, part = job // n_parts, job % n_parts
        mine = min(block, len(odds_of_value) - 1)
        c, s, sites, own, left = _scratch(n_neurons, n_later)
        share, c0, s0 = _scratch_of_value(n_neurons)
        right = np.empty((size, _LANES), np.float32)
        amplitude = np.empty(_LANES, np.float32)
        by_own = np.empty((n_neurons, size, _LANES), np.float32)
        turned = np.empty((n_neurons, _LANES), np.float32)
        added = np.zeros((n_values, n_neurons, _LANES), np.float32)
        of_value = odds_of_value[mine].copy()
        _sites(cosine[mine], sine[mine], c, s, sites)
        for t in range(part * BINS, min((part + 1) * BINS, n_bins)):
            here = odds[block, t].copy()
            together = np.zeros((n_neurons, _LANES), np.float32)
            _observed(sites, spikes[block, t], own)
            by_own[:] = 0
            for z in range(n_values):
                _turn(here, of_value[z], share, c0, s0)
                _sweep(c0, s0, own, bonds, left, amplitude)
                for b in range(size):
                    for k in range(_LANES):
                        right[b, k] = 2 * amplitude[k] * cotangent[block, t, z, k]
                _sweep_back(c0, s0, own, bonds, left, right, by_own, turned)
                for q in range(n_neurons):
                    for k in range(_LANES):
                        slope = turned[q, k] * share[q, k] * (np.float32(1) - share[q, k])
                        added[z, q, k] += slope
                        together[q, k] += slope
            by_drive[block, t] = together
            _by_later(c, s, spikes[block, t], by_own, by_later[block, part])
        by_value[block, part] = added
    return by_drive, by_value, by_later


@jit(inline="always")
def _sweep_back(
    c0: Any, s0: Any, own: Any, bonds: Any, left: Any, right: Any, by_own: Any, turned: Any
) -> None:
    """Go back along the line, starting from the derivative by the amplitude.

    Adds to the derivatives by what later layers contribute, and fills in those by shares of a half
    turn.
    """
    n_neurons, size, _ = own.shape
    turned[:] = 0
    for q in range(n_neurons - 1, -1, -1):
        for b in range(size):
            if b & 1:
                for k in range(_LANES):
                    both = left[q, b, k] * right[b, k]
                    by_own[q, b, k] += both * s0[q, k]
                    turned[q, k] += both * own[q, b, k] * c0[q, k]
                    right[b, k] *= own[q, b, k] * s0[q, k]
            else:
                for k in range(_LANES):
                    both = left[q, b, k] * right[b, k]
                    by_own[q, b, k] += both * c0[q, k]
                    turned[q, k] -= both * own[q, b, k] * s0[q, k]
                    right[b, k] *= own[q, b, k] * c0[q, k]
        if q > 0:
            join(right, bonds[q - 1])
        for k in range(_LANES):
            turned[q, k] *= _HALF_PI


@jit(inline="always")
def _by_later(c: Any, s: Any, spikes: Any, by_own: Any, into: Any) -> None:
    """Add the derivatives by the angles after the first, by the chain rule."""
    n_layers, n_neurons, _ = c.shape
    for q in range(n_neurons):
        for b in range(by_own.shape[1]):
            for k in range(_LANES):
                for layer in range(1, n_layers):
                    product = np.float32(0.5) * by_own[q, b, k]
                    for other in range(1, n_layers):
                        out = (b >> other) & 1 if other < n_layers - 1 else spikes[q, k]
                        came = (b >> (other - 1)) & 1
                        turn, slope = c[other, q, k], -s[other, q, k]
                        if out != came:
                            turn, slope = s[other, q, k], c[other, q, k]
                            if came:
                                turn, slope = -turn, -slope
                        product *= slope if other == layer else turn
                    into[layer - 1, q, k] += product
