"""What circuits say of their origin."""

from __future__ import annotations

import io

from qiskit import QuantumCircuit, qpy

from neuroqgan.circuits.built_from import KEY, gates, record, recorded
from neuroqgan.circuits.cell import CellAnsatz


def test_entries_are_added_and_those_of_others_kept() -> None:
    circuit = QuantumCircuit(1)
    assert recorded(circuit) == {}
    circuit.metadata = {"theirs": 1}
    record(circuit, ansatz="cell", n_layers=2)
    copied = circuit.copy()
    record(copied, angles=[0.1])
    assert recorded(circuit) == {"ansatz": "cell", "n_layers": 2}
    assert recorded(copied) == {"ansatz": "cell", "n_layers": 2, "angles": [0.1]}
    assert copied.metadata["theirs"] == 1
    circuit.metadata = {KEY: "not ours"}
    assert recorded(circuit) == {}


def test_they_survive_qpy_in_full_precision() -> None:
    circuit = CellAnsatz(2).circuit()
    record(circuit, angles=[1 / 3, 1e-300])
    file = io.BytesIO()
    qpy.dump(circuit, file)
    file.seek(0)
    (loaded,) = qpy.load(file)
    assert recorded(loaded) == recorded(circuit)


def test_gates_are_compared_by_place_and_not_by_name() -> None:
    circuit = CellAnsatz(2, 2).circuit()
    assert gates(circuit) == gates(CellAnsatz(2, 2).circuit())
    assert gates(circuit)[:2] == [("ry", [0], [0]), ("ry", [1], [1])]
    assert gates(circuit)[-1] == ("measure", [], [1, 1])
    assert gates(circuit) != gates(CellAnsatz(2, 1).circuit())
    bound = circuit.assign_parameters([0.1, 0.2, 0.3, 0.4])
    assert gates(bound)[1] == ("ry", [0.2], [1])
