"""Plans: which cell runs on which qubits, and how measured bits become a raster again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.chains import capacity, pack
from neuroqgan.backends.layout import Layout
from neuroqgan.backends.options import Placement
from neuroqgan.backends.readers import on_a_line, read_again, second_readers
from neuroqgan.backends.tiles import Page, Tile, compile_cell, place
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from qiskit.transpiler import Target

    from neuroqgan.circuits.program import CellBatch, Program


@dataclass(frozen=True)
class Plan:
    """Rounds of pages that measure every bin of every neuron of every sample once.

    Parameters
    ----------
    backend
        Name of the backend it was made for.
    rounds
        Pages; those of a round may run in any order, rounds one after the other.
    n_bins, n_neurons
        Of a sample.
    bin_width
        Seconds a bin.
    """

    backend: str
    rounds: tuple[tuple[Page, ...], ...]
    n_bins: int
    n_neurons: int
    bin_width: float

    @property
    def pages(self) -> tuple[Page, ...]:
        """The pages of all rounds."""
        return tuple(page for pages in self.rounds for page in pages)

    def values(self, program: Program, page: Page) -> NDArray[np.float64]:
        """Return the angles of a page, one row an execution.

        Parameters
        ----------
        program
            The program that was planned, or another with the same cells.
        page
            One of the plan's pages.

        Returns
        -------
        numpy.ndarray
            Radians, shape ``(n_samples * rows_per_sample, n_parameters)``, in the order of the
            page circuit's parameters.
        """
        batches = program.rounds[self._round_of(page)]
        angles = []
        for tile in page.tiles:
            batch = batches[tile.batch]
            grid = batch.angles.reshape(program.shape[0], self.n_bins, -1)
            rows = grid[:, list(tile.bins)]
            angles.append(rows.reshape(-1, rows.shape[-1]))
        return np.concatenate(angles, axis=1)[:, page.columns()]

    @property
    def layout(self) -> Layout:
        """Where the bits of all pages belong."""
        pages = tuple(page.layout for page in self.pages)
        return Layout(pages, self.n_bins, self.n_neurons, self.bin_width)

    def _round_of(self, page: Page) -> int:
        return next(i for i, pages in enumerate(self.rounds) if page in pages)


def ideal_plan(program: Program, backend: str) -> Plan:
    """Plan a program for a simulator without qubits of its own: one page a cell batch.

    Raises
    ------
    PlanError
        If the program does not measure every bin of every sample.
    """
    rounds = []
    for batches in program.rounds:
        pages = []
        for i, batch in enumerate(batches):
            _check_grid(batch, program)
            tile = Tile(batch.circuit, (), batch.neurons, tuple(range(program.shape[1])), i)
            pages.append(Page((tile,), None))
        rounds.append(tuple(pages))
    return Plan(backend, tuple(rounds), *program.shape[1:], program.bin_width)


def device_plan(
    program: Program, target: Target, backend: str, placement: Placement = Placement()
) -> Plan:
    """Plan a program for a device: as many bins side by side as it has room for.

    Cells are dealt to the fewest pages that hold them, as evenly as possible, and the chains of a
    page are those with the fewest expected errors (`neuroqgan.backends.chains.pack`).

    Parameters
    ----------
    program
        As drawn by a generator.
    target
        Of the device.
    backend
        Its name.
    placement
        Most tiles a page, and whether spare qubits read again (`neuroqgan.backends.readers`).

    Raises
    ------
    PlanError
        If the device has no room for a single cell, or cannot run its gates.
    PlanError
        If the program does not measure every bin of every sample.
    """
    calibration = Calibration.of(target)
    rounds = tuple(
        _device_pages(program, batches, target, calibration, placement)
        for batches in program.rounds
    )
    return Plan(backend, rounds, *program.shape[1:], program.bin_width)


def _device_pages(
    program: Program,
    batches: Sequence[CellBatch],
    target: Target,
    calibration: Calibration,
    placement: Placement,
) -> tuple[Page, ...]:
    for batch in batches:
        _check_grid(batch, program)
    cells = [(i, time) for time in range(program.shape[1]) for i in range(len(batches))]
    widest = max(batch.circuit.num_qubits for batch in batches)
    room = capacity(calibration, widest)
    if room == 0:
        raise PlanError(
            "No chain of good qubits is long enough for a cell.",
            expected=f"{widest} neighbouring qubits",
            got=f"{int(calibration.usable.sum())} usable qubits of {calibration.n_qubits}",
            hint="a larger device, or train with a smaller --group-size",
        )
    n_pages = -(-len(cells) // min(room, placement.max_tiles or room))
    compiled: dict[tuple[int, tuple[int, ...]], Tile] = {}
    packed: dict[tuple[int, ...], tuple[tuple[int, ...], ...]] = {}
    pages = []
    for part in np.array_split(np.arange(len(cells)), n_pages):
        here = [cells[i] for i in part]
        lengths = tuple(batches[i].circuit.num_qubits for i, _ in here)
        if lengths not in packed:
            packed[lengths] = pack(calibration, lengths, _n_layers(batches[0]))
        chains = packed[lengths]
        tiles = []
        spares = second_readers(calibration, chains, placement.second_readers)
        for (i, time), path, spare in zip(here, chains, spares, strict=True):
            batch = batches[i]
            again = [q for q in path if q in spare] if on_a_line(batch.circuit) else []
            chain = (*path, *(spare[q] for q in again))
            if (i, chain) not in compiled:
                wires = [path.index(q) for q in again]
                neurons = (*batch.neurons, *(batch.neurons[wire] for wire in wires))
                circuit = compile_cell(read_again(batch.circuit, wires), chain, target)
                compiled[i, chain] = Tile(circuit, chain, neurons, (), i)
            tiles.append(replace(compiled[i, chain], bins=(time,)))
        pages.append(place(tiles, calibration.n_qubits))
    return tuple(pages)


def _n_layers(batch: CellBatch) -> int:
    return max(1, -(-int(batch.circuit.num_parameters) // int(batch.circuit.num_qubits)))


def _check_grid(batch: CellBatch, program: Program) -> None:
    n_samples, n_bins, _ = program.shape
    sample, time = np.divmod(np.arange(n_samples * n_bins), n_bins)
    if not (np.array_equal(batch.samples, sample) and np.array_equal(batch.bins, time)):
        raise PlanError(
            "A cell batch does not cover all bins of all samples.",
            expected=f"{n_samples * n_bins} rows, bins within samples",
            got=f"{batch.n_rows} rows",
        )
