"""The stretch of which trial every sample of a raster saw."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, RasterError


def _numbered(n_trials: int, n_bins: int) -> Covariates:
    return Covariates(np.arange(n_trials * n_bins).reshape(n_trials, n_bins, 1), ["number"])


def test_rows_are_those_of_trial_and_bin() -> None:
    windows = CovariateWindows(_numbered(3, 10), [2, 0], [4, 0], 3)
    assert windows.rows()[..., 0].tolist() == [[24, 25, 26], [0, 1, 2]]
    assert windows.rows(1)[..., 0].tolist() == [[25, 26], [1, 2]]
    assert windows.rows(2, 1)[..., 0].tolist() == [[26], [2]]
    assert windows.trial_bins.tolist() == [[4, 5, 6], [0, 1, 2]]


def test_outside_its_trial_a_sample_sees_the_first_and_the_last_bin() -> None:
    windows = CovariateWindows(_numbered(2, 4), [1], [1], 3)
    assert windows.rows(-3, 8)[0, :, 0].tolist() == [4, 4, 4, 5, 6, 7, 7, 7]


def test_all_trials_see_what_is_shared() -> None:
    windows = CovariateWindows(trial_time(10, 1), [7, 123], [0, 5], 2)
    assert windows.rows()[..., 0].tolist() == [[0, 1], [5, 6]]


@pytest.mark.parametrize(
    ("trials", "starts", "n_bins"),
    [
        ([0], [8], 3),
        ([0], [-1], 3),
        ([2], [0], 3),
        ([-1], [0], 3),
        ([0], [0], 11),
        ([0, 1], [0], 3),
    ],
)
def test_samples_outside_the_trials(trials: list[int], starts: list[int], n_bins: int) -> None:
    with pytest.raises(RasterError, match="do not lie within"):
        CovariateWindows(_numbered(2, 10), trials, starts, n_bins)


def test_samples_without_bins() -> None:
    with pytest.raises(ConfigError, match="n_bins"):
        CovariateWindows(_numbered(2, 10), [0], [0], 0)


@given(
    n_trials=st.integers(1, 4),
    n_bins=st.integers(4, 12),
    window=st.integers(1, 4),
    first=st.integers(0, 2),
)
def test_cut_taken_and_stretched_windows_see_the_same(
    n_trials: int, n_bins: int, window: int, first: int
) -> None:
    covariates = _numbered(n_trials, n_bins)
    trials = CovariateWindows.whole_trials(covariates, n_trials + 1)
    # As `SpikeRaster.windows` cuts the spikes.
    whole = trials.rows()[:, : n_bins // window * window].reshape(-1, window, 1)
    cut = trials.windows(window)
    assert np.array_equal(cut.rows(), whole)
    order = np.arange(len(whole))[::-2]
    assert np.array_equal(cut.take(order).rows(), whole[order])
    assert cut.take(order).n_samples == len(order)
    part = trials.stretch(first, n_bins - first)
    assert np.array_equal(part.rows(), trials.rows()[:, first:])


def test_whole_trials_come_one_after_the_other() -> None:
    windows = CovariateWindows.whole_trials(_numbered(3, 5), 7)
    assert windows.trials.tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert windows.starts.tolist() == [0] * 7
    assert windows.n_bins == 5


def test_random_places_are_spread_evenly() -> None:
    covariates = _numbered(4, 103)
    windows = CovariateWindows.spread(covariates, 1600, 4, seed=1)
    assert np.ptp(np.bincount(windows.trials)) == 0
    for part in (windows.starts, windows.starts[300:700]):
        counts = np.histogram(part, np.linspace(0, 100, 11))[0]
        assert np.ptp(counts) <= 0.1 * counts.mean()
    again = CovariateWindows.spread(covariates, 1600, 4, seed=1)
    assert windows == again
    assert windows != CovariateWindows.spread(covariates, 1600, 4, seed=2)
    with pytest.raises(RasterError, match="do not lie within"):
        CovariateWindows.spread(covariates, 3, 104, seed=1)


def test_samples_as_trials_of_their_own() -> None:
    shared = trial_time(10, 1)
    same = CovariateWindows(shared, [0, 1], [3, 3], 4).as_trials()
    assert same.values.ravel().tolist() == [3, 4, 5, 6]
    assert same.is_shared
    other = CovariateWindows(shared, [0, 1], [3, 5], 4).as_trials()
    assert other.values[..., 0].tolist() == [[3, 4, 5, 6], [5, 6, 7, 8]]
    own = CovariateWindows(_numbered(3, 4), [2, 0], [0, 0], 4).as_trials()
    assert own.values[..., 0].tolist() == [[8, 9, 10, 11], [0, 1, 2, 3]]
    assert own.names == ("number",)


def test_windows_differ_by_place() -> None:
    windows = CovariateWindows(_numbered(3, 10), [2, 0], [4, 0], 3)
    assert windows != CovariateWindows(_numbered(3, 10), [2, 1], [4, 0], 3)
    assert windows != CovariateWindows(_numbered(3, 10), [2, 0], [4, 1], 3)
    assert windows != CovariateWindows(_numbered(4, 10), [2, 0], [4, 0], 3)
    assert windows == CovariateWindows(_numbered(3, 10), [2, 0], [4, 0], 3)
    assert windows != 3
