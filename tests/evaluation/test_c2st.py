from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.evaluation.c2st import _features, classifier_two_sample_test
from neuroqgan.raster import SpikeRaster


def test_what_the_trees_see() -> None:
    raster = SpikeRaster([[[1, 0, 1], [1, 0, 0]], [[0, 0, 1], [0, 1, 1]]], 0.02)
    rows = _features(raster, 2, np.random.default_rng(0))
    # Spikes bin by bin, neurons per bin, bins per neuron.
    expected = [[1, 0, 1, 1, 0, 0, 2, 1, 2, 0, 1], [0, 0, 1, 0, 1, 1, 1, 2, 0, 1, 2]]
    assert sorted(rows.tolist()) == sorted(expected)
    (one,) = _features(raster, 1, np.random.default_rng(0)).tolist()
    assert one in expected


@pytest.mark.parametrize(
    ("sizes", "limit", "used"), [((60, 90), 4000, 60), ((90, 60), 4000, 60), ((90, 90), 50, 50)]
)
def test_as_many_windows_of_each_kind(make_raster, sizes, limit: int, used: int) -> None:
    a, b = (make_raster(n, 4, 3, seed=n) for n in sizes)
    found = classifier_two_sample_test(a, b, max_samples=limit)
    assert found is not None
    assert found.n_samples == used


@pytest.mark.parametrize(("n_neurons", "used"), [(4, 1500), (400, 1247), (800, 1000)])
def test_large_windows_are_cut_to_fewer(
    make_raster, monkeypatch: pytest.MonkeyPatch, n_neurons: int, used: int
) -> None:
    seen = []

    def predicted(trees, values, labels, cv):
        seen.append(values.shape)
        return labels

    monkeypatch.setattr("sklearn.model_selection.cross_val_predict", predicted)
    raster = make_raster(1500, 3, n_neurons)
    found = classifier_two_sample_test(raster, raster)
    n_features = 3 * n_neurons + 3 + n_neurons
    assert found is not None
    assert found.n_samples == used
    assert seen == [(2 * found.n_samples, n_features)]
    assert found.accuracy == 1


@pytest.mark.parametrize(("n", "settings"), [(199, (50, 19)), (200, (150, 20)), (60, (50, 6))])
def test_few_windows_get_smaller_leaves_and_fewer_trees(
    make_raster, monkeypatch: pytest.MonkeyPatch, n: int, settings: tuple[int, int]
) -> None:
    used = []

    def predicted(trees, values, labels, cv):
        used.append((trees.max_iter, trees.min_samples_leaf))
        assert not trees.early_stopping
        assert cv.n_splits == 2
        assert cv.shuffle
        return 1 - labels

    monkeypatch.setattr("sklearn.model_selection.cross_val_predict", predicted)
    raster = make_raster(n, 3, 3)
    found = classifier_two_sample_test(raster, raster)
    assert used == [settings]
    assert found is not None
    assert found.accuracy == 0
