"""Counts and drawings of circuits."""

from __future__ import annotations

import pytest
from qiskit import QuantumCircuit

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.drawing import LINE_WIDTH, CompiledCircuits, describe_circuits
from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.memory import MemoryAnsatz

CELL = GeneratorCircuit("cell", CellAnsatz(5).circuit(), n_groups=2, n_neurons=5)


def test_counts_of_a_cell() -> None:
    (cell,) = describe_circuits([CELL])
    assert (cell.neurons, cell.n_groups, cell.angles, cell.two_qubit_gates) == (5, 2, 15, 8)
    assert (cell.depth, cell.qubits, cell.bins) == (8, None, 1)
    assert (cell.device, cell.device_depth, cell.device_two_qubit_gates) == (None, None, None)
    summary = "Cell circuit of 5 neurons, 2 groups: 15 angles, depth 8, 8 two-qubit gates"
    assert cell.summary() == summary
    assert cell.drawing.count("neuron_4") == 2  # the drawing goes on in a second row
    assert cell.to_dict()["two_qubit_gates"] == 8


def test_counts_on_a_device() -> None:
    compiled = QuantumCircuit(5)
    compiled.ecr(0, 1)
    on = CompiledCircuits("fake_brisbane", {5: compiled})
    (cell,) = describe_circuits([CELL], on)
    counts = (cell.device, cell.device_depth, cell.device_two_qubit_gates)
    assert counts == ("fake_brisbane", 1, 1)
    assert cell.summary().endswith("\nOn fake_brisbane: depth 1, 1 two-qubit gate")
    with pytest.raises(KeyError):
        describe_circuits([CELL], CompiledCircuits("fake_brisbane", {4: compiled}))


def test_a_circuit_of_several_bins_says_its_qubits() -> None:
    lattice = LatticeAnsatz(CellAnsatz(2, 1), 3).circuit()
    (described,) = describe_circuits([GeneratorCircuit("lattice", lattice, 1, 2, 3)])
    assert (described.qubits, described.bins) == (6, 3)
    assert described.summary().startswith("Circuit of 2 neurons, 3 bins, 6 qubits, 1 group: ")


def test_a_long_circuit_is_drawn_by_an_excerpt() -> None:
    ansatz = MemoryAnsatz(3, 2, 5)
    excerpt = MemoryAnsatz(1, 2, 1).circuit(1)
    one = GeneratorCircuit("raster", ansatz.circuit(1), 1, 3, 1, excerpt, "One neuron of 3:")
    (described,) = describe_circuits([one])
    # One bin, but more qubits than neurons.
    assert described.qubits == 4
    caption, *rows = described.drawing.splitlines()
    assert caption == "One neuron of 3:"
    assert sum(row.lstrip().startswith("emission:") for row in rows) == 1
    whole = describe_circuits([GeneratorCircuit("raster", ansatz.circuit(1), 1, 3)])[0].drawing
    assert max(map(len, whole.splitlines())) <= LINE_WIDTH < 100
    assert described.two_qubit_gates == ansatz.circuit(1).num_nonlocal_gates()
