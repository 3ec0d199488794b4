"""The measurement and reset of every qubit that cost a cell the fewest errors, in compiled cells.

While a qubit is measured or reset in the middle of a circuit, all others of its cell wait and
relax. So a faster operation is better unless its own error is larger by more than that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import UNUSABLE
from neuroqgan.backends.operation_names import MEASURE, MEASURE_RESET, RESET, measures, resets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import Instruction, Qubit
    from qiskit.transpiler import Target

    from neuroqgan.backends.calibration import Calibration


@dataclass(frozen=True)
class Operations:
    """Names of the operations that a cell uses on one qubit.

    Parameters
    ----------
    measure, reset
        Of the best measurement and reset.
    measure_reset
        Of one that replaces both, if it is better than they are; empty if there is none.
    """

    measure: str = MEASURE
    reset: str = RESET
    measure_reset: str = ""


def fast_operations(target: Target, calibration: Calibration, n_wires: int) -> list[Operations]:
    """Return the best operations of every qubit of a device for use in the middle of a circuit.

    An operation costs its own error, and what the qubits of the cell lose while they wait for it:
    half its duration over T1, for each of them. Operations whose duration a device does not report
    are used only if there is no other.

    Parameters
    ----------
    target
        Of the device.
    calibration
        Of the device.
    n_wires
        Qubits of the cell.

    Examples
    --------
    >>> from neuroqgan.backends.calibration import Calibration
    >>> from neuroqgan.backends.names import snapshot_target
    >>> target = snapshot_target("fake_boston")
    >>> fast_operations(target, Calibration.of(target), 5)[0]
    Operations(measure='measure_2', reset='reset_2', measure_reset='')
    """
    relaxing = np.isfinite(calibration.t1)
    rate = n_wires / 2 * float(np.median(1 / calibration.t1[relaxing])) if relaxing.any() else 0.0
    names = sorted(target.operation_names)
    both = [name for name in names if name.startswith(MEASURE_RESET)]
    reading = [name for name in names if measures(name) and name not in both]
    emptying = [name for name in names if resets(name) and name not in both]
    found = []
    for qubit in range(calibration.n_qubits):
        costs = {name: _cost(target, name, qubit, rate) for name in (*both, *reading, *emptying)}
        measure = min(reading, key=costs.__getitem__, default=MEASURE)
        reset = min(emptying, key=costs.__getitem__, default=RESET)
        separate = costs.get(measure, np.inf) + costs.get(reset, np.inf)
        fused = min(both, key=costs.__getitem__, default="")
        better = bool(fused) and costs[fused] < separate
        found.append(Operations(measure, reset, fused if better else ""))
    return found


def _cost(target: Target, name: str, qubit: int, rate: float) -> float:
    placed = target[name]
    if placed is None or None in placed:
        return 1.0
    if (qubit,) not in placed:
        return np.inf
    value = placed[qubit,]
    if value is None or value.duration is None:
        return 1.0
    error = value.error or 0.0
    return np.inf if error >= UNUSABLE else error + rate * value.duration


def with_operations(
    calibration: Calibration, target: Target, used: Sequence[Operations]
) -> Calibration:
    """Return a calibration with the readout errors of the measurements that are used."""
    readout = calibration.readout.copy()
    for qubit, operations in enumerate(used):
        name = operations.measure_reset or operations.measure
        value = (target[name] or {}).get((qubit,)) if name in target.operation_names else None
        if value is not None and value.error is not None and readout[qubit] < UNUSABLE:
            readout[qubit] = value.error
    return replace(calibration, readout=readout)


def use_operations(circuit: QuantumCircuit, used: Sequence[Operations]) -> QuantumCircuit:
    """Return a compiled cell with other measurements and resets.

    All measurements of a qubit are of one kind, so that one calibration holds for all its bits. A
    measurement and the reset right after it become one operation, if there is one, and if every
    measurement of that qubit but its last is followed by a reset.

    Parameters
    ----------
    circuit
        The compiled cell, with plain measurements and resets.
    used
        Operations on each of its wires.
    """
    from qiskit.circuit import Instruction

    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    fused = _fused_resets(circuit, used, wire)
    changed: QuantumCircuit = circuit.copy_empty_like()
    for i, instruction in enumerate(circuit.data):
        name = instruction.name
        if name not in {MEASURE, RESET}:
            changed.append(instruction)
            continue
        (qubit,) = instruction.qubits
        own = used[wire[qubit]]
        resets_here = fused.get(qubit)
        if name == RESET:
            if resets_here is not None and i in resets_here:
                continue
            other = own.reset
        else:
            other = own.measure if resets_here is None else own.measure_reset
        if other == name:
            changed.append(instruction)
        else:
            operation = Instruction(other, 1, len(instruction.clbits), [])
            changed.append(operation, instruction.qubits, instruction.clbits)
    return changed


def _fused_resets(
    circuit: QuantumCircuit, used: Sequence[Operations], wire: dict[Qubit, int]
) -> dict[Qubit, set[int]]:
    """Return, for the qubits whose measurements also reset, the resets that are not needed."""
    found: dict[Qubit, set[int]] = {q: set() for q, w in wire.items() if used[w].measure_reset}
    fresh: set[Qubit] = set()
    for i, instruction in enumerate(circuit.data):
        for qubit in instruction.qubits:
            if instruction.name == MEASURE and qubit not in fresh:
                fresh.add(qubit)
            elif qubit in fresh and instruction.name not in {"barrier", "delay"}:
                fresh.discard(qubit)
                if instruction.name == RESET:
                    found.get(qubit, set()).add(i)
                else:
                    found.pop(qubit, None)
    return found


def measurement(name: str) -> Instruction:
    """Return the operation that measures a qubit and has a name."""
    from qiskit.circuit import Instruction, Measure

    return Measure() if name == MEASURE else Instruction(name, 1, 1, [])


def plain_operations(circuit: QuantumCircuit) -> QuantumCircuit:
    """Return a circuit with plain measurements and resets, which every simulator knows.

    Parameters
    ----------
    circuit
        As `use_operations` returns it, perhaps with its waiting times as delays.

    Examples
    --------
    >>> from qiskit import QuantumCircuit
    >>> circuit = QuantumCircuit(1, 1)
    >>> circuit.measure(0, 0) and circuit.reset(0) and None
    >>> fast = use_operations(circuit, [Operations("measure_2", "reset_2", "measure_reset")])
    >>> dict(fast.count_ops()), dict(plain_operations(fast).count_ops())
    ({'measure_reset': 1}, {'measure': 1, 'reset': 1})
    """
    if not any(_is_special(name) for name in circuit.count_ops()):
        return circuit
    plain: QuantumCircuit = circuit.copy_empty_like()
    for instruction in circuit.data:
        name = instruction.name
        if not _is_special(name):
            plain.append(instruction)
            continue
        if measures(name):
            plain.measure(*instruction.qubits, *instruction.clbits)
        if resets(name):
            plain.reset(*instruction.qubits)
    return plain


def _is_special(name: str) -> bool:
    return (measures(name) or resets(name)) and name not in {MEASURE, RESET}
