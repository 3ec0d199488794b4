"""A job that was submitted, as the rules of the service look at it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from neuroqgan.testing.served_device import snapshot

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.backends.protocol import Limits
    from neuroqgan.testing.pubs import Pub

Places: TypeAlias = "Counter[tuple[str, tuple[int, ...]]]"
"""How often every operation is done on which qubits."""


@dataclass(frozen=True)
class DeviceFacts:
    """What a device can do, from its own configuration and properties.

    Parameters
    ----------
    configuration
        As it is served.
    operations
        Names of the operations that it supports.
    gates
        Qubits on which each of its gates is there, by name.
    faulty
        Qubits, and pairs of a gate and its qubits, that do not work.
    """

    configuration: dict[str, Any]
    operations: frozenset[str]
    gates: dict[str, frozenset[tuple[int, ...]]]
    faulty: frozenset[int | tuple[str, tuple[int, ...]]]


@dataclass(frozen=True, eq=False)
class Submission:
    """A job that was submitted.

    Parameters
    ----------
    body
        The JSON that was posted.
    pubs
        Circuits with their parameter sets.
    limits
        Of the service.
    seconds
        Of the quantum processor that it will take.
    """

    body: dict[str, Any]
    pubs: list[Pub]
    limits: Limits
    seconds: float

    @cached_property
    def device(self) -> DeviceFacts:
        """The device that it is for."""
        return device_facts(str(self.body["backend"]))

    @cached_property
    def circuits(self) -> list[QuantumCircuit]:
        """Circuits as they would run."""
        return [pub.load_circuit() for pub in self.pubs]

    @cached_property
    def places(self) -> list[Places]:
        """Operations of every circuit, those of all branches of conditions among them."""
        return list(map(_places, self.circuits))

    @property
    def rows(self) -> list[int]:
        """How many circuits each becomes: parameter sets times randomizations."""
        return [pub.rows * max(1, pub.n_randomizations) for pub in self.pubs]

    @property
    def execution(self) -> dict[str, Any]:
        """Options of the execution."""
        options = self.body["params"].get("options") or {}
        return dict(options.get("execution") or options)

    @property
    def sampler(self) -> dict[str, Any]:
        """Options of the sampler, which the client keeps beside the program."""
        params = self.body["params"]
        if "quantum_program" not in params:
            return dict(params.get("options") or {})
        kept = params["quantum_program"].get("passthrough_data") or {}
        return dict((kept.get("post_processor") or {}).get("options") or {})


def _places(circuit: QuantumCircuit) -> Places:
    index = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    found: Places = Counter()
    _add(found, circuit, index)
    return found


def _add(found: Places, circuit: QuantumCircuit, index: dict[Any, int]) -> None:
    for instruction in circuit.data:
        qubits = tuple(index[qubit] for qubit in instruction.qubits)
        found[instruction.name, qubits] += 1
        if instruction.is_control_flow():
            for block in instruction.operation.blocks:
                _add(found, block, dict(zip(block.qubits, qubits, strict=True)))


@cache
def device_facts(name: str) -> DeviceFacts:
    """Read what a device can do."""
    raw_configuration, raw_properties, _ = snapshot(name)
    configuration, properties = json.loads(raw_configuration), json.loads(raw_properties)
    gates: dict[str, set[tuple[int, ...]]] = {}
    faulty: set[int | tuple[str, tuple[int, ...]]] = set()
    for gate in properties["gates"]:
        qubits = tuple(gate["qubits"])
        gates.setdefault(gate["gate"], set()).add(qubits)
        if _is_off(gate["parameters"]):
            faulty.add((gate["gate"], qubits))
    faulty |= {i for i, values in enumerate(properties["qubits"]) if _is_off(values)}
    operations = {*(configuration.get("supported_instructions") or ()), *gates}
    return DeviceFacts(
        configuration,
        frozenset({*operations, *(configuration.get("basis_gates") or ()), "barrier"}),
        {name: frozenset(places) for name, places in gates.items()},
        frozenset(faulty),
    )


def _is_off(values: list[dict[str, Any]]) -> bool:
    return any(value["name"] == "operational" and value["value"] == 0 for value in values)
