"""The sum over a latent's paths, and its derivatives: the forward and backward algorithms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numba as nb
import numpy as np
import torch

from neuroqgan.simulation.statevector.amplitudes import jit
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


def path_likelihood(
    emitted: torch.Tensor, chain: torch.Tensor, start: torch.Tensor
) -> torch.Tensor:
    """Return the log likelihood of stretches, all paths of a Markov chain summed over.

    Forward algorithm; the derivatives are posteriors, from the backward algorithm (Rabiner, Proc.
    IEEE 77, 257 (1989)). Weights are scaled a bin, sums are in double precision.

    Parameters
    ----------
    emitted
        Probability of what was seen for every value of the latent, above zero,
        ``(n_stretches, n_bins, n_states)``.
    chain
        Probability of the next value by rows, ``(n_states, n_states)``, or one for every stretch,
        ``(n_stretches, n_states, n_states)``.
    start
        Probability of the first value, ``(n_stretches, n_states)``.

    Returns
    -------
    torch.Tensor
        Natural logarithms, ``(n_stretches,)``; differentiable by all three.
    """
    value: torch.Tensor = _Paths.apply(emitted, chain, start)  # type: ignore[no-untyped-call]  # torch has no type
    return value


class _Paths(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, emitted: torch.Tensor, chain: torch.Tensor, start: torch.Tensor
    ) -> torch.Tensor:
        own = chain if chain.ndim == 3 else chain[None]
        given = tuple(np.ascontiguousarray(x.detach().numpy()) for x in (emitted, own, start))
        with torch_threads_kept():
            total, forward, weight = _forward(*given)
        ctx.known = (*given, forward, weight)
        ctx.is_shared = chain.ndim == 2
        return torch.from_numpy(total)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor, ...]:
        with torch_threads_kept():
            slopes = _backward(*ctx.known, np.ascontiguousarray(cotangents[0].numpy()))
        by_emitted, by_chain, by_start = map(torch.from_numpy, slopes)
        return by_emitted, by_chain.sum(0) if ctx.is_shared else by_chain, by_start


@jit(parallel=True)
def _forward(emitted: Floats, chain: Floats, start: Floats) -> tuple[Floats, Floats, Any]:
    """Return log likelihoods, each bin's share of paths, and the weight that bin adds."""
    n_stretches, n_bins, n_states = emitted.shape
    total = np.empty(n_stretches, np.float32)
    forward = np.empty((n_stretches, n_bins, n_states), np.float32)
    weight = np.empty((n_stretches, n_bins), np.float64)
    step = 1 if len(chain) > 1 else 0
    for s in nb.prange(n_stretches):
        own = chain[np.int64(s) * step]
        before = np.empty(n_states, np.float64)
        after = np.empty(n_states, np.float64)
        before[:] = start[s]
        log_weight = 0.0
        for t in range(n_bins):
            here = 0.0
            for i in range(n_states):
                before[i] *= emitted[s, t, i]
                here += before[i]
            after[:] = 0
            for i in range(n_states):
                share = before[i] / here
                forward[s, t, i] = share
                for j in range(n_states):
                    after[j] += share * own[i, j]
            weight[s, t] = here
            log_weight += np.log(here)
            before[:] = after
        total[s] = log_weight
    return total, forward, weight


@jit(parallel=True)
def _backward(
    emitted: Floats, chain: Floats, start: Floats, forward: Floats, weight: Any, cotangent: Floats
) -> tuple[Floats, Floats, Floats]:
    n_stretches, n_bins, n_states = emitted.shape
    by_emitted = np.empty(emitted.shape, np.float32)
    by_chain = np.empty((n_stretches, n_states, n_states), np.float32)
    by_start = np.empty(start.shape, np.float32)
    step = 1 if len(chain) > 1 else 0
    for s in nb.prange(n_stretches):
        own = chain[np.int64(s) * step]
        slope = cotangent[s]
        # What follows a bin makes its values more or less likely by so much.
        ahead = np.ones(n_states, np.float64)
        here = np.empty(n_states, np.float64)
        moves = np.zeros((n_states, n_states), np.float64)
        expected = np.empty(n_states, np.float64)
        for t in range(n_bins - 1, -1, -1):
            if t > 0:
                expected[:] = 0
                for i in range(n_states):
                    for j in range(n_states):
                        expected[j] += forward[s, t - 1, i] * own[i, j]
            else:
                expected[:] = start[s]
            for j in range(n_states):
                ahead[j] /= weight[s, t]
                by_emitted[s, t, j] = slope * expected[j] * ahead[j]
                here[j] = emitted[s, t, j] * ahead[j]
            if t > 0:
                for i in range(n_states):
                    back = 0.0
                    for j in range(n_states):
                        back += own[i, j] * here[j]
                        moves[i, j] += forward[s, t - 1, i] * here[j]
                    ahead[i] = back
        for i in range(n_states):
            by_start[s, i] = slope * here[i]
            for j in range(n_states):
                by_chain[s, i, j] = slope * moves[i, j]
    return by_emitted, by_chain, by_start
