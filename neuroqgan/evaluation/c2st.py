"""The classifier two-sample test: whether generated rasters can be told from real ones."""

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
# Trees of the usual settings cannot split fewer than 40 windows, and hardly fewer than 200: a leaf
# needs 20 of them, so few windows get smaller leaves, and fewer trees against overfitting.
_FEW, _FEW_TREES, _LEAVES = 200, 50, 10
# Above this many features a fit takes minutes on two cores; fewer samples keep it below one.
_MAX_VALUES = 2_000_000

FEWEST_WINDOWS = 40
"""Windows of each kind that a number needs.

With 40, the interval of a raster without a spike is above 0.5 against a recording of which nearly
every window has one in all of 40 simulated draws, and against one of which every other window is
silent in 33. With 20 the latter drops to 14. Equal windows have such an interval in 2 of 40.
"""


@dataclass(frozen=True)
class TwoSampleTest:
    """Result of a classifier two-sample test.

    Parameters
    ----------
    accuracy
        Share of unseen windows told apart: 0.5 is chance, 1 is always.
    std
        Standard error of the accuracy.
    n_samples
        Windows of either kind.
    low, high
        95 % interval of the accuracy: Wilson's, over the predictions for unseen windows. If it
        contains 0.5, the classifier cannot tell.
    """

    accuracy: float
    std: float
    n_samples: int
    low: float
    high: float

    @classmethod
    def of(cls, accuracy: float, n_samples: int) -> TwoSampleTest:
        """Add standard error and interval to an accuracy over ``2 * n_samples`` predictions."""
        from scipy.stats import binomtest

        n = 2 * n_samples
        std = math.sqrt(accuracy * (1 - accuracy) / n)
        interval = binomtest(round(accuracy * n), n).proportion_ci(0.95, method="wilson")
        return cls(accuracy, std, n_samples, float(interval.low), float(interval.high))


def classifier_two_sample_test(
    a: SpikeRaster, b: SpikeRaster, *, max_samples: int = 4000, seed: Seed = 0
) -> TwoSampleTest | None:
    """Train boosted trees to tell two rasters apart, cross-validated.

    The trees see the spikes, the population count of every bin and the spike count of every
    neuron. Both kinds are cut to the same number of samples, at most ``max_samples`` and fewer
    for large rasters. Source: Lopez-Paz and Oquab, arXiv:1610.06545.

    Parameters
    ----------
    a, b
        Rasters with the same bins and neurons.
    max_samples
        Samples of either kind.
    seed
        Source of the choice of samples and of the folds.

    Returns
    -------
    TwoSampleTest or None
        None if there are fewer than `FEWEST_WINDOWS` of either kind: any number would be down to
        chance.

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
            "Rasters of different shapes cannot be compared.",
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
    # The trees are grown node by node, too little work at a time for threads to pay.
    with threadpool_limits(1, user_api="openmp"):
        predicted = cross_val_predict(trees, values, labels, cv=folds)
    return TwoSampleTest.of(float((predicted == labels).mean()), n_samples)


def _features(
    raster: SpikeRaster, n_samples: int, random: np.random.Generator
) -> NDArray[np.uint16]:
    chosen = raster.spikes[random.permutation(raster.n_samples)[:n_samples]]
    flat = chosen.reshape(n_samples, -1)
    return np.concatenate([flat, chosen.sum(2), chosen.sum(1)], axis=1).astype(np.uint16)
