"""Every judge finds the difference that it is made for, and none where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.errors import ConfigError, RasterError
from neuroqgan.evaluation.c2st import TwoSampleTest
from neuroqgan.evaluation.judges.boosted_trees import TREES, TREES_ON_COUNTS, bins, bins_and_counts
from neuroqgan.evaluation.judges.judge_registry import JUDGES, register_judge
from neuroqgan.evaluation.judges.kind import Judge
from neuroqgan.evaluation.judges.panel import Pair, ask_panel
from neuroqgan.evaluation.judges.verdict import Verdict, judge_title, worst_of
from neuroqgan.raster import SpikeRaster


def _spikes(n: int = 300, n_bins: int = 16, n_neurons: int = 6, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((n, n_bins, n_neurons)) < 0.2


def _raster(spikes: np.ndarray) -> SpikeRaster:
    return SpikeRaster(spikes, 0.02)


def _accuracy(key: str, one: np.ndarray, other: np.ndarray) -> float:
    asked = {key: JUDGES[key]}
    return ask_panel(Pair(_raster(one), _raster(other)), judges=asked)[key].accuracy


def _rate_of_a_bin(spikes: np.ndarray) -> np.ndarray:
    spikes[:, 3, 2] |= np.random.default_rng(1).random(len(spikes)) < 0.8
    return spikes


def _counts(spikes: np.ndarray) -> np.ndarray:
    """Spikes of whole windows come and go together; the rate of every bin stays."""
    up = np.random.default_rng(1).random((len(spikes), 1, 1)) < 0.5
    return np.random.default_rng(2).random(spikes.shape) < np.where(up, 0.28, 0.12)


def _order(spikes: np.ndarray) -> np.ndarray:
    """One neuron always follows another, somewhere in the window; it spikes as often as before."""
    spikes[:, 1:, 1] = spikes[:, :-1, 0]
    return spikes


def _copies(spikes: np.ndarray) -> np.ndarray:
    return spikes[np.arange(len(spikes)) % 40]


@pytest.mark.parametrize(
    ("key", "plant", "least"),
    [
        ("trees", _rate_of_a_bin, 0.68),
        ("trees_on_counts", _counts, 0.6),
        ("network", _order, 0.8),
        ("nearest_neighbours", _copies, 0.6),
    ],
)
def test_a_planted_difference_is_found(key: str, plant, least: float) -> None:
    assert _accuracy(key, plant(_spikes()), _spikes(seed=5)) > least
    # 300 windows of one distribution of each kind: three standard errors.
    assert abs(_accuracy(key, _spikes(), _spikes(seed=5)) - 0.5) < 0.062


def test_the_same_seed_gives_the_same_result_on_any_number_of_threads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pair = Pair(_raster(_spikes(80)), _raster(_spikes(80, seed=1)))
    found = []
    for n_threads in (1, 3):
        monkeypatch.setattr("numba.get_num_threads", lambda n=n_threads: n)
        found.append(ask_panel(pair, seed=4))
    assert found[0] == found[1]
    assert list(found[0]) == list(JUDGES)
    assert ask_panel(pair, seed=5) != found[0]


def test_rasters_of_other_shapes_are_refused() -> None:
    with pytest.raises(RasterError, match="different bins or neurons"):
        ask_panel(Pair(_raster(_spikes()), _raster(_spikes()[:, :, :2])))


def test_what_trees_see() -> None:
    windows = np.array([[[1, 0, 1], [1, 0, 0]], [[0, 0, 1], [0, 1, 1]]], bool)
    assert bins(windows).tolist() == [[1, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 1]]
    # Neurons per bin, bins per neuron, and spikes of either half by neuron.
    counts = bins_and_counts(windows)[:, 6:].tolist()
    assert counts == [[2, 1, 2, 0, 1, 1, 0, 1, 1, 0, 0], [1, 2, 0, 1, 2, 0, 0, 1, 0, 1, 1]]


@pytest.mark.parametrize("judge", [TREES, TREES_ON_COUNTS])
@pytest.mark.parametrize(("n", "settings"), [(199, (50, 19)), (200, (150, 20)), (60, (50, 6))])
def test_few_windows_get_smaller_leaves_and_fewer_trees(
    monkeypatch: pytest.MonkeyPatch, judge: Judge, n: int, settings: tuple[int, int]
) -> None:
    used = []

    class Trees:
        def __init__(self, max_iter, min_samples_leaf, early_stopping, random_state) -> None:
            used.append((max_iter, min_samples_leaf))
            assert not early_stopping

        def fit(self, values, labels):
            return self

        def predict(self, values):
            return np.ones(len(values))

    monkeypatch.setattr("sklearn.ensemble.HistGradientBoostingClassifier", Trees)
    windows = _spikes(n)
    assert judge.answer(windows, np.arange(n) % 2, windows[:7], 0).tolist() == [True] * 7
    assert used == [settings]


def _fair(windows, labels, unseen, seed):
    return np.arange(len(unseen)) % 4 < 2


@pytest.mark.parametrize(
    ("sizes", "n_neurons", "limit", "used"),
    [
        ((60, 90), 3, 4000, 60),
        ((90, 60), 3, 4000, 60),
        ((90, 90), 3, 50, 50),
        ((1300, 1300), 20, 4000, 1250),
        ((1300, 1300), 40, 4000, 1000),
    ],
)
def test_as_many_windows_of_each_kind_and_fewer_large_ones(
    sizes: tuple[int, int], n_neurons: int, limit: int, used: int
) -> None:
    one, other = (_raster(np.zeros((n, 4, n_neurons), bool)) for n in sizes)
    asked = {"fair": Judge("fair", "a fair judge", _fair, max_spikes=100_000)}
    found = ask_panel(Pair(one, other), judges=asked, max_samples=limit)["fair"]
    assert found.n_samples == used


def test_the_worst_judge_counts() -> None:
    tests = [None if x is None else TwoSampleTest.of(x, 100) for x in (0.6, None, 0.7, 0.5)]
    verdicts = [Verdict(str(i), test, None) for i, test in enumerate(tests)]
    worst = worst_of(verdicts)
    assert worst is not None
    assert worst.judge == "2"
    assert worst_of(verdicts[1:2]) is None
    assert judge_title("of another package") == "of another package"


def test_a_new_judge_is_one_entry() -> None:
    register_judge(Judge("fair", "a fair judge", _fair))
    try:
        with pytest.raises(ConfigError, match="already a judge"):
            register_judge(Judge("fair", "another", _fair))
        raster = _raster(_spikes(60))
        assert list(ask_panel(Pair(raster, raster)))[-1] == "fair"
        assert Verdict("fair", None, None).title == "a fair judge"
    finally:
        del JUDGES["fair"]
