"""What the circuits of a generator look like: counts and drawings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit import QuantumCircuit

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    from neuroqgan.models.base import Generator

_WIDTH = 96


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
        Bins in a circuit; more than one if the generator has such circuits.
    compiled
        The same circuits on a device (`neuroqgan.runs.planning.compiled_circuits`), to be counted
        as well.

    Raises
    ------
    ConfigError
        If the generator has no circuit of so many bins.
    """
    return [_describe(circuit, compiled) for circuit in generator.circuits(bins_per_job)]


def _describe(found: GeneratorCircuit, compiled: Compiled | None) -> CellDescription:
    circuit = found.circuit
    drawing = _draw(circuit)
    if found.excerpt is not None:
        drawing = f"{found.caption}\n{_draw(found.excerpt)}"
    return CellDescription(
        neurons=found.n_neurons,
        n_groups=found.n_groups,
        angles=len(circuit.parameters),
        drawing=drawing,
        qubits=None if found.n_bins == 1 else circuit.num_qubits,
        bins=found.n_bins,
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
