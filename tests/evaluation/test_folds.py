"""Which windows judges learn from, and on which they are tested."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.covariates import trial_time
from neuroqgan.data.split import split
from neuroqgan.evaluation.judges import folds
from neuroqgan.evaluation.judges.folds import groups_of, trials_of, two_folds
from neuroqgan.evaluation.judges.nearest_neighbours import NEAREST_NEIGHBOURS
from neuroqgan.evaluation.judges.panel import Pair, ask_panel
from neuroqgan.evaluation.reference import real_windows
from neuroqgan.raster import SpikeRaster


def _movie(n_trials: int, seed: int, n_bins: int = 160) -> SpikeRaster:
    """Trials that repeat one movie, with little chance of their own."""
    movie = np.random.default_rng(0).choice([0.02, 0.98], (n_bins, 6))
    return SpikeRaster(np.random.default_rng(seed).random((n_trials, n_bins, 6)) < movie, 0.02)


def _told_apart(n_windows: int) -> SpikeRaster:
    """Windows that hold their own number in binary."""
    bits = np.arange(n_windows)[:, None] >> np.arange(12) & 1
    return SpikeRaster(bits.astype(bool).reshape(n_windows, 3, 4), 0.02)


def _numbers(windows: np.ndarray) -> np.ndarray:
    return windows.reshape(len(windows), -1) @ (1 << np.arange(12))


def test_a_trial_is_in_one_fold_and_its_neighbours_in_the_other() -> None:
    rasters = _told_apart(60), _told_apart(80)
    trials = np.arange(60) // 10, np.arange(80) // 8
    made = two_folds(rasters, trials, 1000, np.random.default_rng(0))
    for number, fold in enumerate(made):
        assert fold.labels.sum() * 2 == len(fold.labels)
        for kind in (0, 1):
            of_trial = trials[kind][_numbers(fold.windows[fold.labels == kind])]
            assert set(of_trial % 2) == {number}
    # Fewer, if that many are enough.
    few, _ = two_folds(rasters, trials, 20, np.random.default_rng(0))
    assert np.bincount(few.labels).tolist() == [10, 10]


def test_successive_windows_are_kept_together_where_no_trials_are_known() -> None:
    raster = _told_apart(200)
    groups = groups_of(raster, None)
    assert np.array_equal(groups, np.arange(200) // 10)
    # Trials that would make folds of very different sizes are no better.
    for trials in (np.repeat([0, 1, 2], [60, 70, 70]), np.repeat([0, 1, 2, 3], [180, 8, 8, 4])):
        assert np.array_equal(groups_of(raster, trials), groups)
    assert len(np.unique(groups_of(_told_apart(8), None))) == 8


def test_trials_are_known_from_covariates() -> None:
    parts = split(_movie(8, 0), 16, trial_time(160, 0.02))
    assert parts.train_places is not None
    assert np.array_equal(trials_of(parts.train, None), parts.train_places[0])
    assert trials_of(parts.train.with_covariates(None), None) is None
    given = np.arange(parts.train.n_samples) % 4
    assert np.array_equal(trials_of(parts.train, given), given)


def test_random_folds_of_repeated_trials_are_below_chance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Both kinds are trials of twelve windows that repeat one movie.
    movie = np.random.default_rng(0).random((12, 8, 5)) < 0.3
    trials = np.repeat(np.arange(20), 12)
    noise = np.random.default_rng(1).random((2, 240, 8, 5)) < 0.002
    pair = Pair(*(SpikeRaster(np.tile(movie, (20, 1, 1)) ^ n, 0.02) for n in noise), trials, trials)
    asked = {"near": NEAREST_NEIGHBOURS}

    def accuracy() -> float:
        found = [ask_panel(pair, judges=asked, seed=seed)["near"].accuracy for seed in range(6)]
        return float(np.mean(found))

    assert abs(accuracy() - 0.5) < 0.03
    random = np.random.default_rng(2)
    monkeypatch.setattr(folds, "fold_numbers", lambda groups: random.permutation(len(groups)) % 2)
    assert accuracy() < 0.47


def test_halves_are_made_of_trials() -> None:
    raster, trials = _told_apart(60), np.arange(60) // 10
    halves = real_windows(raster, trials=(trials, None))
    assert set(trials[_numbers(halves.compared.spikes)]) == {0, 2, 4}
    assert halves.floor_trials is not None
    assert set(halves.floor_trials) == {1, 3, 5}
    assert halves.compared_trials is not None
    assert len(halves.compared_trials) == halves.compared.n_samples
    unknown = real_windows(raster)
    assert _numbers(unknown.floor.spikes).tolist() == list(range(1, 60, 2))
    assert unknown.floor_trials is None
