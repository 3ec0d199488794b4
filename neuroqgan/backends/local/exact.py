"""The exact backend: spikes drawn from the cells' states by kernels, without Aer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import ideal_plan
from neuroqgan.circuits.bits import columns_from_integers
from neuroqgan.circuits.cell import MAX_CELL_NEURONS, CellAnsatz
from neuroqgan.circuits.memory_reading import read_memory
from neuroqgan.defaults import Entangling
from neuroqgan.errors import InputError, PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page, Tile
    from neuroqgan.circuits.memory_reading import MemoryReading
    from neuroqgan.circuits.program import Program

# Rows between two signs of progress.
_CHUNK = 1 << 16


class ExactBackend(LocalBackend):
    """Samples the cells of `CellAnsatz` and `MemoryAnsatz` without noise, much faster than Aer.

    The distribution is the one that ideal Aer samples from; the spikes of a seed are others.
    """

    name = "exact"
    kind = "exact"

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program.

        Raises
        ------
        PlanError
            If its cells are others.
        """
        for batch in program.batches:
            if batch.offsets:
                as_memory(batch.circuit, batch.offsets)
            else:
                as_ansatz(batch.circuit)
        return ideal_plan(program, self.name)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page; the same seed gives the same bits on any number of threads."""
        (tile,) = page.tiles
        progress = on_progress or _ignore
        if tile.offsets:
            return _run_memory(tile, values, seed, progress)
        return _run_cells(tile, values, seed, progress)


def _run_cells(
    tile: Tile,
    values: NDArray[np.float64],
    seed: np.random.SeedSequence,
    on_progress: Callable[[int], None],
) -> NDArray[np.bool_]:
    from neuroqgan.simulation.statevector.sampling import sample_patterns

    ansatz = as_ansatz(tile.circuit)
    levels = np.random.default_rng(seed).random(len(values))
    bits = np.empty((len(values), ansatz.n_neurons), dtype=bool)
    for start in range(0, len(values), _CHUNK):
        part = slice(start, start + _CHUNK)
        outcomes = sample_patterns(ansatz, values[part], levels[part])
        bits[part] = columns_from_integers(outcomes, ansatz.n_neurons)
        on_progress(len(outcomes))
    return bits


def _run_memory(
    tile: Tile,
    values: NDArray[np.float64],
    seed: np.random.SeedSequence,
    on_progress: Callable[[int], None],
) -> NDArray[np.bool_]:
    """Draw whole rasters, those of equal angles together; usually that is all of them."""
    import torch

    from neuroqgan.simulation.memory.operators import build_tables
    from neuroqgan.simulation.memory.sampling import sample_rasters
    from neuroqgan.simulation.threads import one_torch_thread

    memory = as_memory(tile.circuit, tile.offsets)
    state = torch.from_numpy(memory.state)
    random = np.random.default_rng(seed)
    bits = np.empty((len(values), tile.n_bits), dtype=bool)
    different, which = np.unique(values, axis=0, return_inverse=True)
    for i, row in enumerate(different):
        rows = np.flatnonzero(which.ravel() == i)
        with one_torch_thread():
            tables = build_tables(*map(torch.from_numpy, memory.weights(row)))
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            drawn = sample_rasters(tables, len(part), memory.n_bins, random, state=state)
            bits[part] = drawn.reshape(len(part), -1)
            on_progress(len(part))
    return bits


def as_memory(circuit: QuantumCircuit, offsets: Sequence[int]) -> MemoryReading:
    """Return what a circuit with quantum memory says, whose bits have these offsets in bins.

    Raises
    ------
    PlanError
        If it is not one of `MemoryAnsatz`.
    """
    try:
        return read_memory(circuit, max(offsets) + 1)
    except InputError as error:
        raise PlanError(
            "The exact backend does not know this circuit.",
            expected="one of the memory preset, which starts in a prepared state",
            got=error.got,
            hint="--backend aer",
        ) from error


def as_ansatz(circuit: QuantumCircuit) -> CellAnsatz:
    """Return the ansatz that a cell was made from.

    Raises
    ------
    PlanError
        If it was made from none.
    """
    n_neurons, n_layers = circuit.num_qubits, len(circuit.parameters) // circuit.num_qubits
    if n_layers and n_neurons <= MAX_CELL_NEURONS:
        gates = _gates(circuit)
        for entangling in get_args(Entangling):
            ansatz = CellAnsatz(n_neurons, n_layers, entangling)
            if _gates(ansatz.circuit()) == gates:
                return ansatz
    raise PlanError(
        "The exact backend does not know these cells.",
        expected="layers of RY with CZ in between, measured once at the end",
        got=", ".join(f"{count} {name}" for name, count in circuit.count_ops().items()),
        hint="--backend aer",
    )


def _gates(circuit: QuantumCircuit) -> list[tuple[Any, ...]]:
    """Return gates, places of their parameters, and wires."""
    place = {parameter: i for i, parameter in enumerate(circuit.parameters)}
    return [
        (
            instruction.operation.name,
            [place.get(parameter, parameter) for parameter in instruction.operation.params],
            [circuit.find_bit(bit).index for bit in (*instruction.qubits, *instruction.clbits)],
        )
        for instruction in circuit.data
    ]


def _ignore(_: int) -> None:
    """Progress that nobody follows."""
