"""Qubit reuse: two qubits per neuron measure any number of bins, as bin by bin."""

from __future__ import annotations

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.multi_bin import BinDrive
from neuroqgan.circuits.qubit_reuse import QubitReuseAnsatz
from neuroqgan.errors import InputError


def _drive(cell: CellAnsatz, n_bins: int, n_samples: int = 1) -> BinDrive:
    random = np.random.default_rng(4)
    after = random.normal(size=(n_samples, n_bins, 2, cell.n_neurons))
    after[:, 0] = after[:, 0, :1]
    return BinDrive(after, random.normal(size=(cell.n_layers - 1, cell.n_neurons)))


def _unrolled(circuit: QuantumCircuit) -> tuple[QuantumCircuit, list[int]]:
    """Return a circuit with a fresh qubit after every reset, and which qubit each bit reads.

    A qubit that was measured must only be a control until its reset.
    """
    n_resets = circuit.count_ops().get("reset", 0)
    unrolled = QuantumCircuit(circuit.num_qubits + n_resets)
    current = list(range(circuit.num_qubits))
    fresh, read = circuit.num_qubits, [-1] * circuit.num_clbits
    for instruction in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        if instruction.name == "reset":
            current[wires[0]], fresh = fresh, fresh + 1
        elif instruction.name == "measure":
            read[circuit.find_bit(instruction.clbits[0]).index] = current[wires[0]]
        elif instruction.name != "barrier":
            here = [current[wire] for wire in wires]
            assert instruction.name == "cz" or not set(read).intersection(here)
            unrolled.append(instruction.operation, here)
    return unrolled, read


@pytest.mark.parametrize("n_unrecorded", [0, 2])
@pytest.mark.parametrize("n_layers", [1, 2])
def test_probabilities_are_the_product_of_the_bins(n_layers: int, n_unrecorded: int) -> None:
    cell, n_bins = CellAnsatz(2, n_layers), 3
    reuse = QubitReuseAnsatz(cell, n_bins, n_unrecorded)
    drive = _drive(cell, n_unrecorded + n_bins)
    values = reuse.values(drive)
    assert values.shape == (1, reuse.n_angles)
    unrolled, read = _unrolled(reuse.circuit().assign_parameters(values[0]))
    found = Statevector(unrolled).probabilities(read)

    wanted = np.zeros(1 << 2 * n_bins)
    for outcome in range(1 << 2 * (n_unrecorded + n_bins)):
        bits = (outcome >> np.arange(2 * (n_unrecorded + n_bins)) & 1).reshape(-1, 2)
        probability = 1.0
        for t, here in enumerate(bits):
            before = bits[t - 1] if t else np.zeros(2, int)
            first = drive.after[0, t][before, [0, 1]]
            angles = np.concatenate([first, drive.later.ravel()])
            alone = Statevector(cell.circuit(measure=False).assign_parameters(angles))
            probability *= alone.probabilities()[here @ (1, 2)]
        wanted[outcome >> 2 * n_unrecorded] += probability
    assert wanted.sum() == pytest.approx(1, abs=1e-12)
    assert np.abs(found - wanted).max() < 1e-12


@pytest.mark.parametrize("n_bins", [2, 3, 40])
def test_any_number_of_bins_takes_two_qubits_per_neuron_that_form_a_ladder(n_bins: int) -> None:
    circuit = QubitReuseAnsatz(CellAnsatz(4, 2), n_bins).circuit()
    assert circuit.num_qubits == 8
    assert circuit.num_clbits == 4 * n_bins
    assert circuit.count_ops()["measure"] == 4 * n_bins
    assert circuit.count_ops().get("reset", 0) == 4 * (n_bins - 2)
    joined = {
        tuple(sorted(circuit.find_bit(qubit).index for qubit in gate.qubits))
        for gate in circuit.data
        if gate.name == "cz"
    }
    rungs = {(q, q + 4) for q in range(4)}
    assert joined == rungs | {(q, q + 1) for q in (0, 1, 2, 4, 5, 6)}


def test_a_single_bin_is_the_cell() -> None:
    cell = CellAnsatz(3, 2)
    reuse = QubitReuseAnsatz(cell, 1)
    drive = _drive(cell, 1)
    angles = np.concatenate([drive.after[:, 0, 0], drive.later.reshape(1, -1)], axis=1)
    assert np.array_equal(reuse.values(drive), angles)
    assert reuse.circuit().num_qubits == 3


@pytest.mark.parametrize(
    "ansatz", [LatticeAnsatz(CellAnsatz(3, 3), 4), QubitReuseAnsatz(CellAnsatz(3, 3), 2, 2)]
)
def test_what_drives_the_bins_can_be_read_off_the_values(
    ansatz: LatticeAnsatz | QubitReuseAnsatz,
) -> None:
    drive = _drive(ansatz.cell, 4, n_samples=5)
    found = ansatz.drive(ansatz.values(drive))
    np.testing.assert_allclose(found.after, drive.after, atol=1e-14)
    assert np.array_equal(found.later, drive.later)
    with pytest.raises(InputError, match="shape"):
        ansatz.values(BinDrive(drive.after[:, 1:], drive.later))
    with pytest.raises(InputError, match="shape"):
        ansatz.drive(np.zeros((1, ansatz.n_angles + 1)))
