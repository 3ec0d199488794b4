"""What a circuit was built from, kept in its metadata, which survives QPY.

A job carries circuits, not generators. An exact simulation needs the numbers that a circuit was
built from, and reads them here rather than from its gates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qiskit import QuantumCircuit

KEY = "neuroqgan"
"""Our entry in ``QuantumCircuit.metadata``."""


def record(circuit: QuantumCircuit, **fields: Any) -> None:
    """Add to what a circuit says of its origin.

    Parameters
    ----------
    circuit
        Whose metadata are replaced; entries that are not ours are kept.
    **fields
        Numbers, strings and lists, as JSON can hold them in full precision.
    """
    circuit.metadata = {**circuit.metadata, KEY: {**recorded(circuit), **fields}}


def recorded(circuit: QuantumCircuit) -> Mapping[str, Any]:
    """Return what a circuit says of its origin; empty if it says nothing.

    Parameters
    ----------
    circuit
        Any circuit, or one that was loaded from QPY.

    Returns
    -------
    Mapping
        ``ansatz`` is the name of the class that built it, such as ``CellAnsatz``; ``angles`` the
        values of parameters that were bound since, in radians; the other entries are what it was
        built with.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> dict(recorded(CellAnsatz(2, 3).circuit()))
    {'ansatz': 'CellAnsatz', 'n_neurons': 2, 'n_layers': 3, 'entangling': 'line'}
    """
    entry = circuit.metadata.get(KEY, {})
    return entry if isinstance(entry, dict) else {}


def gates(circuit: QuantumCircuit) -> list[tuple[Any, ...]]:
    """Return the gates of a circuit, with which those of another can be compared.

    Parameters
    ----------
    circuit
        Open parameters count by their place among the circuit's parameters, not by their name.

    Returns
    -------
    list
        For every gate its name, parameters, and the indices of its qubits and classical bits. Of
        a condition, the gates under it are the parameters, and its bits are among those.
    """
    place = {parameter: i for i, parameter in enumerate(circuit.parameters)}
    return [
        (
            instruction.operation.name,
            [gates(block) for block in instruction.operation.blocks]
            if instruction.is_control_flow()
            else [place.get(parameter, parameter) for parameter in instruction.operation.params],
            [circuit.find_bit(bit).index for bit in (*instruction.qubits, *instruction.clbits)],
        )
        for instruction in circuit.data
    ]
