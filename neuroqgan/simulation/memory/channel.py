"""The map that a bin makes of the memory's density matrix, and its stationary state.

A bin is applied a neuron at a time, so neither 2**n_neurons outcomes nor a matrix of size
dimension**2 is ever needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

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
    """Applies parts of a bin to density matrices, of any leading dimensions.

    Parameters
    ----------
    operators
        The generator; everything stays differentiable.
    """

    def __init__(self, operators: MemoryOperators) -> None:
        self.operators = operators
        spike, silent = operators.spike, operators.silent
        # Taken apart at once: the derivative of taking one neuron out is as large as all.
        self._kraus = (rotations(operators.kick) * spike[:, None, :]).unbind(0)
        self._masks = (silent[:, :, None] * silent[:, None, :]).unbind(0)
        self._firing = spike.square().unbind(0)

    def mix(self, state: torch.Tensor) -> torch.Tensor:
        """Apply the mixing."""
        mixing = self.operators.mixing
        return mixing @ state @ mixing.T

    def silent(self, n: int, state: torch.Tensor) -> torch.Tensor:
        """Apply silence of neuron ``n``; the trace becomes its probability."""
        return state * self._masks[n]

    def spike(self, n: int, state: torch.Tensor) -> torch.Tensor:
        """Apply a spike of neuron ``n`` and its kick; the trace becomes its probability."""
        kraus = self._kraus[n]
        return kraus @ state @ kraus.T

    def forget(self, n: int, state: torch.Tensor) -> torch.Tensor:
        """Apply neuron ``n`` without knowing whether it spiked."""
        return self.silent(n, state) + self.spike(n, state)

    def spike_probability(self, n: int, state: torch.Tensor) -> torch.Tensor:
        """Return the probability of a spike of neuron ``n`` next; the leading dimensions stay."""
        return torch.diagonal(state, dim1=-2, dim2=-1) @ self._firing[n]

    def bin(self, state: torch.Tensor) -> torch.Tensor:
        """Apply a whole bin without knowing its spikes."""
        state = self.mix(state)
        for n in range(self.operators.n_neurons):
            state = self.forget(n, state)
        return state

    def maximally_mixed(self) -> torch.Tensor:
        """Return the state of which nothing is known."""
        dimension = self.operators.dimension
        return torch.eye(dimension, dtype=self.operators.spike.dtype) / dimension


def stationary_state(channel: MemoryChannel, *, start: torch.Tensor | None = None) -> torch.Tensor:
    """Return the state between bins that a bin leaves as it is, without gradient.

    It is found by applying bins until nothing changes.

    Parameters
    ----------
    channel
        The generator.
    start
        The first guess, the maximally mixed state by default.

    Raises
    ------
    InputError
        If the memory does not relax.
    """
    with one_torch_thread():
        state, n_bins = relax(channel, start, tolerance=_TOLERANCE, most_bins=_MOST_BINS)
    if n_bins > _MOST_BINS:
        raise InputError(
            "The memory has no stationary state that it reaches.",
            expected=f"changes below {_TOLERANCE:g} a bin after {_MOST_BINS} bins",
            got="larger ones",
            hint="train for longer, or with another --seed",
        )
    return state


def trainable_state(channel: MemoryChannel) -> torch.Tensor:
    """Return the stationary state well enough for a step of training, with its gradient.

    A memory that is too slow to relax within 300 bins is taken as it is then. The gradient goes
    back through 16 bins, as long as the windows that a generator is usually trained on; what is
    left of it beyond them is neglected.
    """
    state, _ = relax(channel, None, tolerance=10 * _TOLERANCE, most_bins=_TRAINED_BINS)
    for _ in range(_DIFFERENTIATED_BINS):
        state = channel.bin(state)
    return state


def relax(
    channel: MemoryChannel, state: torch.Tensor | None, *, tolerance: float, most_bins: int
) -> tuple[torch.Tensor, int]:
    """Apply bins until a bin changes a state by less than a tolerance, in the Frobenius norm.

    Parameters
    ----------
    channel
        The generator.
    state
        The first state; the maximally mixed one by default.
    tolerance
        The change that ends it.
    most_bins
        Bins after which it ends all the same.

    Returns
    -------
    tuple
        The state without gradient, and the number of bins; more than ``most_bins`` if it still
        changes.
    """
    channel = MemoryChannel(channel.operators.detach())
    state = channel.maximally_mixed() if state is None else state
    for n_bins in range(1, most_bins + 1):
        after = channel.bin(state)
        after = (after + after.T) / (2 * torch.trace(after))
        if float((after - state).norm()) < tolerance:
            return after, n_bins
        state = after
    return state, most_bins + 1
