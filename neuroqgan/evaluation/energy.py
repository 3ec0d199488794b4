"""The energy distance of two kinds of windows, and whether it is more than chance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.judges.folds import groups_of, trials_of
from neuroqgan.evaluation.judges.smoothing import smoothed, squared_distances
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.judges.panel import Pair

    Floats = NDArray[np.float64]

N_PERMUTATIONS = 999
_MAX_SAMPLES = 5000
_MAX_VALUES = 4_000_000
_N_BLOCKS = 50
_ROWS = 500  # at a time
# Of the distance; permutations that give the same one differ by less.
_SAME = 1e-9


@dataclass(frozen=True)
class EnergyTest:
    """A permutation test of the energy distance.

    Parameters
    ----------
    distance
        Squared energy distance of smoothed windows, without bias: below zero as often as above if
        there is no difference.
    p_value
        Probability of a distance that large if generated and real windows were of one
        distribution.
    """

    distance: float
    p_value: float


def energy_test(pair: Pair, *, max_samples: int = _MAX_SAMPLES, seed: Seed = 0) -> EnergyTest:
    """Test whether two rasters are of one distribution, by the energy distance of their windows.

    It needs no training. Source: Szekely and Rizzo, J. Stat. Plan. Inference 143, 1249 (2013); the
    distance of two windows is that of `neuroqgan.evaluation.judges.smoothing`.

    In the permutations, whole trials change sides, since windows of one trial depend on each other:
    the first trial of one raster with the first of the other, and so on, as recordings drift. Where
    no trials are known, blocks of successive windows stand for them. Pairs of windows of one trial
    are left out of the distance.

    Parameters
    ----------
    pair
        The rasters, and the trials of their windows.
    max_samples
        Largest number of windows of each kind; fewer if windows are large.
    seed
        Source of the choice of windows and of the permutations.

    Examples
    --------
    >>> from neuroqgan import SpikeRaster
    >>> from neuroqgan.evaluation.judges.panel import Pair
    >>> random = np.random.default_rng(0)
    >>> dense, sparse = (SpikeRaster(random.random((50, 8, 3)) < p, 0.02) for p in (0.5, 0.1))
    >>> energy_test(Pair(dense, sparse)).p_value
    0.001
    """
    random = as_generator(seed)
    n = min(max_samples, max(_MAX_VALUES // (pair.one.n_bins * pair.one.n_neurons), 1000))
    rows, groups = [], []
    n_groups: list[int] = []
    rasters = (pair.one, pair.one_trials), (pair.other, pair.other_trials)
    known = [trials for raster in rasters if (trials := trials_of(*raster)) is not None]
    n_blocks = min((len(np.unique(trials)) for trials in known), default=_N_BLOCKS)
    for raster, trials in rasters:
        chosen = np.sort(random.permutation(raster.n_samples)[:n])
        rows.append(smoothed(raster.spikes[chosen]))
        found = np.unique(groups_of(raster, trials, n_blocks)[chosen], return_inverse=True)[1]
        groups.append(found + sum(n_groups))
        n_groups.append(int(found.max()) + 1)
    sums, sizes = _between_groups(np.concatenate(rows), np.concatenate(groups), sum(n_groups))
    is_first = np.arange(sum(n_groups)) < n_groups[0]
    pairs = np.outer(sizes, sizes)
    np.fill_diagonal(pairs, 0)
    (distance,) = _distances(is_first[None], sums, pairs)
    moved = random.random((N_PERMUTATIONS, min(n_groups))) < 0.5
    shuffled = np.tile(is_first, (N_PERMUTATIONS, 1))
    shuffled[:, : moved.shape[1]] ^= moved
    shuffled[:, n_groups[0] : n_groups[0] + moved.shape[1]] ^= moved
    larger = _distances(shuffled, sums, pairs) >= distance - _SAME * abs(distance)
    return EnergyTest(float(distance), float((1 + larger.sum()) / (1 + N_PERMUTATIONS)))


def _between_groups(
    rows: NDArray[np.float32], groups: NDArray[np.int64], n_groups: int
) -> tuple[Floats, Floats]:
    """Return sums of distances between the rows of two groups, none within one, and group sizes."""
    belongs = (groups[:, None] == np.arange(n_groups)).astype(np.float32)
    sums = np.zeros((n_groups, n_groups))
    for start in range(0, len(rows), _ROWS):
        part = slice(start, start + _ROWS)
        distances = np.sqrt(squared_distances(rows[part], rows))
        sums += belongs[part].T.astype(np.float64) @ (distances @ belongs)
    np.fill_diagonal(sums, 0)
    return sums, belongs.sum(0).astype(np.float64)


def _distances(is_first: NDArray[np.bool_], sums: Floats, pairs: Floats) -> Floats:
    """Return the energy distance for every division of groups, ``(n_divisions, n_groups)``."""
    one, other = is_first.astype(np.float64), (~is_first).astype(np.float64)

    def mean(left: Floats, right: Floats) -> Floats:
        total, n = (((left @ table) * right).sum(1) for table in (sums, pairs))
        average: Floats = total / n
        return average

    distance: Floats = 2 * mean(one, other) - mean(one, one) - mean(other, other)
    return distance
