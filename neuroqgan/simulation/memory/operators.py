"""One bin of a generator with quantum memory, as matrices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan import checks

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MemoryOperators:
    """The parts of one bin; all real, and differentiable by the weights.

    In each bin the memory is mixed, and then every neuron in turn measures its emission qubit: the
    state of the memory is multiplied by the amplitudes of the outcome, and a spike turns every
    memory qubit (a kick). Qubit ``q`` of the memory is bit ``q`` of the index of a basis state.

    Parameters
    ----------
    mixing
        Orthogonal matrix of all mixing layers, ``(dimension, dimension)``.
    spike, silent
        Amplitudes of the two outcomes in every basis state of the memory,
        ``(n_neurons, dimension)``; ``(n_windows, n_bins, n_neurons, dimension)`` if covariates make
        every bin another one.
    kick
        Angles by which a spike turns the memory qubits, radians, ``(n_neurons, n_memory)``.
    """

    mixing: torch.Tensor
    spike: torch.Tensor
    silent: torch.Tensor
    kick: torch.Tensor

    @property
    def n_neurons(self) -> int:
        """Number of neurons."""
        return int(self.spike.shape[-2])

    @property
    def dimension(self) -> int:
        """Dimension of the memory's state space, ``2**n_memory``."""
        return int(self.spike.shape[-1])

    def detach(self) -> MemoryOperators:
        """Return the same operators without gradient."""
        return MemoryOperators(*(operator.detach() for operator in vars(self).values()))

    def double(self) -> MemoryOperators:
        """Return the same operators in double precision."""
        return MemoryOperators(*(operator.double() for operator in vars(self).values()))


def build_operators(
    mixing: torch.Tensor, emission: torch.Tensor, kick: torch.Tensor
) -> MemoryOperators:
    """Turn the angles of the circuit into the operators of a bin.

    Parameters
    ----------
    mixing
        Angles of the mixing layers, radians, ``(n_mixing, n_memory)``.
    emission
        Coefficients of the emission angles by the terms of `signs`, radians,
        ``(n_neurons, 2 * n_memory)``, or ``(n_windows, n_bins, n_neurons, 2 * n_memory)``.
    kick
        Angles by which a spike turns the memory qubits, radians, ``(n_neurons, n_memory)``.

    Raises
    ------
    InputError
        If the shapes do not fit each other.

    Examples
    --------
    >>> angles = torch.zeros(4, 2), torch.zeros(3, 4), torch.zeros(3, 2)
    >>> operators = build_operators(*angles)
    >>> operators.n_neurons, operators.dimension
    (3, 4)
    """
    checks.shape("kick", kick.shape, n_neurons=None, n_memory=None)
    n_neurons, n_memory = kick.shape
    checks.shape("mixing", mixing.shape, n_mixing=None, n_memory=n_memory)
    own = {"n_windows": None, "n_bins": None} if emission.ndim == 4 else {}
    checks.shape("emission", emission.shape, **own, n_neurons=n_neurons, terms=2 * n_memory)
    layers = rotations(mixing)
    entangler = torch.as_tensor(cz_line(n_memory), dtype=mixing.dtype)[:, None]
    product = layers[0]
    for layer in layers[1:]:
        product = layer @ (entangler * product)
    return MemoryOperators(product, *amplitudes(emission), kick)


def amplitudes(emission: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the amplitudes of a spike and of silence, ``(..., n_neurons, dimension)`` each.

    Parameters
    ----------
    emission
        Coefficients of the emission angles, radians, ``(..., n_neurons, 2 * n_memory)``.
    """
    terms = torch.as_tensor(signs(emission.shape[-1] // 2), dtype=emission.dtype)
    angle = emission @ terms.T
    return torch.sin(angle / 2), torch.cos(angle / 2)


def rotations(angles: torch.Tensor) -> torch.Tensor:
    """Return RY on every qubit as one matrix for each row of angles.

    Parameters
    ----------
    angles
        Radians, ``(n_matrices, n_qubits)``.

    Returns
    -------
    torch.Tensor
        ``(n_matrices, 2**n_qubits, 2**n_qubits)``.
    """
    cosine, sine = torch.cos(angles / 2), torch.sin(angles / 2)
    single = torch.stack([torch.stack([cosine, -sine], -1), torch.stack([sine, cosine], -1)], -2)
    product = single[:, 0]
    for q in range(1, angles.shape[1]):
        size = 2 * product.shape[1]
        # The later qubit is the more significant bit.
        product = torch.einsum("aij,akl->aikjl", single[:, q], product).reshape(-1, size, size)
    return product


@lru_cache
def signs(n_memory: int) -> NDArray[np.float64]:
    """Return the terms of an emission angle, for every basis state of the memory.

    Term 0 is one; then come qubit 0, qubits 0 and 1, qubit 1, qubits 1 and 2, and so on. The sign
    of a qubit is 1 in ``|0>`` and -1 in ``|1>``, that of a pair is the product. In this order each
    term differs from the one before by one qubit, which is one CZ in the circuit.

    Returns
    -------
    numpy.ndarray
        ``(2**n_memory, 2 * n_memory)``.
    """
    single = 1 - 2.0 * ((np.arange(1 << n_memory)[:, None] >> np.arange(n_memory)) & 1)
    terms = [np.ones(1 << n_memory), single[:, 0]]
    for q in range(1, n_memory):
        terms += [single[:, q - 1] * single[:, q], single[:, q]]
    return np.stack(terms, 1)


@lru_cache
def cz_line(n_memory: int) -> NDArray[np.float64]:
    """Return the signs that CZ on neighbouring pairs gives to basis states, ``(2**n_memory,)``."""
    bits = (np.arange(1 << n_memory)[:, None] >> np.arange(n_memory)) & 1
    both: NDArray[np.int64] = (bits[:, 1:] * bits[:, :-1]).sum(1)
    return np.where(both % 2, -1.0, 1.0)
