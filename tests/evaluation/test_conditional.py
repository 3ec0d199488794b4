"""Figures given covariates, against values that are known."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest

from neuroqgan import judge
from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.split import Split, split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.conditional.bits_per_spike import bits_per_spike
from neuroqgan.evaluation.conditional.conditional_evaluation import ConditionalEvaluation
from neuroqgan.evaluation.conditional.equal_windows import equal_windows
from neuroqgan.evaluation.conditional.judge_given import judge_given_covariates
from neuroqgan.evaluation.conditional.lines import conditional_notes, lines
from neuroqgan.evaluation.conditional.psth_correlation import psth_correlation
from neuroqgan.evaluation.conditional.residuals import residuals_by_time, residuals_by_value
from neuroqgan.evaluation.conditional.trial_histogram import trial_histogram
from neuroqgan.evaluation.conditional.tuning import group_edges, group_means, tuning_sums
from neuroqgan.evaluation.conditional.variability import (
    count_sums,
    fano_factors,
    noise_correlations,
)
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.raster import SpikeRaster

N_BINS = 80
CLOCK = trial_time(N_BINS, 0.02)


def _rates(n_neurons: int = 3, contrast: float = 0.15) -> np.ndarray:
    """Spike probability by bin of the trial and neuron."""
    phase = np.arange(N_BINS)[:, None] / 7 + np.arange(n_neurons)
    return 0.2 + contrast * np.sin(phase)


def _trials(probability: np.ndarray, n_trials: int, seed: int = 0) -> SpikeRaster:
    random = np.random.default_rng(seed)
    raster = SpikeRaster(random.random((n_trials, *probability.shape)) < probability, 0.02)
    clock = trial_time(len(probability), 0.02)
    return raster.with_covariates(CovariateWindows.whole_trials(clock, n_trials))


def _windows(
    probability: np.ndarray, n_windows: int, seed: int = 0, n_bins: int = 8
) -> SpikeRaster:
    places = CovariateWindows.spread(CLOCK, n_windows, n_bins, seed)
    random = np.random.default_rng(seed)
    spikes = random.random((n_windows, n_bins, probability.shape[1]))
    return SpikeRaster(spikes < probability[places.trial_bins], 0.02).with_covariates(places)


def test_a_psth_from_windows_is_that_of_whole_trials() -> None:
    trials = _trials(_rates(), 11)
    tiled = trials.windows(8)
    shuffled = tiled.take(np.random.default_rng(0).permutation(tiled.n_samples))
    assert np.allclose(trial_histogram(shuffled).rates, trials.spikes.mean(0))
    # Windows that overlap, at every place of every trial.
    starts = np.tile(np.arange(N_BINS - 7), 11)
    which = np.repeat(np.arange(11), N_BINS - 7)
    at = starts[:, None] + np.arange(8)
    overlapping = SpikeRaster(trials.spikes[which[:, None], at], 0.02)
    places = CovariateWindows(CLOCK, np.zeros_like(starts), starts, 8)
    found = trial_histogram(overlapping.with_covariates(places))
    assert np.allclose(found.rates, trials.spikes.mean(0))
    assert (
        found.windows.tolist()
        == (11 * np.minimum(8, np.minimum(range(1, 81), range(80, 0, -1)))).tolist()
    )
    assert not found.well_covered[[0, 1, 2, -1, -2, -3]].any()
    assert found.well_covered[4:-4].all()
    with pytest.raises(InputError, match="where these windows lie"):
        trial_histogram(trials.with_covariates(None))


def test_variability_of_a_common_gain_is_the_analytic_one() -> None:
    n_trials, gain, n_bins = 4000, 0.4, 16
    probability = _rates(2)[:n_bins]
    random = np.random.default_rng(1)
    gains = 1 + gain * random.choice([-1.0, 1.0], (n_trials, 1, 1))
    spikes = random.random((n_trials, n_bins, 2)) < probability * gains
    clock = CovariateWindows.whole_trials(trial_time(n_bins, 0.02), n_trials)
    raster = SpikeRaster(spikes, 0.02).with_covariates(clock)
    products, counts = (a.sum(0) for a in count_sums(residuals_by_time(raster), raster.spikes))
    total, squares = probability.sum(0), (probability**2).sum(0)
    variance = total - squares + gain**2 * (total**2 - squares)
    expected = gain**2 * total.prod() / math.sqrt(variance.prod())
    assert noise_correlations(products) == pytest.approx([expected], abs=0.04)
    assert fano_factors(products, counts) == pytest.approx(variance / total, rel=0.06)


def test_few_trials_do_not_make_variability_smaller() -> None:
    probability = np.full((2000, 1), 0.3)
    raster = _trials(probability, 4)
    products, counts = (a.sum(0) for a in count_sums(residuals_by_time(raster), raster.spikes))
    single = residuals_by_time(raster).astype(float)
    # Of independent bins; four trials without a correction give three quarters of it.
    assert (single**2).sum() / counts[0] == pytest.approx(0.7, rel=0.05)
    assert residuals_by_time(raster.take(slice(0, 1))).any() == False  # noqa: E712
    assert products.shape == (1, 1)


def test_identical_halves_have_a_ceiling_of_one() -> None:
    held_out = _windows(_rates(), 400)
    other = _windows(_rates(), 400, seed=1)
    found = psth_correlation(other, held_out, held_out)
    assert found is not None
    assert found.ceiling == pytest.approx(1)
    assert found.correlation < 0.95
    assert found.share == pytest.approx(found.correlation / found.ceiling)
    assert psth_correlation(held_out, held_out, other).correlation == pytest.approx(1)


def test_many_generated_windows_are_no_advantage() -> None:
    training, held_out = (_windows(_rates(contrast=0.1), 400, seed=i) for i in (1, 2))
    shares = [
        psth_correlation(_windows(_rates(contrast=0.1), n, seed=3), held_out, training).share
        for n in (400, 4000, 40_000)
    ]
    # Noise in the PSTH of 40,000 windows is a tenth of that of the training windows.
    assert shares[1:] == pytest.approx([1, 1], abs=0.06)
    flat = psth_correlation(_windows(_rates(contrast=0.0), 4000, seed=3), held_out, training)
    assert abs(flat.share) < 0.2
    assert flat.windows_per_bin == 40


def test_draws_are_as_even_as_the_windows() -> None:
    raster = _windows(_rates(), 3000)
    draws = equal_windows(raster, 365, seed=0)
    assert len(draws) == 8
    for draw in draws:
        assert np.ptp(np.bincount(draw.covariates.starts, minlength=73)) <= 2
        assert draw.n_samples == 365
    chosen = {draw.spikes.tobytes() for draw in draws}
    assert len(chosen) == 8


def _recorded(n_trials: int = 40, *, shared: bool = True) -> Split:
    random = np.random.default_rng(5)
    if shared:
        return split(_trials(_rates(), n_trials).with_covariates(None), 8, "trial-time")
    speed = random.normal(size=(n_trials, N_BINS, 1))
    light = random.integers(0, 2, (n_trials, N_BINS, 1))
    values = np.concatenate([speed, light], axis=2)
    drive = 1.2 * speed + light - 2 + np.zeros(3)
    spikes = random.random(drive.shape) < 1 / (1 + np.exp(-drive))
    return split(SpikeRaster(spikes, 0.02), 8, Covariates(values, ("speed", "light")))


def test_bits_per_spike_of_the_true_model_are_the_analytic_ones() -> None:
    probability = _rates()
    parts = _recorded(400)

    class Truth:
        def log_likelihood(self, raster: SpikeRaster) -> np.ndarray:
            p = probability[raster.covariates.trial_bins]
            return np.where(raster.spikes, np.log(p), np.log1p(-p)).sum((1, 2))

    mean = probability.mean(0)
    gain = probability * np.log(probability / mean)
    gain += (1 - probability) * np.log((1 - probability) / (1 - mean))
    expected = gain.sum() / probability.sum() / math.log(2)
    assert bits_per_spike(Truth(), parts) == pytest.approx(expected, rel=0.05)

    class NoLikelihood:
        def log_likelihood(self, raster: SpikeRaster) -> np.ndarray:
            raise NotImplementedError

    assert bits_per_spike(NoLikelihood(), parts) is None
    assert bits_per_spike(Truth(), replace(parts, held_out_trials=None)) is None


def test_tuning_is_the_rate_in_groups_of_values() -> None:
    parts = _recorded(shared=False)
    raster = parts.held_out
    edges = group_edges(raster)
    assert [len(of) for of in edges] == [7, 1]
    spikes, bins = tuning_sums(raster, edges)
    light = raster.covariates.rows()[..., 1].astype(bool)
    assert np.allclose(
        spikes[-2:] / bins[-2:, None], [raster.spikes[~light].mean(0), raster.spikes[light].mean(0)]
    )
    speed = raster.covariates.rows()[..., 0]
    fastest = speed >= edges[0][-1]
    assert np.allclose(spikes[7] / bins[7], raster.spikes[fastest].mean(0))
    assert bins[:8] == pytest.approx(bins[:8].mean(), rel=0.02)
    assert group_means(raster, edges)[0][7] == pytest.approx(speed[fastest].mean(), rel=1e-4)


@pytest.mark.parametrize("n_columns", [2, 9])
def test_what_values_explain_is_no_noise(n_columns: int) -> None:
    parts = _recorded(100, shared=False)
    raster = parts.train
    if n_columns == 9:
        noise = np.random.default_rng(0).normal(size=(100, N_BINS, 7))
        values = np.concatenate([parts.covariates.values, noise], axis=2)
        raster = parts.with_covariates(Covariates(values)).train
    raw = np.corrcoef(raster.spikes.reshape(-1, 3).T)[0, 1]
    left = np.corrcoef(residuals_by_value(raster).reshape(-1, 3).T)[0, 1]
    assert raw > 0.15
    assert abs(left) < 0.06
    assert abs(residuals_by_value(raster).mean()) < 1e-3


def test_time_in_the_trial_has_all_but_tuning() -> None:
    parts = _recorded()
    generated = _windows(_rates(), 800, seed=7)
    found = judge_given_covariates(generated, parts.held_out, parts.train, n_bootstrap=20)
    assert found.given == "time"
    assert found.tuning is None
    assert found.bits_per_spike is None
    assert found.psth.share > 0.9
    for row in (found.fano_factor, found.noise_correlation, found.noise_correlation_bins):
        assert row.ratio_low < row.ratio < row.ratio_high
        assert row.ratio == pytest.approx(row.error / row.floor)
    assert math.isnan(found.signal_correlation.ratio_low)
    assert found.signal_correlation.ratio < 3
    assert not list(conditional_notes(found))


def test_what_is_not_defined_is_none() -> None:
    parts, own = _recorded(), _recorded(shared=False)
    generated = _windows(_rates(), 800, seed=7)
    plain = parts.train.with_covariates(None)
    assert judge_given_covariates(plain, parts.held_out, parts.train) is None
    by_value = judge_given_covariates(own.train, own.held_out, own.train, n_bootstrap=2)
    assert by_value.given == "value"
    assert by_value.psth is by_value.signal_correlation is by_value.windows_per_bin is None
    assert by_value.tuning.ratio == by_value.noise_correlation.ratio == 1
    assert "no PSTH" in next(conditional_notes(by_value))
    few = judge_given_covariates(generated.take(slice(0, 30)), parts.held_out, parts.train)
    assert few.windows_per_bin == 3
    assert few.psth is few.fano_factor is few.noise_correlation is None
    assert "3 windows cover a bin of the trial" in next(conditional_notes(few))
    other = judge_given_covariates(generated, own.held_out, own.train)
    assert other == ConditionalEvaluation(("speed", "light"), "other covariates")
    assert "other covariates than" in next(conditional_notes(other))
    assert not list(lines(other))


def test_psths_that_do_not_repeat_have_no_share() -> None:
    parts = split(_trials(_rates(contrast=0.0), 40).with_covariates(None), 8, "trial-time")
    found = judge_given_covariates(parts.train, parts.held_out, parts.train, n_bootstrap=0)
    assert math.isnan(found.psth.share)
    assert "explain too little" in next(conditional_notes(found))
    still = _windows(np.full((N_BINS, 3), 0.2), 800)
    parts = _recorded()
    found = judge_given_covariates(still, parts.held_out, parts.train, n_bootstrap=0)
    assert "does not follow the covariates" in next(conditional_notes(found))


def test_an_evaluation_knows_them_and_is_stored_and_printed() -> None:
    # Too few windows for the panel of judges, which would take long, but not for a PSTH.
    steep = np.where(np.arange(16)[:, None] % 3 == np.arange(3), 0.7, 0.1)
    parts = split(_trials(steep, 36).with_covariates(None), 8, "trial-time")

    class Sure:
        def log_likelihood(self, raster: SpikeRaster) -> np.ndarray:
            return np.zeros(raster.n_samples)

    silenced = np.where(np.arange(3) < 2, steep, 0)
    generated = _trials(silenced, 17, seed=7).windows(8)
    evaluation = judge(generated, parts, n_bootstrap=2, model=Sure())
    found = evaluation.conditional
    assert found.bits_per_spike > 1
    assert math.isnan(found.psth.by_neuron[2])
    stored = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert stored["conditional"]["psth"]["by_neuron"][2] is None
    assert Evaluation.from_dict(stored) == evaluation
    del stored["conditional"]
    assert Evaluation.from_dict(stored) == replace(evaluation, conditional=None)
    printed = str(evaluation).splitlines()
    assert max(map(len, printed)) <= 80
    (line,) = (line for line in printed if line.startswith("PSTH correlation "))
    psth = found.psth
    assert line.split()[2:] == [
        f"{psth.correlation:.3f}",
        f"{psth.ceiling:.3f}",
        f"{100 * psth.share:.1f}",
        "%",
        "of",
        "ceiling",
    ]
    (line,) = (line for line in printed if line.startswith("noise correlation"))
    assert f"{found.noise_correlation.ratio:.2g}" in line.split()
    assert "<td>variance/mean</td>" in evaluation._repr_html_()
    # Without covariates only the likelihood is known.
    plain = judge(generated, parts.with_covariates(None), n_bootstrap=2, model=Sure())
    assert plain.conditional == ConditionalEvaluation(bits_per_spike=found.bits_per_spike)
    assert any(line.startswith("log likelihood") for line in str(plain).splitlines())
