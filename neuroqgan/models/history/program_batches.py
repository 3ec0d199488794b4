"""The circuits and angles of the next bins of a history-driven generator."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.models.cells import cell_batches, too_many_bins
from neuroqgan.models.history.bin_drive import bin_drive
from neuroqgan.models.history.multi_bin_batches import multi_bin_batches
from neuroqgan.simulation.filters import silence

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.circuits.program import CellBatch
    from neuroqgan.models.history.driven_cells import DrivenCells

    Floats = NDArray[np.float32]


def program_batches(
    generator: DrivenCells,
    past: NDArray[np.bool_],
    state: NDArray[np.int64],
    features: Floats | None,
) -> tuple[CellBatch, ...]:
    """Return the batches of a program: single bins, bins side by side, or circuits of several bins.

    Parameters
    ----------
    generator
        With its weights.
    past
        Spikes before the first bin, shape ``(n_samples, n_before, n_neurons)``.
    state
        Index of the latent's state in every bin, unrecorded ones included, shape
        ``(n_samples, n_bins)``.
    features
        Features of the covariates, shape ``(n_samples, n_bins, n_features)``.

    Raises
    ------
    ConfigError
        If no circuit of the generator has so many bins.
    """
    n_samples, n_bins = state.shape
    kind = generator.multi_bin_kind(n_bins)
    if kind is not None:
        n_unrecorded = generator.n_unrecorded
        drive = bin_drive(generator, past, state, features, n_unrecorded)
        return multi_bin_batches(generator, kind, drive, n_unrecorded)
    if n_bins == 1:
        seen = None if features is None else features[:, 0]
        return cell_batches(generator, generator.angles_after(past, state[:, 0], seen), n_bins)
    if generator.shape.past == "none":
        nothing = silence(n_samples * n_bins, generator.spec.n_neurons, 0)
        seen = None if features is None else features.reshape(n_samples * n_bins, -1)
        return cell_batches(generator, generator.angles(nothing, state.ravel(), seen), n_bins)
    raise too_many_bins(generator, n_bins)
