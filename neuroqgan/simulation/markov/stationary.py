"""The stationary distribution of Markov chains."""

from __future__ import annotations

import torch

from neuroqgan import checks


def stationary_distribution(transition_matrix: torch.Tensor) -> torch.Tensor:
    """Return the distribution that Markov chains leave as it is; differentiable.

    Parameters
    ----------
    transition_matrix
        Probability of the next value by rows, ``(..., n_values, n_values)``; any value can be
        reached from any other.

    Returns
    -------
    torch.Tensor
        Probabilities, ``(..., n_values)``.

    Raises
    ------
    InputError
        If the matrices are not square.

    Examples
    --------
    >>> share = stationary_distribution(torch.tensor([[0.9, 0.1], [0.3, 0.7]]))
    >>> [round(float(p), 4) for p in share]
    [0.75, 0.25]
    """
    n_values = transition_matrix.shape[-1]
    checks.shape("transition_matrix", transition_matrix.shape[-2:], now=n_values, next=n_values)
    identity = torch.eye(n_values, dtype=transition_matrix.dtype)
    equations = identity - transition_matrix.transpose(-2, -1)
    # One of the equations follows from the others; the sum of the probabilities takes its place.
    total = torch.ones(*transition_matrix.shape[:-2], 1, n_values, dtype=identity.dtype)
    equations = torch.cat([equations[..., :-1, :], total], dim=-2)
    wanted = identity[-1].expand(*transition_matrix.shape[:-2], n_values)
    solution: torch.Tensor = torch.linalg.solve(equations, wanted)
    return solution.clamp_min(0)
