"""Exact moments and gradients of cell circuits in torch, for compute devices that it supports."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

from neuroqgan.gradients.moments import CellMoments, check_angles, pair_features, pattern_bits
from neuroqgan.simulation.statevector.amplitudes import cz_signs

if TYPE_CHECKING:
    from neuroqgan.circuits.cell import CellAnsatz


class TorchEngine:
    """State vectors as tensors, differentiated by autograd, without shots.

    The moments are those of `neuroqgan.gradients.adjoint.AdjointEngine` to single precision.
    State vectors are computed again for the backward pass instead of being kept.

    Parameters
    ----------
    device
        Compute device on which state vectors live. Angles may lie elsewhere; moments and gradients
        go back to where they are.
    cells_at_once
        Number of cells whose state vectors are in memory at a time. With ten neurons, 8192 of them
        take 33 MB, of which autograd keeps a few dozen copies.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> engine = TorchEngine(torch.device("cpu"))
    >>> engine.moments(CellAnsatz(3, 2), torch.zeros(5, 2, 3)).marginals.shape
    torch.Size([5, 3])
    """

    def __init__(self, device: torch.device, *, cells_at_once: int = 8192) -> None:
        self.device = device
        self.cells_at_once = cells_at_once

    def moments(
        self,
        ansatz: CellAnsatz,
        angles: torch.Tensor,
        *,
        n_parts: int = 1,
        seed: int = 0,
    ) -> CellMoments:
        """Return exact, differentiable moments (see `MomentEngine.moments`)."""
        del seed
        check_angles(ansatz, angles, n_parts)
        here = angles.to(self.device)
        features = torch.cat(
            [
                checkpoint(_features, part, ansatz, use_reentrant=False)
                for part in torch.split(here, self.cells_at_once)
            ]
        )
        n = ansatz.n_neurons
        sizes = [n, n + 1, n * (n - 1) // 2]
        marginals, k_probability, pairs = torch.split(features, sizes, dim=1)
        means = pairs.reshape(n_parts, len(pairs) // n_parts, pairs.shape[1]).mean(1)
        home = angles.device
        return CellMoments(marginals.to(home), k_probability.to(home), means.to(home))


def _features(angles: torch.Tensor, ansatz: CellAnsatz) -> torch.Tensor:
    """Return marginals, probabilities of k spikes and of pairs, ``(n_cells, n_features)``."""
    state = _run(angles / 2, ansatz)
    return state.square() @ _feature_matrix(ansatz.n_neurons, angles.device)


def _run(half: torch.Tensor, ansatz: CellAnsatz) -> torch.Tensor:
    """Return amplitudes, ``(n_cells, 2**n_neurons)``; bit ``q`` of the column is neuron ``q``."""
    n_cells = len(half)
    cosine, sine = half.cos(), half.sin()
    signs = torch.from_numpy(cz_signs(ansatz)).to(half.device)
    state = torch.ones(n_cells, 1, device=half.device)
    for q in range(ansatz.n_neurons):
        c, s = cosine[:, 0, q, None], sine[:, 0, q, None]
        state = torch.cat([c * state, s * state], dim=1)
    for layer in range(1, ansatz.n_layers):
        state = state * signs
        for q in range(ansatz.n_neurons):
            c, s = cosine[:, layer, q, None, None], sine[:, layer, q, None, None]
            low, high = state.view(n_cells, -1, 2, 1 << q).unbind(2)
            turned = torch.stack([c * low - s * high, s * low + c * high], dim=2)
            state = turned.reshape(n_cells, -1)
    return state


@lru_cache
def _feature_matrix(n_neurons: int, device: torch.device) -> torch.Tensor:
    bits = pattern_bits(n_neurons)
    counts = bits.sum(1)[:, None] == np.arange(n_neurons + 1)
    features = np.concatenate([bits, counts, pair_features(bits)], axis=1)
    return torch.from_numpy(features.astype(np.float32)).to(device)
