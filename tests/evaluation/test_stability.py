from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.data.split import Split, split
from neuroqgan.errors import InputError
from neuroqgan.evaluation.classical.glm_past import free_run
from neuroqgan.evaluation.stability import RateReference, free_run_stability
from neuroqgan.raster import SpikeRaster

N_BINS = 250
RATES = 0.06 * (1.5 + np.sin(np.arange(N_BINS) / 20))[:, None] * [1.0, 0.5, 1.5]


@pytest.fixture(scope="module")
def parts() -> Split:
    """Trials of a stimulus whose neurons share how excitable they are for seconds."""
    random = np.random.default_rng(0)
    gain = np.exp(0.3 * random.normal(size=(60, 5, 1)).repeat(50, axis=1))
    return split(SpikeRaster(random.random((60, N_BINS, 3)) < RATES * gain, 0.02), 8)


def _following(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
    expected = np.tile(RATES, (-(-n_bins // N_BINS), 1))[:n_bins]
    gain = np.exp(0.3 * random.normal(size=(n_runs, -(-n_bins // 50), 1)).repeat(50, axis=1))
    return random.random((n_runs, n_bins, 3)) < expected * gain[:, :n_bins]


@pytest.mark.parametrize("given", [True, False])
def test_a_faithful_generator_stays(parts: Split, given: bool) -> None:
    reference = RateReference.of(parts, given_stimulus=given)
    found = free_run_stability(_following, reference, n_runs=400, seconds=20, seed=1)
    assert (found.n_runs, found.n_left, found.share) == (400, 0, 0.0)
    assert 0.1 < found.worst < 1


def test_runs_that_saturate_or_fall_silent_are_found(parts: Split) -> None:
    reference = RateReference.of(parts, given_stimulus=True)

    def broken(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
        spikes = _following(n_runs, n_bins, random)
        spikes[:20, -n_bins // 4 :] = True  # late
        spikes[20:50] = False
        return spikes

    found = free_run_stability(broken, reference, n_runs=100, seconds=60, seed=1)
    assert (found.n_left, found.n_left_at_end) == (50, 50)
    assert found.share == 0.5

    def late(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
        spikes = _following(n_runs, n_bins, random)
        spikes[:, -n_bins // 4 :] &= random.random((n_runs, n_bins // 4, 1)) < 0.2
        return spikes

    # Over the whole run this is within what is allowed.
    expected = np.tile(RATES, (12, 1))
    loss = expected[-750:].sum(0) * 0.8 / 3000
    assert loss.mean() < 0.8 * reference.allowance(3000)
    found = free_run_stability(late, reference, n_runs=50, seconds=60, seed=1)
    assert found.n_left == found.n_left_at_end == 50


def test_a_glm_that_excites_itself_leaves(parts: Split) -> None:
    rates = parts.trials.spikes.mean((0, 1))
    reference = RateReference.of(parts, given_stimulus=False)
    filters = np.full((10, 3, 3), 0.5)

    def simulate(n_runs: int, n_bins: int, random: np.random.Generator) -> np.ndarray:
        drive = np.tile(np.log(rates / (1 - rates)) - 0.5, (n_runs, n_bins, 1))
        return free_run(drive, filters, 0, random)

    assert free_run_stability(simulate, reference, n_runs=50, seconds=10).share > 0.9


def test_the_allowance_is_three_floors_and_the_noise(parts: Split) -> None:
    independent = RateReference(np.full((1, 4), 0.1), np.diag(np.full(4, 0.09)), 0.01, 0.02)
    noise = np.sqrt(0.09 / 900)
    mean, deviation = noise * np.sqrt(2 / np.pi), noise * np.sqrt((1 - 2 / np.pi) / 4)
    assert independent.allowance(900) == pytest.approx(0.03 + mean + 6 * deviation, rel=0.02)
    together = RateReference(np.full((1, 4), 0.1), np.full((4, 4), 0.09), 0.01, 0.02)
    deviation *= 2
    assert together.allowance(900) == pytest.approx(0.03 + mean + 6 * deviation, rel=0.02)


def test_noise_contains_the_stimulus_unless_it_is_given(parts: Split) -> None:
    given, not_given = (RateReference.of(parts, given_stimulus=flag) for flag in (True, False))
    assert given.expected.shape == (N_BINS, 3)
    assert not_given.expected.shape == (1, 3)
    # What neurons share beyond the stimulus is there, and independent spikes are the least.
    for reference in (given, not_given):
        least = (reference.expected * (1 - reference.expected)).mean(0)
        assert (np.diag(reference.noise) >= least).all()
    assert given.noise[0, 2] > 0.003
    assert given.floor == not_given.floor


def test_splits_without_rates_to_compare(parts: Split) -> None:
    one = split(SpikeRaster(parts.trials.spikes.reshape(1, -1, 3), 0.02), 8)
    with pytest.raises(InputError, match="no rates"):
        RateReference.of(one, given_stimulus=True)
    assert RateReference.of(one, given_stimulus=False).floor > 0
