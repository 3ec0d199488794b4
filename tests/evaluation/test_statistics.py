from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuroqgan.evaluation import statistics
from neuroqgan.evaluation.summary import MAX_TRIPLETS, RasterSummary, triplets
from neuroqgan.raster import SpikeRaster

RASTERS = st.tuples(st.integers(1, 6), st.integers(2, 11), st.integers(2, 5)).flatmap(
    lambda shape: arrays(bool, shape)
)


@settings(deadline=None)
@given(RASTERS)
def test_against_plain_definitions(spikes: np.ndarray) -> None:
    raster = SpikeRaster(spikes, 0.02)
    found = statistics.all_statistics(raster)
    flat = spikes.reshape(-1, spikes.shape[2]).astype(float)
    rate = flat.mean(0)
    centred = spikes - rate
    n_bins, n = spikes.shape[1:]
    pairs = np.triu_indices(n, 1)
    assert np.allclose(found["firing_rate"], rate)
    covariance = np.cov(flat.T, bias=True) if len(flat) > 1 else np.zeros((n, n))
    assert np.allclose(found["pair_covariance"], covariance[pairs], atol=1e-7)
    counts = np.bincount(spikes.sum(2).ravel(), minlength=n + 1)
    assert np.allclose(found["k_probability"], counts / len(flat))
    for lag in range(1, min(9, n_bins)):
        expected = (centred[:, :-lag] * centred[:, lag:]).mean((0, 1))
        assert np.allclose(found["autocovariance"][lag - 1], expected, atol=1e-6)
    cross = np.einsum("sti,stj->ij", centred[:, :-1], centred[:, 1:]) / (len(spikes) * (n_bins - 1))
    assert np.allclose(found["lag1_cross_covariance"], cross, atol=1e-6)
    third = [np.prod(flat[:, t] - rate[t], axis=1).mean() for t in triplets(n)]
    assert np.allclose(found["triplet_correlation"], third, atol=1e-6)


@settings(deadline=None)
@given(RASTERS)
def test_weights_are_repetitions(spikes: np.ndarray) -> None:
    weights = np.arange(len(spikes)) % 3
    if not weights.any():
        return
    repeated = SpikeRaster(np.repeat(spikes, weights, axis=0), 0.02)
    weighted = RasterSummary(SpikeRaster(spikes, 0.02)).statistics(weights)
    for name, value in statistics.all_statistics(repeated).items():
        assert np.allclose(weighted[name], value, atol=1e-6), name


def test_inter_spike_intervals_stay_within_samples() -> None:
    spikes = np.zeros((2, 6, 2), bool)
    spikes[0, [0, 2, 5], 0] = True
    spikes[0, 5, 1] = spikes[1, 0, 1] = True
    intervals = statistics.inter_spike_intervals(SpikeRaster(spikes, 0.02))
    assert intervals.tolist() == [0, 0, 0.5, 0.5, 0, 0]
    silent = statistics.inter_spike_intervals(SpikeRaster(np.zeros((2, 6, 2), bool), 0.02))
    assert not silent.any()


def test_entropy_of_known_distributions() -> None:
    random = np.random.default_rng(0)
    fair = SpikeRaster(random.random((4000, 5, 3)) < 0.5, 0.02)
    assert statistics.pattern_entropy(fair) == pytest.approx(3, abs=0.01)
    assert statistics.pattern_entropy(SpikeRaster(np.zeros((9, 2, 3), bool), 0.02)) == 0


def test_the_choice_of_triplets_is_fixed() -> None:
    assert len(triplets(6)) == 20
    many = triplets(50)
    assert many.shape == (MAX_TRIPLETS, 3)
    assert np.array_equal(many, triplets(50))
    assert (np.diff(many, axis=1) > 0).all()
    assert triplets(2).shape == (0, 3)


def test_functions_return_their_statistic() -> None:
    raster = SpikeRaster(np.random.default_rng(1).random((30, 12, 4)) < 0.4, 0.02)
    found = statistics.all_statistics(raster)
    assert tuple(found) == statistics.STATISTICS
    for name, function in (
        ("firing_rate", statistics.firing_rate),
        ("pair_covariance", statistics.pair_covariance),
        ("k_probability", statistics.k_probability),
        ("autocovariance", statistics.autocovariance),
        ("lag1_cross_covariance", statistics.lagged_cross_covariance),
        ("triplet_correlation", statistics.triplet_correlation),
    ):
        assert np.array_equal(function(raster), found[name])
