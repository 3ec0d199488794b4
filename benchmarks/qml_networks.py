"""Steps of qiskit-machine-learning's own networks in its `TorchConnector`, for `shot_gradient.py`.

Every step is a forward and a backward pass for a batch of cells whose angles are the inputs, by the
parameter shift rule. What the library (0.9) does in the backward pass:

- `SamplerQNN` asks its sampler for all shifted circuits of the batch in one call, each a pub of its
  own. Aer's `SamplerV2` makes a circuit object of each; the time of a call of Aer grows with the
  square of its circuit objects, so a large batch costs more a cell than one cell alone.
- `SamplerQNN`'s default sampler runs no shots: Python builds every state and its probabilities.
- `EstimatorQNN` asks for every shifted circuit once for each observable, and Aer's `EstimatorV2`
  calls Aer once for each of these pubs. It takes no shots but adds noise of their size to exact
  expectations.

Counted are the circuits that the task needs, one and two an angle for a cell; what an estimator
runs beyond that, one set an observable, is not to its credit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from qiskit.quantum_info import SparsePauliOp
from qiskit_aer.primitives import EstimatorV2, SamplerV2
from qiskit_machine_learning.connectors import TorchConnector
from qiskit_machine_learning.gradients import (
    ParamShiftEstimatorGradient,
    ParamShiftSamplerGradient,
)
from qiskit_machine_learning.neural_networks import EstimatorQNN, SamplerQNN

if TYPE_CHECKING:
    from collections.abc import Callable

    from qiskit.primitives import BaseSamplerV2

    from neuroqgan.circuits.cell import CellAnsatz


@dataclass(frozen=True)
class Step:
    """One way to take a step: its name, cells, circuits, and the call."""

    name: str
    n_cells: int
    n_circuits: int
    take: Callable[[], None]


def steps(ansatz: CellAnsatz, n_shots: int, n_cells: int) -> tuple[Step, list[Step]]:
    """The natural counterpart of our step, and the others."""
    aer, default, estimator = (
        TorchConnector(network)
        for network in (
            sampler_network(ansatz, SamplerV2(default_shots=n_shots)),
            sampler_network(ansatz, None),
            estimator_network(ansatz, n_shots),
        )
    )
    counterpart = _step("SamplerQNN, Aer SamplerV2", aer, ansatz, n_cells)
    others = [
        _step(name, module, ansatz, cells)
        for name, module, sizes in (
            ("SamplerQNN, Aer SamplerV2", aer, (1, 8)),
            ("SamplerQNN, default sampler", default, (1, 8)),
            ("EstimatorQNN, Aer EstimatorV2", estimator, (1, 8)),
        )
        for cells in sizes
    ]
    return counterpart, others


def sampler_network(ansatz: CellAnsatz, sampler: BaseSamplerV2 | None) -> SamplerQNN:
    """The probability of every pattern, which gives all moments of a cell."""
    circuit = ansatz.circuit(measure=False)
    return SamplerQNN(
        circuit=circuit,
        sampler=sampler,
        input_params=list(circuit.parameters),
        weight_params=[],
        input_gradients=True,
        gradient=None if sampler is None else ParamShiftSamplerGradient(sampler),
    )


def estimator_network(ansatz: CellAnsatz, n_shots: int) -> EstimatorQNN:
    """The mean of every qubit, to about the precision of the shots; no other moments."""
    circuit = ansatz.circuit(measure=False)
    n = ansatz.n_neurons
    precision = n_shots**-0.5
    estimator = EstimatorV2(options={"default_precision": precision})
    return EstimatorQNN(
        circuit=circuit,
        estimator=estimator,
        observables=[SparsePauliOp.from_sparse_list([("Z", [q], 1.0)], n) for q in range(n)],
        input_params=list(circuit.parameters),
        weight_params=[],
        input_gradients=True,
        gradient=ParamShiftEstimatorGradient(estimator),
        default_precision=precision,
    )


def _step(name: str, module: TorchConnector, ansatz: CellAnsatz, n_cells: int) -> Step:
    drawn = np.random.default_rng(0).uniform(0, np.pi, (n_cells, ansatz.n_angles))
    angles = torch.from_numpy(drawn).requires_grad_(True)

    def take() -> None:
        angles.grad = None
        module(angles).square().sum().backward()
        if angles.grad is None or not angles.grad.any():
            raise RuntimeError(f"{name} gave no derivative")

    return Step(name, n_cells, n_cells * (1 + 2 * ansatz.n_angles), take)
