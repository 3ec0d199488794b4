"""Qubits that hold their spike after it was measured: what they lose during their own readout.

Noise models give a measurement a wrong outcome, but leave the qubit as it was. A qubit in 1 relaxes
meanwhile, and what it loses in the second half of its readout the outcome no longer shows. That
matters if the qubit controls another one next, and not if it is reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.backends.operation_names import measures, resets
from neuroqgan.backends.placement.mid_circuit import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import Qubit
    from qiskit.transpiler import Target

_BETWEEN = frozenset({"barrier", "delay"})


def with_readout_decay(
    circuit: QuantumCircuit, qubits: Sequence[int], target: Target
) -> QuantumCircuit:
    """Return a compiled cell with a delay after measurements of qubits that go on.

    The delay lasts half as long as the measurement, and stands for the relaxation alone: the
    circuit is one for a noise model, and must have its waiting times already.

    Parameters
    ----------
    circuit
        In gates of the device; wire ``w`` is physical qubit ``qubits[w]``.
    qubits
        Physical qubits.
    target
        Of the device. If it knows no delays, the cell stays as it is.
    """
    if target.dt is None or "delay" not in target.operation_names:
        return circuit
    decaying: QuantumCircuit = circuit.copy_empty_like()
    # From the last instruction to the first: what follows on every qubit.
    goes_on: set[Qubit] = set()
    reversed_data = []
    for instruction in reversed(circuit.data):
        name = instruction.name
        if measures(name) and not resets(name) and goes_on.issuperset(instruction.qubits):
            wires = tuple(qubits[circuit.find_bit(qubit).index] for qubit in instruction.qubits)
            half = round(duration(instruction, wires, target) / 2 / target.dt)
            reversed_data.append((half, instruction.qubits[0]))
        reversed_data.append((0, instruction))
        if resets(name):
            goes_on.difference_update(instruction.qubits)
        elif name not in _BETWEEN:
            goes_on.update(instruction.qubits)
    for half, item in reversed(reversed_data):
        if half:
            decaying.delay(half, item, unit="dt")
        else:
            decaying.append(item)
    return decaying
