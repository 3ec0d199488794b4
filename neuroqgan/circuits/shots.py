"""Samples with equal angles as shots of one row, so that a device gets few rows with many shots.

All rows of a job have the same number of shots. So samples of equal angles are cut into cells of
so many samples, and what the last cell of a group has left over is measured and dropped.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import checks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.circuits.program import Program

MAX_SURPLUS = 0.02
"""Executions that may be spent on fewer rows, as a fraction of those that samples need."""

# Shots per row that are tried, and into how many cells a group is cut when more are tried.
_FEW = 64


@dataclass(frozen=True)
class Arrangement:
    """Which sample each place of each shot of each row measures.

    Parameters
    ----------
    shots
        Shots of every row.
    rows
        For every place of every row a sample whose angles it has, ``(n_rows, n_places)``.
    samples
        Sample that is measured by every place of every shot of every row, -1 if the outcome is
        dropped, ``(n_rows * shots * n_places,)``; empty if samples follow one another.
    """

    shots: int
    rows: NDArray[np.int64]
    samples: NDArray[np.int64]


def equal_samples(program: Program) -> NDArray[np.int64]:
    """Return a number for every sample of a program, the same for those with equal angles.

    Parameters
    ----------
    program
        With the rows of one sample after those of another.

    Returns
    -------
    numpy.ndarray
        Integers from 0, in the order in which they first appear, of shape ``(n_samples,)``.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.program import CellBatch, Program
    >>> angles = np.array([[0.1, 0.2], [0.3, 0.2], [0.1, 0.2]])
    >>> sample, first_bin = np.arange(3), np.zeros(3, int)
    >>> batch = CellBatch(CellAnsatz(2, 1).circuit(), angles, sample, first_bin, neurons=(0, 1))
    >>> equal_samples(Program((batch,), (3, 1, 2), 0.02))
    array([0, 1, 0])
    """
    n_samples = program.shape[0]
    numbers = np.zeros((n_samples, len(program.batches)), np.int64)
    for i, batch in enumerate(program.batches):
        # A negative zero is the same angle.
        of_sample = batch.angles.reshape(n_samples, -1) + 0.0
        if (of_sample == of_sample[:1]).all():
            continue
        as_bytes = np.ascontiguousarray(of_sample).view(f"V{of_sample.shape[1] * 8}")
        numbers[:, i] = np.unique(as_bytes, return_inverse=True)[1].ravel()
    _, first, number = np.unique(numbers, axis=0, return_index=True, return_inverse=True)
    in_order = np.empty(len(first), np.int64)
    in_order[np.argsort(first)] = np.arange(len(first))
    return in_order[number.ravel()]


def arrange(
    group: NDArray[np.int64],
    n_places: int = 1,
    *,
    most_shots: int | None = None,
    rounded: Callable[[int], int] = int,
) -> Arrangement:
    """Choose rows and shots for samples, of which those with equal angles may share a row.

    As few rows as possible are taken, with at most `MAX_SURPLUS` more executions than samples
    need.

    Parameters
    ----------
    group
        As `equal_samples` returned it.
    n_places
        Samples that lie side by side in one shot.
    most_shots
        Shots of a row at most; None for any number.
    rounded
        Returns the number of shots, the given one or more, that can be had if a number does not
        fit.

    Examples
    --------
    Two groups of four and two samples: two shots of three rows.

    >>> found = arrange(np.array([0, 1, 0, 0, 1, 0]))
    >>> found.shots, found.rows[:, 0], found.samples
    (2, array([0, 0, 1]), array([0, 2, 3, 5, 1, 4]))
    """
    n_places = checks.whole("n_places", n_places, 1)
    n_samples, sizes = len(group), np.bincount(group)
    shots = rounded(_choose_shots(sizes, n_places, most_shots or n_samples))
    one_by_one = shots == 1 or len(sizes) == 1
    if one_by_one:
        n_rows = -(-n_samples // (n_places * shots))
        slot = np.arange(n_rows * n_places) % n_samples
        here = slot if shots == 1 else np.zeros_like(slot)
        return Arrangement(shots, here.reshape(n_rows, n_places), np.zeros(0, np.int64))
    order = np.argsort(group, kind="stable")
    starts = np.cumsum(sizes) - sizes
    rank = np.arange(n_samples) - np.repeat(starts, sizes)
    n_cells = -(-sizes // shots)
    cell = np.repeat(np.cumsum(n_cells) - n_cells, sizes) + rank // shots
    n_rows = -(-int(n_cells.sum()) // n_places)
    # What no group fills repeats the first one.
    rows = np.full(n_rows * n_places, order[0])
    rows[: n_cells.sum()] = np.repeat(order[starts], n_cells)
    samples = np.full(n_rows * shots * n_places, -1)
    row, place = np.divmod(cell, n_places)
    samples[(row * shots + rank % shots) * n_places + place] = order
    return Arrangement(shots, rows.reshape(n_rows, n_places), samples)


def _choose_shots(sizes: NDArray[np.int64], n_places: int, most: int) -> int:
    """Return the shots per row that take the fewest rows without many more executions."""
    if len(sizes) == 1:
        needed = -(-int(sizes[0]) // n_places)
        # Equal rows, so that no shot is left over.
        return -(-needed // -(-needed // min(most, needed)))
    different, counts = np.unique(sizes, return_counts=True)
    largest = different[::-1][:_FEW]
    tried = {int(-(-size // part)) for size in largest for part in range(1, _FEW)}
    tried |= set(range(1, _FEW))
    fewest = -(-int(sizes.sum()) // n_places)
    best = (fewest, 1)
    for shots in tried:
        if shots <= min(most, int(different[-1])):
            n_rows = -(-int((-(-different // shots) * counts).sum()) // n_places)
            if n_rows * shots <= (1 + MAX_SURPLUS) * fewest:
                best = min(best, (n_rows, shots))
    return best[1]
