"""Routing of cells in which measured qubits take turns at qubits that are never measured.

In a cell with quantum memory, an emission qubit meets all memory qubits, is measured and reset, and
meets them again for another neuron. A router that knows only the next gates leaves it anywhere
among them, and the others have to wait for its measurement. Here the qubits that are measured have
their places at the two ends of a line. They are swapped along the line to the qubits that they
meet, and back to an end before they are measured. Meanwhile, one from the other end takes its turn.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

from neuroqgan.backends.operation_names import measures, resets
from neuroqgan.backends.placement.late_measurements import is_diagonal_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiskit import QuantumCircuit
    from qiskit.circuit import CircuitInstruction
    from qiskit.transpiler import PassManager

# Of all instructions, those before the memory is in its place for good.
_LONGEST_START = 0.5


def places_on_a_line(circuit: QuantumCircuit) -> tuple[tuple[int, ...], frozenset[int]]:
    """Return the wires of a cell in their order on a line, and those that are never measured.

    Wires that are measured or reset are at the ends, in turn left and right in the order of their
    first use and from the inside to the outside; the others are between them in their own order.

    Examples
    --------
    >>> from neuroqgan.circuits.memory import MemoryAnsatz
    >>> places_on_a_line(MemoryAnsatz(4, 3, 1, n_emission=4).circuit(2))
    ((5, 3, 0, 1, 2, 4, 6), frozenset({0, 1, 2}))
    """
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    emptied = {
        wire[instruction.qubits[0]]
        for instruction in circuit.data
        if measures(instruction.name) or resets(instruction.name)
    }
    used = dict.fromkeys(wire[qubit] for i in circuit.data for qubit in i.qubits)
    visitors = [w for w in used if w in emptied]
    stay = [w for w in wire.values() if w not in emptied]
    return (*visitors[::2][::-1], *stay, *visitors[1::2]), frozenset(stay)


def route_on_a_line(circuit: QuantumCircuit, passes: PassManager) -> QuantumCircuit | None:
    """Return a cell with gates between neighbours on a line only.

    Parameters
    ----------
    circuit
        The cell.
    passes
        Passes that compile a circuit for the line, place by place, and may permute its qubits. They
        route the beginning of the cell, up to the last gate between qubits that are never measured
        and are no neighbours among themselves.

    Returns
    -------
    QuantumCircuit or None
        With swaps, wire ``w`` being the place of that number; None if the cell is not of this kind.
    """
    order, stay = places_on_a_line(circuit)
    place = {wire: i for i, wire in enumerate(order)}
    wire = {qubit: i for i, qubit in enumerate(circuit.qubits)}
    far = [
        i
        for i, instruction in enumerate(circuit.data)
        if len(instruction.qubits) > 1
        and instruction.name != "barrier"
        and _is_far([wire[q] for q in instruction.qubits], stay)
    ]
    n_start = far[-1] + 1 if far else 0
    if not stay or len(stay) == len(order) or n_start > _LONGEST_START * len(circuit.data):
        return None
    start = circuit.copy_empty_like()
    for instruction in circuit.data[:n_start]:
        qubits = [place[wire[qubit]] for qubit in instruction.qubits]
        start.append(instruction.operation, qubits, instruction.clbits)
    start.global_phase = 0
    line = _Line(circuit, order, stay)
    if n_start:
        start = passes.run(start)
        line.restore(start.layout.final_index_layout())
    line.add(circuit.data[n_start:])
    for instruction in line.routed.data:
        qubits = [line.routed.find_bit(qubit).index for qubit in instruction.qubits]
        bits = [line.routed.find_bit(bit).index for bit in instruction.clbits]
        start.append(instruction.operation, qubits, bits)
    return start


def _is_far(wires: Sequence[int], stay: frozenset[int]) -> bool:
    """Whether a gate joins qubits that are never measured and no neighbours among themselves."""
    if not stay.issuperset(wires):
        return False
    among = sorted(stay)
    first, *others = sorted(among.index(wire) for wire in wires)
    return others != [first + 1]


class _Line:
    """Qubits on a line, and the gates that were appended so far."""

    def __init__(self, circuit: QuantumCircuit, order: Sequence[int], stay: frozenset[int]) -> None:
        self.routed: QuantumCircuit = circuit.copy_empty_like()
        self._circuit = circuit
        self._order = [*order]
        self._place = {wire: i for i, wire in enumerate(order)}
        self._stay = stay
        self._is_left = {wire: i < order.index(min(stay)) for wire, i in self._place.items()}

    def restore(self, moved: Sequence[int]) -> None:
        """Swap qubits back to their places; `moved` says where that of each place is now."""
        there = [0] * len(moved)
        for place, now in enumerate(moved):
            there[now] = place
        for end in range(len(there) - 1, 0, -1):
            for i in range(end):
                if there[i] > there[i + 1]:
                    there[i], there[i + 1] = there[i + 1], there[i]
                    self.routed.swap(i, i + 1)

    def add(self, instructions: Sequence[CircuitInstruction]) -> None:
        """Append instructions, in any order that their commutation allows."""
        wire = {qubit: i for i, qubit in enumerate(self._circuit.qubits)}
        wires = [[wire[qubit] for qubit in instruction.qubits] for instruction in instructions]
        n_before, after = _dependencies(instructions)
        ready = [i for i, number in enumerate(n_before) if number == 0]
        apart: list[int] = []

        def append(i: int) -> None:
            qubits = [self._place[w] for w in wires[i]]
            self.routed.append(instructions[i].operation, qubits, instructions[i].clbits)
            for follower in after[i]:
                n_before[follower] -= 1
                if n_before[follower] == 0:
                    heapq.heappush(ready, follower)

        while ready or apart:
            n_apart = len(apart)
            for i in [i for i in apart if self._distance(wires[i]) == 1]:
                apart.remove(i)
                append(i)
            moved = len(apart) < n_apart or bool(ready)
            while ready:
                i = heapq.heappop(ready)
                name = instructions[i].name
                if len(wires[i]) == 2 and name != "barrier" and self._distance(wires[i]) > 1:
                    apart.append(i)
                    continue
                if measures(name):
                    self._send_home(wires[i][0])
                append(i)
            if not moved:
                nearest = min(apart, key=lambda i: (self._distance(wires[i]), i))
                self._bring_closer(*wires[nearest])

    def _distance(self, wires: Sequence[int]) -> int:
        return abs(self._place[wires[0]] - self._place[wires[-1]])

    def _swap(self, place: int) -> None:
        """Swap the qubits of a place and the next."""
        self.routed.swap(place, place + 1)
        left, right = self._order[place : place + 2]
        self._order[place : place + 2] = right, left
        self._place[right], self._place[left] = place, place + 1

    def _bring_closer(self, first: int, second: int) -> None:
        if self._stay.issuperset((first, second)):
            ends = sorted((self._place[first], self._place[second]))
            for wire in self._order[ends[0] + 1 : ends[1]]:
                self._send_home(wire)
            return
        moving, other = (second, first) if first in self._stay else (first, second)
        place = self._place[moving]
        self._swap(place if place < self._place[other] else place - 1)

    def _send_home(self, wire: int) -> None:
        """Swap a qubit that is measured to its end of the line, behind those that wait there."""
        while self._is_left[wire] and self._place[wire] > 0:
            self._swap(self._place[wire] - 1)
        while not self._is_left[wire] and self._place[wire] < len(self._order) - 1:
            self._swap(self._place[wire])


def _dependencies(
    instructions: Sequence[CircuitInstruction],
) -> tuple[list[int], list[list[int]]]:
    """Return how many instructions each one has to wait for, and those that wait for each.

    Gates that follow one another and are diagonal on a qubit they share do not wait for each other.
    """
    n_before, after = [0] * len(instructions), [list[int]() for _ in instructions]
    groups: dict[object, tuple[bool, list[int], list[int]]] = {}
    for i, instruction in enumerate(instructions):
        before: set[int] = set()
        shared = [(q, is_diagonal_on(instruction, q)) for q in instruction.qubits]
        for bit, diagonal in (*shared, *((bit, False) for bit in instruction.clbits)):
            was_diagonal, earlier, now = groups.get(bit, (False, [], []))
            if diagonal and was_diagonal:
                now.append(i)
            else:
                earlier, now = now, [i]
            groups[bit] = diagonal, earlier, now
            before.update(earlier)
        n_before[i] = len(before)
        for earlier_one in before:
            after[earlier_one].append(i)
    return n_before, after
