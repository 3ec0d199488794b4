"""Plans: which cell runs on which qubits, and how measured bits become a raster again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.layout import Layout
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.allowed_qubits import allowed_calibration
from neuroqgan.backends.placement.embedding import pack_embeddings, room
from neuroqgan.backends.placement.fast_operations import (
    Operations,
    fast_operations,
    use_operations,
    with_operations,
)
from neuroqgan.backends.placement.mid_circuit import (
    check_device,
    measures_mid_circuit,
    waiting_seconds,
)
from neuroqgan.backends.placement.qubit_paths import pack
from neuroqgan.backends.placement.redundant_readout import (
    check_redundant_readout,
    choose_redundant_qubits,
    copy_to_spares,
    on_a_line,
)
from neuroqgan.backends.placement.tiles import Page, Tile, compile_cell, gates_of, place
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.calibration import Calibration
    from neuroqgan.circuits.program import CellBatch, Program


@dataclass(frozen=True)
class Plan:
    """Pages that measure every bin of every neuron of every sample once.

    Parameters
    ----------
    backend
        Name of the backend it was made for.
    pages
        Circuits with several cells side by side; they may run in any order.
    n_bins, n_neurons
        Of a sample, or of all samples of a shot together.
    bin_width
        Width of a bin in seconds.
    samples_per_shot
        Samples that lie side by side in a shot, see `neuroqgan.circuits.program.Program`.
    """

    backend: str
    pages: tuple[Page, ...]
    n_bins: int
    n_neurons: int
    bin_width: float
    samples_per_shot: int = 1

    def values(self, program: Program, page: Page) -> NDArray[np.float64]:
        """Return the angles of a page, row by row.

        Parameters
        ----------
        program
            The program that was planned, or another one with the same cells.
        page
            One of the plan's pages.

        Returns
        -------
        numpy.ndarray
            Radians, shape ``(n_samples * rows_per_sample, n_parameters)``, in the order of the
            page circuit's parameters.
        """
        angles = []
        for tile in page.tiles:
            batch = program.batches[tile.batch]
            starts = row_bins(batch, program)
            width = batch.angles.shape[1]
            grid = batch.angles.reshape(program.shape[0], len(starts), width)
            # If all bins come in turn, as on a simulator, the grid itself need not be copied.
            here = [starts.index(start) for start in tile.bins]
            rows = grid if here == list(range(len(starts))) else grid[:, here]
            angles.append(rows.reshape(len(grid) * len(tile.bins), width))
        values = angles[0] if len(angles) == 1 else np.concatenate(angles, axis=1)
        columns = page.columns()
        in_order = np.array_equal(columns, np.arange(values.shape[1]))
        return values if in_order else values[:, columns]

    @property
    def layout(self) -> Layout:
        """Where the bits of all pages belong, if every row has one shot."""
        pages = tuple(page.layout for page in self.pages)
        return Layout(pages, self.n_bins, self.n_neurons, self.bin_width, self.samples_per_shot)

    def layout_of(self, program: Program) -> Layout:
        """Return where the bits of all pages belong.

        Parameters
        ----------
        program
            The program that was planned, or another one with the same cells; it says how many
            shots a row has, and which samples they are.
        """
        samples = () if program.samples is None else tuple(program.samples.tolist())
        return replace(self.layout, shots=program.shots, samples=samples)


def ideal_plan(program: Program, backend: str) -> Plan:
    """Plan a program for a simulator without qubits of its own: one page per cell batch.

    Parameters
    ----------
    program
        As drawn by a generator.
    backend
        Name of the simulator.

    Raises
    ------
    PlanError
        If the program does not measure every bin of every sample.
    """
    pages = []
    for i, batch in enumerate(program.batches):
        starts = row_bins(batch, program)
        tile = Tile(batch.circuit, (), batch.neurons, starts, i, batch.offsets)
        pages.append(Page((tile,), None))
    return Plan(
        backend, tuple(pages), *program.shape[1:], program.bin_width, program.samples_per_shot
    )


def device_plan(
    program: Program,
    target: Target,
    backend: str,
    placement: Placement = Placement(),
    *,
    fast: bool = True,
) -> Plan:
    """Plan a program for a device: as many bins side by side as it has room for.

    Cells are spread over the fewest pages that hold them, as evenly as possible, and the qubits of
    a page are those with the fewest expected errors
    (`neuroqgan.backends.placement.qubit_paths.pack`).

    Parameters
    ----------
    program
        As drawn by a generator.
    target
        Of the device.
    backend
        Its name.
    placement
        Maximum number of tiles per page, and of spare qubits that repeat the readout
        (`neuroqgan.backends.placement.redundant_readout`); qubits that may and must not be used.
    fast
        Whether cells that measure in their middle may use faster operations than plain
        measurements and resets (`neuroqgan.backends.placement.fast_operations`).

    Raises
    ------
    PlanError
        If the device has no room for a single cell, or cannot run its gates.
    PlanError
        If the program does not measure every bin of every sample.
    PlanError
        If redundant readout is asked for and impossible for a cell.
    ConfigError
        If the device has no such qubits as the placement names, or they are faulty.
    """
    for batch in program.batches:
        check_device(batch.circuit, target, backend)
        if placement.redundant_readout:
            check_redundant_readout(batch)
    calibration = allowed_calibration(target, placement)
    operations = _operations(program.batches, target, calibration) if fast else None
    if operations is not None:
        calibration = with_operations(calibration, target, operations)
    pages = _device_pages(program, target, calibration, placement, operations)
    return Plan(backend, pages, *program.shape[1:], program.bin_width, program.samples_per_shot)


def _device_pages(
    program: Program,
    target: Target,
    calibration: Calibration,
    placement: Placement,
    operations: Sequence[Operations] | None,
) -> tuple[Page, ...]:
    batches = program.batches
    cells = sorted(
        ((i, start) for i, batch in enumerate(batches) for start in row_bins(batch, program)),
        key=lambda cell: cell[::-1],
    )
    cells_a_page = room(calibration, batches)
    n_pages = -(-len(cells) // min(cells_a_page, placement.max_tiles or cells_a_page))
    compiled: dict[tuple[int, tuple[int, ...]], Tile] = {}
    circuits: dict[tuple[object, ...], QuantumCircuit] = {}
    packed: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {}
    pages = []
    for part in np.array_split(np.arange(len(cells)), n_pages):
        here = [cells[i] for i in part]
        lengths = tuple(batches[i].circuit.num_qubits for i, _ in here)
        if lengths not in packed:
            packed[lengths] = _choose([batches[i] for i, _ in here], calibration, target)
        paths = packed[lengths]
        tiles = []
        spares = choose_redundant_qubits(calibration, paths, placement.redundant_readout)
        for (i, time), path, spare in zip(here, paths, spares, strict=True):
            batch = batches[i]
            again = [q for q in path if q in spare] if on_a_line(batch.circuit) else []
            qubits = (*path, *(spare[q] for q in again))
            if (i, qubits) not in compiled:
                wires = [path.index(q) for q in again]
                neurons = (*batch.neurons, *(batch.neurons[wire] for wire in wires))
                # Large cells take a second to compile; qubits with the same gates share the result.
                kind = (i, *wires, gates_of(qubits, target))
                if kind not in circuits:
                    cell = copy_to_spares(batch.circuit, wires) if wires else batch.circuit
                    circuits[kind] = compile_cell(cell, qubits, target)
                circuit = circuits[kind]
                if operations is not None and measures_mid_circuit(batch.circuit):
                    used = tuple(operations[qubit] for qubit in qubits)
                    if (*kind, used) not in circuits:
                        circuits[*kind, used] = use_operations(circuit, used)
                    circuit = circuits[*kind, used]
                offsets = batch.offsets and (*batch.offsets, *(batch.offsets[w] for w in wires))
                compiled[i, qubits] = Tile(circuit, qubits, neurons, (), i, offsets)
            tiles.append(replace(compiled[i, qubits], bins=(time,)))
        pages.append(place(tiles, calibration.n_qubits))
    return tuple(pages)


def _operations(
    batches: Sequence[CellBatch], target: Target, calibration: Calibration
) -> list[Operations] | None:
    """Return the operations of every qubit for cells that measure in their middle; None without."""
    widths = [batch.circuit.num_qubits for batch in batches if measures_mid_circuit(batch.circuit)]
    return fast_operations(target, calibration, max(widths)) if widths else None


def _choose(
    cells: Sequence[CellBatch], calibration: Calibration, target: Target
) -> tuple[tuple[int, ...], ...]:
    circuits = [cell.circuit for cell in cells]
    if any(cell.embedded for cell in cells):
        return pack_embeddings(calibration, circuits)
    lengths = [circuit.num_qubits for circuit in circuits]
    return pack(calibration, lengths, *_use(circuits[0], target))


def _use(cell: QuantumCircuit, target: Target) -> tuple[int, int, float]:
    """Return layers, measurements per qubit and seconds of waiting, the weights of `pack`."""
    n_qubits = int(cell.num_qubits)
    by_angles = -(-int(cell.num_parameters) // n_qubits)
    by_gates = 1 + int(cell.num_nonlocal_gates()) // max(1, n_qubits - 1)
    n_reads = max(1, int(cell.num_clbits) // n_qubits)
    return max(by_angles, by_gates), n_reads, waiting_seconds(cell, target)


def row_bins(batch: CellBatch, program: Program) -> tuple[int, ...]:
    """Return the bins at which the rows of a sample begin, which are the same in every sample.

    Parameters
    ----------
    batch
        One of the program's.
    program
        The program.

    Raises
    ------
    PlanError
        If the batch does not read every bin of every sample once, one sample after another.
    """
    n_samples, n_bins, _ = program.shape
    n_rows = batch.n_rows // n_samples
    starts = batch.bins[:n_rows]
    in_order = batch.n_rows == n_samples * n_rows and (
        np.array_equal(batch.samples, np.repeat(np.arange(n_samples), n_rows))
        and np.array_equal(batch.bins, np.tile(starts, n_samples))
    )
    read: dict[int, list[int]] = {neuron: [] for neuron in batch.neurons}
    for neuron, offset in zip(batch.neurons, batch.bit_offsets, strict=True):
        read[neuron] += [int(start) + offset for start in starts]
    if not in_order or any(sorted(bins) != list(range(n_bins)) for bins in read.values()):
        raise PlanError(
            "A cell batch does not cover all bins of all samples.",
            expected=f"{n_samples} samples one after another, with every bin read once",
            got=f"{batch.n_rows} rows of {len(batch.neurons)} bits",
        )
    return tuple(int(start) for start in starts)
