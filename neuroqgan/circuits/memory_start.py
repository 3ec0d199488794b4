"""How a raster starts: the memory's stationary state, prepared exactly.

All shots run one circuit, so the stationary state cannot be drawn from its eigenvectors; and a
memory slow enough to be of use would take a hundred bins or more to settle from a product state.
So the circuit draws the eigenvector itself: a superposition with the roots of the weights is
prepared and measured into nothing, and then turned into the eigenbasis. That takes as many gates
as a few bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

# Rounding errors differ between processes, and a decomposition may follow them into another
# circuit; a job that was sent could then not be known again.
_DECIMALS = 10

# One way to write each unitary: between bases of equal cost Qiskit chooses in no fixed order.
_GATES = ("rz", "sx", "cx")


def start_circuit(state: NDArray[np.float64], n_spare: int) -> QuantumCircuit:
    """Build the circuit that prepares a mixed state of the memory.

    Parameters
    ----------
    state
        Real density matrix, ``(2**n_memory, 2**n_memory)``.
    n_spare
        Qubits in ``|0>`` that take what is measured into nothing, and are reset before they are
        used again; they end in any state.

    Returns
    -------
    QuantumCircuit
        On the memory qubits, followed by the spare ones; no parameters are open.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit import library

    weight, vectors = np.linalg.eigh(np.round((state + state.T) / 2, _DECIMALS))
    largest = np.abs(vectors).argmax(0)
    vectors = vectors * np.sign(vectors[largest, range(len(weight))])
    roots = np.sqrt(np.clip(weight, 0, None))
    n_memory = len(roots).bit_length() - 1
    memory = range(n_memory)
    draw, turn = (QuantumCircuit(n_memory) for _ in range(2))
    draw.append(library.StatePreparation(roots / np.linalg.norm(roots)), memory)
    turn.append(library.UnitaryGate(vectors), memory)
    draw, turn = transpile(
        [draw, turn], basis_gates=[*_GATES], optimization_level=1, seed_transpiler=0
    )
    circuit = QuantumCircuit(n_memory + n_spare, name="start")
    circuit.compose(draw, memory, inplace=True)
    for q in memory:
        spare = n_memory + q % n_spare
        if q >= n_spare:
            circuit.reset(spare)
        circuit.cx(q, spare)
    circuit.compose(turn, memory, inplace=True)
    # The phase of a whole circuit means nothing, and exports cannot hold it.
    circuit.global_phase = 0
    return circuit
