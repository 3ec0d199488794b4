"""Tiles and pages: cells compiled onto paths of physical qubits, many in one circuit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import restrict
from neuroqgan.backends.layout import REGISTER, PageLayout, TileLayout
from neuroqgan.backends.placement.mid_circuit import measures_mid_circuit
from neuroqgan.backends.placement.redundant_readout import on_a_line
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target


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
        Raster column of every classical bit. A column that comes twice is read twice, and has a
        spike where both bits are 1.
    bins
        Bins that the tile measures: one on a device; all of them in turn, row after row, on an
        ideal simulator. Of a cell whose row holds several bins, the first of each row.
    batch
        Which cell batch of the round the tile's angles come from.
    offsets
        Bins after the row's at which each classical bit is read; empty: all in the row's bin.
    """

    circuit: QuantumCircuit
    qubits: tuple[int, ...]
    neurons: tuple[int, ...]
    bins: tuple[int, ...]
    batch: int
    offsets: tuple[int, ...] = ()

    @property
    def n_bits(self) -> int:
        """Classical bits."""
        return len(self.neurons)

    @cached_property
    def is_mid_circuit(self) -> bool:
        """Whether the cell measures or resets qubits before its end."""
        return measures_mid_circuit(self.circuit)

    @property
    def layout(self) -> TileLayout:
        """Where the tile's bits belong."""
        return TileLayout(self.neurons, self.bins, self.measured_qubits, self.offsets)

    @cached_property
    def measured_qubits(self) -> tuple[int, ...]:
        """Physical qubit behind every classical bit; empty on an ideal simulator."""
        if not self.qubits:
            return ()
        wires = [0] * self.n_bits
        for instruction in self.circuit.data:
            if instruction.name == "measure":
                bit = self.circuit.find_bit(instruction.clbits[0]).index
                wires[bit] = self.circuit.find_bit(instruction.qubits[0]).index
        return tuple(self.qubits[wire] for wire in wires)


@dataclass(frozen=True, eq=False)
class Page:
    """Tiles that run side by side in one circuit.

    Parameters
    ----------
    tiles
        On disjoint qubits; their bits follow one another in the page's register.
    circuit
        The physical circuit with one classical register `REGISTER`, or None where tiles run alone
        (on an ideal simulator).
    """

    tiles: tuple[Tile, ...]
    circuit: QuantumCircuit | None

    @property
    def n_bits(self) -> int:
        """Classical bits of all tiles together."""
        return sum(tile.n_bits for tile in self.tiles)

    @property
    def rows_per_sample(self) -> int:
        """Executions a sample takes."""
        return len(self.tiles[0].bins)

    @property
    def layout(self) -> PageLayout:
        """Where the page's bits belong."""
        return PageLayout(tuple(tile.layout for tile in self.tiles))

    def columns(self) -> NDArray[np.int64]:
        """Where the page circuit's parameters lie in the tiles' angles set side by side."""
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
        On ``len(qubits)`` wires, in gates of the device, its parameters those of the cell. Gates
        between qubits that are not neighbours are routed within them.

    Raises
    ------
    PlanError
        If the device cannot run the cell's gates on these qubits.
    """
    from qiskit.exceptions import QiskitError
    from qiskit.transpiler import generate_preset_pass_manager

    part = restrict(target, qubits)
    # Level 1 needs two pulses a rotation; levels 2 and 3 spend up to three on ECR devices, but
    # a tenth fewer two-qubit gates where qubits have to be swapped.
    passes = generate_preset_pass_manager(
        optimization_level=1 if on_a_line(circuit) or _joins_neighbours(circuit, part) else 2,
        target=part,
        initial_layout=list(range(len(qubits))),
        seed_transpiler=0,
    )
    try:
        return passes.run(circuit)
    except QiskitError as error:
        raise PlanError(
            "A cell cannot be compiled for these qubits.",
            expected="gates that the device can make of RY and CZ",
            got=f"{error.message} on qubits {', '.join(map(str, qubits))}",
            hint="another --backend",
        ) from error


def gates_of(qubits: Sequence[int], target: Target) -> frozenset[tuple[str, tuple[int, ...]]]:
    """Return what a device can do on some of its qubits, numbered from 0.

    A cell that was compiled for some qubits runs on all others of the same gates.
    """
    part = restrict(target, qubits)
    return frozenset((name, tuple(w)) for name in part.operation_names for w in part[name])


def _joins_neighbours(circuit: QuantumCircuit, target: Target) -> bool:
    """Whether every two-qubit gate of a circuit lies on qubits that the device can join."""
    coupling = target.build_coupling_map()
    if coupling is None:
        return True
    joined = {frozenset(edge) for edge in coupling.get_edges()}
    return all(
        frozenset(circuit.find_bit(qubit).index for qubit in instruction.qubits) in joined
        for instruction in circuit.data
        if len(instruction.qubits) == 2 and instruction.name != "barrier"
    )


def place(tiles: Sequence[Tile], n_qubits: int) -> Page:
    """Put compiled tiles into one physical circuit.

    All qubits are measured together at the end, as devices read out best; cells that measure
    mid-circuit keep their measurements where they are.

    Parameters
    ----------
    tiles
        On disjoint paths.
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
            "Two tiles share a qubit.", expected="disjoint paths", got=str(sorted(used))
        )
    register = ClassicalRegister(sum(tile.n_bits for tile in tiles), REGISTER)
    page = QuantumCircuit(QuantumRegister(n_qubits, "q"), register, name="page")
    starts = np.cumsum([0, *(tile.n_bits for tile in tiles)])
    at_the_end: list[tuple[int, int]] = []
    for i, tile in enumerate(tiles):
        bits = range(starts[i], starts[i + 1])
        angles = ParameterVector(_tile_name(i), tile.circuit.num_parameters)
        renamed = dict(zip(tile.circuit.parameters, angles, strict=True))
        body = tile.circuit.assign_parameters(renamed)
        if tile.is_mid_circuit:
            page.compose(body, qubits=tile.qubits, clbits=bits, inplace=True)
            continue
        body.remove_final_measurements()
        page.compose(body, qubits=tile.qubits, inplace=True)
        at_the_end += zip(tile.measured_qubits, bits, strict=True)
    if at_the_end:
        page.barrier([qubit for tile in tiles if not tile.is_mid_circuit for qubit in tile.qubits])
        page.measure(*map(list, zip(*at_the_end, strict=True)))
    return Page(tuple(tiles), page)


def _tile_name(index: int) -> str:
    return f"tile{index:03d}"
