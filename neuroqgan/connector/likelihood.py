"""Exact probabilities of observed patterns, and their derivatives, without state vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np
import torch

from neuroqgan.circuits.states import jit
from neuroqgan.circuits.threads import torch_threads_kept
from neuroqgan.circuits.transfer import LANES, from_lanes, join, site, to_lanes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_LANES = LANES


def pattern_likelihood(
    first: torch.Tensor,
    later: torch.Tensor,
    spikes: NDArray[np.bool_],
    bonds: NDArray[np.bool_],
) -> torch.Tensor:
    """Return the probability of one pattern a cell, for every value of its latent.

    Born's rule, ``p(x | z) = |<x|psi_z>|**2``, with amplitudes from the contraction of
    `neuroqgan.circuits.transfer`; at a cost linear in neurons, states between layers, and latents.

    Parameters
    ----------
    first
        Angles of the first layer for every latent, radians, ``(n_cells, n_latents, n_neurons)``.
    later
        Angles of the layers after it, ``(n_cells, n_layers - 1, n_neurons)``.
    spikes
        The patterns, booleans ``(n_cells, n_neurons)``.
    bonds
        Whether CZ joins a neuron to the next, ``(n_neurons - 1,)``.

    Returns
    -------
    torch.Tensor
        ``(n_cells, n_latents)``; differentiable by both kinds of angles.
    """
    if later.shape[1] == 0:
        # The kernels measure after a later layer: here one that turns nothing.
        later = later.new_zeros(len(later), 1, later.shape[2])
    value: torch.Tensor = _Likelihood.apply(first, later, spikes, bonds)  # type: ignore[no-untyped-call]
    return value


class _Likelihood(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any,
        first: torch.Tensor,
        later: torch.Tensor,
        spikes: NDArray[np.bool_],
        bonds: NDArray[np.bool_],
    ) -> torch.Tensor:
        half_first = to_lanes(first.detach().numpy()) * np.float32(0.5)
        half_later = to_lanes(later.detach().numpy()) * np.float32(0.5)
        ctx.cells = (
            np.cos(half_first),
            np.sin(half_first),
            np.cos(half_later),
            np.sin(half_later),
            to_lanes(spikes.astype(np.uint8)),
            bonds,
        )
        ctx.n_cells = len(spikes)
        with torch_threads_kept():
            value = _probabilities(*ctx.cells)
        return torch.from_numpy(from_lanes(value, ctx.n_cells))

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        wanted = to_lanes(cotangents[0].numpy())
        with torch_threads_kept():
            by_first, by_later = _slopes(*ctx.cells, wanted)
        return (
            torch.from_numpy(from_lanes(by_first, ctx.n_cells)),
            torch.from_numpy(from_lanes(by_later, ctx.n_cells)),
            None,
            None,
        )


@jit(inline="always")
def _observed(cosine: Any, sine: Any, spikes: Any, c: Any, s: Any, own: Any) -> None:
    """Fill in what the later layers contribute to every qubit, given its measured bit.

    The first rotation differs between latents; a layer in its place that does nothing lets the
    later ones keep their numbers.
    """
    size = own.shape[1]
    other = np.empty((size, _LANES), np.float32)
    c[0] = 1
    s[0] = 0
    c[1:] = cosine
    s[1:] = sine
    for q in range(own.shape[0]):
        site(c, s, q, 1, 0, own[q])
        site(c, s, q, 1, 1, other)
        for b in range(size):
            for k in range(_LANES):
                if spikes[q, k]:
                    own[q, b, k] = other[b, k]


@jit(inline="always")
def _sweep(c0: Any, s0: Any, own: Any, bonds: Any, left: Any, amplitude: Any) -> None:
    """Contract a line from its first qubit; ``left[q]`` is what comes from before qubit ``q``."""
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


@jit(parallel=True)
def _probabilities(
    cosine_first: Floats,
    sine_first: Floats,
    cosine: Floats,
    sine: Floats,
    spikes: NDArray[np.uint8],
    bonds: NDArray[np.bool_],
) -> Floats:
    n_blocks, n_latents, n_neurons, _ = cosine_first.shape
    n_later = cosine.shape[1]
    size = 1 << n_later
    value = np.empty((n_blocks, n_latents, _LANES), np.float32)
    for block in nb.prange(n_blocks):
        c = np.empty((n_later + 1, n_neurons, _LANES), np.float32)
        s = np.empty((n_later + 1, n_neurons, _LANES), np.float32)
        own = np.empty((n_neurons, size, _LANES), np.float32)
        left = np.empty((n_neurons, size, _LANES), np.float32)
        amplitude = np.empty(_LANES, np.float32)
        c0 = cosine_first[block].copy()
        s0 = sine_first[block].copy()
        _observed(cosine[block], sine[block], spikes[block], c, s, own)
        for z in range(n_latents):
            _sweep(c0[z], s0[z], own, bonds, left, amplitude)
            for k in range(_LANES):
                value[block, z, k] = amplitude[k] * amplitude[k]
    return value


@jit(parallel=True)
def _slopes(
    cosine_first: Floats,
    sine_first: Floats,
    cosine: Floats,
    sine: Floats,
    spikes: NDArray[np.uint8],
    bonds: NDArray[np.bool_],
    cotangent: Floats,
) -> tuple[Floats, Floats]:
    n_blocks, n_latents, n_neurons, _ = cosine_first.shape
    n_later = cosine.shape[1]
    size = 1 << n_later
    by_first = np.zeros((n_blocks, n_latents, n_neurons, _LANES), np.float32)
    by_later = np.zeros((n_blocks, n_later, n_neurons, _LANES), np.float32)
    for block in nb.prange(n_blocks):
        c = np.empty((n_later + 1, n_neurons, _LANES), np.float32)
        s = np.empty((n_later + 1, n_neurons, _LANES), np.float32)
        own = np.empty((n_neurons, size, _LANES), np.float32)
        left = np.empty((n_neurons, size, _LANES), np.float32)
        right = np.empty((size, _LANES), np.float32)
        amplitude = np.empty(_LANES, np.float32)
        by_own = np.zeros((n_neurons, size, _LANES), np.float32)
        here = np.empty((n_neurons, _LANES), np.float32)
        c0 = cosine_first[block].copy()
        s0 = sine_first[block].copy()
        _observed(cosine[block], sine[block], spikes[block], c, s, own)
        for z in range(n_latents):
            _sweep(c0[z], s0[z], own, bonds, left, amplitude)
            for b in range(size):
                for k in range(_LANES):
                    right[b, k] = 2 * amplitude[k] * cotangent[block, z, k]
            here[:] = 0
            for q in range(n_neurons - 1, -1, -1):
                for b in range(size):
                    if b & 1:
                        for k in range(_LANES):
                            both = left[q, b, k] * right[b, k]
                            by_own[q, b, k] += both * s0[z, q, k]
                            here[q, k] += both * own[q, b, k] * c0[z, q, k]
                            right[b, k] *= own[q, b, k] * s0[z, q, k]
                    else:
                        for k in range(_LANES):
                            both = left[q, b, k] * right[b, k]
                            by_own[q, b, k] += both * c0[z, q, k]
                            here[q, k] -= both * own[q, b, k] * s0[z, q, k]
                            right[b, k] *= own[q, b, k] * c0[z, q, k]
                if q > 0:
                    join(right, bonds[q - 1])
            for q in range(n_neurons):
                for k in range(_LANES):
                    by_first[block, z, q, k] = np.float32(0.5) * here[q, k]
        _by_later(c, s, spikes[block], by_own, by_later[block])
    return by_first, by_later


@jit(inline="always")
def _by_later(c: Any, s: Any, spikes: Any, by_own: Any, into: Any) -> None:
    """Chain rule from what qubits contribute to the angles after the first."""
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
