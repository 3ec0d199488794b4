"""Which windows a judge learns from, and on which it is tested.

Where all trials repeat one stimulus, windows of a recording are spread over it more evenly than
chance would have it. With random folds, a place that is frequent in one fold is therefore rare in
the other, judges learn the opposite of what they are tested on, and real windows are told from real
ones with 0.487. So whole trials go into a fold, and neighbours into different ones, as recordings
drift. Where no trials are known, blocks of successive windows stand for them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Trials = NDArray[np.int64]

FEWEST_TRIALS = 4
"""With fewer trials, folds would differ too much in size, and blocks are used instead."""

_N_BLOCKS = 20


@dataclass(frozen=True)
class Fold:
    """Windows of two kinds, as many of each.

    Parameters
    ----------
    windows
        Spikes, ``(n_windows, n_bins, n_neurons)``.
    labels
        Kind of every window, 0 or 1.
    """

    windows: NDArray[np.bool_]
    labels: NDArray[np.intp]


def trials_of(raster: SpikeRaster, trials: Trials | None) -> Trials | None:
    """Return the trial of every window: as given, else as the covariates of the raster say.

    None if it is not known, if there are fewer than `FEWEST_TRIALS`, or if they are so unequal
    that one fold would have less than a third of the windows.
    """
    if trials is None and raster.covariates is not None:
        trials = raster.covariates.trials
    if trials is None or len(np.unique(trials)) < FEWEST_TRIALS:
        return None
    share = fold_numbers(trials).mean()
    return np.asarray(trials, np.int64) if 1 / 3 <= share <= 2 / 3 else None


def groups_of(raster: SpikeRaster, trials: Trials | None, n_blocks: int = _N_BLOCKS) -> Trials:
    """Return a number for the trial of every window, or for its block if no trials are known."""
    known, n = trials_of(raster, trials), raster.n_samples
    return np.arange(n) * min(n_blocks, n) // n if known is None else known


def fold_numbers(groups: Trials) -> NDArray[np.int64]:
    """Return the fold of every window, 0 or 1: trials or blocks alternate.

    Examples
    --------
    >>> fold_numbers(np.array([3, 3, 5, 5, 7, 9])).tolist()
    [0, 0, 1, 1, 0, 1]
    """
    return np.unique(groups, return_inverse=True)[1].astype(np.int64) % 2


def two_folds(
    rasters: tuple[SpikeRaster, SpikeRaster],
    trials: tuple[Trials | None, Trials | None],
    max_samples: int,
    random: np.random.Generator,
) -> tuple[Fold, Fold]:
    """Divide the windows of two rasters into two folds with equal numbers of both kinds.

    Parameters
    ----------
    rasters
        Windows of the two kinds, of the same bins and neurons.
    trials
        Trial of every window; see `trials_of`.
    max_samples
        Largest number of windows of each kind in both folds together.
    random
        Source of the choice of windows, where there are more.
    """
    numbers = [
        fold_numbers(groups_of(raster, known))
        for raster, known in zip(rasters, trials, strict=True)
    ]
    made = []
    for fold in (0, 1):
        available = [np.flatnonzero(number == fold) for number in numbers]
        n = min(*map(len, available), max(max_samples // 2, 1))
        chosen = [np.sort(random.permutation(places)[:n]) for places in available]
        windows = [raster.spikes[places] for raster, places in zip(rasters, chosen, strict=True)]
        made.append(Fold(np.concatenate(windows), np.repeat([0, 1], n)))
    return made[0], made[1]
