"""What free runs are compared by."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.evaluation.statistics.statistic_registry import measure
from neuroqgan.models.history.moment_matching.window_moments import WindowMoments
from neuroqgan.raster import SpikeRaster

N_NEURONS, N_BINS = 4, 12


@pytest.fixture(scope="module")
def spikes() -> np.ndarray:
    random = np.random.default_rng(0)
    drive = random.random((600, N_BINS + 8, 1)) < 0.3
    spikes = random.random((600, N_BINS + 8, N_NEURONS)) < np.where(drive, 0.5, 0.1)
    for t in range(1, N_BINS + 8):
        spikes[:, t] |= spikes[:, t - 1] & (random.random((600, N_NEURONS)) < 0.3)
    return spikes[:, 8:]


def _statistics(moments: WindowMoments, spikes: np.ndarray) -> np.ndarray:
    mean = moments.of(spikes).double().mean(0)
    return moments.statistics(mean).numpy()


def test_statistics_are_those_that_rasters_are_judged_by(spikes: np.ndarray) -> None:
    moments = WindowMoments(N_NEURONS, N_BINS)
    found = _statistics(moments, spikes)
    judged = measure(SpikeRaster(spikes, 0.02))
    groups = moments.groups
    assert len(found) == moments.n_moments == len(groups)
    names = {"rate": "spike_probability", "pair": "pair_covariance", "k": "k_probability"}
    for group, name in names.items():
        assert np.allclose(found[groups == group], judged[name], atol=1e-6), group
    rate = spikes.mean((0, 1))
    for lag in range(1, 9):
        both = (spikes[:, :-lag] & spikes[:, lag:]).mean((0, 1))
        assert np.allclose(found[groups == f"own {lag}"], both - rate**2, atol=1e-6), lag
    first = found[(groups == "cross 1") | (groups == "own 1")].reshape(N_NEURONS, N_NEURONS)
    together = np.einsum("wti,wtj->ij", spikes[:, :-1] * 1.0, spikes[:, 1:] * 1.0)
    assert np.allclose(first, together / spikes[:, 1:, 0].size - np.outer(rate, rate), atol=1e-6)
    # Those are judged by covariances whose rates are of the bins that have a partner.
    assert np.allclose(first, judged["lag1_cross_covariance"], atol=5e-3)
    counts = spikes.sum(1)
    covariance = np.cov(counts.T, bias=True)[np.triu_indices(N_NEURONS)] / N_BINS
    assert np.allclose(found[groups == "count"], covariance, atol=1e-6)
    for least in (1, 2, 3, 4, 6):
        often = (counts >= least).mean(0)
        assert np.allclose(found[groups == f"least {least}"], often, atol=1e-6), least


def test_longer_windows_count_in_parts(spikes: np.ndarray) -> None:
    moments = WindowMoments(N_NEURONS, N_BINS // 3)
    parts = spikes.reshape(-1, N_BINS // 3, N_NEURONS)
    inside = moments.groups == "count"
    assert np.allclose(_statistics(moments, spikes)[inside], _statistics(moments, parts)[inside])


def test_directions_are_derivatives(spikes: np.ndarray) -> None:
    moments = WindowMoments(N_NEURONS, N_BINS)
    mean = moments.of(spikes).double().mean(0)
    random = torch.Generator().manual_seed(0)
    along = torch.randn(len(mean), 3, dtype=torch.float64, generator=random)
    step = 1e-6
    for i, change in enumerate(along.T):
        ahead = moments.statistics(mean + step * change)
        behind = moments.statistics(mean - step * change)
        slope = (ahead - behind) / (2 * step)
        assert torch.allclose(moments.directions(mean, along)[:, i], slope, atol=1e-6)


def test_standard_errors_are_the_spread_of_repetitions(spikes: np.ndarray) -> None:
    moments = WindowMoments(N_NEURONS, N_BINS)
    errors = moments.standard_errors(spikes).numpy()
    random = np.random.default_rng(1)
    repeated = [_statistics(moments, spikes[random.integers(600, size=600)]) for _ in range(200)]
    spread = np.std(repeated, axis=0)
    usual = np.isin(moments.groups, ["rate", "pair", "own 1", "cross 1", "count"])
    assert np.allclose(errors[usual], spread[usual], rtol=0.25)


def test_errors_of_what_never_happens_are_not_zero() -> None:
    moments = WindowMoments(3, 4)
    assert (moments.standard_errors(np.zeros((8, 4, 3), bool)) > 0).all()
