from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from neuroqgan.evaluation.energy import energy_test
from neuroqgan.evaluation.judges.panel import Pair
from neuroqgan.evaluation.judges.smoothing import DECAY, smoothed, squared_distances
from neuroqgan.raster import SpikeRaster


def _raster(n: int, seed: int, rate: float = 0.3) -> SpikeRaster:
    return SpikeRaster(np.random.default_rng(seed).random((n, 8, 3)) < rate, 0.02)


def test_a_spike_fades_in_time() -> None:
    spikes = np.zeros((2, 8, 3), bool)
    spikes[0, 2, 1] = True
    rows = smoothed(spikes).reshape(2, 8, 3)
    assert rows[0, :, 1] == pytest.approx(np.exp(-np.abs(np.arange(8) - 2) / DECAY))
    assert rows.sum() == pytest.approx(rows[0, :, 1].sum())
    random = np.random.default_rng(0).random((2, 20, 5)).astype(np.float32)
    assert squared_distances(*random) == pytest.approx(cdist(*random) ** 2, abs=1e-5)


def test_the_distance_by_brute_force() -> None:
    rasters, trials = (_raster(30, 0), _raster(40, 1)), (np.arange(30) // 5, np.arange(40) // 10)
    one, other = (smoothed(raster.spikes) for raster in rasters)

    def within(rows: np.ndarray, of_trial: np.ndarray) -> float:
        return cdist(rows, rows)[of_trial[:, None] != of_trial].mean()

    expected = 2 * cdist(one, other).mean() - within(one, trials[0]) - within(other, trials[1])
    assert energy_test(Pair(*rasters, *trials)).distance == pytest.approx(expected, abs=1e-5)


def test_p_values_are_uniform_without_a_difference_and_small_with_one() -> None:
    same = [energy_test(Pair(_raster(60, i), _raster(80, i + 99)), seed=i) for i in range(25)]
    p_values = np.array([test.p_value for test in same])
    assert 0.3 < p_values.mean() < 0.7
    assert (p_values < 0.1).mean() < 0.3
    assert energy_test(Pair(_raster(100, 0, 0.2), _raster(100, 1))).p_value == 0.001


def test_whole_trials_change_sides() -> None:
    # Trials differ, and two windows of one are alike. If single windows changed sides, the few
    # trials on either side would look like a difference.
    random = np.random.default_rng(0)
    p_values = []
    for _ in range(20):
        rates = random.choice([0.1, 0.5], (16, 1, 1, 1))
        spikes = (random.random((16, 12, 8, 3)) < rates).reshape(2, 96, 8, 3)
        trials = np.arange(96) // 12
        pair = Pair(*(SpikeRaster(part, 0.02) for part in spikes), trials, trials)
        p_values.append(energy_test(pair).p_value)
    assert np.mean(np.array(p_values) < 0.05) < 0.3
