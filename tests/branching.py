"""Exact distributions of circuits with mid-circuit measurements, resets and conditions."""

from __future__ import annotations

import itertools

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Operator

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.multi_bin import BinDrive


def exact_distribution(circuit: QuantumCircuit) -> np.ndarray:
    """Return the probability of every value of the classical bits, bit 0 the lowest.

    Parameters
    ----------
    circuit
        With all angles bound.
    """
    n = circuit.num_qubits
    start = np.zeros((2,) * (2 * n), complex)
    start[(0,) * (2 * n)] = 1
    # A density matrix, with an axis for every row and column of a qubit, for every classical value.
    found = {0: start}

    def apply(rho: np.ndarray, matrix: np.ndarray, wires: list[int]) -> np.ndarray:
        size = len(wires)
        gate = matrix.reshape((2,) * (2 * size))
        for shift, factor in ((0, gate), (n, gate.conj())):
            axes = [wire + shift for wire in reversed(wires)]
            rho = np.tensordot(factor, rho, axes=(range(size, 2 * size), axes))
            rho = np.moveaxis(rho, range(size), axes)
        return rho

    for instruction in circuit.data:
        wires = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        name, operation = instruction.name, instruction.operation
        if name == "barrier":
            continue
        then: dict[int, np.ndarray] = {}
        for bits, rho in found.items():
            if name in {"measure", "reset"}:
                for value in (0, 1):
                    keep = np.zeros((2, 2))
                    if name == "reset":
                        keep[0, value] = 1
                        now = bits
                    else:
                        keep[value, value] = 1
                        (bit,) = (circuit.find_bit(bit).index for bit in instruction.clbits)
                        now = bits & ~(1 << bit) | value << bit
                    then[now] = then.get(now, 0) + apply(rho, keep, wires)
            elif name == "if_else":
                bit, value = operation.condition
                if bits >> circuit.find_bit(bit).index & 1 == int(value):
                    for inner in operation.blocks[0].data:
                        own = [wires[operation.blocks[0].find_bit(q).index] for q in inner.qubits]
                        rho = apply(rho, Operator(inner.operation).data, own)
                then[bits] = rho
            else:
                then[bits] = apply(rho, Operator(operation).data, wires)
        found = then
    probabilities = np.zeros(1 << circuit.num_clbits)
    for bits, rho in found.items():
        probabilities[bits] = np.trace(rho.reshape(1 << n, 1 << n)).real
    return probabilities


def walked_distribution(cell: CellAnsatz, drive: BinDrive) -> np.ndarray:
    """Return the same as a walk from bin to bin gives it, for the first sample of a drive."""
    from qiskit.quantum_info import Statevector

    after, later = drive
    _, n_bins, n_patterns, n = after.shape
    past_bins = n_patterns.bit_length() - 1
    probabilities = np.zeros(1 << (n * n_bins))
    bound = {}
    for patterns in itertools.product(range(n_patterns), repeat=n):
        for t in range(n_bins):
            first = after[0, t, patterns, range(n)]
            state = Statevector(
                cell.circuit(measure=False).assign_parameters(
                    np.concatenate([first, later.ravel()])
                )
            )
            bound[t, patterns] = state.probabilities()
    for value in range(len(probabilities)):
        spikes = np.array([value >> i & 1 for i in range(n * n_bins)]).reshape(n_bins, n)
        probability = 1.0
        for t in range(n_bins):
            known = [spikes[t - back] if t >= back else np.zeros(n, int) for back in (1, 2)]
            pattern = sum(known[back] << back for back in range(past_bins))
            own = sum(int(spikes[t, q]) << q for q in range(n))
            probability *= bound[t, tuple(np.broadcast_to(pattern, n).tolist())][own]
        probabilities[value] = probability
    return probabilities


def random_drive(cell: CellAnsatz, past_bins: int, n_bins: int, seed: int) -> BinDrive:
    """Angles at random, of two samples; before the first bin nothing is open."""
    random = np.random.default_rng(seed)
    after = random.uniform(-np.pi, np.pi, (2, n_bins, 1 << past_bins, cell.n_neurons))
    for t in range(min(past_bins, n_bins)):
        after[:, t] = after[:, t, np.arange(1 << past_bins) % (1 << t)]
    return BinDrive(after, random.uniform(-np.pi, np.pi, (cell.n_layers - 1, cell.n_neurons)))
