"""Samples side by side: how a program shares the pages of a device."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan import checks
from neuroqgan.circuits.program import Program
from neuroqgan.circuits.shots import arrange

if TYPE_CHECKING:
    from neuroqgan.circuits.shots import Arrangement


def fold(
    program: Program, samples_per_shot: int = 1, arrangement: Arrangement | None = None
) -> Program:
    """Lay samples side by side, so that they share the pages of a device, and in shots of a row.

    With ``k`` samples per shot, sample ``s`` goes to row ``s // k`` and place ``s % k``, which look
    like samples and bins to a planner. Places that are left over measure the first samples again.
    An arrangement says something else: which samples share a row as its shots.

    Parameters
    ----------
    program
        Program of one bin, or with circuits that yield all bins in one shot.
    samples_per_shot
        Number of samples side by side, at least 1.
    arrangement
        Of the samples in rows of so many places (`neuroqgan.circuits.shots.arrange`).

    Returns
    -------
    Program
        Of shape ``(n_rows, samples_per_shot * n_bins, n_neurons)``, with
        ``ceil(n_samples / samples_per_shot)`` rows unless an arrangement says something else.

    Raises
    ------
    ConfigError
        If fewer than one sample is to lie side by side.

    Examples
    --------
    >>> from neuroqgan.circuits.cell import CellAnsatz
    >>> from neuroqgan.circuits.program import CellBatch
    >>> sample, first_bin = np.arange(5), np.zeros(5, int)
    >>> angles = np.zeros((5, 2))
    >>> batch = CellBatch(CellAnsatz(2, 1).circuit(), angles, sample, first_bin, neurons=(0, 1))
    >>> fold(Program((batch,), (5, 1, 2), 0.02), 3).shape
    (2, 3, 2)
    """
    samples_per_shot = checks.whole("samples_per_shot", samples_per_shot, 1)
    n_samples, n_bins, n_neurons = program.shape
    if arrangement is None:
        arrangement = arrange(np.arange(n_samples), samples_per_shot, most_shots=1)
    checks.shape("rows", arrangement.rows.shape, n_rows=None, samples_per_shot=samples_per_shot)
    n_rows, sample = len(arrangement.rows), arrangement.rows.ravel()
    row, place = np.divmod(np.arange(n_rows * samples_per_shot), samples_per_shot)
    folded = []
    for batch in program.batches:
        per_sample = batch.n_rows // n_samples
        rows = (sample[:, None] * per_sample + np.arange(per_sample)).ravel()
        folded.append(
            replace(
                batch,
                angles=batch.angles[rows],
                samples=np.repeat(row, per_sample),
                bins=np.repeat(place * n_bins, per_sample) + batch.bins[rows],
            )
        )
    shape = (n_rows, samples_per_shot * n_bins, n_neurons)
    samples = arrangement.samples if len(arrangement.samples) else None
    return Program(
        tuple(folded), shape, program.bin_width, samples_per_shot, arrangement.shots, samples
    )
