"""Measurements as late as possible: after the gates that do not change what is measured.

A gate that is diagonal on a measured qubit, such as CZ, gives the same raster before and after the
measurement. If it comes before, what it leads to need not wait for the measurement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.operation_names import measures

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction, Clbit, Qubit

DIAGONAL = frozenset({"cz", "rz", "z", "s", "sdg", "t", "tdg", "p", "rzz", "cp", "crz", "id"})
"""Gates that are diagonal on all their qubits."""

_CONTROLLED = frozenset({"cx", "cy", "ch", "crx", "cry", "cu", "ccx"})


def is_diagonal_on(instruction: CircuitInstruction, qubit: Qubit) -> bool:
    """Whether a gate commutes with the measurement of one of its qubits."""
    name = instruction.name
    if name in _CONTROLLED:
        return bool(instruction.qubits[-1] != qubit)
    return name in DIAGONAL


def measured_late(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a cell whose measurements come after all gates that commute with them.

    Parameters
    ----------
    circuit
        Any cell; the distribution of its bits stays the same.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(2, 1)
    >>> for add in (lambda: circuit.measure(0, 0), lambda: circuit.cz(0, 1), lambda: circuit.x(0)):
    ...     _ = add()
    >>> [instruction.name for instruction in measured_late(circuit).data]
    ['cz', 'measure', 'x']
    """
    later: QuantumCircuit = circuit.copy_empty_like()
    waiting: dict[Qubit, CircuitInstruction] = {}
    bits: dict[Clbit, Qubit] = {}
    for instruction in circuit.data:
        due = [
            qubit
            for qubit in instruction.qubits
            if qubit in waiting and not is_diagonal_on(instruction, qubit)
        ]
        due += [bits[bit] for bit in instruction.clbits if bits.get(bit) in waiting]
        for qubit in dict.fromkeys(due):
            later.append(waiting.pop(qubit))
        if measures(instruction.name):
            (qubit,) = instruction.qubits
            waiting[qubit] = instruction
            bits[instruction.clbits[0]] = qubit
        else:
            later.append(instruction)
    for instruction in waiting.values():
        later.append(instruction)
    return later
