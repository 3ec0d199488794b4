"""Exact moments and gradients of cell circuits from the adjoint kernel."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan.gradients import adjoint_forward as kernel
from neuroqgan.gradients.moments import CellMoments, check_angles, pair_features, pattern_bits
from neuroqgan.simulation.lanes import LANES, from_lanes, to_lanes
from neuroqgan.simulation.statevector.amplitudes import cz_signs
from neuroqgan.simulation.threads import torch_threads_kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.cell import CellAnsatz


class AdjointEngine:
    """Exact state vectors and adjoint gradients, without shots.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> angles = torch.full((5, 2, 3), 0.3, requires_grad=True)
    >>> moments = AdjointEngine().moments(CellAnsatz(3, 2), angles)
    >>> moments.marginals.sum().backward()
    >>> angles.grad.shape
    torch.Size([5, 2, 3])
    """

    def moments(
        self,
        ansatz: CellAnsatz,
        angles: torch.Tensor,
        *,
        n_parts: int = 1,
        seed: int = 0,
    ) -> CellMoments:
        """Return exact, differentiable moments (see `MomentEngine.moments`)."""
        check_angles(ansatz, angles, n_parts)
        marginals, k_probability, patterns = _AdjointFunction.apply(  # type: ignore[no-untyped-call]  # torch has no type
            angles, ansatz, n_parts
        )
        return CellMoments(marginals, k_probability, patterns @ _pair_matrix(ansatz.n_neurons))


def pattern_probabilities(ansatz: CellAnsatz, angles: torch.Tensor) -> NDArray[np.float32]:
    """Return the exact probability of every pattern of every cell.

    Parameters
    ----------
    ansatz
        The cell.
    angles
        Radians, ``(n_cells, n_layers, n_neurons)``.

    Returns
    -------
    numpy.ndarray
        Probabilities, ``(n_cells, 2**n_neurons)``; bit ``q`` of the column's index is neuron ``q``.

    Raises
    ------
    InputError
        If the angles do not fit the ansatz.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> pattern_probabilities(CellAnsatz(2, 1), torch.zeros(1, 1, 2)).tolist()
    [[1.0, 0.0, 0.0, 0.0]]
    """
    check_angles(ansatz, angles, 1)
    cells = _Cells(ansatz, angles.detach(), 1)
    return np.square(cells.amplitudes())


class _Cells:
    """Cells in lanes (`neuroqgan.simulation.lanes`); parts of the batch share no block."""

    def __init__(self, ansatz: CellAnsatz, angles: torch.Tensor, n_parts: int) -> None:
        self.ansatz = ansatz
        self.n_parts = n_parts
        self.per_part = angles.shape[0] // n_parts
        self.blocks_per_part = -(-self.per_part // LANES)
        half = self._to_lanes(angles.numpy().astype(np.float32, copy=False) / np.float32(2))
        self.cosine, self.sine = np.cos(half), np.sin(half)

    def amplitudes(self) -> NDArray[np.float32]:
        """Return the amplitudes of every cell, ``(n_cells, 2**n_neurons)``."""
        with torch_threads_kept():
            blocks = kernel.amplitudes(self.cosine, self.sine, cz_signs(self.ansatz))
        return self._from_lanes(blocks)

    def moments(self) -> tuple[NDArray[np.float32], ...]:
        """Return marginals, probabilities of k spikes, and mean pattern probabilities."""
        with torch_threads_kept():
            marginals, k_probability, patterns = kernel.moments(
                self.cosine,
                self.sine,
                cz_signs(self.ansatz),
                _counts(self.ansatz.n_neurons),
                _n_workers(),
            )
        sums = patterns.reshape(self.n_parts, self.blocks_per_part, -1).sum(1)
        # Cells that only fill a block have no rotation, so they are silent.
        sums[:, 0] -= self.blocks_per_part * LANES - self.per_part
        mean = sums / np.float32(self.per_part)
        return self._from_lanes(marginals), self._from_lanes(k_probability), mean

    def pull_back(
        self,
        by_marginal: NDArray[np.float32],
        by_count: NDArray[np.float32],
        by_pattern: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """Return the derivative by every angle from cotangents of `moments`."""
        with torch_threads_kept():
            by_angle = kernel.slopes(
                self.cosine,
                self.sine,
                cz_signs(self.ansatz),
                _counts(self.ansatz.n_neurons),
                self._to_lanes(by_marginal),
                self._to_lanes(by_count),
                np.ascontiguousarray(by_pattern / np.float32(self.per_part)),
                np.repeat(np.arange(self.n_parts), self.blocks_per_part),
                _n_workers(),
            )
        return self._from_lanes(by_angle)

    def _to_lanes(self, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        return to_lanes(rows, n_parts=self.n_parts)

    def _from_lanes(self, blocks: NDArray[np.float32]) -> NDArray[np.float32]:
        return from_lanes(blocks, self.n_parts * self.per_part, n_parts=self.n_parts)


class _AdjointFunction(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, angles: torch.Tensor, ansatz: CellAnsatz, n_parts: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        ctx.cells = _Cells(ansatz, angles.detach(), n_parts)
        marginals, k_probability, patterns = map(torch.from_numpy, ctx.cells.moments())
        return marginals, k_probability, patterns

    @staticmethod
    def backward(ctx: Any, *cotangents: torch.Tensor) -> tuple[torch.Tensor | None, None, None]:
        arrays = (np.asarray(cotangent.detach(), np.float32) for cotangent in cotangents)
        return torch.from_numpy(ctx.cells.pull_back(*arrays)), None, None


def _n_workers() -> int:
    import numba

    return int(numba.get_num_threads())


@lru_cache
def _counts(n_neurons: int) -> NDArray[np.int64]:
    counts: NDArray[np.int64] = pattern_bits(n_neurons).sum(1, dtype=np.int64)
    return counts


@lru_cache
def _pair_matrix(n_neurons: int) -> torch.Tensor:
    return torch.from_numpy(pair_features(pattern_bits(n_neurons)).astype(np.float32))
