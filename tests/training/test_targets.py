"""Moments of a recording and their standard errors."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.raster import SpikeRaster
from neuroqgan.training.targets import AUTO_WEIGHT, K_WEIGHT, MAX_LAG, RATE_WEIGHT, Targets


def _windows(n_samples: int = 50, n_bins: int = 6, n_neurons: int = 3) -> SpikeRaster:
    rates = np.linspace(0.1, 0.6, n_neurons)
    spikes = np.random.default_rng(0).random((n_samples, n_bins, n_neurons)) < rates
    return SpikeRaster(spikes, 0.02)


def test_every_moment_is_a_mean_over_windows() -> None:
    windows = _windows()
    x = windows.spikes.astype(float)
    targets = Targets.from_windows(windows)
    assert np.allclose(targets.rate.value, x.mean((0, 1)), atol=1e-6)
    for place, (i, j) in enumerate(zip(*np.triu_indices(3, 1), strict=True)):
        assert float(targets.pairs.value[place]) == pytest.approx(
            (x[..., i] * x[..., j]).mean(), abs=1e-6
        )
    counts = windows.spikes.sum(2)
    shares = [(counts == k).mean() for k in range(4)]
    assert np.allclose(targets.k_probability.value, shares, atol=1e-6)
    assert targets.n_lags == 5
    for lag in range(1, 6):
        products = np.einsum("sti,stj->ij", x[:, :-lag], x[:, lag:]) / (50 * (6 - lag))
        assert np.allclose(targets.lagged.value[lag - 1], products, atol=1e-6)


def test_errors_are_standard_errors_over_windows_with_half_an_event_at_least() -> None:
    windows = _windows()
    targets = Targets.from_windows(windows)
    by_window = windows.spikes.mean(1)
    wanted = np.sqrt(by_window.var(0) / 50 + (0.5 / 50) ** 2)
    assert np.allclose(targets.rate.error, wanted, atol=1e-6)
    products = (windows.spikes[:, :-2, 0] & windows.spikes[:, 2:, 1]).sum(1) / 4
    wanted = np.sqrt(products.var() / 50 + (0.5 / 50) ** 2)
    assert float(targets.lagged.error[1, 0, 1]) == pytest.approx(wanted, abs=1e-6)
    silent = Targets.from_windows(SpikeRaster(np.zeros((20, 3, 2), bool), 0.02))
    assert np.allclose(silent.rate.error, 0.5 / 20)
    assert np.allclose(silent.pairs.error, 0.5 / 20)


def test_lags_end_after_a_dozen_bins_or_with_the_window() -> None:
    assert Targets.from_windows(_windows(n_bins=20)).n_lags == MAX_LAG == 12
    assert Targets.from_windows(_windows(n_bins=13)).n_lags == 12
    assert Targets.from_windows(_windows(n_bins=2)).n_lags == 1
    assert Targets.from_windows(_windows(n_bins=1)).n_lags == 0
    assert Targets.from_windows(_windows(n_bins=1)).lagged.value.shape == (0,)


def test_rates_counts_and_autocovariances_weigh_more_than_the_rest() -> None:
    assert (RATE_WEIGHT, K_WEIGHT, AUTO_WEIGHT) == (3.0, 2.0, 2.0)
