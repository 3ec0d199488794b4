"""Samples side by side: how a program shares the pages of a device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from neuroqgan.circuits.program import Program


def fold(program: Program, across: int) -> Program:
    """Lay samples side by side, so that they share the pages of a device.

    Sample ``s`` goes to row ``s // across`` and place ``s % across``, which to a planner look like
    samples and bins. Places that are left over measure the first samples once more.

    Parameters
    ----------
    program
        One bin, or circuits that yield all bins in one shot.
    across
        Samples side by side.

    Returns
    -------
    Program
        Of ``ceil(n_samples / across)`` rows of ``across * n_bins`` bins.
    """
    n_samples, n_bins, n_neurons = program.shape
    n_rows = -(-n_samples // across)
    row, place = np.divmod(np.arange(n_rows * across), across)
    sample = np.arange(n_rows * across) % n_samples
    (batches,) = program.rounds
    folded = []
    for batch in batches:
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
    return Program((tuple(folded),), shape, program.bin_width, across)
