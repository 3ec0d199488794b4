"""Nearest neighbours: a window is of the kind that most windows near it are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.judges.kind import Judge
from neuroqgan.evaluation.judges.smoothing import smoothed, squared_distances

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Spikes = NDArray[np.bool_]

_N_NEIGHBOURS = 5
_BLOCK = 500
# Of squared distances; rounding separates equal ones by less.
_SAME = 1e-3


def _answer(
    windows: Spikes, labels: NDArray[np.intp], unseen: Spikes, seed: int
) -> NDArray[np.bool_]:
    random = np.random.default_rng(seed)
    known, rows = smoothed(windows), smoothed(unseen)
    n_neighbours = min(_N_NEIGHBOURS, len(known))
    share = np.empty(len(rows))
    for start in range(0, len(rows), _BLOCK):
        distances = squared_distances(rows[start : start + _BLOCK], known)
        last = np.partition(distances, n_neighbours - 1, axis=1)[:, n_neighbours - 1, None]
        # All that are as near as the last one have a vote, as many windows are alike.
        near = distances <= last + _SAME
        share[start : start + _BLOCK] = (near @ labels) / near.sum(1)
    by_lot = random.random(len(rows)) < 0.5
    answer: NDArray[np.bool_] = np.where(share == 0.5, by_lot, share > 0.5)
    return answer


NEAREST_NEIGHBOURS = Judge("nearest_neighbours", "nearest neighbours", _answer)
