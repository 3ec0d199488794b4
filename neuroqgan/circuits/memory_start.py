"""How a raster starts: the memory's stationary state, prepared exactly.

All shots run one circuit, so no eigenvector of the stationary state can be drawn beforehand; and a
memory slow enough to be useful would need a hundred bins or more to relax from a product state.
Instead, the circuit draws the eigenvector itself: it prepares a superposition with the square roots
of the eigenvalues as amplitudes, measures it without keeping the result, and turns it into the
eigenbasis. That takes as many gates as a few bins.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

# Rounding errors differ between processes, and could lead a decomposition to another circuit. A
# request for the same raster would then not be recognised, and paid twice.
_DECIMALS = 10

# Gates in which there is one way to write each unitary: among bases of equal cost, Qiskit chooses
# in no fixed order.
_GATES = ("rz", "sx", "cx")


def start_circuit(density_matrix: NDArray[np.float64], n_spare: int) -> QuantumCircuit:
    """Build the circuit that prepares a mixed state of the memory.

    Parameters
    ----------
    density_matrix
        Real and symmetric, ``(2**n_memory, 2**n_memory)``.
    n_spare
        Spare qubits, which begin in ``|0>``, take the discarded measurements, and are reset before
        they are used again; their state at the end is arbitrary.

    Returns
    -------
    QuantumCircuit
        On the memory qubits followed by the spare ones, without parameters.
    """
    from qiskit import QuantumCircuit, transpile
    from qiskit.circuit import library

    weight, vectors = np.linalg.eigh(np.round((density_matrix + density_matrix.T) / 2, _DECIMALS))
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
    # A global phase has no effect, and OpenQASM exports cannot hold it.
    circuit.global_phase = 0
    return circuit
