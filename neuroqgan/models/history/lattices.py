"""Several bins of a history-driven generator in one circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.lattice import LatticeAnsatz
from neuroqgan.circuits.program import CellBatch

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.cells import CellGenerator


def lattice_circuits(generator: CellGenerator, n_bins: int) -> tuple[GeneratorCircuit, ...]:
    """Return every kind of lattice of a generator, the largest first."""
    cells = [generator.ansatz(group) for group in generator.groups]
    return tuple(
        GeneratorCircuit(
            name=f"lattice-{cell.n_neurons}-neurons-{n_bins}-bins",
            circuit=LatticeAnsatz(cell, n_bins).circuit(),
            n_groups=cells.count(cell),
            n_neurons=cell.n_neurons,
            n_bins=n_bins,
        )
        for cell in sorted(set(cells), key=lambda cell: -cell.n_neurons)
    )


def lattice_batches(
    generator: CellGenerator,
    first: NDArray[np.float64],
    silent: NDArray[np.float64],
    spiked: NDArray[np.float64],
    later: NDArray[np.float64],
) -> tuple[CellBatch, ...]:
    """Return lattices of the next bins, a row per sample.

    Parameters
    ----------
    generator
        Whose groups the neurons form.
    first
        Angles of the first layer in the first bin, radians, shape ``(n_samples, n_neurons)``.
    silent, spiked
        The same in every later bin after silence and after a spike of the neuron, shape
        ``(n_samples, n_bins - 1, n_neurons)``.
    later
        Angles of the later layers, shape ``(n_layers - 1, n_neurons)``.
    """
    n_samples, n_bins = len(first), silent.shape[1] + 1
    batches = []
    for group in generator.groups:
        lattice = LatticeAnsatz(generator.ansatz(group), n_bins)
        columns = (first[:, group], silent[..., group], spiked[..., group])
        batches.append(
            CellBatch(
                circuit=lattice.circuit(),
                angles=lattice.angles(*columns, later[:, group]),
                samples=np.arange(n_samples),
                bins=np.zeros(n_samples, np.int64),
                neurons=tuple(range(group.start, group.stop)) * n_bins,
                offsets=lattice.offsets,
                embedded=True,
            )
        )
    return tuple(batches)
