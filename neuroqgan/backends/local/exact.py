"""The exact backend: spikes drawn from the circuits' states by kernels, without Aer.

Circuits say themselves what they were built from (`neuroqgan.circuits.built_from`). The gates are
compared with those of that ansatz, since a circuit that was changed keeps its metadata.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from neuroqgan.backends.local.exact_bins import (
    MultiBinCircuit,
    draw_bins,
    has_several_bins,
    read_bins,
)
from neuroqgan.backends.local.in_process import LocalBackend
from neuroqgan.backends.options import Placement
from neuroqgan.backends.placement.plan import ideal_plan
from neuroqgan.circuits.bits import columns_from_integers
from neuroqgan.circuits.built_from import gates, recorded
from neuroqgan.circuits.cell import MAX_CELL_NEURONS, CellAnsatz, Entangling
from neuroqgan.circuits.memory import MemoryAnsatz
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.placement.tiles import Page, Tile
    from neuroqgan.circuits.program import Program
    from neuroqgan.simulation.memory.sampling import Emission

# Rows between two signs of progress.
_CHUNK = 1 << 16


class ExactBackend(LocalBackend):
    """Samples cells, circuits of several bins and those with memory exactly, faster than Aer.

    The distribution is the one that ideal Aer samples from; the spikes of a seed are others.
    """

    name = "exact"
    kind = "exact"

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program.

        Raises
        ------
        PlanError
            If a circuit of it was not built by one of these ansätze.
        """
        for batch in program.batches:
            if has_several_bins(batch.circuit):
                _read_bins(batch.circuit)
            elif batch.offsets:
                read_memory(batch.circuit)
            else:
                read_cell(batch.circuit)
        return ideal_plan(program, self.name)

    def run_page(
        self,
        page: Page,
        values: NDArray[np.float64],
        *,
        seed: np.random.SeedSequence,
        shots: int = 1,
        on_progress: Callable[[int], None] | None = None,
    ) -> NDArray[np.bool_]:
        """Run one page; the same seed gives the same bits on any number of threads."""
        (tile,) = page.tiles
        progress = on_progress or _ignore
        values = np.repeat(values, shots, axis=0)
        if has_several_bins(tile.circuit):
            return draw_bins(_read_bins(tile.circuit), values, seed, progress)
        if tile.offsets:
            return _run_memory(tile, values, seed, progress)
        return _run_cells(tile, values, seed, progress)


def _run_cells(
    tile: Tile,
    values: NDArray[np.float64],
    seed: np.random.SeedSequence,
    on_progress: Callable[[int], None],
) -> NDArray[np.bool_]:
    from neuroqgan.simulation.statevector.patterns import sample_patterns

    ansatz = read_cell(tile.circuit)
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
    """Draw whole rasters, those of equal memory gates together; usually that is all of them."""
    import torch

    from neuroqgan.simulation.memory.operators import build_operators
    from neuroqgan.simulation.memory.sampling import sample_rasters
    from neuroqgan.simulation.threads import one_torch_thread

    memory = read_memory(tile.circuit)
    density_matrix = torch.from_numpy(memory.density_matrix)
    random = np.random.default_rng(seed)
    bits = np.empty((len(values), tile.n_bits), dtype=bool)
    common = memory.common(values)
    # Rows without open angles are equal.
    which = np.zeros(len(values), np.int64)
    if common.size:
        which = np.unique(common, axis=0, return_inverse=True)[1].ravel()
    for i in range(which.max() + 1):
        rows = np.flatnonzero(which == i)
        mixing, emission, kick = memory.weights(values[rows[0]])
        # If bins have angles of their own, the operators are those of the first bin.
        first = emission[0] if memory.ansatz.driven_bins else emission
        with one_torch_thread():
            operators = build_operators(*map(torch.from_numpy, (mixing, first, kick)))
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            drawn = sample_rasters(
                operators,
                len(part),
                memory.n_bins,
                random,
                density_matrix=density_matrix,
                emission=memory.emission(values[part]),
            )
            bits[part] = drawn.reshape(len(part), -1)
            on_progress(len(part))
    return bits


@dataclass(frozen=True)
class MemoryCircuit:
    """What a memory circuit was built from.

    Parameters
    ----------
    ansatz
        Its shape.
    n_bins
        Bins that one shot yields.
    density_matrix
        Of the memory qubits before the first bin, ``(2**n_memory, 2**n_memory)``.
    angles
        Values of its parameters in radians if they are bound, ``(n_angles,)``, else None.
    """

    ansatz: MemoryAnsatz
    n_bins: int
    density_matrix: NDArray[np.float64]
    angles: NDArray[np.float64] | None

    def weights(self, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], ...]:
        """Return the angles of mixing, emission and kick; see `MemoryAnsatz.weights`.

        Parameters
        ----------
        values
            Of the parameters that are still open, in radians.
        """
        return self.ansatz.weights(values if self.angles is None else self.angles)

    def common(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the angles in which all rows of a raster usually agree, ``(n_rows, n_common)``.

        Parameters
        ----------
        values
            Of the parameters that are still open, in radians, ``(n_rows, n_angles)``.
        """
        if self.angles is not None or not self.ansatz.driven_bins:
            return values
        return np.delete(values, self._driven, axis=1)

    def emission(self, values: NDArray[np.float64]) -> Emission | None:
        """Return what gives the emission angles of rows and bins; None if all bins share them.

        Parameters
        ----------
        values
            Of the parameters that are still open, in radians, ``(n_rows, n_angles)``.
        """
        if not self.ansatz.driven_bins:
            return None
        rows = values if self.angles is None else self.angles[None]
        shape = (self.n_bins, self.ansatz.n_neurons, 2 * self.ansatz.n_memory)
        own = rows[:, self._driven].reshape(-1, *shape)
        own = np.broadcast_to(own, (len(values), *shape))
        return lambda part, t: own[part, t]

    @property
    def _driven(self) -> slice:
        sizes = self.ansatz.sizes
        return slice(sizes["mixing"], sizes["mixing"] + sizes["emission"])


def read_memory(circuit: QuantumCircuit) -> MemoryCircuit:
    """Return what a memory circuit was built from.

    Parameters
    ----------
    circuit
        Built by `MemoryAnsatz` with a state to start from; its angles open or bound.

    Raises
    ------
    PlanError
        If it is another circuit, or says nothing of its origin, as in jobs that version 0.1.0
        stored.
    """
    fields = dict(recorded(circuit))
    rows, angles = fields.pop("density_matrix", None), fields.pop("angles", None)
    if fields.pop("ansatz", None) != MemoryAnsatz.__name__ or rows is None:
        raise _unknown(circuit)
    n_bins = fields.pop("n_bins")
    # Circuits that an earlier version stored say nothing of it.
    ansatz = MemoryAnsatz(**{"both_directions": False} | fields)
    bins = ansatz.bins(n_bins)
    if angles is not None:
        bins = bins.assign_parameters(angles)
    if gates(circuit)[-len(bins.data) :] != gates(bins):
        raise _unknown(circuit)
    bound = None if angles is None else np.array(angles)
    return MemoryCircuit(ansatz, n_bins, np.array(rows), bound)


def read_cell(circuit: QuantumCircuit) -> CellAnsatz:
    """Return the ansatz that a cell circuit was built from.

    Parameters
    ----------
    circuit
        Built by `CellAnsatz`, or of the same gates.

    Raises
    ------
    PlanError
        If it is another circuit.
    """
    n_neurons, n_layers = circuit.num_qubits, len(circuit.parameters) // max(1, circuit.num_qubits)
    if n_layers and n_neurons <= MAX_CELL_NEURONS:
        # Its gates tell all of a cell, also of one that says nothing of its origin.
        given = recorded(circuit).get("entangling")
        there = gates(circuit)
        known: tuple[Entangling, ...] = get_args(Entangling)
        for entangling in [kind for kind in known if kind == given] or known:
            ansatz = CellAnsatz(n_neurons, n_layers, entangling)
            if gates(ansatz.circuit()) == there:
                return ansatz
    raise _unknown(circuit)


def _read_bins(circuit: QuantumCircuit) -> MultiBinCircuit:
    found = read_bins(circuit)
    if found is None:
        raise _unknown(circuit)
    return found


def _unknown(circuit: QuantumCircuit) -> PlanError:
    counts = ", ".join(f"{count} {name}" for name, count in circuit.count_ops().items())
    origin = recorded(circuit).get("ansatz")
    return PlanError(
        "The exact backend does not know this circuit.",
        expected="a circuit as neuroqgan builds it, with its metadata",
        got=f"{counts}; "
        + (f"a circuit of {origin}" if origin else "no word of what it was built from"),
        hint="backend = aer; a job that an earlier version stored has to be requested again",
    )


def _ignore(_: int) -> None:
    """Progress that nobody follows."""
