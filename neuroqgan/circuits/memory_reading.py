"""Reading a circuit with quantum memory back: what the exact path needs to know of it.

A job carries circuits, not generators. Of the circuits that `MemoryAnsatz` builds, those with a
prepared start, the angles and the state that the start prepares are read; any other is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction

    Floats = NDArray[np.float64]

_TOLERANCE = 1e-6


@dataclass(frozen=True)
class MemoryReading:
    """What a circuit with quantum memory says.

    Parameters
    ----------
    ansatz
        That built it.
    n_bins
        Bins of a shot.
    angles
        The values of the ansatz's parameters where they are bound, else NaN; see
        `MemoryAnsatz.angles`.
    places
        Of those that are open the place among the circuit's parameters, else -1.
    state
        Density matrix of the memory before the first bin.
    """

    ansatz: MemoryAnsatz
    n_bins: int
    angles: Floats
    places: NDArray[np.int64]
    state: Floats

    def weights(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the angles of mixing, emission and kick.

        Parameters
        ----------
        values
            Of the circuit's parameters.

        Raises
        ------
        InputError
            If the two half turns of a kick are not opposite.
        """
        angles = np.where(self.places < 0, self.angles, values[self.places])
        edges = np.cumsum([*self.ansatz.sizes.values()])[:-1]
        mixing, emission, kick, back = np.split(angles, edges)
        if not np.allclose(kick, -back, atol=_TOLERANCE):
            raise _unknown("a kick whose half turns are not opposite")
        n_memory = self.ansatz.n_memory
        return (
            mixing.reshape(-1, n_memory),
            emission.reshape(-1, 2 * n_memory),
            2 * kick.reshape(-1, n_memory),
        )


def read_memory(circuit: QuantumCircuit, n_bins: int) -> MemoryReading:
    """Read a circuit of `MemoryAnsatz` that starts in a prepared state.

    Parameters
    ----------
    circuit
        With open or bound angles.
    n_bins
        Bins of a shot.

    Raises
    ------
    InputError
        If it is another circuit.
    """
    ansatz = _ansatz(circuit, n_bins)
    bins = ansatz.bins(n_bins)
    n_start = len(circuit.data) - len(bins.data)
    if n_start < 0:
        raise _unknown("fewer gates than so many bins take")
    angles, places = _angles(circuit, bins, n_start)
    state = _Start(ansatz.n_memory, circuit).run(circuit.data[:n_start])
    return MemoryReading(ansatz, n_bins, angles, places, state)


def _ansatz(circuit: QuantumCircuit, n_bins: int) -> MemoryAnsatz:
    """Count what tells sizes apart."""
    sizes = {register.name: len(register) for register in circuit.qregs}
    n_memory, n_emission = sizes.get("memory", 0), sizes.get("emission", 0)
    if not n_memory or not n_emission or circuit.num_clbits % n_bins or not circuit.num_clbits:
        raise _unknown(f"registers {', '.join(sizes)}, {circuit.num_clbits} bits in {n_bins} bins")
    memory = set(circuit.qubits[:n_memory])
    turns = sum(i.name == "ry" and i.qubits[0] in memory for i in circuit.data)
    of_mixing = turns - 2 * n_memory * circuit.num_clbits
    if of_mixing <= 0 or of_mixing % (n_bins * n_memory):
        raise _unknown(f"{turns} rotations of {n_memory} memory qubits in {n_bins} bins")
    n_mixing = of_mixing // (n_bins * n_memory)
    return MemoryAnsatz(circuit.num_clbits // n_bins, n_memory, n_mixing, n_emission)


def _angles(
    circuit: QuantumCircuit, bins: QuantumCircuit, n_start: int
) -> tuple[Floats, NDArray[np.int64]]:
    """Compare the gates after the start, and collect what stands for each of their parameters."""
    found: dict[int, Any] = {}
    for here, there in zip(circuit.data[n_start:], bins.data, strict=True):
        if here.name != there.name or _wires(circuit, here) != _wires(bins, there):
            raise _unknown(f"{here.name} in place of {there.name}")
        if here.name == "ry":
            (angle,), (parameter,) = here.params, there.params
            if found.setdefault(parameter.index, angle) != angle:
                raise _unknown("angles that differ from bin to bin")
    place = {parameter: i for i, parameter in enumerate(circuit.parameters)}
    read = [found[i] for i in range(len(found))]
    places = np.array([place.get(angle, -1) for angle in read])
    try:
        bound = [float(a) if p < 0 else np.nan for a, p in zip(read, places, strict=True)]
    except TypeError as error:
        raise _unknown("angles that are expressions of parameters") from error
    return np.array(bound), places


class _Start:
    """The memory's state while a start is applied: weighted vectors, side by side.

    A memory qubit that is copied to an emission qubit in ``|0>``, which is then reset or never
    looked at, loses its coherence: every vector falls into two, one an outcome.
    """

    def __init__(self, n_memory: int, circuit: QuantumCircuit) -> None:
        self._circuit = circuit
        self._n_memory = n_memory
        self._vectors = np.eye(1 << n_memory, 1, dtype=complex)
        self._untouched = set(range(circuit.num_qubits))

    def run(self, start: Iterable[CircuitInstruction]) -> Floats:
        """Apply instructions to ``|0>`` and return the density matrix of the memory."""
        for instruction in start:
            self._apply(instruction, _wires(self._circuit, instruction)[0])
        state = self._vectors @ self._vectors.conj().T
        if np.abs(state.imag).max() > _TOLERANCE:
            raise _unknown("a start that is not real")
        return np.ascontiguousarray(state.real)

    def _apply(self, instruction: CircuitInstruction, wires: list[int]) -> None:
        is_idle = instruction.name == "rz" and self._untouched.issuperset(wires)
        if is_idle:
            return
        is_fresh = wires[-1] in self._untouched
        self._untouched.difference_update(wires)
        if instruction.name == "reset" and wires[0] >= self._n_memory:
            self._untouched.add(wires[0])
        elif instruction.name == "cx" and wires[0] < self._n_memory:
            rows = np.arange(len(self._vectors))
            on = (rows >> wires[0]) & 1 == 1
            if wires[1] < self._n_memory:
                self._vectors = self._vectors[rows ^ (on << wires[1])]
            elif is_fresh:
                parts = [np.where(side[:, None], self._vectors, 0) for side in (on, ~on)]
                self._vectors = np.concatenate(parts, axis=1)
            else:
                raise _unknown("an emission qubit that is used twice")
        elif len(wires) == 1 and wires[0] < self._n_memory and instruction.name in {"rz", "sx"}:
            self._turn(wires[0], instruction.operation.to_matrix())
        else:
            raise _unknown(f"{instruction.name} in its start")

    def _turn(self, q: int, matrix: NDArray[np.complex128]) -> None:
        by_bit = self._vectors.reshape(-1, 2, (1 << q) * self._vectors.shape[1])
        turned = np.einsum("ab,ibj->iaj", matrix, by_bit)
        self._vectors = turned.reshape(self._vectors.shape)


def _wires(circuit: QuantumCircuit, instruction: CircuitInstruction) -> tuple[list[int], list[int]]:
    return (
        [circuit.find_bit(qubit).index for qubit in instruction.qubits],
        [circuit.find_bit(bit).index for bit in instruction.clbits],
    )


def _unknown(got: str) -> InputError:
    return InputError(
        "This is not a circuit of the memory preset.",
        expected="a prepared start, then bins as MemoryAnsatz builds them",
        got=got,
    )
