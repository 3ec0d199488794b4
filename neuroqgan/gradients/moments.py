"""Moments of cells, and the interface of everything that can differentiate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan.errors import InputError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.circuits.cell import CellAnsatz


@dataclass(frozen=True)
class CellMoments:
    """What a batch of cells says about its neurons; all fields are differentiable.

    Parameters
    ----------
    marginals
        Probability of a spike for every neuron, shape ``(n_cells, n_neurons)``.
    k_probability
        Probability that k neurons spike together, shape ``(n_cells, n_neurons + 1)``.
    pairs
        Probability that both neurons of a pair spike, averaged over each part of the batch,
        shape ``(n_parts, n_pairs)``; pairs in the order of ``numpy.triu_indices(n_neurons, 1)``.
    shots
        Measured patterns behind the moments, booleans ``(n_cells, n_shots, n_neurons)``, or None
        where no shots were taken.
    """

    marginals: torch.Tensor
    k_probability: torch.Tensor
    pairs: torch.Tensor
    shots: NDArray[np.bool_] | None = None


class MomentEngine(Protocol):
    """Turns angles of cells into differentiable moments."""

    def moments(
        self, ansatz: CellAnsatz, angles: torch.Tensor, *, n_parts: int, seed: int
    ) -> CellMoments:
        """Return the moments of cells.

        Parameters
        ----------
        ansatz
            The cell that all rows share.
        angles
            Radians, float32, shape ``(n_cells, n_layers, n_neurons)``.
        n_parts
            Number of equal, consecutive parts over which `CellMoments.pairs` is averaged.
        seed
            Seed of the shots, where there are any.

        Raises
        ------
        InputError
            If the angles do not fit the ansatz, or the parts do not divide the batch.
        """
        ...


def check_angles(ansatz: CellAnsatz, angles: torch.Tensor, n_parts: int) -> None:
    """Check angles against a cell.

    Raises
    ------
    InputError
        If the shape is not ``(n_cells, n_layers, n_neurons)`` of the ansatz.
    InputError
        If ``n_parts`` does not divide the number of cells.
    """
    wanted = (ansatz.n_layers, ansatz.n_neurons)
    if angles.ndim != 3 or tuple(angles.shape[1:]) != wanted or angles.shape[0] == 0:
        raise InputError(
            "Angles do not fit the cell.",
            expected=f"shape (n_cells, n_layers={wanted[0]}, n_neurons={wanted[1]})",
            got=f"shape {tuple(angles.shape)}",
        )
    if n_parts < 1 or angles.shape[0] % n_parts:
        raise InputError(
            "A batch of cells cannot be divided into these parts.",
            expected=f"a divisor of {angles.shape[0]}",
            got=f"{n_parts}",
        )


def pattern_bits(n_neurons: int) -> NDArray[np.bool_]:
    """Return all patterns of a cell, shape ``(2**n_neurons, n_neurons)``; row index = outcome."""
    return ((np.arange(1 << n_neurons)[:, None] >> np.arange(n_neurons)) & 1).astype(bool)


def pair_features(patterns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pairs of neurons spike together, shape ``(..., n_pairs)``."""
    first, second = np.triu_indices(patterns.shape[-1], 1)
    both: NDArray[np.bool_] = patterns[..., first] & patterns[..., second]
    return both
