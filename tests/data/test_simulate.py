from __future__ import annotations

import time

import numpy as np
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import split
from neuroqgan.data.stimulus import STRIPES, draw_fields, simulate_stimulus
from neuroqgan.errors import ConfigError, InputError, RasterError


@pytest.fixture(scope="module")
def spikes() -> np.ndarray:
    return simulate_population(8, 160, 800, seed=5).spikes.astype(float)


def _signal_and_noise(spikes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Covariances between neurons of what trials share, and of what they do not."""
    n_trials, _, n_neurons = spikes.shape
    noise = np.cov((spikes - spikes.mean(0)).reshape(-1, n_neurons).T) * n_trials / (n_trials - 1)
    return np.cov(spikes.reshape(-1, n_neurons).T) - noise, noise


def _autocovariance(spikes: np.ndarray, lag: int) -> np.ndarray:
    rate = spikes.mean((0, 1))
    return (spikes[:, :-lag] * spikes[:, lag:]).mean((0, 1)) - rate**2


def test_rates_are_unlike(spikes: np.ndarray) -> None:
    rates = spikes.mean((0, 1)) / 0.02
    assert 0.5 < rates.min() < 3
    assert 5 < rates.max() < 15


def test_neurons_are_correlated_mostly_by_the_stimulus(spikes: np.ndarray) -> None:
    pairs = np.triu_indices(8, 1)
    signal, noise = _signal_and_noise(spikes)
    assert np.abs(signal[pairs]).mean() > 3 * np.abs(noise[pairs]).mean()
    deviations = np.sqrt(np.diag(noise))
    noise_correlation = (noise / np.outer(deviations, deviations))[pairs]
    assert 0.003 < noise_correlation.mean() < 0.03
    # Neurons that light excites, and one that darkness excites.
    assert signal[1, 0] > 0 > signal[3, 0]


def test_regular_neurons_are_refractory_and_others_burst(spikes: np.ndarray) -> None:
    rates = spikes.mean((0, 1))
    relative = _autocovariance(spikes, 1) / rates**2
    assert np.all(relative[1::2] > 0.5)
    assert relative[0::2].mean() < 0.5 * relative[1::2].mean()
    # Against its own slow drive, a regular neuron is suppressed right after a spike.
    assert np.all(_autocovariance(spikes, 1)[0::2] < _autocovariance(spikes, 3)[0::2])


def test_seeds() -> None:
    assert simulate_population(seed=1) == simulate_population(seed=1)
    assert simulate_population(seed=1) != simulate_population(seed=2)
    assert simulate_population(3, 4, 5, 0.01, 0).spikes.shape == (4, 5, 3)


@pytest.mark.parametrize("sizes", [(0, 1, 1, 0.02), (1, 0, 1, 0.02), (1, 1, 0, 0.02)])
def test_empty_populations(sizes: tuple[int, int, int, float]) -> None:
    with pytest.raises(ConfigError, match="out of its range"):
        simulate_population(*sizes)


def test_impossible_numbers() -> None:
    with pytest.raises(ConfigError, match="bin_width is out of its range"):
        simulate_population(bin_width=0)
    with pytest.raises(InputError, match="seed"):
        simulate_population(seed=-1)


def test_a_population_of_none_names_the_setting() -> None:
    with pytest.raises(InputError) as caught:
        simulate_population(0)
    assert "n_neurons" in caught.value.problem


def test_the_default_is_long_enough_and_fast() -> None:
    began = time.process_time()
    parts = split(load("simulated"), 16)
    assert time.process_time() - began < 3
    assert min(parts.train.n_samples, parts.held_out.n_samples) >= 2000
    assert parts.recorded.names == STRIPES
    assert parts.recorded.is_shared


def test_a_population_sees_any_stimuli() -> None:
    first = simulate_population(3, 4, 50, seed=1)
    stimulus = first.covariates.covariates
    again = simulate_population(3, 4, 50, seed=1, stimulus=stimulus)
    assert again == first
    several = simulate_population(3, 5, 50, seed=1, n_stimuli=2).covariates.covariates
    assert np.array_equal(several.values[[0, 0, 1]], several.values[[2, 4, 3]])
    assert not np.array_equal(several.values[0], several.values[1])
    assert np.array_equal(several.values[0], stimulus.values[0])
    assert simulate_population(3, 2, 50, n_stimuli=9).covariates.covariates.n_trials == 2


def test_the_halves_of_a_split_have_no_stimulus_in_common() -> None:
    recording = simulate_population(3, 24, 60, seed=1, n_stimuli=6)
    parts = split(recording, 4, "recorded")
    train, held_out = (
        {trial.tobytes() for trial in part.covariates.rows()}
        for part in (parts.trials, parts.held_out_trials)
    )
    assert (len(train), len(held_out)) == (3, 3)
    assert not train & held_out


def test_the_stimulus_explains_its_trials_and_no_others() -> None:
    spikes = simulate_population(6, 200, 500, seed=2, n_stimuli=2).spikes
    one, same, other = spikes[0:100:2], spikes[100::2], spikes[1::2]
    rates = [(part.mean(0) - part.mean((0, 1))).ravel() for part in (one, same, other)]
    assert np.corrcoef(rates[0], rates[1])[0, 1] > 0.5
    assert abs(np.corrcoef(rates[0], rates[2])[0, 1]) < 0.2


def test_the_stimulus_is_as_documented() -> None:
    values = simulate_stimulus(200, 400, seed=3).values
    assert values.shape == (200, 400, 3)
    assert abs(values.mean()) < 0.02
    assert np.allclose(values.reshape(-1, 3).std(0), 1, atol=0.03)
    assert np.allclose(np.corrcoef(values.reshape(-1, 3).T), np.eye(3), atol=0.03)
    fields = draw_fields(50, 0.02, seed=4)
    drive = fields.drive(simulate_stimulus(50, 400, seed=5))[:, 30:]
    seen = np.arctanh(drive / fields.gain) + 0.5
    assert np.allclose(seen.std((0, 1)), 1, atol=0.1)
    assert np.allclose(np.log(np.exp(drive).mean((0, 1))), fields.log_mean, atol=0.15)


def test_before_a_trial_its_first_frame_stands_still() -> None:
    fields = draw_fields(4, 0.02, seed=0)
    stimulus = simulate_stimulus(1, 40, seed=1)
    longer = stimulus.values[:, [0] * 100 + list(range(40))]
    padded = fields.drive(type(stimulus)(longer, STRIPES))
    assert np.allclose(padded[:, 100:], fields.drive(stimulus))
    assert np.allclose(padded[:, 50:100], padded[:, 99:100])


@pytest.mark.parametrize("shape", [(40, 3), (5, 50, 3), (50, 2)])
def test_stimuli_that_do_not_fit(shape: tuple[int, ...]) -> None:
    stimulus = type(simulate_stimulus())(np.zeros(shape))
    with pytest.raises(RasterError, match="stimulus"):
        simulate_population(3, 4, 50, stimulus=stimulus)


def test_impossible_stimuli() -> None:
    with pytest.raises(ConfigError, match="n_stimuli"):
        simulate_population(n_stimuli=0)
    for wrong in ({"n_stimuli": 0}, {"n_bins": 0}, {"bin_width": 0}):
        with pytest.raises(ConfigError):
            simulate_stimulus(**wrong)
