"""Angles that are the same in all executions."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit.quantum_info import Statevector

from neuroqgan.circuits.binding import bind_equal_rows, with_idle_parameter
from neuroqgan.circuits.built_from import recorded
from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.program import CellBatch, Program


def _batch(angles: np.ndarray, n_layers: int) -> CellBatch:
    n_rows = len(angles)
    circuit = CellAnsatz(angles.shape[1] // n_layers, n_layers).circuit()
    return CellBatch(circuit, angles, np.arange(n_rows), np.zeros(n_rows, int), (0, 1))


@pytest.mark.parametrize("several_rows", [False, True])
def test_equal_rows_are_bound(several_rows: bool) -> None:
    row = np.array([0.1, 0.2, 0.3, 0.4])
    equal = _batch(np.tile(row, (3, 1)), 2)
    program = bind_equal_rows(Program((equal,), (3, 1, 2), 0.02), several_rows=several_rows)
    (bound,) = program.batches
    assert (program.shape, program.bin_width) == ((3, 1, 2), 0.02)
    assert np.array_equal(bound.angles, np.zeros((3, int(several_rows))))
    assert [p.name for p in bound.circuit.parameters] == ["idle[0]"] * several_rows
    assert recorded(bound.circuit)["angles"] == row.tolist()
    assert recorded(bound.circuit)["ansatz"] == "CellAnsatz"
    assert "angles" not in recorded(equal.circuit)
    assert bound.neurons == equal.neurons
    states = [
        Statevector(circuit.remove_final_measurements(inplace=False))
        for circuit in (
            bound.circuit.assign_parameters([0.7] * several_rows),
            equal.circuit.assign_parameters(row),
        )
    ]
    assert states[0].equiv(states[1])


def test_nothing_is_bound_if_some_rows_differ() -> None:
    row = np.array([0.1, 0.2, 0.3, 0.4])
    equal, different = _batch(np.tile(row, (3, 1)), 2), _batch(np.outer([1, 1, 2], row), 2)
    program = Program((equal, different), (3, 1, 2), 0.02)
    assert bind_equal_rows(program) is program


def test_a_single_row_is_bound() -> None:
    row = np.array([0.1, 0.2, 0.3, 0.4])
    (bound,) = bind_equal_rows(Program((_batch(row[None], 2),), (1, 1, 2), 0.02)).batches
    assert bound.angles.shape == (1, 0)
    assert recorded(bound.circuit)["angles"] == row.tolist()


def test_the_idle_parameter_comes_first() -> None:
    circuit = CellAnsatz(2, 1).circuit().assign_parameters([0.5, 0.6])
    idle = with_idle_parameter(circuit)
    assert idle.data[0].operation.name == "rz"
    assert idle.find_bit(idle.data[0].qubits[0]).index == 0
    assert [i.operation.name for i in idle.data[1:]] == [i.operation.name for i in circuit.data]
    assert circuit.num_parameters == 0
