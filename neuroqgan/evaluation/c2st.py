"""The classifier two-sample test: whether generated rasters can be told from real ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import RasterError
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

_N_TREES = 150
_N_FOLDS = 2
# Above this many features a fit takes minutes on two cores; fewer samples keep it below one.
_MAX_VALUES = 2_000_000
_FEWEST = 4


@dataclass(frozen=True)
class TwoSampleTest:
    """Result of a classifier two-sample test.

    Parameters
    ----------
    accuracy
        Share of unseen windows told apart: 0.5 cannot tell, 1 always.
    std
        Standard error of the accuracy.
    n_samples
        Windows of either kind.
    """

    accuracy: float
    std: float
    n_samples: int


def classifier_two_sample_test(
    a: SpikeRaster, b: SpikeRaster, *, max_samples: int = 4000, seed: Seed = 0
) -> TwoSampleTest:
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

    Raises
    ------
    RasterError
        If the rasters differ in bins or neurons, or have fewer than four samples.
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
    if n_samples < _FEWEST:
        raise RasterError(
            "There are too few samples to train a classifier.",
            expected=f"{_FEWEST} samples or more of either kind",
            got=str(n_samples),
            hint="--samples 1000",
        )
    n_features = a.n_bins * a.n_neurons + a.n_bins + a.n_neurons
    n_samples = min(n_samples, max(1000, _MAX_VALUES // n_features))
    random = as_generator(seed)
    values = np.concatenate([_features(raster, n_samples, random) for raster in (a, b)])
    labels = np.repeat([0, 1], n_samples)
    state = int(random.integers(2**31))
    folds = StratifiedKFold(_N_FOLDS, shuffle=True, random_state=state)
    trees = HistGradientBoostingClassifier(
        max_iter=_N_TREES, early_stopping=False, random_state=state
    )
    # The trees are grown node by node, too little work at a time for threads to pay.
    with threadpool_limits(1, user_api="openmp"):
        predicted = cross_val_predict(trees, values, labels, cv=folds)
    accuracy = float((predicted == labels).mean())
    std = float(np.sqrt(accuracy * (1 - accuracy) / len(labels)))
    return TwoSampleTest(accuracy, std, n_samples)


def _features(
    raster: SpikeRaster, n_samples: int, random: np.random.Generator
) -> NDArray[np.uint8]:
    chosen = raster.spikes[random.permutation(raster.n_samples)[:n_samples]]
    flat = chosen.reshape(n_samples, -1)
    return np.concatenate([flat, chosen.sum(2), chosen.sum(1)], axis=1).astype(np.uint8)
