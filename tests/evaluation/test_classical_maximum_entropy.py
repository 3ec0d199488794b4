from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.data.simulate import simulate_population
from neuroqgan.evaluation.classical import enumeration, gibbs_chains
from neuroqgan.evaluation.classical.features import Features
from neuroqgan.evaluation.classical.independent import Independent
from neuroqgan.evaluation.classical.maximum_entropy import MaximumEntropy
from neuroqgan.raster import SpikeRaster


@pytest.fixture(scope="module")
def windows() -> SpikeRaster:
    return simulate_population(6, 60, 320, seed=3).windows(16)


def _flat(raster: SpikeRaster) -> np.ndarray:
    return raster.spikes.reshape(-1, raster.n_neurons)


def _standard_errors(mean: np.ndarray, *sizes: int) -> np.ndarray:
    spread = np.maximum(mean * (1 - mean), 1 / min(sizes))
    return np.sqrt(spread * sum(1 / size for size in sizes))


def test_features_by_hand() -> None:
    features = Features(3, with_counts=True)
    patterns = np.array([[1, 1, 0], [0, 0, 0], [1, 1, 1]], bool)
    # Neurons, pairs (01, 02, 12), counts 0 to 3.
    expected = [
        [1, 1, 0, 1, 0, 0, 0, 0, 1, 0],
        [0, 0, 0, 0, 0, 0, 1, 0, 0, 0],
        [1, 1, 1, 1, 1, 1, 0, 0, 0, 1],
    ]
    assert features.of(patterns).tolist() == expected
    assert np.allclose(features.means(patterns), np.mean(expected, axis=0))
    assert features.n_features == 10
    assert Features(3, with_counts=False).of(patterns).shape == (3, 6)


@pytest.mark.parametrize("with_counts", [False, True])
def test_potentials_and_features_agree_on_energies(with_counts: bool) -> None:
    features = Features(5, with_counts)
    parameters = np.random.default_rng(0).normal(size=features.n_features)
    found = features.potentials(parameters)
    patterns = enumeration.all_patterns(5)
    s = patterns.astype(float)
    energy = s @ found.fields + ((s @ found.couplings) * s).sum(1) / 2
    energy += found.by_count[patterns.sum(1)]
    assert np.allclose(energy, features.of(patterns) @ parameters)


@pytest.mark.parametrize("with_counts", [False, True])
def test_enumeration_reaches_the_means_that_it_was_given(windows, with_counts: bool) -> None:
    features = Features(6, with_counts)
    means = features.means(_flat(windows))
    penalty = 0.01 / len(_flat(windows))
    parameters = enumeration.fit_exactly(features, means, penalty)
    probability = enumeration.pattern_probabilities(features, parameters)
    assert probability.sum() == pytest.approx(1)
    reached = probability @ features.of(enumeration.all_patterns(6))
    assert np.allclose(reached, means, atol=20 * penalty)


def test_independent_neurons_need_no_couplings() -> None:
    rates = np.array([0.1, 0.3, 0.5, 0.2])
    features = Features(4, with_counts=False)
    means = np.concatenate([rates, np.outer(rates, rates)[np.triu_indices(4, 1)]])
    parameters = enumeration.fit_exactly(features, means, 1e-9)
    assert np.allclose(parameters[:4], np.log(rates / (1 - rates)), atol=1e-4)
    assert np.allclose(parameters[4:], 0, atol=1e-4)


@pytest.mark.parametrize("enumerate_up_to", [12, 0], ids=["exact", "chains"])
@pytest.mark.parametrize("with_counts", [False, True], ids=["pairwise", "k-pairwise"])
def test_samples_have_the_moments_of_the_windows(windows, with_counts, enumerate_up_to) -> None:
    model = MaximumEntropy(with_counts, enumerate_up_to)
    model.fit(windows, seed=1)
    generated = model.sample(4000, seed=2)
    assert generated.spikes.shape == (4000, 16, 6)
    assert generated.bin_width == windows.bin_width
    assert model.n_parameters == 6 + 15 + 7 * with_counts
    one, two = model.features.means(_flat(windows)), model.features.means(_flat(generated))
    off = (one - two) / _standard_errors(one, len(_flat(windows)), len(_flat(generated)))
    assert np.sqrt(np.mean(off**2)) < 1.4
    assert np.abs(off).max() < 4.5


def test_pairs_alone_miss_the_counts() -> None:
    # Either all neurons spike or exactly one does, as pairs alone cannot say.
    random = np.random.default_rng(0)
    spikes = np.eye(6, dtype=bool)[random.integers(6, size=4000 * 4)]
    spikes[random.random(len(spikes)) < 0.05] = True
    windows = SpikeRaster(spikes.reshape(4000, 4, 6), 0.02)
    alone, counted = MaximumEntropy(False), MaximumEntropy(True)
    silent = []
    for model in (alone, counted):
        model.fit(windows)
        silent.append(np.mean(_flat(model.sample(4000, 1)).sum(1) == 0))
    assert silent[0] > 0.05
    assert silent[1] < 0.001


def test_chains_agree_with_enumeration(windows) -> None:
    features = Features(6, with_counts=True)
    patterns = _flat(windows)
    penalty = 0.01 / len(patterns)
    exact = enumeration.fit_exactly(features, features.means(patterns), penalty)
    random = np.random.default_rng(5)
    sampled = gibbs_chains.fit_by_gibbs_chains(features, patterns, penalty, random)
    probability = [
        enumeration.pattern_probabilities(features, parameters) for parameters in (exact, sampled)
    ]
    assert np.abs(probability[0] - probability[1]).sum() < 0.03
    # And the chains draw from the distribution whose parameters they are given.
    drawn = gibbs_chains.gibbs(features.potentials(exact), np.zeros((40_000, 6), bool), 60, random)
    index = drawn @ (1 << np.arange(6))
    frequency = np.bincount(index, minlength=64) / len(drawn)
    expected = 64 * np.sqrt(2 / np.pi / 64 / len(drawn))
    assert np.abs(frequency - probability[0]).sum() < 2 * expected


def test_a_silent_neuron_stays_silent(make_raster) -> None:
    spikes = make_raster(400, 8, 5).spikes.copy()
    spikes[:, :, 2] = False
    for enumerate_up_to in (12, 0):
        model = MaximumEntropy(True, enumerate_up_to)
        model.fit(SpikeRaster(spikes, 0.02))
        assert model.sample(400, 1).spikes[:, :, 2].mean() < 1e-3


def test_independent_rates(windows) -> None:
    model = Independent()
    model.fit(windows)
    generated = model.sample(4000, 1)
    assert model.n_parameters == 6
    one, two = _flat(windows).mean(0), _flat(generated).mean(0)
    assert (np.abs(one - two) < 4 * _standard_errors(one, len(_flat(generated)))).all()
