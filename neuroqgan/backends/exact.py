"""The exact backend: patterns drawn from the cells' state vectors by the kernel, without Aer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from neuroqgan.backends.local import LocalBackend
from neuroqgan.backends.options import Placement
from neuroqgan.backends.plan import ideal_plan
from neuroqgan.circuits.ansatz import MAX_CELL_NEURONS, CellAnsatz, Entangling
from neuroqgan.circuits.bits import columns_from_integers
from neuroqgan.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from qiskit import QuantumCircuit
    from qiskit.transpiler import Target

    from neuroqgan.backends.plan import Plan
    from neuroqgan.backends.tiles import Page
    from neuroqgan.circuits.program import Program

# Rows between two signs of progress.
_CHUNK = 1 << 16


class ExactBackend(LocalBackend):
    """Samples the cells of `CellAnsatz` without noise, ten to a hundred times as fast as Aer.

    The distribution is the one that ideal Aer samples from; the spikes of a seed are others.
    """

    name = "exact"
    target: Target | None = None

    def plan(self, program: Program, placement: Placement = Placement()) -> Plan:
        """Plan a program.

        Raises
        ------
        PlanError
            If its cells are not those of `CellAnsatz`.
        """
        for batches in program.rounds:
            for batch in batches:
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
        from neuroqgan.circuits.sampling import sample_patterns

        (tile,) = page.tiles
        ansatz = as_ansatz(tile.circuit)
        levels = np.random.default_rng(seed).random(len(values))
        bits = np.empty((len(values), ansatz.n_neurons), dtype=bool)
        for start in range(0, len(values), _CHUNK):
            part = slice(start, start + _CHUNK)
            outcomes = sample_patterns(ansatz, values[part], levels[part])
            bits[part] = columns_from_integers(outcomes, ansatz.n_neurons)
            if on_progress is not None:
                on_progress(len(outcomes))
        return bits


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
