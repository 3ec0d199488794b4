"""Samples side by side: how a program shares the pages of a device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neuroqgan import checks
from neuroqgan.circuits.program import Program


def fold(program: Program, across: int) -> Program:
    """Lay samples side by side, so that they share the pages of a device.

    Sample ``s`` goes to row ``s // across`` and place ``s % across``, which look like samples and
    bins to a planner. Places that are left over measure the first samples once more.

    Parameters
    ----------
    program
        Program of one bin, or with circuits that yield all bins in one shot.
    across
        Number of samples side by side, at least 1.

    Returns
    -------
    Program
        Of shape ``(ceil(n_samples / across), across * n_bins, n_neurons)``.

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
    across = checks.whole("across", across, 1)
    n_samples, n_bins, n_neurons = program.shape
    n_rows = -(-n_samples // across)
    row, place = np.divmod(np.arange(n_rows * across), across)
    sample = np.arange(n_rows * across) % n_samples
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
    shape = (n_rows, across * n_bins, n_neurons)
    return Program(tuple(folded), shape, program.bin_width, across)
