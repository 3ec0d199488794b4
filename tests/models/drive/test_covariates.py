"""Parts of the drive that look at covariates."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, RasterError
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.drive.covariate_columns import CovariateColumns, raised_cosines
from neuroqgan.models.drive.covariate_parts import covariate_part
from neuroqgan.models.drive.trial_path import TrialPath
from neuroqgan.models.spec import GeneratorSpec


def _columns(values: np.ndarray, n_filters: int = 0, n_lags: int = 4) -> CovariateColumns:
    windows = CovariateWindows.whole_trials(Covariates(values), len(values))
    return CovariateColumns(3, 2, CovariateSpec.of(windows), n_filters, n_lags)


def test_a_path_adds_what_its_smooth_steps_say() -> None:
    part = TrialPath(3, 2, n_bins=20, bin_width=0.02)
    part.initialise(np.random.default_rng(0))
    windows = CovariateWindows(trial_time(20, 0.02), np.zeros(2, int), np.array([0, 12]), 5)
    features = torch.from_numpy(part.features(windows))
    steps = part.shared_weight.detach().numpy()
    lags = np.arange(20)[:, None] - np.arange(20)
    kernel = np.exp(-0.5 * lags**2) * (np.abs(lags) <= 6)
    kernel /= np.sqrt((np.exp(-0.5 * np.arange(-6, 7) ** 2.0) ** 2).sum())
    wanted = kernel @ steps @ part.own_weight.detach().numpy().T
    found = part.values(features).detach().numpy()
    assert found.shape == (2, 5, 3)
    np.testing.assert_allclose(found[0], wanted[:5], rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(found[1], wanted[12:17], rtol=1e-4, atol=1e-6)


def test_a_path_is_as_smooth_in_narrow_bins() -> None:
    narrow = TrialPath(2, 1, n_bins=200, bin_width=0.002)
    with torch.no_grad():
        narrow.shared_weight[100] = 1.0
    path = narrow.path().detach().numpy()[:, 0]
    seconds = (np.arange(200) - 100) * 0.002
    spread = np.sqrt((path * seconds**2).sum() / path.sum())
    assert spread == pytest.approx(0.02, rel=0.02)


def test_before_its_trial_a_sample_sees_the_first_bin() -> None:
    part = TrialPath(2, 1, n_bins=6, bin_width=0.02)
    windows = CovariateWindows(trial_time(6, 0.02), np.zeros(1, int), np.ones(1, int), 2)
    assert part.features(windows, -3, 4).ravel().tolist() == [0, 0, 0, 1]


def test_columns_are_standardised() -> None:
    values = np.random.default_rng(0).normal(5, 3, (4, 50, 2))
    part = _columns(values)
    features = part.features(CovariateWindows.whole_trials(Covariates(values), 4))
    np.testing.assert_allclose(features.mean((0, 1)), 0, atol=1e-5)
    np.testing.assert_allclose(features.std((0, 1)), 1, rtol=1e-5)


def test_filters_look_back_and_never_ahead() -> None:
    values = np.zeros((2, 12, 1))
    values[0, 5] = 1.0
    part = _columns(values, n_filters=3)
    features = part.features(CovariateWindows.whole_trials(Covariates(values), 2))
    silent = features[1, 0, 0]
    changed = np.flatnonzero(np.abs(features[0] - silent).max(1) > 1e-4)
    assert changed.tolist() == [5, 6, 7, 8]
    # What each filter adds over time is the filter itself.
    size = float((1 - 0) / Covariates(values).values.std())
    seen = (features[0, 5:9] - silent).T / size
    np.testing.assert_allclose(seen, raised_cosines(3, 4), atol=1e-5)


def test_filters_overlap_evenly_and_end_in_time() -> None:
    filters = raised_cosines(4, 15)
    assert filters.shape == (4, 15)
    np.testing.assert_allclose(filters.sum(1), 1)
    assert np.argmax(filters, axis=1).tolist() == sorted(set(np.argmax(filters, axis=1).tolist()))
    assert np.argmax(filters[0]) == 0
    assert np.argmax(filters[-1]) == 14


def test_constant_columns_are_refused() -> None:
    values = np.ones((3, 10, 2))
    values[..., 1] = np.arange(10)
    windows = CovariateWindows.whole_trials(Covariates(values, ("flat", "ramp")), 3)
    with pytest.raises(RasterError, match="never change say nothing: flat"):
        CovariateSpec.of(windows)


def test_a_spec_survives_the_way_to_json_and_back() -> None:
    spec = CovariateSpec.of(CovariateWindows.whole_trials(trial_time(30, 0.02), 2))
    whole = GeneratorSpec.of("history", 3, 8, 0.02)
    whole = GeneratorSpec("history", 3, 8, 0.02, whole.shape, spec)
    assert GeneratorSpec.from_dict(whole.to_dict()) == whole
    with pytest.raises(ConfigError, match="damaged"):
        CovariateSpec.from_dict({"names": ["a"]})


def test_later_times_than_were_trained_are_refused() -> None:
    spec = CovariateSpec.of(CovariateWindows.whole_trials(trial_time(30, 0.02), 2))
    spec.check(trial_time(30, 0.02))
    with pytest.raises(ConfigError, match="later times"):
        spec.check(trial_time(31, 0.02))
    with pytest.raises(ConfigError, match="not the covariates"):
        spec.check(Covariates(np.ones((1, 5, 1)), ("speed",)))


@pytest.mark.parametrize(("given", "n_neurons", "wanted"), [(0, 10, 8), (0, 200, 20), (3, 10, 3)])
def test_dimensions_follow_the_neurons_unless_they_are_given(
    given: int, n_neurons: int, wanted: int
) -> None:
    spec = CovariateSpec.of(CovariateWindows.whole_trials(trial_time(30, 0.02), 2))
    shape = GeneratorSpec.of("history", 3, 8, 0.02, covariate_dimensions=given).shape
    part = covariate_part(GeneratorSpec("history", n_neurons, 8, 0.02, shape, spec))
    assert part is not None
    assert part.own_weight.shape == (n_neurons, wanted)
