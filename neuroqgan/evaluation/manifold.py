"""Precision, recall and coverage: what is generated falsely, and what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.judges.smoothing import smoothed, squared_distances
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float32]

N_NEIGHBOURS = 5
_MAX_SAMPLES = 4000
_MAX_VALUES = 8_000_000
_SAME = 1e-3  # of squared distances; rounding separates equal ones by less


@dataclass(frozen=True)
class Manifold:
    """How far the windows of a raster lie among real ones, and the other way round.

    A window is among others if it is as near to one of them as that one's fifth-nearest
    neighbour of its own kind.

    Parameters
    ----------
    precision
        Share of generated windows that lie among real ones: low if windows are generated that
        never occur.
    recall
        Share of real windows that lie among generated ones: low if kinds of windows are missing.
    coverage
        Share of real windows among which a generated one lies: low if the same windows are
        generated over and over. Outliers matter less than for recall.
    """

    precision: float
    recall: float
    coverage: float


def manifold(
    generated: SpikeRaster, real: SpikeRaster, *, max_samples: int = _MAX_SAMPLES, seed: Seed = 0
) -> Manifold:
    """Return precision, recall and coverage of generated windows among real ones.

    Source: Kynkaanniemi et al., NeurIPS 2019, and Naeem et al., ICML 2020, with the distance of
    `neuroqgan.evaluation.judges.smoothing`. As many windows of either kind are used. Their density
    is left out: it counts neighbours, and of windows without spikes there are hundreds.

    Parameters
    ----------
    generated, real
        Windows of the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.
    max_samples
        Largest number of windows of each kind; fewer if windows are large.
    seed
        Source of the choice of windows.

    Examples
    --------
    >>> from neuroqgan import SpikeRaster
    >>> random = np.random.default_rng(0)
    >>> one, other = (SpikeRaster(random.random((300, 8, 3)) < 0.3, 0.02) for _ in range(2))
    >>> round(manifold(one, other).coverage, 2)
    0.95
    >>> round(manifold(one.take(np.arange(300) % 10), other).coverage, 2)
    0.13
    """
    random = as_generator(seed)
    n = min(generated.n_samples, real.n_samples, max_samples)
    n = min(n, max(_MAX_VALUES // (real.n_bins * real.n_neurons), 500))
    mine, theirs = (
        smoothed(raster.spikes[np.sort(random.permutation(raster.n_samples)[:n])])
        for raster in (generated, real)
    )
    k = min(N_NEIGHBOURS, n - 1)
    reach = _distance_to_neighbour(theirs, k) + _SAME
    own_reach = _distance_to_neighbour(mine, k) + _SAME
    between = squared_distances(theirs, mine)
    among = between <= reach[:, None]
    return Manifold(
        precision=float(among.any(0).mean()),
        recall=float((between <= own_reach).any(1).mean()),
        coverage=float(among.any(1).mean()),
    )


def _distance_to_neighbour(rows: Floats, k: int) -> Floats:
    """Return the squared distance of every row to its k-th nearest other row."""
    distances = squared_distances(rows, rows)
    # The nearest is the row itself.
    nearest: Floats = np.partition(distances, k, axis=1)[:, k]
    return nearest
