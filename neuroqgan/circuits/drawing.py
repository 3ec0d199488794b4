"""What the circuits of a generator look like: counts and drawings."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.rounds import has_lattice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit import QuantumCircuit

    from neuroqgan.circuits.cell import CellAnsatz
    from neuroqgan.models.base import Generator

_WIDTH = 96
# Neurons and layers of mixing in the drawing of a circuit with memory, which repeats itself.
_DRAWN = 2


@dataclass(frozen=True)
class CellDescription:
    """Counts and a drawing of one kind of cell.

    Parameters
    ----------
    neurons
        Of the cell; each has a qubit of its own, unless ``qubits`` says otherwise.
    n_groups
        Groups of neurons that use this cell.
    angles
        Rotation angles.
    depth
        Depth, the measurement included.
    two_qubit_gates
        Number of two-qubit gates.
    drawing
        Text, one wire a qubit.
    qubits
        Qubits of a circuit of several bins; None where each neuron has its own.
    bins
        Bins that one shot of it yields.
    device
        Device that it was also compiled for, or None.
    device_depth, device_two_qubit_gates
        The same counts there; more two-qubit gates than before are SWAPs.
    """

    neurons: int
    n_groups: int
    angles: int
    depth: int
    two_qubit_gates: int
    drawing: str
    qubits: int | None = None
    bins: int = 1
    device: str | None = None
    device_depth: int | None = None
    device_two_qubit_gates: int | None = None

    def summary(self) -> str:
        """Return the counts in words."""
        what = f"Cell of {self.neurons} neurons, {self.n_groups} group(s)"
        if self.qubits is not None:
            what = (
                f"Circuit of {self.neurons} neurons, {self.bins} bins, {self.qubits} qubits, "
                f"{self.n_groups} group(s)"
            )
        text = (
            f"{what}: {self.angles} angles, "
            f"depth {self.depth}, {self.two_qubit_gates} two-qubit gates"
        )
        if self.device is not None:
            text += (
                f"\nOn {self.device}: depth {self.device_depth}, "
                f"{self.device_two_qubit_gates} two-qubit gates"
            )
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Compiled:
    """Circuits as a device runs them.

    Parameters
    ----------
    device
        Its name.
    circuits
        By the number of qubits of the circuit that was compiled.
    """

    device: str
    circuits: Mapping[int, QuantumCircuit]


def describe_circuits(
    generator: Generator, bins_per_job: int = 1, compiled: Compiled | None = None
) -> list[CellDescription]:
    """Describe every kind of circuit of a generator, largest first.

    Parameters
    ----------
    generator
        With weights: a circuit with memory begins in a state that depends on them.
    bins_per_job
        Bins in a circuit; more than one where the generator `has_lattice`.
    compiled
        The same circuits on a device (`neuroqgan.runs.planning.compiled_circuits`), to be counted
        as well.

    Raises
    ------
    TypeError
        If the generator has no circuit of so many bins.
    """
    if bins_per_job > 1 and not has_lattice(generator):
        raise TypeError(f"{type(generator).__name__} has no circuit of several bins")
    if isinstance(generator, MemoryGenerator):
        return [_describe_memory(generator, compiled)]
    spec = generator.spec
    cells = [spec.ansatz(group) for group in spec.groups]
    return [
        _describe_cell(cell, cells.count(cell), bins_per_job, compiled)
        for cell in sorted(set(cells), key=lambda cell: -cell.n_neurons)
    ]


def _describe_cell(
    cell: CellAnsatz, n_groups: int, n_bins: int, compiled: Compiled | None
) -> CellDescription:
    ansatz = cell if n_bins == 1 else LatticeAnsatz(cell, n_bins)
    circuit = ansatz.circuit()
    return CellDescription(
        neurons=cell.n_neurons,
        n_groups=n_groups,
        angles=ansatz.n_angles,
        drawing=_draw(circuit),
        qubits=None if n_bins == 1 else circuit.num_qubits,
        bins=n_bins,
        **_counts(circuit, compiled),
    )


def _describe_memory(generator: MemoryGenerator, compiled: Compiled | None) -> CellDescription:
    ansatz, n_bins = generator.ansatz, generator.spec.n_bins
    circuit = generator.circuit(n_bins)
    excerpt = replace(
        ansatz,
        n_neurons=min(ansatz.n_neurons, _DRAWN),
        n_mixing=min(ansatz.n_mixing, _DRAWN),
    )
    caption = (
        f"One bin, with {excerpt.n_mixing} of {ansatz.n_mixing} mixing layers and "
        f"{excerpt.n_neurons} of {ansatz.n_neurons} neurons:"
    )
    return CellDescription(
        neurons=ansatz.n_neurons,
        n_groups=1,
        angles=len(circuit.parameters),
        drawing=f"{caption}\n{_draw(excerpt.circuit(1))}",
        qubits=circuit.num_qubits,
        bins=n_bins,
        **_counts(circuit, compiled),
    )


def _draw(circuit: QuantumCircuit) -> str:
    return str(circuit.draw("text", fold=_WIDTH))


def _counts(circuit: QuantumCircuit, compiled: Compiled | None) -> dict[str, Any]:
    counts: dict[str, Any] = {
        "depth": circuit.depth(),
        "two_qubit_gates": circuit.num_nonlocal_gates(),
    }
    if compiled is not None:
        placed = compiled.circuits[circuit.num_qubits]
        counts |= {
            "device": compiled.device,
            "device_depth": placed.depth(),
            "device_two_qubit_gates": placed.num_nonlocal_gates(),
        }
    return counts
