"""Several bins of a history-driven generator in one circuit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.cell import CellAnsatz
from neuroqgan.circuits.generator_circuit import GeneratorCircuit
from neuroqgan.circuits.multi_bin import BinDrive
from neuroqgan.circuits.program import CellBatch

if TYPE_CHECKING:
    from neuroqgan.circuits.multi_bin import MultiBinAnsatz
    from neuroqgan.models.cells import CellGenerator


def multi_bin_circuits(
    generator: CellGenerator, kind: type[MultiBinAnsatz], n_bins: int, n_unrecorded: int
) -> tuple[GeneratorCircuit, ...]:
    """Return every circuit of several bins of a generator, the largest first.

    Parameters
    ----------
    generator
        Whose groups the neurons form.
    kind
        How several bins are one circuit.
    n_bins, n_unrecorded
        Bins that are measured, and bins before them that are not.
    """
    cells = [_cell(generator, kind, part) for part in _parts(generator, kind)]
    return tuple(
        GeneratorCircuit(
            name=f"{kind.name}-{cell.n_neurons}-neurons-{n_bins}-bins",
            circuit=kind.of(cell, n_bins, n_unrecorded).circuit(),
            n_groups=cells.count(cell),
            n_neurons=cell.n_neurons,
            n_bins=n_bins,
        )
        for cell in sorted(set(cells), key=lambda cell: -cell.n_neurons)
    )


def multi_bin_batches(
    generator: CellGenerator, kind: type[MultiBinAnsatz], drive: BinDrive, n_unrecorded: int = 0
) -> tuple[CellBatch, ...]:
    """Return circuits of the next bins, a row per sample.

    Parameters
    ----------
    generator
        Whose groups the neurons form.
    kind
        How several bins are one circuit.
    drive
        Angles of all neurons in all bins.
    n_unrecorded
        Of these bins, so many at the beginning are not measured.
    """
    n_samples, n_bins = len(drive.after), drive.after.shape[1] - n_unrecorded
    built: dict[CellAnsatz, MultiBinAnsatz] = {}
    circuits = {}
    batches = []
    for part in _parts(generator, kind):
        cell = _cell(generator, kind, part)
        if cell not in built:
            built[cell] = kind.of(cell, n_bins, n_unrecorded)
            circuits[cell] = built[cell].circuit()
        after, later = drive.after[..., part], drive.later[:, part]
        if cell.n_layers < generator.shape.n_layers:
            # Rotations of one axis that nothing separates are one rotation.
            after, later = after + later.sum(0), later[:0]
        batches.append(
            CellBatch(
                circuit=circuits[cell],
                angles=built[cell].values(BinDrive(after, later)),
                samples=np.arange(n_samples),
                bins=np.zeros(n_samples, np.int64),
                neurons=tuple(range(part.start, part.stop)) * n_bins,
                offsets=built[cell].offsets,
                embedded=kind.embedded,
            )
        )
    return tuple(batches)


def _parts(generator: CellGenerator, kind: type[MultiBinAnsatz]) -> list[slice]:
    """Return the neurons that share a circuit: a group, or one neuron if no gate joins it."""
    parts = []
    for group in generator.groups:
        if kind.separates and not _is_joined(generator.ansatz(group)):
            parts += [slice(neuron, neuron + 1) for neuron in range(group.start, group.stop)]
        else:
            parts.append(group)
    return parts


def _cell(generator: CellGenerator, kind: type[MultiBinAnsatz], part: slice) -> CellAnsatz:
    cell = generator.ansatz(part)
    if kind.separates and not _is_joined(cell):
        return CellAnsatz(cell.n_neurons, 1, "none")
    return cell


def _is_joined(cell: CellAnsatz) -> bool:
    return bool(cell.pairs) and cell.n_layers > 1
