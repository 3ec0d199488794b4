#!/usr/bin/env python3
"""One parameter-shift step from shots, against Aer's own time for the same circuits.

The task: a batch of the default shot-gradient training of 6 neurons and 8 bins. Our side measures
all cells and all shifted circuits in one call, turns bits into moments and moments into the
derivative by every angle. Aer's side is nothing but `AerSimulator.run(...).result()` for the same
circuit, angles and shots. Both in turns, in the same run. Beside them qiskit-machine-learning's own
way: `EstimatorQNN` with `ParamShiftEstimatorGradient` on Aer's `EstimatorV2` in a `TorchConnector`,
for one cell of the same circuit, with the <Z> of every qubit to about the precision of the shots.

Prints one JSON line: circuits a step, seconds of the best of either side, `circuits_per_second`,
`ratio`, our seconds over Aer's, the circuits a second of qiskit-machine-learning's connector, and
`times_qml`, ours over those.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.backends.shots import AerShots
from neuroqgan.circuits.ansatz import CellAnsatz
from neuroqgan.connector.shifts import ParameterShift
from neuroqgan.connector.shot_engine import ShotEngine

if TYPE_CHECKING:
    from collections.abc import Callable

warnings.filterwarnings("ignore", category=DeprecationWarning)
NEURONS, BINS, LAYERS, BATCH, CELLS, SHOTS = 6, 8, 3, 256, 64, 16


class RecordedShots(AerShots):
    """Keeps what it was asked for, to ask Aer for the same again."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple] = []

    def measure(self, circuit, angles, *, n_shots, seed):
        self.calls.append((circuit, angles, n_shots, seed))
        return super().measure(circuit, angles, n_shots=n_shots, seed=seed)

    def repeat(self) -> None:
        """Aer alone, on what was asked for last."""
        circuit, angles, n_shots, seed = self.calls[-1]
        binds = {p: angles[:, i].tolist() for i, p in enumerate(circuit.parameters)}
        self._simulator.run(
            circuit, parameter_binds=[binds], shots=n_shots, seed_simulator=seed
        ).result()


def qml_connector() -> tuple[Callable[[], None], int]:
    """A step of one cell by qiskit-machine-learning alone, and its number of circuits."""
    from qiskit.quantum_info import SparsePauliOp
    from qiskit_aer.primitives import EstimatorV2
    from qiskit_machine_learning.connectors import TorchConnector
    from qiskit_machine_learning.gradients import ParamShiftEstimatorGradient
    from qiskit_machine_learning.neural_networks import EstimatorQNN

    ansatz = CellAnsatz(NEURONS, LAYERS)
    circuit = ansatz.circuit(measure=False)
    estimator = EstimatorV2(options={"default_precision": SHOTS**-0.5})
    spins = [SparsePauliOp.from_sparse_list([("Z", [q], 1.0)], NEURONS) for q in range(NEURONS)]
    network = EstimatorQNN(
        circuit=circuit,
        estimator=estimator,
        observables=spins,
        input_params=[],
        weight_params=list(circuit.parameters),
        gradient=ParamShiftEstimatorGradient(estimator),
        default_precision=SHOTS**-0.5,
    )
    module = TorchConnector(network)

    def step() -> None:
        module.zero_grad()
        module(torch.zeros(1, 0)).sum().backward()

    return step, 1 + 2 * ansatz.n_angles


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="rounds in turns [7]")
    rounds = max(1, parser.parse_args().rounds)
    ansatz = CellAnsatz(NEURONS, LAYERS)
    shots = RecordedShots()
    engine = ShotEngine(ParameterShift(), shots, SHOTS, CELLS)
    random = np.random.default_rng(0)
    drawn = random.uniform(0, np.pi, (BATCH * BINS, LAYERS, NEURONS)).astype(np.float32)
    angles = torch.from_numpy(drawn).requires_grad_(True)
    theirs, n_theirs = qml_connector()
    ours, aer, qml = [], [], []
    for seed in range(rounds + 1):
        start = time.perf_counter()
        engine.moments(ansatz, angles, n_parts=2, seed=seed).marginals.sum().backward()
        ours.append(time.perf_counter() - start)
        start = time.perf_counter()
        shots.repeat()
        aer.append(time.perf_counter() - start)
        start = time.perf_counter()
        theirs()
        qml.append(time.perf_counter() - start)
    n_circuits = len(shots.calls[-1][1])
    seconds, alone = min(ours[1:]), min(aer[1:])
    per_second, qml_per_second = n_circuits / seconds, n_theirs / min(qml[1:])
    print(
        json.dumps(
            {
                "circuits": n_circuits,
                "calls_to_aer_a_step": len(shots.calls) / (rounds + 1),
                "neuroqgan": seconds,
                "aer-alone": alone,
                "circuits_per_second": round(per_second),
                "ratio": round(seconds / alone, 3),
                "qml_circuits_per_second": round(qml_per_second, 1),
                "times_qml": round(per_second / qml_per_second, 1),
            }
        )
    )


if __name__ == "__main__":
    main()
