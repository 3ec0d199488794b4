"""Cells that measure and reset qubits mid-circuit: what that needs of a device, and how long it takes.

In a cell with quantum memory the visible qubits are measured and reset in every bin, while the
memory qubits wait for them and lose part of their state: what a device reports as T1 and T2 then
matters as much as its gate errors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import Target

_AFTER_THE_END = frozenset({"barrier", "delay"})


def measures_mid_circuit(circuit: QuantumCircuit) -> bool:
    """Whether anything happens to a qubit after its measurement, or a qubit is reset."""
    measured: set[Any] = set()
    for instruction in circuit.data:
        name = instruction.name
        if name == "reset":
            return True
        if name not in _AFTER_THE_END and measured.intersection(instruction.qubits):
            return True
        if name == "measure":
            measured.update(instruction.qubits)
    return False


def check_device(circuit: QuantumCircuit, target: Target, backend: str) -> None:
    """Check that a device knows what a cell needs mid-circuit.

    Parameters
    ----------
    circuit
        The cell.
    target
        Of the device.
    backend
        Its name.

    Raises
    ------
    PlanError
        If the device cannot reset a qubit within a circuit.
    """
    if "reset" in circuit.count_ops() and "reset" not in target.operation_names:
        raise PlanError(
            f"{backend} cannot reset a qubit in the middle of a circuit.",
            expected="an operation named reset, for cells with quantum memory",
            got=", ".join(sorted(target.operation_names)),
            hint="another --backend, such as fake_fez; --preset stationary needs no reset",
        )


def waiting_seconds(circuit: QuantumCircuit, target: Target) -> float:
    """Return roughly how long a cell's qubits wait for measurements and resets of others.

    Parameters
    ----------
    circuit
        The cell, not compiled yet.
    target
        Of the device.
    """
    if not measures_mid_circuit(circuit):
        return 0.0
    seconds = 0.0
    for name in ("measure", "reset"):
        on_wire = Counter(
            instruction.qubits[0] for instruction in circuit.data if instruction.name == name
        )
        placed = target[name] if name in target.operation_names else None
        durations = [value.duration or 0.0 for value in (placed or {}).values() if value]
        if on_wire and durations:
            seconds += max(on_wire.values()) * float(np.median(durations))
    return seconds


@dataclass(frozen=True)
class Timing:
    """How long a compiled cell runs, every gate as early as possible.

    Parameters
    ----------
    seconds
        From the first gate to the end of the last measurement.
    kept
        For every wire the longest time in seconds that its state has to last: from its first gate
        to its last use, anew after every reset.
    """

    seconds: float
    kept: tuple[float, ...]


Step = tuple[str, tuple[int, ...], int, Any]
"""Name, wires, classical bit or -1, and the instruction itself of one step of a circuit."""


def steps(circuit: QuantumCircuit) -> list[Step]:
    """Return a circuit's instructions as plain tuples, for those who walk through it often."""
    index = {bit: i for bits in (circuit.qubits, circuit.clbits) for i, bit in enumerate(bits)}
    return [
        (
            instruction.name,
            tuple(index[qubit] for qubit in instruction.qubits),
            index[instruction.clbits[0]] if instruction.clbits else -1,
            instruction,
        )
        for instruction in circuit.data
    ]


def timing(
    circuit: QuantumCircuit,
    qubits: Sequence[int],
    target: Target,
    walked: Sequence[Step] | None = None,
) -> Timing:
    """Return how long a compiled cell runs, and how long its qubits have to keep their state.

    Parameters
    ----------
    circuit
        In gates of the device; wire ``w`` is physical qubit ``qubits[w]``.
    qubits
        Physical qubits.
    target
        Of the device; what it reports no duration of takes no time.
    walked
        The circuit's `steps`, where they are at hand.
    """
    clock = [0.0] * circuit.num_qubits
    since: list[float | None] = [None] * circuit.num_qubits
    kept = [0.0] * circuit.num_qubits
    known: dict[tuple[str, tuple[int, ...]], float] = {}
    for name, wires, _, instruction in steps(circuit) if walked is None else walked:
        key = (name, wires)
        seconds = known.get(key)
        if seconds is None:
            seconds = duration(instruction, tuple(qubits[w] for w in wires), target)
            if name != "delay":
                known[key] = seconds
        start = clock[wires[0]] if len(wires) == 1 else max(clock[wire] for wire in wires)
        end = start + seconds
        for wire in wires:
            clock[wire] = end
            if name == "reset":
                since[wire] = None
            elif name not in _AFTER_THE_END:
                begun = since[wire]
                if begun is None:
                    since[wire] = begun = start
                if end - begun > kept[wire]:
                    kept[wire] = end - begun
    return Timing(max(clock, default=0.0), tuple(kept))


def duration(instruction: CircuitInstruction, qubits: tuple[int, ...], target: Target) -> float:
    """Return the seconds that an instruction takes on qubits of a device; 0 where it says none."""
    # The name alone is at hand; the operation is built anew for every asking.
    if instruction.name == "delay":
        delay = instruction.operation
        seconds = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "dt": target.dt or 0.0}
        return float(delay.duration) * seconds[delay.unit]
    if instruction.name == "barrier":
        return 0.0
    placed = (target[instruction.name] or {}).get(qubits)
    return 0.0 if placed is None else placed.duration or 0.0


def with_delays(circuit: QuantumCircuit, qubits: Sequence[int], target: Target) -> QuantumCircuit:
    """Return a compiled cell whose waiting times are delays, which noise models give errors.

    Parameters
    ----------
    circuit
        In gates of the device; wire ``w`` is physical qubit ``qubits[w]``.
    qubits
        Physical qubits.
    target
        Of the device. One that reports no durations leaves the cell as it is.
    """
    from qiskit.transpiler import PassManager
    from qiskit.transpiler.passes import ALAPScheduleAnalysis, PadDelay, TimeUnitConversion

    part = restrict(target, qubits)
    if part.dt is None or "delay" not in part.operation_names:
        return circuit
    schedule = (TimeUnitConversion, ALAPScheduleAnalysis, PadDelay)
    return PassManager([step(target=part) for step in schedule]).run(circuit)
