"""Conditions in circuits: how long they take, and how they are scheduled like any other gate.

A condition waits until its bit has reached the control electronics of all qubits. In the schedule
that IBM's guide "Visualize circuit timing" shows, this broadcast ends with the measurement itself,
and what follows from the condition begins 15 cycles of 4 ns later and takes 9 cycles more than its
gates do: about 0.1 us. The guide does not say what many broadcasts at once take.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions

CONDITION = "if_else"
"""Name of a condition in circuits and in what devices can do."""

CONDITION_SECONDS = 0.1e-6
"""What a condition takes beside the gates under it."""


def has_conditions(circuit: QuantumCircuit) -> bool:
    """Whether something in a circuit depends on a measured bit."""
    return CONDITION in circuit.count_ops()


def excluding_option(options: JobOptions) -> str:
    """Return the option that the client does not combine with conditions; empty if there is none.

    Parameters
    ----------
    options
        Of a job.

    Examples
    --------
    >>> from neuroqgan.backends.options import JobOptions
    >>> excluding_option(JobOptions(twirling="gates"))
    'twirling = gates'
    """
    if options.dynamical_decoupling is not None:
        return f"dynamical_decoupling = {options.dynamical_decoupling}"
    return f"twirling = {options.twirling}" if options.twirling != "none" else ""


def add_conditions(target: Target) -> None:
    """Let a target have conditions, as all its qubits do or none."""
    from qiskit.circuit import IfElseOp

    if CONDITION not in target.operation_names:
        target.add_instruction(IfElseOp, name=CONDITION)


def without_conditions(
    circuit: QuantumCircuit, target: Target
) -> tuple[QuantumCircuit, dict[str, CircuitInstruction]]:
    """Return a circuit with a gate of the same duration in place of every condition.

    Schedulers know no conditions. The bit of a condition has to be measured on a qubit of the
    condition, as that of a neuron's own spike is, or else nothing keeps their order.

    Parameters
    ----------
    circuit
        Whose conditions act on one qubit each.
    target
        What the device can do; the gates are added to it.

    Returns
    -------
    tuple
        The circuit, and the conditions by the names of the gates.
    """
    from qiskit.circuit import Gate
    from qiskit.transpiler import InstructionProperties

    plain: QuantumCircuit = circuit.copy_empty_like()
    taken_out: dict[str, CircuitInstruction] = {}
    for instruction in circuit.data:
        if instruction.name != CONDITION:
            plain.append(instruction)
            continue
        gate = Gate(f"condition_{len(taken_out)}", 1, [])
        taken_out[gate.name] = instruction
        (wire,) = (circuit.find_bit(qubit).index for qubit in instruction.qubits)
        properties = InstructionProperties(duration=CONDITION_SECONDS, error=0.0)
        target.add_instruction(gate, {(wire,): properties})
        plain.append(gate, instruction.qubits)
    return plain, taken_out


def with_conditions(
    circuit: QuantumCircuit, taken_out: dict[str, CircuitInstruction]
) -> QuantumCircuit:
    """Return a circuit with its conditions in place of the gates of `without_conditions`."""
    if not taken_out:
        return circuit
    whole: QuantumCircuit = circuit.copy_empty_like()
    for instruction in circuit.data:
        known = taken_out.get(instruction.name)
        if known is None:
            whole.append(instruction)
        else:
            whole.append(known.operation, instruction.qubits, known.clbits)
    return whole
