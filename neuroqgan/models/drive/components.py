"""Components of a drive that takes few values, and the drive without one of them."""

from __future__ import annotations

import torch

# Directions with a smaller share of the variance are left out, and those that move no drive by as
# many logits.
_SMALLEST, _WEAKEST = 0.01, 1e-3
# Beyond this, in logits, a neuron is off or on, and how far beyond means nothing.
_SATURATED = 6.0


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
    seen, shares = _seen(values), weights / weights.sum()
    centred = (seen - shares @ seen) * shares.sqrt()[:, None]
    _, sizes, directions = torch.linalg.svd(centred, full_matrices=False)
    kept = (sizes > _WEAKEST) & (sizes.square() > _SMALLEST * sizes.square().sum())
    # The sign of a direction means nothing: most of its neurons go up.
    signs = torch.where(directions.sum(1) < 0, -1.0, 1.0)
    components: torch.Tensor = (sizes * signs)[kept, None] * directions[kept]
    return components


def held(component: torch.Tensor, values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return a drive without one of its components, which stays at its mean.

    Parameters
    ----------
    component
        One of `components_of`, ``(n_neurons,)``.
    values, weights
        See `components_of`.

    Returns
    -------
    torch.Tensor
        The shape of ``values``.
    """
    seen, shares = _seen(values), weights / weights.sum()
    direction = component / component.norm()
    along = (seen - shares @ seen) @ direction
    return seen - torch.outer(along, direction)


def _seen(values: torch.Tensor) -> torch.Tensor:
    return values.clamp(-_SATURATED, _SATURATED)
