"""Tiles and pages: cells compiled onto physical qubits, many of them in one circuit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.operation_names import MEASURE, RESET, measures, resets
from neuroqgan.backends.page_layout import REGISTER, PageLayout, TileLayout
from neuroqgan.backends.placement.conditions import add_conditions, has_conditions
from neuroqgan.backends.placement.fast_operations import measurement, plain_operations
from neuroqgan.backends.placement.late_measurements import measured_late
from neuroqgan.backends.placement.line_routing import route_on_a_line
from neuroqgan.backends.placement.mid_circuit import measures_mid_circuit
from neuroqgan.backends.placement.redundant_readout import on_a_line
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.page_layout import Checks


@dataclass(frozen=True, eq=False)
class Tile:
    """A cell on physical qubits, and where its bits belong.

    Parameters
    ----------
    circuit
        The compiled cell on its own wires; wire ``w`` is physical qubit ``qubits[w]``. On an ideal
        simulator, the cell as the generator made it.
    qubits
        Physical qubits; empty on an ideal simulator.
    neurons
        Raster column of every classical bit. A column that appears twice is read twice, and has a
        spike if both bits are 1.
    bins
        Bins that the tile measures: one on a device; all of them, one per row in turn, on an ideal
        simulator. If a row holds several bins, the first of each row.
    batch
        Index of the program's cell batch that the tile's angles come from.
    offsets
        How many bins after the first of its row each classical bit is read; empty if all belong to
        that bin.
    edges
        Pairs of classical bits whose qubits are neighbours, for post-selection by edges.
    """

    circuit: QuantumCircuit
    qubits: tuple[int, ...]
    neurons: tuple[int, ...]
    bins: tuple[int, ...]
    batch: int
    offsets: tuple[int, ...] = ()
    edges: tuple[tuple[int, int], ...] = ()

    @property
    def n_bits(self) -> int:
        """Number of classical bits."""
        return len(self.neurons)

    @cached_property
    def is_mid_circuit(self) -> bool:
        """Whether the cell measures or resets qubits before its end."""
        return measures_mid_circuit(self.circuit)

    @property
    def layout(self) -> TileLayout:
        """Where the tile's bits belong."""
        return TileLayout(self.neurons, self.bins, self.measured_qubits, self.offsets, self.edges)

    @cached_property
    def measured_qubits(self) -> tuple[int, ...]:
        """Physical qubit behind every classical bit; empty on an ideal simulator."""
        return tuple(self.qubits[wire] for wire, _ in self._measured) if self.qubits else ()

    @property
    def measurements(self) -> tuple[str, ...]:
        """Name of the operation that measures each classical bit."""
        return tuple(name for _, name in self._measured)

    @cached_property
    def _measured(self) -> tuple[tuple[int, str], ...]:
        found = [(0, MEASURE)] * self.n_bits
        for instruction in self.circuit.data:
            if measures(instruction.name):
                bit = self.circuit.find_bit(instruction.clbits[0]).index
                wire = self.circuit.find_bit(instruction.qubits[0]).index
                found[bit] = wire, instruction.name
        return tuple(found)


@dataclass(frozen=True, eq=False)
class Page:
    """Tiles that run side by side in one circuit.

    Parameters
    ----------
    tiles
        On disjoint qubits; their bits follow one another in the page's register.
    circuit
        The physical circuit with one classical register `REGISTER`, or None if tiles run alone, on
        an ideal simulator.
    checks
        How its bits are checked by a second measurement
        (`neuroqgan.backends.placement.post_selection`); None if they are not.
    """

    tiles: tuple[Tile, ...]
    circuit: QuantumCircuit | None
    checks: Checks | None = None

    @property
    def n_bits(self) -> int:
        """Number of classical bits of all tiles together."""
        return sum(tile.n_bits for tile in self.tiles)

    @property
    def n_columns(self) -> int:
        """Number of classical bits, those of checks included."""
        return self.n_bits * (1 if self.checks is None else 2)

    @property
    def rows_per_sample(self) -> int:
        """Executions per sample."""
        return len(self.tiles[0].bins)

    @property
    def layout(self) -> PageLayout:
        """Where the page's bits belong."""
        return PageLayout(tuple(tile.layout for tile in self.tiles), self.checks)

    def columns(self) -> NDArray[np.int64]:
        """Return where the parameters of the page circuit are in the angles of all tiles.

        Returns
        -------
        numpy.ndarray
            Of shape ``(n_parameters,)``: a column of the tiles' angles, put side by side, for each
            parameter of the circuit.
        """
        if self.circuit is None:
            return np.arange(sum(tile.circuit.num_parameters for tile in self.tiles))
        widths = [tile.circuit.num_parameters for tile in self.tiles]
        starts = dict(
            zip(map(_tile_name, range(len(widths))), np.cumsum([0, *widths]), strict=False)
        )
        return np.array(
            [starts[p.vector.name] + p.index for p in self.circuit.parameters], dtype=np.int64
        )


def compile_cell(circuit: QuantumCircuit, qubits: Sequence[int], target: Target) -> QuantumCircuit:
    """Compile a cell onto some qubits and nothing else.

    Parameters
    ----------
    circuit
        The measured cell; wire ``w`` starts on ``qubits[w]``.
    qubits
        Physical qubits.
    target
        Of the device.

    Returns
    -------
    QuantumCircuit
        On ``len(qubits)`` wires, in gates of the device, with the parameters of the cell. Gates
        between qubits that are not neighbours are routed within these qubits.

    Raises
    ------
    PlanError
        If the device cannot run the cell's gates on these qubits.
    """
    from qiskit.exceptions import QiskitError
    from qiskit.transpiler import generate_preset_pass_manager

    part = _with_plain_operations(restrict(target, qubits))
    if has_conditions(circuit):
        add_conditions(part)
    # Level 1 needs two pulses per rotation; levels 2 and 3 take up to three on ECR devices, but a
    # tenth fewer two-qubit gates if qubits have to be swapped.
    usual, thorough = (
        generate_preset_pass_manager(
            optimization_level=level,
            target=part,
            initial_layout=list(range(len(qubits))),
            seed_transpiler=0,
        )
        for level in (1, 2)
    )
    try:
        routed = None
        if measures_mid_circuit(circuit):
            circuit = measured_late(circuit)
            if not _joins_neighbours(circuit, part) and _has_line(part):
                routed = route_on_a_line(circuit, usual)
        if routed is not None:
            # Swaps become gates first: level 2 would leave them out and route anew.
            return thorough.run(usual.run(routed))
        if on_a_line(circuit) or _joins_neighbours(circuit, part):
            return usual.run(circuit)
        return thorough.run(circuit)
    except QiskitError as error:
        raise PlanError(
            "A cell circuit cannot be compiled for these qubits.",
            expected="a device whose gates can express RY and CZ",
            got=f"{error.message} on qubits {', '.join(map(str, qubits))}",
            hint="choose another `backend`",
        ) from error


def _with_plain_operations(target: Target) -> Target:
    """Add plain measurements and resets to a target that has only others, which are put in later.

    See `neuroqgan.backends.placement.fast_operations`.
    """
    from qiskit.circuit import Measure, Reset

    for name, is_one, plain in ((MEASURE, measures, Measure()), (RESET, resets, Reset())):
        there = [other for other in target.operation_names if is_one(other)]
        if there and name not in there:
            target.add_instruction(plain, dict.fromkeys(target[there[0]]))
    return target


def gates_of(qubits: Sequence[int], target: Target) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Return what a device can do on some of its qubits, numbered from 0.

    A cell that was compiled for some qubits runs on all others with the same gates.
    """
    part = restrict(target, qubits)
    return frozenset((name, tuple(w)) for name in part.operation_names for w in part[name])


def _joins_neighbours(circuit: QuantumCircuit, target: Target) -> bool:
    """Whether every two-qubit gate of a circuit is on qubits that the device can join."""
    coupling = target.build_coupling_map()
    if coupling is None:
        return True
    joined = {frozenset(edge) for edge in coupling.get_edges()}
    return all(
        frozenset(circuit.find_bit(qubit).index for qubit in instruction.qubits) in joined
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.name != "barrier"
    )


def _has_line(target: Target) -> bool:
    """Whether a device can join every qubit with the next."""
    coupling = target.build_coupling_map()
    joined = set() if coupling is None else {frozenset(edge) for edge in coupling.get_edges()}
    return all(frozenset((q, q + 1)) in joined for q in range(target.num_qubits - 1))


def place(tiles: Sequence[Tile], n_qubits: int) -> Page:
    """Put compiled tiles into one physical circuit.

    All qubits are measured together at the end, which gives the best readout; cells that measure
    mid-circuit keep their measurements where they are.

    Parameters
    ----------
    tiles
        On disjoint qubits.
    n_qubits
        Of the device.

    Raises
    ------
    PlanError
        If two tiles share a qubit.
    """
    from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
    from qiskit.circuit import ParameterVector

    used = [qubit for tile in tiles for qubit in tile.qubits]
    if len(set(used)) < len(used):
        raise PlanError(
            "Two tiles share a qubit.", expected="disjoint qubits", got=str(sorted(used))
        )
    register = ClassicalRegister(sum(tile.n_bits for tile in tiles), REGISTER)
    page = QuantumCircuit(QuantumRegister(n_qubits, "q"), register, name="page")
    starts = np.cumsum([0, *(tile.n_bits for tile in tiles)])
    at_the_end: list[tuple[int, int, str]] = []
    for i, tile in enumerate(tiles):
        bits = range(starts[i], starts[i + 1])
        angles = ParameterVector(_tile_name(i), tile.circuit.num_parameters)
        renamed = dict(zip(tile.circuit.parameters, angles, strict=True))
        body = tile.circuit.assign_parameters(renamed)
        if tile.is_mid_circuit:
            page.compose(body, qubits=tile.qubits, clbits=bits, inplace=True)
            continue
        body = plain_operations(body)
        body.remove_final_measurements()
        page.compose(body, qubits=tile.qubits, inplace=True)
        at_the_end += zip(tile.measured_qubits, bits, tile.measurements, strict=True)
    if at_the_end:
        page.barrier([qubit for tile in tiles if not tile.is_mid_circuit for qubit in tile.qubits])
    for qubit, bit, name in at_the_end:
        page.append(measurement(name), [qubit], [bit])
    return Page(tuple(tiles), page)


def _tile_name(index: int) -> str:
    return f"tile{index:03d}"
