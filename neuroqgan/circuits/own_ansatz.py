"""Cell circuits that a user brings along."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from neuroqgan.circuits.cell import MAX_CELL_NEURONS
from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from qiskit import QuantumCircuit

GivenAnsatz: TypeAlias = "QuantumCircuit | Callable[[int], QuantumCircuit]"
"""A circuit with a `ParameterVector`, or a function that builds one for a number of qubits."""

# One parameter of such a gate turns by exactly its value, which the parameter-shift rule needs.
_ROTATIONS = frozenset({"rx", "ry", "rz", "rxx", "ryy", "rzz", "rzx"})


@dataclass(frozen=True)
class OwnAnsatz:
    """A cell circuit made of a user's circuit; stands where `CellAnsatz` does.

    The circuit has one qubit per neuron, no measurement, and a `ParameterVector` of
    ``n_layers * n_qubits`` angles in radians. Element ``layer * n_qubits + q`` is driven as layer
    ``layer`` of neuron ``q``: the first layer by the neuron's drive, later ones by weights of their
    own. In which gates the angles stand is up to the circuit.

    Parameters
    ----------
    n_neurons
        Qubits of the circuit.
    n_layers
        Angles per qubit.
    qpy
        The circuit as Qiskit writes it.
    shiftable
        Whether the parameter-shift rule holds: each angle stands alone in one rotation gate.
    """

    n_neurons: int
    n_layers: int
    qpy: bytes
    shiftable: bool

    @property
    def n_angles(self) -> int:
        """Angles of the circuit."""
        return self.n_layers * self.n_neurons

    @property
    def rotations_add(self) -> bool:
        """See `CellAnsatz.rotations_add`; in which gates the angles stand is not known."""
        return False

    def circuit(self, *, measure: bool = True) -> QuantumCircuit:
        """Return the circuit with its parameters open.

        Parameters
        ----------
        measure
            Whether to measure qubit ``q`` into classical bit ``q`` of the register ``spikes``.
        """
        from qiskit import ClassicalRegister, qpy

        (circuit,) = qpy.load(io.BytesIO(self.qpy))
        if measure:
            register = ClassicalRegister(self.n_neurons, "spikes")
            circuit.add_register(register)
            circuit.measure(range(self.n_neurons), register)
        return circuit


def own_ansatz(given: GivenAnsatz, n_qubits: int) -> OwnAnsatz:
    """Check a user's circuit, and return the ansatz that it makes.

    Parameters
    ----------
    given
        The circuit, or a function that builds it.
    n_qubits
        Neurons of a group.

    Raises
    ------
    ConfigError
        If there is no circuit, or its qubits, measurements or parameters are not as `OwnAnsatz`
        has them.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> from qiskit.circuit import ParameterVector
    >>> def chain(n_qubits):
    ...     angles = ParameterVector("angle", 2 * n_qubits)
    ...     circuit = QuantumCircuit(n_qubits)
    ...     for q in range(n_qubits):
    ...         circuit.ry(angles[q], q)
    ...     for q in range(n_qubits - 1):
    ...         circuit.cx(q, q + 1)
    ...     for q in range(n_qubits):
    ...         circuit.rx(angles[n_qubits + q], q)
    ...     return circuit
    >>> ansatz = own_ansatz(chain, 3)
    >>> ansatz.n_layers, ansatz.n_angles, ansatz.shiftable
    (2, 6, True)
    """
    from qiskit import QuantumCircuit, qpy

    circuit = given if isinstance(given, QuantumCircuit) else None
    if circuit is None and callable(given):
        circuit = given(n_qubits)
    if not isinstance(circuit, QuantumCircuit):
        raise ConfigError(
            "The ansatz is not a circuit.",
            expected="a QuantumCircuit, or a function of the number of qubits that returns one",
            got=repr(circuit if circuit is not None else given),
        )
    if circuit.num_qubits != n_qubits or not 1 <= n_qubits <= MAX_CELL_NEURONS:
        raise ConfigError(
            "The ansatz does not have one qubit per neuron of a group.",
            expected=f"{n_qubits} qubits, at most {MAX_CELL_NEURONS}",
            got=f"{circuit.num_qubits} qubits",
            hint=f"group_size = {circuit.num_qubits}, or a function of the number of qubits",
        )
    if circuit.num_clbits:
        raise ConfigError(
            "The ansatz must not measure; every qubit is measured at its end.",
            expected="no classical bits",
            got=f"{circuit.num_clbits} classical bits",
            hint="circuit.remove_final_measurements()",
        )
    n_angles = _check_parameters(circuit)
    buffer = io.BytesIO()
    qpy.dump(circuit, buffer)
    return OwnAnsatz(n_qubits, n_angles // n_qubits, buffer.getvalue(), _is_shiftable(circuit))


def _check_parameters(circuit: QuantumCircuit) -> int:
    """Return the number of angles."""
    from qiskit.circuit import ParameterVectorElement

    parameters = list(circuit.parameters)
    vectors = {p.vector.name for p in parameters if isinstance(p, ParameterVectorElement)}
    is_whole = (
        len(vectors) == 1
        and all(isinstance(p, ParameterVectorElement) for p in parameters)
        and [p.index for p in parameters] == list(range(len(parameters)))
        and len(parameters[0].vector) == len(parameters)
    )
    if not is_whole or len(parameters) % circuit.num_qubits:
        raise ConfigError(
            "The parameters of the ansatz are not one vector of angles.",
            expected="one ParameterVector, all of it in use, whose length is a multiple of "
            f"{circuit.num_qubits} qubits",
            got=", ".join(p.name for p in parameters[:8]) or "no parameters",
        )
    return len(parameters)


def _is_shiftable(circuit: QuantumCircuit) -> bool:
    """Whether each parameter stands alone, once, in a rotation gate."""
    uses = [
        (instruction.operation.name, value)
        for instruction in circuit.data
        for value in instruction.operation.params
        if getattr(value, "parameters", None)
    ]
    alone = all(
        name in _ROTATIONS and len(value.parameters) == 1 and value == next(iter(value.parameters))
        for name, value in uses
    )
    return alone and len(uses) == len(circuit.parameters)


def to_text(ansatz: OwnAnsatz) -> str:
    """Return the circuit as text, to be kept with weights; see `from_text`."""
    return base64.b64encode(ansatz.qpy).decode()


def from_text(kept: Mapping[str, str]) -> Callable[[int], QuantumCircuit]:
    """Return the function that builds circuits which were kept by their number of qubits."""
    from qiskit import qpy

    def build(n_qubits: int) -> QuantumCircuit:
        (circuit,) = qpy.load(io.BytesIO(base64.b64decode(kept[str(n_qubits)])))
        return circuit

    return build
