"""Instructions of the control system, as IBM counts them when it checks a job.

Every operation of a circuit counts for as many instructions as IBM's guide "Job limits" says, on
each of its qubits, and every run of a circuit begins with an initialisation of its qubits. The
guide calls this a heuristic and has no figures for newer operations. Those are set by analogy:
`measure_2` and `reset_2` like `measure` and `reset`, `measure_reset` like a `reset`, which contains
a measurement; `rzz` like the other two-qubit gates; `rx` like `sx`, since both are one pulse; a
condition like a `measure`, beside the operations of all its branches. An unknown operation counts
as much as a `reset`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

WEIGHTS = {
    "rz": 1,
    "delay": 1,
    "id": 1,
    "sx": 2,
    "x": 2,
    "cx": 5,
    "cz": 5,
    "ecr": 5,
    "measure": 10,
    "reset": 17,
    # By analogy; see above.
    "rx": 2,
    "rzz": 5,
    "measure_2": 10,
    "reset_2": 17,
    "measure_reset": 17,
    "if_else": 10,
    "barrier": 0,
    "store": 0,
}
"""Instructions of the control system by the name of an operation, on each of its qubits."""

INITIALISATION = 50
"""Instructions that initialise a qubit at the beginning of a circuit."""

_UNKNOWN = max(WEIGHTS.values())


def control_instructions(circuit: QuantumCircuit) -> NDArray[np.int64]:
    """Return the instructions of the control system that every qubit of a circuit takes.

    Parameters
    ----------
    circuit
        In gates of a device.

    Returns
    -------
    numpy.ndarray
        Of shape ``(n_qubits,)``, with the initialisation; 0 for qubits without operations.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(3, 1)
    >>> _ = circuit.sx(0), circuit.cz(0, 1), circuit.measure(1, 0)
    >>> control_instructions(circuit).tolist()
    [57, 65, 0]
    """
    counts = np.zeros(circuit.num_qubits, np.int64)
    _add(counts, circuit, range(circuit.num_qubits))
    counts[counts > 0] += INITIALISATION
    return counts


def _add(counts: NDArray[np.int64], circuit: QuantumCircuit, wires: Sequence[int]) -> None:
    """Add the operations of a circuit, or of a branch, whose qubits are these wires."""
    place = dict(zip(circuit.qubits, wires, strict=True))
    for instruction in circuit.data:
        here = [place[qubit] for qubit in instruction.qubits]
        weight = WEIGHTS.get(instruction.name, _UNKNOWN)
        for wire in here:
            counts[wire] += weight
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                _add(counts, block, here)
