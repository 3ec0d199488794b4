"""A bin of a generator with quantum memory as matrices: what the exact path works with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class MemoryOperators:
    """One bin, by its parts; all real and differentiable by the weights.

    In a bin the memory is mixed, then every neuron in turn measures its emission qubit: the
    memory state is multiplied by the amplitudes of the outcome, and a spike turns every memory
    qubit. Qubit ``q`` of the memory is bit ``q`` of a state's index.

    Parameters
    ----------
    mixing
        Orthogonal matrix of the mixing, ``(dimension, dimension)``.
    spike, silent
        Amplitudes of the two outcomes in every memory state, ``(n_neurons, dimension)``.
    kick
        Angles by which a spike turns the memory qubits, radians, ``(n_neurons, n_memory)``.
    """

    mixing: torch.Tensor
    spike: torch.Tensor
    silent: torch.Tensor
    kick: torch.Tensor

    @property
    def n_neurons(self) -> int:
        """Neurons of the population."""
        return int(self.spike.shape[0])

    @property
    def dimension(self) -> int:
        """Dimension of the memory's state."""
        return int(self.spike.shape[1])

    def detach(self) -> MemoryOperators:
        """Return the same operators without gradient."""
        return MemoryOperators(*(table.detach() for table in vars(self).values()))

    def double(self) -> MemoryOperators:
        """Return the same operators in double precision."""
        return MemoryOperators(*(table.double() for table in vars(self).values()))


def build_operators(
    mixing: torch.Tensor, emission: torch.Tensor, kick: torch.Tensor
) -> MemoryOperators:
    """Turn the angles of the circuit into the operators of a bin.

    Parameters
    ----------
    mixing
        Angles of the mixing's layers, ``(n_layers, n_memory)``.
    emission
        Coefficients of the emission angles, ``(n_neurons, 2 * n_memory)``, by the terms of
        `signs`.
    kick
        ``(n_neurons, n_memory)``.
    """
    n_memory = kick.shape[1]
    angle = emission @ torch.as_tensor(signs(n_memory), dtype=emission.dtype).T
    layers = rotations(mixing)
    entangler = torch.as_tensor(cz_line(n_memory), dtype=mixing.dtype)[:, None]
    product = layers[0]
    for layer in layers[1:]:
        product = layer @ (entangler * product)
    return MemoryOperators(product, torch.sin(angle / 2), torch.cos(angle / 2), kick)


def rotations(angles: torch.Tensor) -> torch.Tensor:
    """Return one RY on every qubit as matrices.

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
    """Return the terms that an emission angle is made of, for every memory state.

    Term 0 is one; then come qubit 0, qubits 0 and 1, qubit 1, qubits 1 and 2, and so on: the sign
    of a qubit is 1 in ``|0>`` and -1 in ``|1>``, that of a pair the product. In this order every
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
    """Return the signs that CZ on all neighbouring pairs gives to memory states."""
    bits = (np.arange(1 << n_memory)[:, None] >> np.arange(n_memory)) & 1
    both: NDArray[np.int64] = (bits[:, 1:] * bits[:, :-1]).sum(1)
    return np.where(both % 2, -1.0, 1.0)
