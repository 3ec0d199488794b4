"""Cells that measure and reset qubits mid-circuit: what they need, and how long they take.

In a cell with quantum memory the visible qubits are measured and reset in every bin, while the
memory qubits wait for them and lose part of their state: the T1 and T2 of a device then matter as
much as its gate errors.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.operation_names import measures, resets
from neuroqgan.backends.placement.conditions import (
    CONDITION,
    CONDITION_SECONDS,
    has_conditions,
    with_conditions,
    without_conditions,
)
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
        if resets(name) and not measures(name):
            return True
        if name not in _AFTER_THE_END and measured.intersection(instruction.qubits):
            return True
        if measures(name):
            measured.update(instruction.qubits)
    return False


def check_device(circuit: QuantumCircuit, target: Target, backend: str) -> None:
    """Check that a device has the operations that a cell needs mid-circuit.

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
        If the device cannot reset a qubit, or act on a measured bit, within a circuit.
    """
    if "reset" in circuit.count_ops() and not any(map(resets, target.operation_names)):
        raise PlanError(
            f"{backend} cannot reset a qubit in the middle of a circuit.",
            expected="an operation named reset, for cell circuits with quantum memory",
            got=", ".join(sorted(target.operation_names)),
            hint="choose another `backend`, such as fake_fez, or a generator without memory qubits",
        )
    if has_conditions(circuit) and CONDITION not in target.operation_names:
        raise PlanError(
            f"{backend} cannot act on measured bits within a circuit.",
            expected=f"an operation named {CONDITION}",
            got=", ".join(sorted(target.operation_names)),
            hint="choose another `backend`, such as fake_fez, or `bins_per_job = 1`",
        )


def waiting_seconds(circuit: QuantumCircuit, target: Target) -> float:
    """Return roughly how long the qubits of a cell wait for measurements and resets of others.

    Parameters
    ----------
    circuit
        The cell, not compiled yet.
    target
        Of the device.

    Returns
    -------
    float
        Seconds; 0 for cells that measure only at their end.
    """
    if not measures_mid_circuit(circuit):
        return 0.0
    seconds = 0.0
    for is_one in (measures, resets):
        on_wire = Counter(
            instruction.qubits[0] for instruction in circuit.data if is_one(instruction.name)
        )
        names = [name for name in target.operation_names if is_one(name)]
        medians = [median for name in names if (median := _median_duration(target, name))]
        if on_wire and medians:
            seconds += max(on_wire.values()) * min(medians)
    return seconds


def _median_duration(target: Target, name: str) -> float:
    durations = [value.duration or 0.0 for value in (target[name] or {}).values() if value]
    return float(np.median(durations)) if durations else 0.0


@dataclass(frozen=True)
class Timing:
    """How long a compiled cell runs if every gate starts as early as possible.

    Parameters
    ----------
    seconds
        From the first gate to the end of the last measurement.
    kept
        For every wire the longest time in seconds for which it has to keep its state: from its
        first gate to its last use, starting anew after every reset.
    """

    seconds: float
    kept: tuple[float, ...]


Step = tuple[str, tuple[int, ...], int, Any]
"""One step of a circuit: name, wires, classical bit (or -1), and the instruction itself."""


def steps(circuit: QuantumCircuit) -> list[Step]:
    """Return the instructions of a circuit as plain tuples, for repeated walks through it."""
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
        Of the device; an operation without a reported duration takes no time.
    walked
        The circuit's `steps`, if they are known already.
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
            if resets(name):
                since[wire] = None
            elif name not in _AFTER_THE_END:
                begun = since[wire]
                if begun is None:
                    since[wire] = begun = start
                if end - begun > kept[wire]:
                    kept[wire] = end - begun
    return Timing(max(clock, default=0.0), tuple(kept))


def duration(instruction: CircuitInstruction, qubits: tuple[int, ...], target: Target) -> float:
    """Return the seconds that an instruction takes on qubits of a device; 0 if unknown."""
    # Only the name is cheap; the operation is built anew whenever it is asked for.
    if instruction.name == "delay":
        delay = instruction.operation
        seconds = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9, "dt": target.dt or 0.0}
        return float(delay.duration) * seconds[delay.unit]
    if instruction.name == "barrier":
        return 0.0
    if instruction.name == CONDITION:
        # The gates under it are Z, which take no time.
        return CONDITION_SECONDS
    placed = (target[instruction.name] or {}).get(qubits)
    return 0.0 if placed is None else placed.duration or 0.0


def with_delays(circuit: QuantumCircuit, qubits: Sequence[int], target: Target) -> QuantumCircuit:
    """Return a compiled cell with its waiting times as delays, to which noise models give errors.

    Parameters
    ----------
    circuit
        In gates of the device; wire ``w`` is physical qubit ``qubits[w]``.
    qubits
        Physical qubits.
    target
        Of the device. If it reports no durations, the cell stays as it is.
    """
    from qiskit.transpiler import PassManager
    from qiskit.transpiler.passes import ALAPScheduleAnalysis, PadDelay, TimeUnitConversion

    part = restrict(target, qubits)
    if part.dt is None or "delay" not in part.operation_names:
        return circuit
    plain, conditions = without_conditions(circuit, part)
    schedule = (TimeUnitConversion, ALAPScheduleAnalysis, PadDelay)
    delayed = PassManager([step(target=part) for step in schedule]).run(plain)
    return with_conditions(delayed, conditions)
