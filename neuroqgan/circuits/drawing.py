"""What the circuits of a generator look like: counts and drawings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from qiskit import QuantumCircuit

    from neuroqgan.circuits.generator_circuit import GeneratorCircuit

LINE_WIDTH = 96
"""Characters after which a drawing goes on in another row."""


@dataclass(frozen=True)
class CircuitDescription:
    """Counts and a drawing of one kind of circuit.

    Parameters
    ----------
    neurons
        Neurons of the circuit; each has a qubit of its own unless `qubits` says otherwise.
    n_groups
        Groups of neurons that use this circuit.
    angles
        Number of rotation angles.
    depth
        Depth, including the measurement.
    two_qubit_gates
        Number of two-qubit gates.
    drawing
        Text, one wire per qubit.
    qubits
        Number of qubits, or None if every neuron has its own.
    bins
        Time bins that one shot yields.
    device
        Quantum device that the circuit was also compiled for, or None.
    device_depth, device_two_qubit_gates
        The same counts for the compiled circuit. Any additional two-qubit gates are SWAPs.
    """

    neurons: int
    n_groups: int
    angles: int
    depth: int
    two_qubit_gates: int
    drawing: str
    qubits: int | None
    bins: int
    device: str | None = None
    device_depth: int | None = None
    device_two_qubit_gates: int | None = None

    def summary(self) -> str:
        """Return the counts in words."""
        what = f"Cell circuit of {_count(self.neurons, 'neuron')}"
        if self.qubits is not None:
            what = (
                f"Circuit of {_count(self.neurons, 'neuron')}, {_count(self.bins, 'bin')}, "
                f"{_count(self.qubits, 'qubit')}"
            )
        text = (
            f"{what}, {_count(self.n_groups, 'group')}: {_count(self.angles, 'angle')}, "
            f"depth {self.depth}, {_count(self.two_qubit_gates, 'two-qubit gate')}"
        )
        if self.device_two_qubit_gates is not None:
            text += (
                f"\nOn {self.device}: depth {self.device_depth}, "
                f"{_count(self.device_two_qubit_gates, 'two-qubit gate')}"
            )
        return text

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class CompiledCircuits:
    """Circuits as a quantum device runs them.

    Parameters
    ----------
    device
        Name of the device.
    circuits
        Compiled circuits by the number of qubits of the circuit before it was compiled.
    """

    device: str
    circuits: Mapping[int, QuantumCircuit]


def describe_circuits(
    circuits: Iterable[GeneratorCircuit], compiled: CompiledCircuits | None = None
) -> list[CircuitDescription]:
    """Describe every kind of circuit of a generator, in the order given.

    Parameters
    ----------
    circuits
        As the generator's ``circuits()`` returns them.
    compiled
        The same circuits as compiled for a quantum device, whose gates are counted too.

    Raises
    ------
    KeyError
        If one of the circuits is not among the compiled ones.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.generator_circuit import GeneratorCircuit
    >>> cell = GeneratorCircuit("cell", CellAnsatz(2, 2).circuit(), n_groups=3, n_neurons=2)
    >>> (description,) = describe_circuits([cell])
    >>> description.summary()
    'Cell circuit of 2 neurons, 3 groups: 4 angles, depth 4, 1 two-qubit gate'
    """
    return [_describe(one, compiled) for one in circuits]


def _describe(one: GeneratorCircuit, compiled: CompiledCircuits | None) -> CircuitDescription:
    circuit = one.circuit
    drawing = _draw(circuit)
    if one.excerpt is not None:
        drawing = f"{one.caption}\n{_draw(one.excerpt)}"
    has_own_qubits = one.n_bins == 1 and circuit.num_qubits == one.n_neurons
    on_device: dict[str, Any] = {}
    if compiled is not None:
        placed = compiled.circuits[circuit.num_qubits]
        on_device = {
            "device": compiled.device,
            "device_depth": placed.depth(),
            "device_two_qubit_gates": placed.num_nonlocal_gates(),
        }
    return CircuitDescription(
        neurons=one.n_neurons,
        n_groups=one.n_groups,
        angles=circuit.num_parameters,
        depth=circuit.depth(),
        two_qubit_gates=circuit.num_nonlocal_gates(),
        drawing=drawing,
        qubits=None if has_own_qubits else circuit.num_qubits,
        bins=one.n_bins,
        **on_device,
    )


def _draw(circuit: QuantumCircuit) -> str:
    return str(circuit.draw("text", fold=LINE_WIDTH))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
