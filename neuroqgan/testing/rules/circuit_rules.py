"""What a device has to be able to do, and what may stand in a condition."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit

    from neuroqgan.testing.rules.submitted_job import Submission

_MAX_OPERAND = 32


def width(job: Submission) -> str | None:
    """Circuits are no wider than the device."""
    most = int(job.device.configuration["n_qubits"])
    widest = max(circuit.num_qubits for circuit in job.circuits)
    return None if widest <= most else f"A circuit has {widest} qubits, the device {most}"


def readout(job: Submission) -> str | None:
    """Every circuit measures something."""
    for i, (places, circuit) in enumerate(zip(job.places, job.circuits, strict=True)):
        if not circuit.cregs or not any(name.startswith("measure") for name, _ in places):
            return f"Circuit {i} has no measurements"
    return None


def instruction_set(job: Submission) -> str | None:
    """Only operations of the device, on qubits where they are."""
    for places in job.places:
        for name, qubits in places:
            there = job.device.gates.get(name)
            if name not in job.device.operations:
                return _not_isa(f"The instruction {name} is not supported")
            if there is not None and qubits not in there:
                return _not_isa(f"The instruction {name} on qubits {qubits} is not supported")
    return None


def faulty(job: Submission) -> str | None:
    """No operations on what does not work."""
    for places in job.places:
        for name, qubits in places:
            if name in {"barrier", "delay"}:
                continue
            off = [qubit for qubit in qubits if qubit in job.device.faulty]
            if off:
                return f"Qubit {off[0]} is faulty and used by {name}"
            if (name, qubits) in job.device.faulty:
                return f"The gate {name} on qubits {qubits} is faulty"
    return None


def conditions(job: Submission) -> str | None:
    """Conditions are no deeper and no wider than the control electronics can evaluate."""
    for circuit in job.circuits:
        if circuit.has_control_flow_op():
            problem = _condition(circuit)
            if problem:
                return problem
    return None


def _condition(circuit: QuantumCircuit) -> str | None:
    from qiskit.circuit.controlflow import condition_resources

    for instruction in circuit.data:
        if not instruction.is_control_flow():
            continue
        if instruction.name != "if_else":
            return f"{instruction.name} is not supported"
        operand = condition_resources(instruction.operation.condition)
        if len(operand.clbits) > _MAX_OPERAND:
            return f"An operand of {len(operand.clbits)} bits is wider than {_MAX_OPERAND}"
        for block in instruction.operation.blocks:
            if block.has_control_flow_op():
                return "Nested conditionals are not supported"
            if any(inner.name.startswith(("measure", "reset")) for inner in block.data):
                return "Measurements and resets inside a conditional are not supported"
    return None


def _not_isa(problem: str) -> str:
    return f"Circuits do not match the target definition (non-ISA circuits). {problem}"
