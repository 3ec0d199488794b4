"""The sum over a latent's paths, differentiable in torch."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from neuroqgan import checks
from neuroqgan.simulation.markov import forward_backward
from neuroqgan.simulation.threads import torch_threads_kept


def path_likelihood(
    emitted: torch.Tensor, transition_matrix: torch.Tensor, start: torch.Tensor
) -> torch.Tensor:
    """Return the log likelihood of stretches of bins, summed over all paths of a Markov chain.

    Forward algorithm; the derivatives are posteriors, from the backward algorithm.

    Parameters
    ----------
    emitted
        Probability of what was seen for every value of the latent, above zero, float32,
        ``(n_stretches, n_bins, n_values)``.
    transition_matrix
        Probability of the next value by rows, float32, ``(n_values, n_values)``; or one matrix per
        stretch, ``(n_stretches, n_values, n_values)``.
    start
        Probability of the first value, float32, ``(n_stretches, n_values)``.

    Returns
    -------
    torch.Tensor
        Natural logarithms, ``(n_stretches,)``; differentiable by all three.

    Raises
    ------
    InputError
        If the shapes do not fit each other.

    Examples
    --------
    >>> emitted = torch.tensor([[[0.5, 0.1], [0.2, 0.4]]])
    >>> stay = torch.eye(2)
    >>> value = path_likelihood(emitted, stay, torch.tensor([[0.5, 0.5]]))
    >>> round(float(value.exp()), 4)
    0.07
    """
    checks.shape("emitted", emitted.shape, n_stretches=None, n_bins=None, n_values=None)
    n_stretches, _, n_values = emitted.shape
    by_row = transition_matrix.shape
    if transition_matrix.ndim == 3:
        checks.shape(
            "transition_matrix", by_row, n_stretches=n_stretches, now=n_values, next=n_values
        )
    else:
        checks.shape("transition_matrix", by_row, now=n_values, next=n_values)
    checks.shape("start", start.shape, n_stretches=n_stretches, n_values=n_values)
    value: torch.Tensor = _Paths.apply(emitted, transition_matrix, start)  # type: ignore[no-untyped-call]  # torch has no type
    return value


class _Paths(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, emitted: torch.Tensor, transition_matrix: torch.Tensor, start: torch.Tensor
    ) -> torch.Tensor:
        own = transition_matrix if transition_matrix.ndim == 3 else transition_matrix[None]
        given = tuple(np.ascontiguousarray(x.detach().numpy()) for x in (emitted, own, start))
        with torch_threads_kept():
            total, filtered, weight = forward_backward.forward(*given)
        ctx.known = (*given, filtered, weight)
        ctx.is_shared = transition_matrix.ndim == 2
        return torch.from_numpy(total)

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor, ...]:
        with torch_threads_kept():
            slopes = forward_backward.backward(
                *ctx.known, np.ascontiguousarray(cotangents[0].numpy())
            )
        by_emitted, by_transition, by_start = map(torch.from_numpy, slopes)
        return by_emitted, by_transition.sum(0) if ctx.is_shared else by_transition, by_start
