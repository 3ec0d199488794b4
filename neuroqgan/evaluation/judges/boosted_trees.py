"""Boosted trees on the bins of a window, alone or with counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.judges.kind import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray
    from sklearn.ensemble import HistGradientBoostingClassifier

    from neuroqgan.evaluation.judges.kind import Score

    Spikes = NDArray[np.bool_]
    Features = Callable[[Spikes], NDArray[np.uint16]]

_N_TREES, _LEAF = 150, 20
# With the usual settings, trees cannot split fewer than 40 windows and hardly fewer than 200,
# because a leaf needs 20. Few windows get smaller leaves, and fewer trees against overfitting.
_FEW, _FEW_TREES, _LEAVES = 200, 50, 10


def bins(windows: Spikes) -> NDArray[np.uint16]:
    """Return the spikes of every window in one row."""
    return windows.reshape(len(windows), -1).astype(np.uint16)


def bins_and_counts(windows: Spikes) -> NDArray[np.uint16]:
    """Return spikes, and how many there are by bin, by neuron, and by neuron and half window."""
    half = windows.shape[1] // 2
    first, second = windows[:, :half].sum(1), windows[:, half:].sum(1)
    counts = (windows.sum(2), first + second, first, second)
    return np.concatenate([bins(windows), *counts], axis=1).astype(np.uint16)


def _answer(
    features: Features, windows: Spikes, labels: NDArray[np.intp], unseen: Spikes, seed: int
) -> NDArray[np.bool_]:
    from threadpoolctl import threadpool_limits

    trees = _planted(len(windows), seed)
    # Trees are grown node by node, too little work at a time for threads to pay off.
    with threadpool_limits(1, user_api="openmp"):
        predicted = trees.fit(features(windows), labels).predict(features(unseen))
    answer: NDArray[np.bool_] = predicted == 1
    return answer


def _learn(features: Features, windows: Spikes, labels: NDArray[np.intp], seed: int) -> Score:
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="openmp"):
        trees = _planted(len(windows), seed).fit(features(windows), labels)

    def score(unseen: Spikes) -> NDArray[np.float64]:
        with threadpool_limits(1, user_api="openmp"):
            found: NDArray[np.float64] = trees.decision_function(features(unseen))
        return found

    return score


def _planted(n_windows: int, seed: int) -> HistGradientBoostingClassifier:
    """Return trees that have not learnt anything yet."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    few = n_windows < _FEW
    return HistGradientBoostingClassifier(
        max_iter=_FEW_TREES if few else _N_TREES,
        min_samples_leaf=max(n_windows // _LEAVES, 1) if few else _LEAF,
        early_stopping=False,
        random_state=seed,
    )


TREES = Judge(
    "trees",
    "trees on bins",
    lambda *given: _answer(bins, *given),
    3_600_000,
    lambda *given: _learn(bins, *given),
)
TREES_ON_COUNTS = Judge(
    "trees_on_counts",
    "trees on bins and counts",
    lambda *given: _answer(bins_and_counts, *given),
    3_600_000,
    lambda *given: _learn(bins_and_counts, *given),
)
