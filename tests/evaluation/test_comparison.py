from __future__ import annotations

import math

import numpy as np
import pytest

from neuroqgan.evaluation.comparison import ZERO, _comparison, _log_ratios, compare
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, measure
from neuroqgan.raster import SpikeRaster


def test_errors_and_floors_are_mean_absolute_differences(make_raster) -> None:
    generated, reference, floor = (make_raster(30, seed=seed) for seed in range(3))
    rows = compare(generated, reference, floor, n_bootstrap=0)
    one, two, three = map(measure, (generated, reference, floor))
    assert list(rows) == list(STATISTICS)
    for key, row in rows.items():
        assert row.error == pytest.approx(np.abs(one[key] - two[key]).mean()), key
        assert row.floor == pytest.approx(np.abs(three[key] - two[key]).mean()), key
        assert row.ratio == row.error / row.floor
        assert math.isnan(row.ratio_low)
        assert math.isnan(row.ratio_high)


def test_the_interval_is_that_of_resampled_ratios_centred_on_the_ratio() -> None:
    # Log ratios of -1 to 1 around any centre: 95 % of them lie within 0.95 of it.
    logs = 5 + np.linspace(-1, 1, 2001)
    row = _comparison(0.06, 0.02, np.append(logs, [np.nan, np.inf]), is_defined=True)
    assert row.ratio == pytest.approx(3)
    assert row.ratio_low == pytest.approx(3 * math.exp(-0.95))
    assert row.ratio_high == pytest.approx(3 * math.exp(0.95))


@pytest.mark.parametrize(
    ("error", "floor", "is_defined", "ratio"),
    [
        (0.1, 2 * ZERO, True, 0.1 / (2 * ZERO)),
        (0.1, ZERO, True, None),
        (0.1, math.nan, True, None),
        (0.1, 0.1, False, None),
        (0.0, 0.1, True, 0.0),
    ],
)
def test_ratios_that_there_are_not(
    error: float, floor: float, is_defined: bool, ratio: float | None
) -> None:
    row = _comparison(error, floor, np.zeros(3), is_defined=is_defined)
    assert (row.error, row.floor) == pytest.approx((error, floor), nan_ok=True)
    if ratio is None:
        assert math.isnan(row.ratio)
    else:
        assert row.ratio == pytest.approx(ratio)
    assert math.isnan(row.ratio_low) == (not ratio)


def test_windows_of_all_rasters_are_resampled(make_raster) -> None:
    # A raster of equal windows has no variation of its own, so that the interval comes from the
    # other two.
    equal = SpikeRaster(np.repeat(make_raster(1, seed=9).spikes, 30, axis=0), 0.02)
    widths = []
    for rasters in (
        (make_raster(30, seed=1), equal, equal.with_spikes(~equal.spikes)),
        (equal, make_raster(30, seed=1), equal.with_spikes(~equal.spikes)),
        (equal, equal.with_spikes(~equal.spikes), make_raster(30, seed=1)),
    ):
        row = compare(*rasters, n_bootstrap=50)["spike_probability"]
        widths.append(row.ratio_high / row.ratio_low)
    assert min(widths) > 1.01


def test_the_interval_covers_the_ratio_of_other_draws(make_raster) -> None:
    # Widths of bootstrap intervals follow the number of windows.
    widths = []
    for n in (40, 640):
        rasters = [make_raster(n, 8, 6, seed=seed) for seed in range(3)]
        spikes = rasters[0].spikes | (
            np.random.default_rng(5).random(rasters[0].spikes.shape) < 0.1
        )
        row = compare(SpikeRaster(spikes, 0.02), *rasters[1:])["spike_probability"]
        widths.append(math.log(row.ratio_high / row.ratio_low))
    assert 0.3 < widths[0] < 3
    assert widths[0] > 0.6 * widths[1] > 0.1


def test_what_is_defined(make_raster) -> None:
    real = [make_raster(40, seed=seed) for seed in range(2)]
    alternating = np.zeros((40, 8, 4), bool)
    alternating[:20, :, 0] = True  # varies between windows, and is constant within
    rows = compare(SpikeRaster(alternating, 0.02), *real, n_bootstrap=0)
    assert all(math.isfinite(row.ratio) for row in rows.values())
    always = np.zeros((40, 8, 4), bool)
    always[:, :, 0] = True
    rows = compare(SpikeRaster(always, 0.02), *real, n_bootstrap=0)
    undefined = {key for key, row in rows.items() if math.isnan(row.ratio)}
    assert undefined == {key for key, found in STATISTICS.items() if found.is_covariance}
    once = np.zeros((40, 8, 4), bool)
    once[:, 3] = True
    once[0] = False
    rows = compare(SpikeRaster(once, 0.02), *real, n_bootstrap=0)
    assert {key for key, row in rows.items() if math.isnan(row.ratio)} == {"inter_spike_interval"}
    single = np.zeros((40, 8, 4), bool)
    single[0, 0, 0] = True
    rows = compare(SpikeRaster(single, 0.02), *real, n_bootstrap=0)
    assert {key for key, row in rows.items() if math.isnan(row.ratio)} == {"inter_spike_interval"}


def test_logarithms_of_ratios() -> None:
    found = _log_ratios([0.2, 0.0, 0.1], [0.1, 0.1, 0.0])
    assert found[0] == pytest.approx(math.log(2))
    assert np.isnan(found[1:]).all()


def test_which_statistics_are_covariances() -> None:
    assert {key for key, found in STATISTICS.items() if found.is_covariance} == {
        "pair_covariance",
        "autocovariance",
        "lag1_cross_covariance",
        "triplet_correlation",
    }
