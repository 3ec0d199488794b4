"""What the cells of a generator look like: counts and drawings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import ConfigError

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.circuits.generator import GeneratorSpec


@dataclass(frozen=True)
class CellDescription:
    """Counts and a drawing of one kind of cell.

    Parameters
    ----------
    neurons
        Qubits.
    n_groups
        Groups of neurons that use this cell.
    angles
        Rotation angles.
    depth
        Depth, the measurement included.
    two_qubit_gates
        Number of two-qubit gates.
    device
        Device that it was also transpiled to, or None.
    device_depth, device_two_qubit_gates
        The same counts there; more two-qubit gates than before are SWAPs.
    drawing
        Text, one wire a neuron.
    """

    neurons: int
    n_groups: int
    angles: int
    depth: int
    two_qubit_gates: int
    drawing: str
    device: str | None = None
    device_depth: int | None = None
    device_two_qubit_gates: int | None = None

    def summary(self) -> str:
        """Return the counts in words."""
        text = (
            f"Cell of {self.neurons} neurons, {self.n_groups} group(s): {self.angles} angles, "
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


def describe_cells(spec: GeneratorSpec, device: str | None = None) -> list[CellDescription]:
    """Describe every kind of cell of a generator, largest first.

    Parameters
    ----------
    spec
        The generator.
    device
        Name of a fake device of qiskit-ibm-runtime, as ``fake_brisbane``, or None.

    Raises
    ------
    ConfigError
        If there is no such device, or a cell does not fit on it.
    """
    cells = [spec.ansatz(group) for group in spec.groups]
    described = []
    for cell in sorted(set(cells), key=lambda cell: -cell.n_neurons):
        circuit = cell.circuit()
        counts: dict[str, Any] = {}
        if device is not None:
            placed = _transpile(circuit, device)
            counts = {
                "device": device,
                "device_depth": placed.depth(),
                "device_two_qubit_gates": placed.num_nonlocal_gates(),
            }
        described.append(
            CellDescription(
                neurons=cell.n_neurons,
                n_groups=cells.count(cell),
                angles=cell.n_angles,
                depth=circuit.depth(),
                two_qubit_gates=circuit.num_nonlocal_gates(),
                drawing=str(circuit.draw("text", fold=96)),
                **counts,
            )
        )
    return described


def _transpile(circuit: QuantumCircuit, device: str) -> QuantumCircuit:
    from qiskit import transpile
    from qiskit.providers.exceptions import QiskitBackendNotFoundError
    from qiskit_ibm_runtime.fake_provider import FakeProviderForBackendV2

    provider = FakeProviderForBackendV2()
    try:
        backend = provider.backend(device)
    except QiskitBackendNotFoundError as error:
        import difflib

        names = [backend.name for backend in provider.backends()]
        similar = difflib.get_close_matches(device, names, n=3, cutoff=0.3) or names[:3]
        raise ConfigError(
            f"There is no fake device {device!r}.",
            expected=f"one of {len(names)} snapshots, such as {', '.join(similar)}",
            got=device,
            hint="--device fake_brisbane",
        ) from error
    if backend.num_qubits < circuit.num_qubits:
        raise ConfigError(
            "The cell does not fit on the device.",
            expected=f"{backend.num_qubits} qubits or fewer",
            got=f"{circuit.num_qubits} qubits",
            hint=f"--group-size {backend.num_qubits}",
        )
    return transpile(circuit, backend, optimization_level=3, seed_transpiler=0)
