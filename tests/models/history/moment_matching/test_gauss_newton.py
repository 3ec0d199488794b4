"""Matching statistics of free runs."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.history.moment_matching import averages as free_run_averages
from neuroqgan.models.history.moment_matching import gauss_newton as matching
from neuroqgan.models.history.moment_matching.free_runs import FreeRuns
from neuroqgan.models.history.moment_matching.gauss_newton import MomentMatching
from neuroqgan.models.history.moment_matching.schedule import batches, matching_steps
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.filters import filter_spikes

RATES = np.array([0.02, 0.05, 0.1, 0.3])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer and shorter runs."""
    monkeypatch.setattr(free_run_averages, "_RUNS", 600)
    monkeypatch.setattr(free_run_averages, "_LEAD", 16)
    monkeypatch.setattr(free_run_averages, "_COMPARED", 24)


def _generator(rates: np.ndarray = RATES) -> HistoryGenerator:
    """Neurons that excite themselves, and so fire far more often than they should."""
    generator = build_generator(GeneratorSpec.of("history", 4, 8, 0.02, n_layers=2))
    generator.initialise(rates, 0)
    with torch.no_grad():
        generator.past.own_weight.fill_(0.15)
        generator.past.hidden_weight.fill_(0.3)
    return generator


def _trials(rates: np.ndarray = RATES) -> np.ndarray:
    return np.random.default_rng(5).random((30, 120, 4)) < rates


def _matching(
    generator: HistoryGenerator, trials: np.ndarray, n_steps: int, critic_weight: float = 10.0
) -> MomentMatching:
    return MomentMatching(
        generator,
        trials,
        trials.reshape(-1, 8, 4),
        n_steps=n_steps,
        seed=1,
        stretch=60,
        critic_weight=critic_weight,
    )


def test_statistics_come_to_those_of_the_windows_and_the_likelihood_is_kept() -> None:
    generator, trials = _generator(), _trials()
    before = generator.draw_exactly(4000, 40, 5).mean((0, 1))
    assert (np.abs(before / RATES - 1) > 0.25).any()
    filtered = filter_spikes(trials, 5)
    kept = float(log_likelihood(generator, trials, filtered).detach().mean())
    steps = _matching(generator, trials, 14)
    reports = [steps.step(i) for i in range(14)]
    raster = generator.draw_exactly(6000, 40, 6)
    assert np.allclose(raster.mean((0, 1)), trials.mean((0, 1)), rtol=0.1, atol=3e-3)
    counts, wanted = (
        np.bincount(x.sum(2).ravel(), minlength=5) / x[..., 0].size for x in (raster, trials)
    )
    assert np.allclose(counts, wanted, atol=0.01)
    assert reports[-1].deviation < 0.2 * reports[0].deviation
    assert all(np.isfinite([x for x in report if x is not None]).all() for report in reports)
    assert float(log_likelihood(generator, trials, filtered).detach().mean()) > kept


def test_scores_tell_how_rates_answer_to_thresholds() -> None:
    """The predicted change of free-running rates is the one that is seen."""
    generator = _generator()
    steps = _matching(generator, _trials(), 10)
    steps.averages.runs.begin(np.random.default_rng(0))
    for seed in range(4):
        steps.averages.observe(np.random.default_rng(100 + seed))
    predicted = steps.averages.slope[:4, :4].sum(1).numpy()
    seen = []
    for shift in (-0.05, 0.05):
        with torch.no_grad():
            generator.threshold.weight.add_(shift)
        runs = FreeRuns(generator, 6000)
        runs.begin(np.random.default_rng(7))
        seen.append(runs.advance(60, np.random.default_rng(8))[0].mean((0, 1)))
        with torch.no_grad():
            generator.threshold.weight.sub_(shift)
    assert np.allclose(predicted, (seen[1] - seen[0]) / 0.1, rtol=0.2, atol=0.01)


@given(st.integers(0, 300), st.integers(0, 3000))
def test_batches_grow_and_end_with_the_last_step(n_steps: int, n_weights: int) -> None:
    ends, n_main = batches(n_steps, n_weights)
    assert list(ends) == sorted(set(ends))
    assert (ends[-1] if ends else 0) == n_steps
    assert n_main in (*ends, 0)
    main = np.diff([0, *(end for end in ends if end <= n_main)])
    assert (np.diff(main) >= 0).all()
    assert len([end for end in ends if end > n_main]) <= 2
    assert len(main) < 2 or main[0] >= n_weights / 450


def test_more_weights_take_more_changes() -> None:
    few, more, most = (matching_steps(640, n_weights) for n_weights in (400, 1000, 3000))
    assert (few, most) == (60, 90)
    assert few < more < most
    assert matching_steps(1, 3000) == 0
    ends_of_few, _ = batches(few, 400)
    ends_of_most, _ = batches(most, 1300)
    # Not longer batches, but more of the longest.
    assert max(np.diff(ends_of_few)) == 8
    assert list(np.diff(ends_of_few)).count(8) == 4
    assert list(np.diff(ends_of_most)).count(8) > 4


def test_weights_change_when_a_batch_is_whole() -> None:
    generator = _generator()
    steps = _matching(generator, _trials(), 30)
    ends, _ = batches(30, 0)
    report = None
    for i in range(ends[4]):
        before = generator.threshold.weight.detach().clone()
        found = steps.step(i)
        changed = not torch.equal(before, generator.threshold.weight)
        assert changed == (i + 1 in ends)
        assert changed or found == report
        report = found


def test_changes_of_many_weights_shrink_and_those_of_few_stay() -> None:
    """Noise asks for changes whose size grows with the root of the number of weights."""
    trials = np.random.default_rng(5).random((9, 60, 30)) < 0.1
    few, many = (
        MomentMatching(
            build_generator(GeneratorSpec.of("history", n, 8, 0.02, n_layers=2)),
            trials[:, :, :n],
            trials[:, :56, :n].reshape(-1, 8, n),
            n_steps=20,
            seed=1,
            stretch=60,
        )
        for n in (4, 30)
    )
    assert few._trust(0) == few._trust(19) < 30
    assert many._trust(0) > many._trust(9) > many._trust(19) == 30


def test_a_stretch_that_is_next_to_impossible_does_not_carry_the_weights_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The score of one stretch is made huge, as that of an amplitude close to zero is."""
    asked = {}
    for factor, most in ((1, 6.0), (1e4, 6.0), (1e4, float("inf"))):
        steps = _matching(_generator(), _trials(), 20, 0.0)
        own, log_likelihood = steps._recorded_scores()
        own[3] *= factor
        monkeypatch.setattr(steps, "_recorded_scores", lambda found=(own, log_likelihood): found)
        monkeypatch.setattr(matching, "_MOST_ASKED", most)
        asked[factor, most] = steps.step(0).change
    assert asked[1e4, float("inf")] > 6 * steps._trust(0)
    assert asked[1e4, 6.0] == pytest.approx(asked[1, 6.0], rel=0.05)


def test_a_change_that_makes_runs_run_away_is_taken_back() -> None:
    generator = _generator()
    steps = _matching(generator, _trials(), 20)
    steps.step(0)
    steps.step(1)
    before = torch.nn.utils.parameters_to_vector(generator.parameters()).detach().clone()
    steps.step(2)
    changed = torch.nn.utils.parameters_to_vector(generator.parameters()).detach()
    with torch.no_grad():
        generator.threshold.weight.add_(3.0)
    bad = torch.nn.utils.parameters_to_vector(generator.parameters()).detach().clone()
    report = steps.step(3)
    after = torch.nn.utils.parameters_to_vector(generator.parameters()).detach()
    assert not torch.equal(before, changed)
    assert torch.allclose(after, before + 0.25 * (bad - before), atol=1e-5)
    assert (report.change, report.step) == (0.0, -0.75)
    found = [steps.step(i) for i in range(4, 20)]
    assert found[-1].deviation < 0.1 * report.deviation


def test_the_seed_decides_and_steps_can_be_taken_up_again() -> None:
    trials = _trials()
    generators = [_generator() for _ in range(3)]
    first, same = (_matching(generator, trials, 4) for generator in generators[:2])
    for i in range(4):
        assert first.step(i) == same.step(i)
    resumed = _matching(generators[2], trials, 4)
    early = _matching(_generator(), trials, 4)
    early.step(0)
    early.step(1)
    with torch.no_grad():
        for mine, theirs in zip(
            generators[2].parameters(), early.generator.parameters(), strict=True
        ):
            mine.copy_(theirs)
    for name, tensor in resumed.tensors().items():
        tensor.copy_(early.tensors()[name])
    resumed.step(2)
    resumed.step(3)
    for mine, theirs in zip(generators[2].parameters(), generators[0].parameters(), strict=True):
        assert torch.equal(mine, theirs)


def test_critics_join_unless_they_weigh_nothing() -> None:
    for critic_weight, n_critics in ((10.0, 5), (0.0, 0)):
        steps = _matching(_generator(), _trials(), 14, critic_weight)
        distances = [steps.step(i).distance for i in range(14)]
        assert int(steps.discriminators.n_trained) == n_critics
        assert (distances[0], distances[-1] is None) == (None, n_critics == 0)


def test_a_critic_of_no_weight_is_not_trained() -> None:
    steps = _matching(_generator(), _trials(), 14, 0.0)
    assert [steps.step(i).distance for i in range(14)] == [None] * 14
    assert int(steps.discriminators.n_trained) == 0


def test_critics_that_tell_nearly_all_windows_do_not_pull(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = []
    for most, critic_weight in ((0.0, 10.0), (0.5, 0.0), (0.5, 10.0)):
        monkeypatch.setattr(matching, "_MOST_GAP", most)
        generator = _generator()
        steps = _matching(generator, _trials(), 8, critic_weight)
        for i in range(5):
            steps.step(i)
        weights.append(torch.cat([w.detach().flatten() for w in generator.parameters()]))
    assert torch.allclose(weights[0], weights[1], atol=1e-5)
    assert not torch.allclose(weights[2], weights[1], atol=1e-5)


def test_runs_are_told_less_often_by_the_critics_they_are_matched_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A critic joins runs that no moments pull at, and they come closer."""
    monkeypatch.setattr(matching, "_MOST_GAP", 0.5)
    generator = _generator()
    steps = _matching(generator, _trials(), 40, 40.0)
    steps._weights.zero_()
    steps.averages.runs.begin(np.random.default_rng(3))
    spikes = steps.averages.observe(np.random.default_rng(4))
    steps.averages.clear()
    place = steps.discriminators.train_one(spikes, np.random.default_rng(5))

    def gap() -> float:
        raster = generator.draw_exactly(3000, 24, 9)
        return float(
            steps.discriminators.of(raster)[:, place].mean() - steps.discriminators.wanted[place]
        )

    before = gap()
    assert before > 3 * steps.discriminators.errors[place]
    for i in range(2, 6):
        steps.step(i)
    assert abs(gap()) < 0.5 * before


def test_a_silent_neuron_stays_finite() -> None:
    rates = np.array([0.0, 0.05, 0.1, 0.3])
    generator, trials = _generator(rates), _trials(rates)
    steps = _matching(generator, trials, 20)
    for i in range(20):
        steps.step(i)
    assert all(weight.isfinite().all() for weight in generator.parameters())
    assert generator.draw_exactly(1000, 40, 7)[..., 0].mean() < 0.02


def test_one_trial_is_enough() -> None:
    steps = _matching(_generator(), _trials()[:1], 2)
    assert np.isfinite([x for x in steps.step(0) if x is not None]).all()
