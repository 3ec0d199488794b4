"""Moments and gradients of cell circuits from shots alone, on Aer with or without noise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from qiskit_machine_learning.connectors import TorchConnector

from neuroqgan.errors import NeuroqganError
from neuroqgan.gradients.moments import CellMoments, check_angles
from neuroqgan.gradients.network import ShotNetwork

if TYPE_CHECKING:
    import torch

    from neuroqgan.backends.local.shots import AerShots
    from neuroqgan.circuits.cell import CellAnsatz
    from neuroqgan.gradients.shifts import ShiftRule


class ShotEngine:
    """Measures cells, and differentiates them by a shift rule.

    Every ansatz becomes a `ShotNetwork` in qiskit-machine-learning's `TorchConnector`.

    Parameters
    ----------
    rule
        `ParameterShift` or `Spsa`.
    shots
        Simulator that measures circuits.
    n_shots
        Number of shots per circuit.
    n_differentiated
        Number of cells of a batch that are differentiated; all by default (see `ShotNetwork`).

    Examples
    --------
    >>> import torch
    >>> from neuroqgan.backends.local.shots import AerShots
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.gradients.shifts import ParameterShift
    >>> engine = ShotEngine(ParameterShift(), AerShots(), n_shots=10)
    >>> engine.moments(CellAnsatz(2, 1), torch.zeros(3, 1, 2), seed=0).marginals.tolist()
    [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
    """

    def __init__(
        self,
        rule: ShiftRule,
        shots: AerShots,
        n_shots: int,
        n_differentiated: int | None = None,
    ) -> None:
        self._rule = rule
        self._shots = shots
        self._n_shots = n_shots
        self._n_differentiated = n_differentiated
        self.n_circuits = 0
        """Number of circuits measured so far."""

    def moments(
        self, ansatz: CellAnsatz, angles: torch.Tensor, *, n_parts: int = 1, seed: int
    ) -> CellMoments:
        """Return moments estimated from shots (see `MomentEngine.moments`).

        Raises
        ------
        NeuroqganError
            If the probabilities of a cell do not sum to one, that is, if shots were lost.
        """
        check_angles(ansatz, angles, n_parts)
        module = self._module(ansatz)
        network = module.neural_network
        network.seed = seed
        network.input_gradients = angles.requires_grad
        features = module(angles.reshape(len(angles), -1))
        self.n_circuits += network.n_circuits
        n = ansatz.n_neurons
        marginals, k_probability, pairs = features.split([n, n + 1, n * (n - 1) // 2], dim=1)
        lost = (k_probability.detach().sum(1) - 1).abs().max().item()
        if lost > 1e-5:
            raise NeuroqganError(
                "Shots were lost.", expected="probabilities that sum to 1", got=f"off by {lost:g}"
            )
        parts = pairs.reshape(n_parts, -1, pairs.shape[1]).mean(1)
        return CellMoments(marginals, k_probability, parts, network.measured)

    def _module(self, ansatz: CellAnsatz) -> TorchConnector:
        # A new one each time: it keeps the derivatives of its last forward pass until the backward
        # pass, and groups of equal size, whose cells are equal, go forward one after the other.
        network = ShotNetwork(
            ansatz, self._rule, self._shots, self._n_shots, self._n_differentiated
        )
        return TorchConnector(network, initial_weights=np.zeros(0))
