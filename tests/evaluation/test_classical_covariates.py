from __future__ import annotations

from dataclasses import replace
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pytest
from rich.console import Console

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import Split, split
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.evaluation.classical.bivariate import thresholded_covariance
from neuroqgan.evaluation.classical.hermite import (
    STRONGEST,
    averaged_correlation,
    threshold_series,
)
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.judging import judge_classical_models
from neuroqgan.evaluation.classical.model_registry import CLASSICAL_MODELS, parse_model_names
from neuroqgan.evaluation.classical.psth import PSTH
from neuroqgan.evaluation.classical.psth_gaussian import PSTHGaussian, residual_covariances
from neuroqgan.evaluation.classical.stimulus_features import StimulusFeatures
from neuroqgan.evaluation.classical.trial_psth import TrialPSTH
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.evaluation.statistics.statistic_registry import model_columns
from neuroqgan.raster import SpikeRaster
from neuroqgan.report.models_table import models_table

N_BINS = 120


def _rates() -> np.ndarray:
    """Three neurons in a trial of 120 bins: two with bumps, one with none."""
    time = np.arange(N_BINS)
    bumps = np.exp(-0.5 * ((time[:, None] - [30, 80]) / 4) ** 2)
    return np.concatenate([0.03 + 0.5 * bumps, np.full((N_BINS, 1), 0.1)], axis=1)


def _recording(n_trials: int, seed: int = 0, noise: float = 0.0) -> SpikeRaster:
    """Trials of one stimulus; `noise` is the share of a slow process that neurons 0 and 1 share."""
    from scipy.special import ndtri

    random = np.random.default_rng(seed)
    slow = random.normal(size=(n_trials, N_BINS + 4, 1))
    slow = sum(slow[:, i : i + N_BINS] for i in range(4)) / 2
    own = random.normal(size=(n_trials, N_BINS, 3))
    latent = np.sqrt(noise) * slow * [1, 1, 0] + np.sqrt(1 - noise * np.array([1, 1, 0])) * own
    return SpikeRaster(latent < ndtri(_rates()), 0.02)


@pytest.fixture(scope="module")
def parts() -> Split:
    return split(_recording(160, noise=0.5), 8, "trial-time")


@pytest.fixture(scope="module")
def columns() -> tuple[Split, np.ndarray]:
    """Two neurons that follow one column, with and without a delay, and one that ignores it."""
    random = np.random.default_rng(1)
    speed = random.normal(size=(30, N_BINS, 1)).cumsum(1)
    speed = (speed - speed.mean(1, keepdims=True)) / 3
    late = np.concatenate([np.repeat(speed[:, :1], 6, axis=1), speed[:, :-6]], axis=1)
    drive = np.concatenate([speed - 2, 1.5 * late - 2, np.full_like(speed, -2)], axis=2)
    rates = 1 / (1 + np.exp(-drive))
    spikes = random.random(rates.shape) < rates
    return split(SpikeRaster(spikes, 0.02), 8, Covariates(5 + 3 * speed, ["speed"])), rates


def test_the_psth_is_found_and_its_bandwidth(parts: Split) -> None:
    psth = TrialPSTH(parts.trials)
    raw = parts.trials.spikes.mean(0)
    assert np.abs(psth.by_bin - _rates()).mean() < 0.7 * np.abs(raw - _rates()).mean()
    # Steep bumps ask for little smoothing, a constant rate for as much as there is.
    assert max(psth.bandwidths[:2]) <= 3 < psth.bandwidths[2]
    assert (psth.n_parameters, psth.n_stimulus_parameters) == (363, 360)


def test_psth_samples_follow_the_time_in_the_trial(parts: Split) -> None:
    model = PSTH()
    model.fit(parts.train, trials=parts.trials)
    starts = np.array([26, 76]).repeat(2000)
    windows = CovariateWindows(trial_time(N_BINS, 0.02), np.zeros(4000, int), starts, 8)
    raster = model.sample(4000, 0, covariates=windows)
    assert raster.covariates == windows
    for half, expected in ((slice(0, 2000), _rates()[26:34]), (slice(2000, 4000), _rates()[76:84])):
        assert np.abs(raster.spikes[half].mean(0) - expected).max() < 0.15
    # Without a choice windows lie anywhere in the trial, and their PSTH is that of the trial.
    placed = model.sample(6000, 1)
    assert placed.covariates is not None
    assert set(placed.covariates.starts.tolist()) == set(range(N_BINS - 7))
    trials = model.sample(500, 2, covariates=CovariateWindows.whole_trials(windows.covariates, 500))
    assert np.abs(trials.spikes.mean(0) - _rates()).mean() < 0.03


def test_trials_may_follow_one_another_in_a_sample(parts: Split) -> None:
    model = PSTH()
    model.fit(parts.train, trials=parts.trials)
    twice = Covariates(np.tile(trial_time(N_BINS, 0.02).values, (1, 2, 1)), ["trial-time"])
    long = model.sample(400, 0, covariates=CovariateWindows.whole_trials(twice, 400))
    early, late = long.spikes[:, :N_BINS].mean(0), long.spikes[:, N_BINS:].mean(0)
    assert np.corrcoef(early.T[0], late.T[0])[0, 1] > 0.95


def test_likelihood_on_trials_that_were_held_out(parts: Split) -> None:
    held_out = parts.held_out_trials
    assert held_out is not None
    alone, psth = Independent(), PSTH()
    for model in (alone, psth):
        model.fit(parts.train, trials=parts.trials)
    truth = np.where(held_out.spikes, np.log(_rates()), np.log1p(-_rates())).sum((1, 2)).mean()
    reached = psth.log_likelihood(held_out).mean()
    assert alone.log_likelihood(held_out).mean() < truth - 5
    assert truth - 2 < reached < truth + 0.5
    with pytest.raises(TrainingError, match="no covariates"):
        psth.log_likelihood(held_out.with_covariates(None))
    with pytest.raises(NotImplementedError):
        PSTHGaussian().log_likelihood(held_out)


def test_the_gaussian_keeps_rates_and_what_they_leave_unexplained(parts: Split) -> None:
    model = PSTHGaussian()
    model.fit(parts.train, trials=parts.trials)
    assert model.n_parameters == 363 + 3 + 7 * 9
    assert model.n_stimulus_parameters == 360
    drawn = model.sample(40_000, 0)
    seen = drawn.covariates
    assert seen is not None
    expected = _rates()[seen.trial_bins]
    assert np.abs(drawn.spikes.mean(0) - expected.mean(0)).max() < 0.015
    found = residual_covariances(drawn.spikes, expected, 3)
    real = _recording(2000, seed=5, noise=0.5).spikes
    wanted = residual_covariances(real, _rates()[None], 3)
    for lag, i, j in ((0, 0, 1), (1, 0, 0), (1, 0, 1), (2, 1, 1)):
        assert found[lag, i, j] == pytest.approx(wanted[lag, i, j], rel=0.2)
        assert found[lag, i, j] > 5 * abs(found[lag, 0, 2])


def test_correlations_for_thresholds_that_change() -> None:
    random = np.random.default_rng(0)
    a, b = random.normal(-1.8, 0.6, (2, 5, 50))
    for correlation in (-0.6, 0.3, 0.8):
        every = np.full(a.shape, correlation)
        covariance = thresholded_covariance(a, b, every).mean(1)
        series = (threshold_series(a) * threshold_series(b)).mean(2)
        assert np.allclose(averaged_correlation(series, covariance), correlation, atol=1e-4)
        beyond = averaged_correlation(series, np.full(5, np.sign(correlation)))
        assert np.allclose(np.abs(beyond), STRONGEST)


def test_rates_by_columns(columns: tuple[Split, np.ndarray]) -> None:
    parts, rates = columns
    model = PSTH()
    model.fit(parts.train, trials=parts.trials)
    assert (model.n_parameters, model.n_stimulus_parameters) == (3 * 5 + 3, 0)
    held_out = parts.held_out_trials
    assert held_out is not None
    found = model._rates.probability(held_out.covariates)
    assert np.abs(found - rates[1::2]).mean() < 0.03
    assert np.corrcoef(found[..., 1].ravel(), rates[1::2, :, 1].ravel())[0, 1] > 0.95


def test_features_reach_back_before_a_window(columns: tuple[Split, np.ndarray]) -> None:
    parts, _ = columns
    trials = parts.trials.covariates
    assert trials is not None
    features = StimulusFeatures(trials)
    whole = features.of(trials)
    window = CovariateWindows(trials.covariates, trials.trials, trials.starts + 40, 8)
    assert np.allclose(features.of(window), whole[:, 40:48], atol=1e-6)
    assert np.allclose(features.of(window, -3, 5), whole[:, 37:42], atol=1e-6)
    step = Covariates(np.r_[np.zeros(20), np.ones(20)][:, None], ["step"])
    seen = CovariateWindows.whole_trials(step, 1)
    rise = StimulusFeatures(seen).of(seen)[0]
    assert [int(np.argmax(rise[:, i] > -1)) for i in range(5)] == [20, 21, 22, 24, 28]


def test_models_that_ignore_covariates_draw_the_same_spikes(parts: Split) -> None:
    bare = parts.with_covariates("none")
    for name in ("independent", "dichotomized-gaussian"):
        with_them, without = (CLASSICAL_MODELS[name].build() for _ in range(2))
        with_them.fit(parts.train, 1, trials=parts.trials)
        without.fit(bare.train, 1)
        one, other = with_them.sample(50, 2), without.sample(50, 2)
        assert np.array_equal(one.spikes, other.spikes)
        assert one.covariates is not None
        assert other.covariates is None


def test_covariates_that_do_not_fit_are_refused(parts: Split) -> None:
    model, fixed = PSTH(), Independent()
    for each in (model, fixed):
        each.fit(parts.train, trials=parts.trials)
    of_trials = CovariateWindows.whole_trials(trial_time(N_BINS, 0.02), 4)
    with pytest.raises(TrainingError, match="do not fit the samples"):
        model.sample(5, 0, covariates=of_trials)
    with pytest.raises(TrainingError, match="do not fit the samples"):
        fixed.sample(4, 0, covariates=of_trials)
    speed = CovariateWindows.whole_trials(Covariates(np.ones((N_BINS, 1)), ["speed"]), 4)
    with pytest.raises(TrainingError, match="not the covariates"):
        model.sample(4, 0, covariates=speed)
    for name in ("psth", "psth-dichotomized-gaussian"):
        with pytest.raises(TrainingError, match=f"{name} needs covariates"):
            CLASSICAL_MODELS[name].build().fit(parts.train.with_covariates(None))


def test_names_of_models_that_cannot_be_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.evaluation.classical.model_registry.find_spec", lambda _: None)
    both = {"psth", "psth-dichotomized-gaussian"}
    assert both < set(parse_model_names("fast"))
    assert not both & set(parse_model_names("all", has_covariates=False))
    assert "nemos" not in parse_model_names("all")
    with pytest.raises(ConfigError, match="psth needs covariates"):
        parse_model_names("fast,psth", has_covariates=False)
    with pytest.raises(ConfigError, match="needs the package nemos") as caught:
        parse_model_names("nemos")
    assert "neuroqgan[nemos]" in str(caught.value)


def test_every_model_is_given_the_covariates_of_the_samples(
    parts: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = []

    def judged(generated: SpikeRaster, *_: object, **__: object) -> SimpleNamespace:
        drawn.append(generated)
        return SimpleNamespace(statistics={}, worst=None, judges={})

    monkeypatch.setattr("neuroqgan.evaluation.classical.judging.judge", judged)
    seen = CovariateWindows(trial_time(N_BINS, 0.02), np.zeros(900, int), np.full(900, 76), 8)
    rows = list(
        judge_classical_models(
            ["independent", "psth", "psth-dichotomized-gaussian"],
            parts.train,
            parts.held_out,
            n_samples=900,
            trials=parts.trials,
            covariates=seen,
        )
    )
    assert [raster.covariates for raster in drawn] == [seen] * 3
    alone, psth, process = (raster.spikes[..., 1].mean() for raster in drawn)
    assert psth > 3 * alone
    assert process == pytest.approx(psth, rel=0.2)
    assert [row.n_stimulus_parameters for row in rows] == [0, 360, 360]
    assert rows[1].cells()[1] == "3+360"


def test_a_recording_without_a_stimulus_has_a_flat_psth() -> None:
    trials = simulate_population(3, 40, 80, seed=0)
    flat = SpikeRaster(trials.spikes[:, :, :3], 0.02)
    shuffled = np.random.default_rng(0).permuted(flat.spikes, axis=1)
    parts = split(SpikeRaster(shuffled, 0.02), 8, "trial-time")
    psth = TrialPSTH(parts.trials)
    assert psth.by_bin.std(0).max() < 0.02


def test_the_table_stays_narrow() -> None:
    ratios = dict.fromkeys(model_columns(), 1.234)
    row = ModelRow("psth-dichotomized-gaussian", 87_135, ratios, 0.61, 0.01, 123.4)
    row = replace(row, n_stimulus_parameters=47_650)
    console = Console(width=80, record=True, file=StringIO())
    console.print(models_table([row, ModelRow("mine", 1326, ratios, 0.5, 0.01)]))
    text = console.export_text()
    for part in ("psth-dichotomized- ", "gaussian ", "39,485", "+47,650", "C2ST", "0.610", "123"):
        assert part in text
    assert "Behind a plus" in text
    assert max(map(len, text.splitlines())) <= 80
