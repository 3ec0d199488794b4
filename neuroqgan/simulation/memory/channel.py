"""The map that a bin makes of the memory's density matrix, and its stationary state.

A bin is applied neuron by neuron, so neither ``2**n_neurons`` outcomes nor a matrix of size
``dimension**2`` is ever needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan import checks
from neuroqgan.errors import InputError
from neuroqgan.simulation.memory.operators import rotations
from neuroqgan.simulation.threads import one_torch_thread

if TYPE_CHECKING:
    from neuroqgan.simulation.memory.operators import MemoryOperators

_TOLERANCE = 1e-5
_MOST_BINS = 2000
_TRAINED_BINS = 300
_DIFFERENTIATED_BINS = 16


class MemoryChannel:
    """Applies parts of a bin to density matrices ``(..., dimension, dimension)``.

    Parameters
    ----------
    operators
        One bin as matrices; everything stays differentiable by them.

    Examples
    --------
    >>> from neuroqgan.simulation.memory.operators import build_operators
    >>> angles = torch.zeros(1, 2), torch.full((3, 4), 0.1), torch.zeros(3, 2)
    >>> channel = MemoryChannel(build_operators(*angles))
    >>> after = channel.bin(channel.maximally_mixed())
    >>> round(float(torch.trace(after)), 5)
    1.0
    """

    def __init__(self, operators: MemoryOperators) -> None:
        self.operators = operators
        spike, silent = operators.spike, operators.silent
        # Taken apart at once: the derivative of taking one neuron out is as large as all.
        self._kraus = (rotations(operators.kick) * spike[:, None, :]).unbind(0)
        self._masks = (silent[:, :, None] * silent[:, None, :]).unbind(0)
        self._firing = spike.square().unbind(0)

    def mix(self, density_matrix: torch.Tensor) -> torch.Tensor:
        """Apply the mixing layers."""
        mixing = self.operators.mixing
        return mixing @ density_matrix @ mixing.T

    def silent(self, n: int, density_matrix: torch.Tensor) -> torch.Tensor:
        """Apply silence of neuron ``n``; the trace becomes its probability."""
        return density_matrix * self._masks[n]

    def spike(self, n: int, density_matrix: torch.Tensor) -> torch.Tensor:
        """Apply a spike of neuron ``n`` and its kick; the trace becomes its probability."""
        kraus = self._kraus[n]
        return kraus @ density_matrix @ kraus.T

    def forget(self, n: int, density_matrix: torch.Tensor) -> torch.Tensor:
        """Apply neuron ``n`` without knowing whether it spiked."""
        return self.silent(n, density_matrix) + self.spike(n, density_matrix)

    def spike_probability(self, n: int, density_matrix: torch.Tensor) -> torch.Tensor:
        """Return the probability that neuron ``n``, which is next, spikes, shape ``(...)``."""
        return torch.diagonal(density_matrix, dim1=-2, dim2=-1) @ self._firing[n]

    def bin(self, density_matrix: torch.Tensor) -> torch.Tensor:
        """Apply a whole bin without knowing its spikes."""
        density_matrix = self.mix(density_matrix)
        for n in range(self.operators.n_neurons):
            density_matrix = self.forget(n, density_matrix)
        return density_matrix

    def maximally_mixed(self) -> torch.Tensor:
        """Return the density matrix of a memory of which nothing is known."""
        dimension = self.operators.dimension
        return torch.eye(dimension, dtype=self.operators.spike.dtype) / dimension


def stationary_state(channel: MemoryChannel, *, start: torch.Tensor | None = None) -> torch.Tensor:
    """Return the density matrix between bins that a bin leaves as it is, without gradient.

    It is found by applying bins until nothing changes.

    Parameters
    ----------
    channel
        One bin.
    start
        First guess, ``(dimension, dimension)``; the maximally mixed state by default.

    Returns
    -------
    torch.Tensor
        ``(dimension, dimension)``.

    Raises
    ------
    InputError
        If the memory does not relax to a stationary state, or the start has another shape.
    """
    with one_torch_thread():
        found, n_bins = relax(channel, start, tolerance=_TOLERANCE, most_bins=_MOST_BINS)
    if n_bins > _MOST_BINS:
        raise InputError(
            "The memory does not reach a stationary state.",
            expected=f"changes below {_TOLERANCE:g} per bin after {_MOST_BINS} bins",
            got="larger changes",
            hint="more training steps, or another seed",
        )
    return found


def trainable_state(channel: MemoryChannel) -> torch.Tensor:
    """Return the stationary density matrix, exact enough for a training step, with its gradient.

    A memory that does not relax within 300 bins is taken as it is then. The gradient goes back
    through 16 bins, as many as there usually are in a training window; earlier bins contribute
    little, and are neglected.

    Parameters
    ----------
    channel
        One bin.

    Returns
    -------
    torch.Tensor
        ``(dimension, dimension)``.
    """
    found, _ = relax(channel, None, tolerance=10 * _TOLERANCE, most_bins=_TRAINED_BINS)
    for _ in range(_DIFFERENTIATED_BINS):
        found = channel.bin(found)
    return found


def relax(
    channel: MemoryChannel, start: torch.Tensor | None, *, tolerance: float, most_bins: int
) -> tuple[torch.Tensor, int]:
    """Apply bins until one changes the density matrix by less than a tolerance.

    Parameters
    ----------
    channel
        One bin.
    start
        Density matrix to begin with, ``(dimension, dimension)``; the maximally mixed state by
        default.
    tolerance
        Frobenius norm of the change at which to stop.
    most_bins
        Number of bins after which to stop in any case.

    Returns
    -------
    tuple
        The density matrix without gradient, and the number of bins; more than ``most_bins`` if it
        still changes.
    """
    channel = MemoryChannel(channel.operators.detach())
    dimension = channel.operators.dimension
    before = channel.maximally_mixed() if start is None else start
    checks.shape("start", before.shape, rows=dimension, columns=dimension)
    for n_bins in range(1, most_bins + 1):
        after = channel.bin(before)
        after = (after + after.T) / (2 * torch.trace(after))
        if float((after - before).norm()) < tolerance:
            return after, n_bins
        before = after
    return before, most_bins + 1
