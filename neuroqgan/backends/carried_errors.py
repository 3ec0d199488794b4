"""Errors that the qubits of a cell carry to each other's bits, if some are reset mid-circuit.

Memory qubits are never read themselves, but every spike follows from them. So a bit is wrong if the
state was that it was entangled with: because of the gates on those qubits, and because they waited
for the measurements and resets of others.
"""

from __future__ import annotations

from math import exp, prod
from typing import TYPE_CHECKING

from neuroqgan.backends.operation_names import measures, resets
from neuroqgan.backends.placement.late_measurements import DIAGONAL
from neuroqgan.backends.placement.mid_circuit import duration

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit.transpiler import Target

    from neuroqgan.backends.calibration import Calibration
    from neuroqgan.backends.placement.mid_circuit import Step
    from neuroqgan.backends.placement.tiles import Tile

# Gates that leave a qubit in 0 or 1 if it was.
_OF_SURE_BITS = DIAGONAL | {"x"}


def carried_errors(
    tile: Tile, walk: Sequence[Step], target: Target, calibration: Calibration
) -> list[float]:
    """Return the probability that the state of each classical bit is wrong when it is measured.

    Half the errors of all gates count, and half the probability to relax while waiting, of all
    qubits that two-qubit gates have joined with the measured one: directly or not, and each since
    its last reset. That every such error reaches the bit is the worst case. A qubit that is surely
    in 0 or 1, as after X alone or after its measurement, relaxes with T1; any other is taken for a
    superposition, which lasts no longer than T2.

    A qubit that was measured and is not reset holds its bit for those that it controls next. What
    was wrong before is then part of the raster; what counts from there on is that it relaxes, also
    in the second half of its own readout, which the outcome no longer shows.

    Parameters
    ----------
    tile
        On a device.
    walk
        The `neuroqgan.backends.placement.mid_circuit.steps` of its circuit.
    target, calibration
        Of the device.
    """
    n_wires = len(tile.qubits)
    wrong, clock = [0.0] * n_wires, [0.0] * n_wires
    holds = [False] * n_wires
    read: dict[int, float] = {}
    held: set[int] = set()
    group = list(range(n_wires))
    t1 = [float(calibration.t1[qubit]) for qubit in tile.qubits]
    t2 = [
        min(float(calibration.t2[qubit]), time) for qubit, time in zip(tile.qubits, t1, strict=True)
    ]
    superposed = [False] * n_wires
    before = [0.0] * tile.n_bits
    known: dict[tuple[str, tuple[int, ...]], tuple[float, float]] = {}
    fresh = n_wires
    for name, wires, bit, instruction in walk:
        key = (name, wires)
        if key not in known or name == "delay":
            qubits = tuple(tile.qubits[wire] for wire in wires)
            placed = None if name in {"barrier", "delay"} else (target[name] or {}).get(qubits)
            error = 0.0 if placed is None or measures(name) or resets(name) else placed.error or 0.0
            known[key] = duration(instruction, qubits, target), error / 2
        seconds, half = known[key]
        start = max(clock[wire] for wire in wires)
        for wire in wires:
            if wire in read and name != "barrier":
                wrong[wire] = (1 - exp(-read.pop(wire) / 2 / t1[wire])) / 2
                group[wire] = fresh
                fresh += 1
                held.add(wire)
            if holds[wire]:
                # What is lost during a readout is part of the readout error.
                waited = start - clock[wire] + (seconds if name == "delay" else 0.0)
                lasting = t2[wire] if superposed[wire] else t1[wire]
                wrong[wire] += (1 - exp(-waited / lasting)) / 2
            clock[wire] = start + seconds
        if measures(name):
            (wire,) = wires
            reached = [wrong[w] for w in range(n_wires) if group[w] == group[wire]]
            before[bit] = (1 - prod(1 - 2 * min(0.5, error) for error in reached)) / 2
            superposed[wire] = False
            if not resets(name):
                read[wire] = seconds
        if resets(name):
            (wire,) = wires
            others = [w for w in range(n_wires) if group[w] == group[wire] and w != wire]
            if wire in held and others:
                # What it controlled stays as wrong as it was.
                wrong[others[0]] += wrong[wire]
            held.discard(wire)
            wrong[wire], holds[wire], group[wire] = 0.0, False, fresh
            superposed[wire] = False
            fresh += 1
        elif not measures(name) and name not in {"barrier", "delay"}:
            for wire in wires:
                wrong[wire] += half
                holds[wire] = True
            if name == "cx":
                superposed[wires[1]] |= superposed[wires[0]]
            elif name not in _OF_SURE_BITS:
                for wire in wires:
                    superposed[wire] = True
            first, *others = (group[wire] for wire in wires)
            group = [first if number in others else number for number in group]
    return before
