"""What drives the next bins of a history-driven generator, whatever spikes come before each."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.circuits.multi_bin import BinDrive

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.history.driven_cells import DrivenCells

    Floats = NDArray[np.float64]
    Spikes = NDArray[np.bool_]


def bin_drive(
    generator: DrivenCells,
    past: Spikes,
    state: NDArray[np.int64],
    features: NDArray[np.float32] | None,
    n_unrecorded: int = 0,
) -> BinDrive:
    """Return the angles of the next bins after every pattern of earlier spikes.

    Parameters
    ----------
    generator
        With its weights.
    past
        Spikes before the first recorded bin, shape ``(n_samples, n_before, n_neurons)``. If there
        are none, unrecorded bins lead to the first one, after silence.
    state
        Index of the latent's state in every bin, unrecorded ones included, shape
        ``(n_samples, n_bins)``.
    features
        Features of the covariates, shape ``(n_samples, n_bins, n_features)``.
    n_unrecorded
        Number of unrecorded bins.
    """
    after = _after(generator, state, features)
    first = n_unrecorded if past.shape[1] else 0
    # What unrecorded bins would lead to is known if there is a past.
    after[:, :first] = 0
    seen = None if features is None else features[:, first]
    after[:, first] = generator.angles_after(past, state[:, first], seen)[:, :1]
    _keep_known(after[:, first:], past)
    return BinDrive(after, generator.later.bias.detach().double().numpy())


def _after(
    generator: DrivenCells, state: NDArray[np.int64], features: NDArray[np.float32] | None
) -> Floats:
    if features is None:
        by_state = generator.angles_by_pattern(np.arange(generator.latent.n_latent_states))
        return by_state[state]
    rows = state.ravel()
    angles = generator.angles_by_pattern(rows, features.reshape(len(rows), -1))
    return angles.reshape(*state.shape, *angles.shape[1:])


def _keep_known(after: Floats, past: Spikes) -> None:
    """Give bins after the first the angles that follow what is known before them, in place."""
    n_patterns = after.shape[2]
    past_bins = n_patterns.bit_length() - 1
    n_samples, _, n_neurons = past.shape
    silent = np.zeros((n_samples, past_bins, n_neurons), bool)
    known = np.concatenate([silent, past], axis=1)[:, past.shape[1] :]
    pattern = np.arange(n_patterns)[None, :, None]
    for t in range(1, min(past_bins, after.shape[1])):
        # Spikes of the program's own bins are open; those of earlier bins are not.
        index = np.broadcast_to(pattern & ((1 << t) - 1), (n_samples, n_patterns, n_neurons)).copy()
        for back in range(t, past_bins):
            index |= known[:, past_bins - 1 - (back - t), None].astype(index.dtype) << back
        after[:, t] = np.take_along_axis(after[:, t], index, axis=1)
