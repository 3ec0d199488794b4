from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import ConfigError, InputError


@pytest.fixture(scope="module")
def spikes() -> np.ndarray:
    return simulate_population(8, 120, 800, seed=5).spikes.astype(float)


def _autocovariance(spikes: np.ndarray, lag: int) -> np.ndarray:
    rate = spikes.mean((0, 1))
    return (spikes[:, :-lag] * spikes[:, lag:]).mean((0, 1)) - rate**2


def test_rates_are_unlike(spikes: np.ndarray) -> None:
    rates = spikes.mean((0, 1)) / 0.02
    assert 0.5 < rates.min() < 3
    assert 6 < rates.max() < 25


def test_neurons_are_correlated(spikes: np.ndarray) -> None:
    correlation = np.corrcoef(spikes.reshape(-1, 8).T)
    assert np.mean(correlation[np.triu_indices(8, 1)]) > 0.03


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
