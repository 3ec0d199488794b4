"""The figures of published benchmarks."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy.stats import gaussian_kde

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.suites.ldns import measure
from neuroqgan.evaluation.suites.suite_registry import SUITES, figure_of, find_suite
from neuroqgan.raster import SpikeRaster


def _published(spikes: np.ndarray, real: np.ndarray, bin_width: float) -> dict[str, float]:
    """The figures as they are computed in the notebooks of LDNS."""
    counts = [x.sum(2).flatten() for x in (spikes, real)]
    at = np.arange(max(x.max() for x in counts) + 1)
    p, q = (density / density.sum() for density in (gaussian_kde(x)(at) for x in counts))
    one, other = (np.corrcoef(x.reshape(-1, x.shape[-1]).T) for x in (spikes, real))
    gap = np.tril(one, -1) - np.tril(other, -1)
    means, stds = [], []
    for x in (spikes, real):
        intervals: list[list[float]] = [[] for _ in range(x.shape[2])]
        for window in x:
            for neuron, train in enumerate(window.T):
                intervals[neuron] += (np.diff(np.flatnonzero(train)) * bin_width).tolist()
        means.append(np.array([np.mean(found) if found else np.nan for found in intervals]))
        stds.append(np.array([np.std(found) if found else np.nan for found in intervals]))
    return {
        "count_kl": np.nansum(p * np.log(p / q)),
        "correlation": np.sqrt(np.nanmean(gap**2)),
        "interval_mean": np.sqrt(np.nanmean((means[0] - means[1]) ** 2)),
        "interval_std": np.sqrt(np.nanmean((stds[0] - stds[1]) ** 2)),
    }


def test_ldns_is_computed_as_published(make_raster) -> None:
    spikes, real = make_raster(50, 8, 5, 0.3, seed=0), make_raster(60, 8, 5, 0.4, seed=1)
    # A neuron without intervals is left out.
    sparse = spikes.spikes.copy()
    sparse[:, 1:, 3] = False
    for found in (spikes, spikes.with_spikes(sparse)):
        expected = _published(found.spikes, real.spikes, 0.02)
        assert measure(found, real) == pytest.approx(expected, rel=1e-9)


def test_what_cannot_be_computed_is_not_a_number(make_raster) -> None:
    silent = SpikeRaster(np.zeros((50, 8, 4), bool), 0.02)
    found = measure(silent, make_raster(50))
    assert all(map(math.isnan, found.values()))


def test_a_suite_is_printed_and_stored(make_raster) -> None:
    generated, real, training = (make_raster(30, seed=seed) for seed in range(3))
    evaluation = judge(generated, real, training, n_bootstrap=0, suite="ldns")
    assert evaluation.suite is not None
    row = evaluation.suite.rows["interval_mean"]
    assert row.value == measure(generated, real)["interval_mean"]
    assert row.floor == measure(training, real)["interval_mean"]
    (line,) = (x for x in str(evaluation).splitlines() if x.startswith("LDNS: mean interval"))
    assert line.split()[4:] == [f"{row.value:.2g}", f"{row.floor:.2g}"]
    assert "<td>nats</td>" in evaluation._repr_html_()
    values = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert Evaluation.from_dict(values) == evaluation
    values["suite"]["suite"] = "another"
    assert "suite: count_kl" in str(Evaluation.from_dict(values))
    assert judge(generated, real, training, n_bootstrap=0).suite is None


def test_unknown_suites(make_raster) -> None:
    assert list(SUITES) == ["ldns"]
    with pytest.raises(ConfigError, match="no suite 'ldms'"):
        find_suite("ldms")
    with pytest.raises(ConfigError, match="no suite"):
        judge(make_raster(20), make_raster(20), suite="ldms")
    assert figure_of("ldns", "count_kl").unit == "nats"
    assert figure_of("ldms", "x").title == "x"
