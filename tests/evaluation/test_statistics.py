from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.statistics import window_sums
from neuroqgan.evaluation.statistics.statistic_registry import (
    STATISTICS,
    current_key,
    measure,
    register_statistic,
)
from neuroqgan.evaluation.statistics.summary import RasterSummary
from neuroqgan.evaluation.statistics.window_sums import MAX_TRIPLETS, triplets
from neuroqgan.raster import SpikeRaster

RASTERS = st.tuples(st.integers(1, 6), st.integers(2, 11), st.integers(2, 5)).flatmap(
    lambda shape: arrays(bool, shape)
)


@settings(deadline=None)
@given(RASTERS)
def test_against_plain_definitions(spikes: np.ndarray) -> None:
    raster = SpikeRaster(spikes, 0.02)
    found = measure(raster)
    flat = spikes.reshape(-1, spikes.shape[2]).astype(float)
    rate = flat.mean(0)
    centred = spikes - rate
    n_bins, n = spikes.shape[1:]
    pairs = np.triu_indices(n, 1)
    assert np.allclose(found["spike_probability"], rate)
    covariance = np.cov(flat.T, bias=True) if len(flat) > 1 else np.zeros((n, n))
    assert np.allclose(found["pair_covariance"], covariance[pairs], atol=1e-7)
    counts = np.bincount(spikes.sum(2).ravel(), minlength=n + 1)
    assert np.allclose(found["k_probability"], counts / len(flat))
    assert len(found["autocovariance"]) == min(8, n_bins - 1)
    for lag in range(1, min(9, n_bins)):
        expected = (centred[:, :-lag] * centred[:, lag:]).mean((0, 1))
        assert np.allclose(found["autocovariance"][lag - 1], expected, atol=1e-6)
    cross = np.einsum("sti,stj->ij", centred[:, :-1], centred[:, 1:]) / (len(spikes) * (n_bins - 1))
    assert np.allclose(found["lag1_cross_covariance"], cross, atol=1e-6)
    third = [np.prod(flat[:, t] - rate[t], axis=1).mean() for t in triplets(n)]
    assert np.allclose(found["triplet_correlation"], third, atol=1e-6)
    _, patterns = np.unique(flat, axis=0, return_counts=True)
    share = patterns / patterns.sum()
    bias = (len(patterns) - 1) / (2 * len(flat) * np.log(2))
    assert np.allclose(found["pattern_entropy"], bias - share @ np.log2(share))


@settings(deadline=None)
@given(RASTERS)
def test_weights_are_repetitions(spikes: np.ndarray) -> None:
    weights = np.arange(len(spikes)) % 3
    if not weights.any():
        return
    summary = RasterSummary(SpikeRaster(spikes, 0.02))
    before = {key: statistic.compute(summary) for key, statistic in STATISTICS.items()}
    weighted = summary.reweighted(weights)
    repeated = measure(SpikeRaster(np.repeat(spikes, weights, axis=0), 0.02))
    for key, statistic in STATISTICS.items():
        assert np.allclose(statistic.compute(weighted), repeated[key], atol=1e-6), key
        assert np.array_equal(statistic.compute(summary), before[key]), key


def test_a_single_bin_has_no_covariance_in_time() -> None:
    found = measure(SpikeRaster(np.ones((4, 1, 3), bool), 0.02))
    assert found["autocovariance"].shape == (0, 3)
    assert found["lag1_cross_covariance"].shape == (0, 0)
    pair = measure(SpikeRaster(np.ones((4, 2, 2), bool), 0.02), ["triplet_correlation"])
    assert pair["triplet_correlation"].shape == (0,)


def test_inter_spike_intervals_stay_within_samples() -> None:
    spikes = np.zeros((2, 6, 2), bool)
    spikes[0, [0, 2, 5], 0] = True
    spikes[0, 5, 1] = spikes[1, 0, 1] = True
    key = "inter_spike_interval"
    assert measure(SpikeRaster(spikes, 0.02), [key])[key].tolist() == [0, 0, 0.5, 0.5, 0, 0]
    spikes[0, 2, 0] = False
    assert measure(SpikeRaster(spikes, 0.02), [key])[key].tolist() == [0, 0, 0, 0, 0, 1]
    silent = SpikeRaster(np.zeros((2, 6, 2), bool), 0.02)
    assert not measure(silent, [key])[key].any()


def test_the_pattern_entropy_is_corrected_for_few_bins() -> None:
    # Four of eight bins hold one pattern, four another: 1 bit, and Miller and Madow's correction
    # by (2 - 1) / (2 * 8) nats.
    spikes = np.zeros((2, 4, 2), bool)
    spikes[1, :, 0] = True
    (entropy,) = measure(SpikeRaster(spikes, 0.02), ["pattern_entropy"])["pattern_entropy"]
    assert entropy == pytest.approx(1 + 1 / (16 * np.log(2)))
    (none,) = measure(SpikeRaster(np.zeros((9, 2, 3), bool), 0.02))["pattern_entropy"]
    assert none == 0


def test_the_choice_of_triplets_is_fixed() -> None:
    assert len(triplets(6)) == 20
    many = triplets(50)
    assert many.shape == (MAX_TRIPLETS, 3)
    assert np.array_equal(many, triplets(50))
    assert (np.diff(many, axis=1) > 0).all()
    assert len(np.unique(many, axis=0)) == MAX_TRIPLETS
    assert many[0].tolist() == [0, 1, 41]
    assert triplets(2).shape == (0, 3)


def test_nothing_is_computed_that_was_not_asked_for(
    make_raster: Callable[..., SpikeRaster], monkeypatch: pytest.MonkeyPatch
) -> None:
    computed = []
    real = RasterSummary.by_window

    def by_window(self, function, *arguments):
        computed.append(function)
        return real(self, function, *arguments)

    monkeypatch.setattr(RasterSummary, "by_window", by_window)
    assert list(measure(make_raster(), ["spike_probability"])) == ["spike_probability"]
    assert computed == [window_sums.spike_counts]


def test_sums_of_windows_are_shared_by_all_weightings(make_raster) -> None:
    calls = []

    def count(spikes):
        calls.append(1)
        return spikes.sum(1)

    summary = RasterSummary(make_raster(5))
    for weights in (np.ones(5), np.arange(5), np.zeros(5)):
        summary.reweighted(weights).total(count)
    assert len(calls) == 1


def test_keys() -> None:
    assert current_key("firing_rate") == "spike_probability"
    assert current_key("something else") == "something else"
    with pytest.raises(ConfigError, match="no statistic 'firing'"):
        measure(SpikeRaster(np.ones((1, 2, 2), bool), 0.02), ["firing"])
    with pytest.raises(ConfigError, match="already"):
        register_statistic(STATISTICS["pattern_entropy"])
