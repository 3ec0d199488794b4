"""Noiseless simulation of received circuits, one connected part at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit

from neuroqgan.backends.placement.fast_operations import plain_operations

if TYPE_CHECKING:
    from collections.abc import Hashable

    from numpy.typing import NDArray
    from qiskit.circuit import CircuitInstruction

    from neuroqgan.testing.pubs import Pub

_NO_EFFECT = frozenset({"barrier", "delay", "id"})


def simulate(pub: Pub, random: np.random.Generator) -> NDArray[np.bool_]:
    """Return what is measured, ``(n_rows * shots, n_bits)``, randomizations among the shots."""
    circuit = plain_operations(pub.load_circuit())
    if pub.samplex is None and pub.load_values is not None:
        values = pub.load_values().reshape(pub.rows, -1)
        return _run(circuit, values, pub.shots, random).reshape(pub.executions, -1)
    values, flips = _sample(pub, pub.samplex or {}, random)
    bits = _run(circuit, values, pub.shots, random)
    bits = bits.reshape(pub.n_randomizations, pub.rows, pub.shots, -1)
    for name, columns in pub.registers().items():
        if name in flips:
            bits[..., columns] ^= flips[name].reshape(pub.n_randomizations, pub.rows, 1, -1)
    return np.moveaxis(bits, 0, 1).reshape(pub.executions, -1)


def _sample(
    pub: Pub, samplex_item: dict[str, Any], random: np.random.Generator
) -> tuple[NDArray[np.float64], dict[str, NDArray[np.bool_]]]:
    """Draw the randomizations: parameters of all circuits in a row, and measured flips."""
    from ibm_quantum_schemas.common import CompressedTensorModel, SamplexModel
    from qiskit_ibm_runtime.fake_provider.executor.broadcast_sample import broadcast_sample

    samplex = SamplexModel.model_validate(samplex_item["samplex"]).to_samplex()
    samplex.finalize()
    arguments = samplex.inputs().make_broadcastable()
    for name, value in samplex_item["samplex_arguments"].items():
        is_tensor = isinstance(value, dict) and "dtype" in value
        arguments[name] = (
            CompressedTensorModel.model_validate(value).to_numpy() if is_tensor else value
        )
    shape = (pub.n_randomizations, *pub.shape)
    drawn = broadcast_sample(samplex, arguments, shape, random)
    values = drawn.pop("parameter_values")
    prefix = "measurement_flips."
    flips = {name.removeprefix(prefix): array for name, array in drawn.items()}
    return values.reshape(pub.n_randomizations * pub.rows, -1), flips


def _run(
    circuit: QuantumCircuit, values: NDArray[np.float64], shots: int, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Return ``(n_rows, shots, n_bits)``; bits that nothing is measured into are False."""
    from qiskit_aer.primitives import SamplerV2

    bits = np.zeros((len(values), shots, circuit.num_clbits), dtype=bool)
    column = {parameter: i for i, parameter in enumerate(circuit.parameters)}
    position = {bit: i for i, bit in enumerate(circuit.clbits)}
    for part, into in _parts(circuit):
        sampler = SamplerV2(seed=int(random.integers(2**31)))
        pub: tuple[QuantumCircuit, NDArray[np.float64] | None, int]
        if part.num_parameters:
            used = values[:, [column[parameter] for parameter in part.parameters]]
            pub = (part, used, shots)
        else:
            # Aer runs one row where there is nothing to bind, and leaves the others at 0.
            pub = (part, None, len(values) * shots)
        measured = sampler.run([pub]).result()[0].data["bits"].to_bool_array(order="little")
        bits[..., [position[bit] for bit in into]] = measured.reshape(len(values), shots, -1)
    return bits


def _parts(circuit: QuantumCircuit) -> list[tuple[QuantumCircuit, list[Any]]]:
    """Split a circuit into parts that share no bit, each with the classical bits it writes to."""
    groups = _Groups()
    instructions = [i for i in circuit.data if i.operation.name not in _NO_EFFECT]
    for instruction in instructions:
        groups.join([*instruction.qubits, *instruction.clbits])
    gathered: dict[Hashable, list[CircuitInstruction]] = {}
    for instruction in instructions:
        gathered.setdefault(groups.root(instruction.qubits[0]), []).append(instruction)
    parts = []
    for members in gathered.values():
        found = {bit for instruction in members for bit in instruction.clbits}
        clbits = [bit for bit in circuit.clbits if bit in found]
        if not clbits:
            continue
        touched = {qubit for instruction in members for qubit in instruction.qubits}
        qubits = [qubit for qubit in circuit.qubits if qubit in touched]
        part = QuantumCircuit(qubits)
        part.add_register(ClassicalRegister(name="bits", bits=clbits))
        for instruction in members:
            part.append(instruction)
        parts.append((part, clbits))
    return parts


class _Groups:
    """Sets that grow together."""

    def __init__(self) -> None:
        self._parent: dict[Hashable, Hashable] = {}

    def root(self, item: Hashable) -> Hashable:
        while (parent := self._parent.setdefault(item, item)) != item:
            item = parent
        return item

    def join(self, items: list[Any]) -> None:
        first = self.root(items[0])
        for item in items[1:]:
            self._parent[self.root(item)] = first
