"""Components of a drive of few dimensions, and weights without one of them."""

from __future__ import annotations

import torch

# Directions that move no drive by so much, in logits, are left out.
_WEAKEST = 1e-3


def components_of(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the directions in which a drive varies, the strongest first.

    What a drive of few dimensions does to neurons does not depend on the axes that describe it;
    these are its principal ones.

    Parameters
    ----------
    values
        The drive of every neuron in every state or bin, ``(n_states, n_neurons)``.
    weights
        Share of the time in each state, ``(n_states,)``.

    Returns
    -------
    torch.Tensor
        What one standard deviation adds to the drive of each neuron, ``(n_components, n_neurons)``.

    Examples
    --------
    >>> drive = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    >>> components_of(drive, torch.tensor([0.5, 0.5])).abs().round(decimals=3).tolist()
    [[1.0, 0.0]]
    """
    shares = weights / weights.sum()
    centred = (values - shares @ values) * shares.sqrt()[:, None]
    _, sizes, directions = torch.linalg.svd(centred, full_matrices=False)
    kept = sizes > _WEAKEST
    # The sign of a direction means nothing: most of its neurons go up.
    signs = torch.where(directions.sum(1) < 0, -1.0, 1.0)
    return (sizes * signs)[kept, None] * directions[kept]


def held(
    component: torch.Tensor, weight: torch.Tensor, mean: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return weights without a component of a drive, and what keeps the mean drive as it was.

    Parameters
    ----------
    component
        See `components_of`, ``(n_neurons,)``.
    weight
        How neurons see the dimensions, ``(n_neurons, n_dimensions)``.
    mean
        Mean of the dimensions, ``(n_dimensions,)``.
    """
    direction = component / component.norm()
    along = torch.outer(direction, direction @ weight)
    return weight - along, along @ mean
