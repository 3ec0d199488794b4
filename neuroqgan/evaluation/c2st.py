"""The classifier two-sample test: how well two kinds of windows can be distinguished."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import RasterError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

_N_FOLDS = 2
_N_TREES, _LEAF = 150, 20
# With the usual settings, trees cannot split fewer than 40 windows and hardly fewer than 200,
# because a leaf needs 20. Few windows get smaller leaves, and fewer trees against overfitting.
_FEW, _FEW_TREES, _LEAVES = 200, 50, 10
# Above this many features a fit takes minutes on two cores; fewer samples keep it below one.
_MAX_VALUES = 2_000_000

FEWEST_WINDOWS = 40
"""Number of windows of each kind below which the test gives no result.

In 40 simulated draws of 40 windows, the interval for a raster without spikes was above 0.5 in all
if nearly every real window had spikes, and in 33 if every other real window was silent; with 20
windows, the latter drops to 14. For windows of one distribution it was above 0.5 in 2.
"""


@dataclass(frozen=True)
class TwoSampleTest:
    """Result of a classifier two-sample test.

    Parameters
    ----------
    accuracy
        Share of unseen windows that are classified correctly: 0.5 is chance.
    std
        Standard error of the accuracy.
    n_samples
        Number of windows of each kind.
    low, high
        Wilson's 95 % interval of the accuracy, over the predictions for unseen windows. If it
        contains 0.5, the classifier does not distinguish the two kinds.
    """

    accuracy: float
    std: float
    n_samples: int
    low: float
    high: float

    @classmethod
    def of(cls, accuracy: float, n_samples: int) -> TwoSampleTest:
        """Add standard error and interval to an accuracy over ``2 * n_samples`` predictions.

        Examples
        --------
        >>> test = TwoSampleTest.of(0.6, 300)
        >>> round(test.std, 3), round(test.low, 3), round(test.high, 3)
        (0.02, 0.56, 0.638)
        """
        from scipy.stats import binomtest

        n = 2 * n_samples
        std = math.sqrt(accuracy * (1 - accuracy) / n)
        interval = binomtest(round(accuracy * n), n).proportion_ci(0.95, method="wilson")
        return cls(accuracy, std, n_samples, float(interval.low), float(interval.high))


def classifier_two_sample_test(
    a: SpikeRaster, b: SpikeRaster, *, max_samples: int = 4000, seed: Seed = 0
) -> TwoSampleTest | None:
    """Train boosted trees to distinguish two rasters, and test them on windows they have not seen.

    The trees see the spikes, the number of spikes in every bin and the number of spikes of every
    neuron. Of both rasters the same number of windows is used, at most ``max_samples`` and fewer
    if windows are large. Source: Lopez-Paz and Oquab, arXiv:1610.06545.

    Parameters
    ----------
    a, b
        Rasters with the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.
    max_samples
        Largest number of windows of each kind.
    seed
        Source of the choice of windows and of the folds.

    Returns
    -------
    TwoSampleTest or None
        None if there are fewer than `FEWEST_WINDOWS` of either kind, as any result would be down
        to chance.

    Raises
    ------
    RasterError
        If the rasters differ in bins or neurons.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from threadpoolctl import threadpool_limits

    if a.spikes.shape[1:] != b.spikes.shape[1:]:
        raise RasterError(
            "Rasters with different bins or neurons cannot be compared.",
            expected=f"{a.n_bins} bins of {a.n_neurons} neurons",
            got=f"{b.n_bins} bins of {b.n_neurons} neurons",
        )
    n_samples = min(a.n_samples, b.n_samples, max_samples)
    if n_samples < FEWEST_WINDOWS:
        return None
    n_features = a.n_bins * a.n_neurons + a.n_bins + a.n_neurons
    n_samples = min(n_samples, max(1000, _MAX_VALUES // n_features))
    random = as_generator(seed)
    values = np.concatenate([_features(raster, n_samples, random) for raster in (a, b)])
    labels = np.repeat([0, 1], n_samples)
    state = int(random.integers(2**31))
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=state)
    few = n_samples < _FEW
    trees = HistGradientBoostingClassifier(
        max_iter=_FEW_TREES if few else _N_TREES,
        min_samples_leaf=n_samples // _LEAVES if few else _LEAF,
        early_stopping=False,
        random_state=state,
    )
    # Trees are grown node by node, too little work at a time for threads to pay off.
    with threadpool_limits(1, user_api="openmp"):
        predicted = cross_val_predict(trees, values, labels, cv=folds)
    return TwoSampleTest.of(float((predicted == labels).mean()), n_samples)


def _features(
    raster: SpikeRaster, n_samples: int, random: np.random.Generator
) -> NDArray[np.uint16]:
    chosen = raster.spikes[random.permutation(raster.n_samples)[:n_samples]]
    flat = chosen.reshape(n_samples, -1)
    return np.concatenate([flat, chosen.sum(2), chosen.sum(1)], axis=1).astype(np.uint16)
