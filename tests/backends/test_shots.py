"""Aer's binding at run time: the same bits, and only where it is faster."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, ReadoutError

from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.cell import CellAnsatz


def _angles(n_rows: int, n_angles: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(-np.pi, np.pi, (n_rows, n_angles))


def _gates() -> QuantumCircuit:
    """A circuit of all gates, angles used twice and scaled, measured out of order."""
    angle = ParameterVector("a", 4)
    circuit = QuantumCircuit(4, 3)
    for qubit in range(4):
        circuit.ry(angle[qubit], qubit)
        circuit.sx(qubit)
        circuit.rz(2 * angle[(qubit + 1) % 4] + 0.3, qubit)
        circuit.rx(angle[0] - angle[qubit] + 1.1, qubit)
    circuit.cz(0, 1)
    circuit.cx(3, 1)
    circuit.ecr(1, 2)
    circuit.x(0)
    circuit.ry(angle[2], 2)
    circuit.delay(100, 3)
    circuit.measure([2, 0, 1], [0, 1, 2])
    return circuit


@pytest.mark.parametrize("circuit", [CellAnsatz(6, 3).circuit(), _gates()], ids=["cell", "gates"])
@pytest.mark.parametrize("n_shots", [8, 50])
def test_binding_at_run_time_measures_the_same_bits(circuit: QuantumCircuit, n_shots: int) -> None:
    angles = _angles(40, circuit.num_parameters)
    bits = AerShots().measure(circuit, angles, n_shots=n_shots, seed=11)
    simulator = AerSimulator(method="statevector", precision="single", fusion_enable=False)
    binds = {parameter: angles[:, i].tolist() for i, parameter in enumerate(circuit.parameters)}
    run = simulator.run(
        circuit, parameter_binds=[binds], shots=n_shots, seed_simulator=11, memory=True
    )
    for row, result in zip(bits, run.result().results, strict=True):
        assert not result.metadata["runtime_parameter_bind"]
        outcomes = [int(outcome, 16) for outcome in result.data.memory]
        assert (row @ (1 << np.arange(circuit.num_clbits))).tolist() == outcomes


def test_equal_rows_get_shots_of_their_own() -> None:
    bits = AerShots().measure(
        CellAnsatz(6, 1).circuit(), np.full((200, 6), np.pi / 2), n_shots=8, seed=3
    )
    assert len(np.unique(bits.reshape(200, -1), axis=0)) == 200


def _readout_noise() -> NoiseModel:
    noise = NoiseModel()
    noise.add_all_qubit_readout_error(ReadoutError([[0.9, 0.1], [0.2, 0.8]]))
    return noise


def _with_reset() -> QuantumCircuit:
    angle = ParameterVector("a", 2)
    circuit = QuantumCircuit(1, 2)
    for time in range(2):
        circuit.ry(angle[time], 0)
        circuit.measure(0, time)
        circuit.reset(0)
    return circuit


@pytest.mark.parametrize(
    ("circuit", "noise", "n_shots", "expected"),
    [
        (CellAnsatz(2, 2).circuit(), None, 8, True),
        (CellAnsatz(2, 2).circuit(), None, 1, False),
        (CellAnsatz(2, 2).circuit(), _readout_noise(), 8, False),
        (_with_reset(), None, 8, False),
    ],
    ids=["ideal", "one shot", "noise", "reset"],
)
def test_where_angles_are_bound_at_run_time(
    monkeypatch: pytest.MonkeyPatch,
    circuit: QuantumCircuit,
    noise: NoiseModel | None,
    n_shots: int,
    expected: bool,
) -> None:
    bound: list[bool] = []
    run = AerSimulator.run

    def watched(self: AerSimulator, *args: Any, **options: Any) -> Any:
        job = run(self, *args, **options)
        bound.extend(r.metadata["runtime_parameter_bind"] for r in job.result().results)
        return job

    monkeypatch.setattr(AerSimulator, "run", watched)
    angles = _angles(3, circuit.num_parameters)
    AerShots(noise).measure(circuit, angles, n_shots=n_shots, seed=1)
    assert bound == [expected] * 3


@pytest.mark.parametrize("enabled", [True, False])
def test_the_collector_is_left_as_it_was(monkeypatch: pytest.MonkeyPatch, enabled: bool) -> None:
    during: list[bool] = []
    run = AerSimulator.run

    def failing(self: AerSimulator, *args: Any, **options: Any) -> Any:
        during.append(gc.isenabled())
        run(self, *args, **options).result()
        raise RuntimeError("stopped")

    monkeypatch.setattr(AerSimulator, "run", failing)
    was_enabled = gc.isenabled()
    try:
        gc.enable() if enabled else gc.disable()
        with pytest.raises(RuntimeError, match="stopped"):
            AerShots().measure(CellAnsatz(2, 1).circuit(), _angles(1, 2), n_shots=1, seed=1)
        assert gc.isenabled() is enabled
    finally:
        gc.enable() if was_enabled else gc.disable()
    assert during == [False]
