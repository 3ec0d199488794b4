"""Moments of cell circuits, and the interface of everything that can differentiate them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from neuroqgan import checks
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.circuits.cell import CellAnsatz


@dataclass(frozen=True)
class CellMoments:
    """Moments of the patterns of a batch of cells; the first three are differentiable.

    Parameters
    ----------
    marginals
        Probability of a spike of every neuron, ``(n_cells, n_neurons)``.
    k_probability
        Probability that k neurons spike together, ``(n_cells, n_neurons + 1)``.
    pairs
        Probability that both neurons of a pair spike, averaged over each part of the batch,
        ``(n_parts, n_pairs)``; pairs in the order of ``numpy.triu_indices(n_neurons, 1)``.
    shots
        Measured patterns behind the moments, booleans ``(n_cells, n_shots, n_neurons)``, or None
        if no shots were taken.
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
            Radians, float32, ``(n_cells, n_layers, n_neurons)``.
        n_parts
            Number of equal, consecutive parts over which `CellMoments.pairs` is averaged.
        seed
            Seed of the shots, if there are any.

        Raises
        ------
        InputError
            If the angles do not fit the ansatz, or the parts do not divide the batch.
        """
        ...


def check_angles(ansatz: CellAnsatz, angles: torch.Tensor, n_parts: int) -> None:
    """Check angles against the cell that they are for.

    Parameters
    ----------
    ansatz
        The cell.
    angles
        Radians, ``(n_cells, n_layers, n_neurons)``.
    n_parts
        Number of equal parts of the batch.

    Raises
    ------
    InputError
        If the shape is another, there is no cell, or ``n_parts`` does not divide their number.
    """
    n_layers, n_neurons = ansatz.n_layers, ansatz.n_neurons
    checks.shape("angles", angles.shape, n_cells=None, n_layers=n_layers, n_neurons=n_neurons)
    n_cells = angles.shape[0]
    if n_parts < 1 or n_cells < 1 or n_cells % n_parts:
        raise InputError(
            "A batch of cells cannot be divided into so many parts.",
            expected=f"a divisor of {n_cells} cells" if n_cells else "at least one cell",
            got=f"{n_parts} parts",
        )


def pattern_bits(n_neurons: int) -> NDArray[np.bool_]:
    """Return all patterns of a cell, booleans ``(2**n_neurons, n_neurons)``, by outcome."""
    return ((np.arange(1 << n_neurons)[:, None] >> np.arange(n_neurons)) & 1).astype(bool)


def pair_features(patterns: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which pairs spike together, booleans ``(..., n_pairs)`` from ``(..., n_neurons)``."""
    first, second = np.triu_indices(patterns.shape[-1], 1)
    both: NDArray[np.bool_] = patterns[..., first] & patterns[..., second]
    return both
