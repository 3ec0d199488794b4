"""What every circuit of a job uses of the service's limits each time it runs.

Small circuits are handed to the client's own functions as they are, so that everything it adds is
counted. Circuits with mid-circuit measurements hold the same cell many times, with up to millions
of gates, and the client would take minutes for them: there a part of one cell stands for all.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.ibm.sent_program import as_sent
from neuroqgan.backends.job_limits.broadcasts import broadcast_bits
from neuroqgan.backends.job_limits.instructions import control_instructions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.options import JobOptions
    from neuroqgan.backends.placement.tiles import Page, Tile

# Instructions up to which circuits are handed to the client as a whole: with decoupling or
# twirling, it takes about a second for a thousand.
_MAX_PLAIN, _MAX_CHANGED = 20_000, 3_000


@dataclass(frozen=True, eq=False)
class CircuitUse:
    """What one run of a circuit uses.

    Parameters
    ----------
    instructions
        Of the control system, by physical qubit, ``(n_qubits,)``.
    gates
        Number of gates by name.
    two_qubit_gates
        Number of gates on two qubits.
    broadcasts
        Bits of every broadcast.
    added_seconds
        By how much twirling lengthens it.
    """

    instructions: NDArray[np.int64]
    gates: Counter[str]
    two_qubit_gates: int
    broadcasts: list[int]
    added_seconds: float = 0.0

    @classmethod
    def of(cls, circuit: QuantumCircuit) -> CircuitUse:
        """Count a circuit as it is."""
        return cls(
            control_instructions(circuit),
            Counter(dict(circuit.count_ops())),
            circuit.num_nonlocal_gates(),
            broadcast_bits(circuit),
        )


@dataclass(frozen=True, eq=False)
class PagesUse:
    """What the circuits of a job use.

    Parameters
    ----------
    circuits
        Of every page.
    n_bytes
        Of a request with one row of angles per circuit.
    """

    circuits: tuple[CircuitUse, ...]
    n_bytes: int


def use_of_pages(
    pages: Sequence[Page], target: Target, options: JobOptions, *, shots: int = 1
) -> PagesUse:
    """Count what the circuits of a job use, with what the client adds to them.

    Parameters
    ----------
    pages
        Of a plan for a device, and those that calibrate its readout.
    target
        Of the device.
    options
        Of the job.
    shots
        Of every row of angles.
    """
    changes = options.dynamical_decoupling is not None or options.twirling != "none"
    most = _MAX_CHANGED if changes else _MAX_PLAIN
    if sum(len(tile.circuit.data) for page in pages for tile in page.tiles) <= most:
        planned = [page.circuit for page in pages if page.circuit is not None]
        sent = as_sent(planned, options, target, shots=shots)
        found = list(map(CircuitUse.of, sent.circuits))
        if options.twirl_gates:
            found = [
                replace(use, added_seconds=_seconds(after, target) - _seconds(before, target))
                for use, before, after in zip(found, planned, sent.circuits, strict=True)
            ]
        return PagesUse(tuple(found), sent.n_bytes)
    return _use_of_parts(pages, target, options, most, shots)


def _use_of_parts(
    pages: Sequence[Page], target: Target, options: JobOptions, most: int, shots: int
) -> PagesUse:
    """Count circuits tile by tile, each distinct cell once and by its beginning if it is long."""
    n_qubits = int(target.num_qubits or 0)
    known: dict[int, tuple[CircuitUse, float]] = {}
    n_bytes = 0.0
    found = []
    empty = as_sent([_nothing()], options, restrict(target, (0,)), shots=shots).n_bytes
    for page in pages:
        instructions = np.zeros(n_qubits, np.int64)
        gates: Counter[str] = Counter()
        broadcasts: list[int] = []
        two_qubit_gates, added = 0, 0.0
        for tile in page.tiles:
            if id(tile.circuit) not in known:
                known[id(tile.circuit)] = _use_of_tile(tile, target, options, most, shots, empty)
            use, tile_bytes = known[id(tile.circuit)]
            instructions[list(tile.qubits)] += use.instructions
            gates += use.gates
            broadcasts += use.broadcasts
            two_qubit_gates += use.two_qubit_gates
            added = max(added, use.added_seconds)
            n_bytes += tile_bytes
        found.append(CircuitUse(instructions, gates, two_qubit_gates, broadcasts, added))
    return PagesUse(tuple(found), round(empty + n_bytes))


def _use_of_tile(
    tile: Tile, target: Target, options: JobOptions, most: int, shots: int, empty: int
) -> tuple[CircuitUse, float]:
    """Return what a cell uses, by wire, and the bytes that it adds to a request."""
    whole = CircuitUse.of(tile.circuit)
    before = tile.circuit.copy_empty_like()
    # What it was built from stays here.
    before.metadata = {}
    for instruction in tile.circuit.data[:most]:
        before.append(instruction)
    scale = len(tile.circuit.data) / len(before.data)
    # On its own qubits alone: what is done to idle ones does not grow with the cell.
    here = restrict(target, tile.qubits)
    sent = as_sent([before], options, here, shots=shots)
    after = sent.circuits[0]
    plain, changed = CircuitUse.of(before), CircuitUse.of(after)
    more = scale * (changed.instructions - plain.instructions)
    gates = Counter(whole.gates)
    for name in changed.gates | plain.gates:
        gates[name] += round(scale * (changed.gates[name] - plain.gates[name]))
    seconds = 0.0
    if options.twirl_gates:
        seconds = scale * (_seconds(after, here) - _seconds(before, here))
    use = CircuitUse(
        whole.instructions + np.ceil(more).astype(np.int64),
        gates,
        whole.two_qubit_gates,
        whole.broadcasts,
        seconds,
    )
    return use, scale * (sent.n_bytes - empty)


def _nothing() -> QuantumCircuit:
    """Return a circuit with nothing but a readout."""
    from qiskit import QuantumCircuit

    circuit: QuantumCircuit = QuantumCircuit(1, 1)
    circuit.measure(0, 0)
    return circuit


def _seconds(circuit: QuantumCircuit, target: Target) -> float:
    return float(circuit.estimate_duration(target, unit="s"))
