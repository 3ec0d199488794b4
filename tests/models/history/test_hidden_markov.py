"""A hidden Markov model of spikes, and the latent that starts from it."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from neuroqgan.models.history.hidden_markov import (
    HiddenMarkovModel,
    expected_counts,
    fit_hidden_markov,
)
from neuroqgan.models.history.latent_start import start_from
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.filters import filter_spikes

RATES = np.array([[0.02, 0.3, 0.05], [0.4, 0.02, 0.1]])
CHAIN = np.array([[0.95, 0.05], [0.1, 0.9]])


def _spikes(n_trials: int = 40, n_bins: int = 300) -> np.ndarray:
    random = np.random.default_rng(3)
    state = np.zeros(n_trials, int)
    spikes = np.empty((n_trials, n_bins, 3), bool)
    for t in range(n_bins):
        spikes[:, t] = random.random((n_trials, 3)) < RATES[state]
        state = (random.random(n_trials) >= CHAIN[state, 0]).astype(int)
    return spikes


def test_counts_are_those_of_all_paths() -> None:
    spikes = np.array([[[1, 0, 0], [0, 1, 0], [1, 0, 1]], [[0, 0, 0], [0, 1, 1], [0, 1, 0]]], bool)
    occupied, fired, moved, logs = np.zeros(2), np.zeros((2, 3)), np.zeros((2, 2)), 0.0
    for trial in spikes:
        weights = {}
        for path in itertools.product(range(2), repeat=3):
            seen = np.where(trial, RATES[list(path)], 1 - RATES[list(path)]).prod()
            weights[path] = 0.5 * seen * CHAIN[path[0], path[1]] * CHAIN[path[1], path[2]]
        total = sum(weights.values())
        logs += np.log(total)
        for path, weight in weights.items():
            for t, state in enumerate(path):
                occupied[state] += weight / total
                fired[state] += weight / total * trial[t]
            for before, after in itertools.pairwise(path):
                moved[before, after] += weight / total
    found = expected_counts(spikes, HiddenMarkovModel(RATES, CHAIN))
    assert np.allclose(found.occupied, occupied)
    assert np.allclose(found.fired, fired)
    assert np.allclose(found.moved, moved)
    assert found.log_likelihood == pytest.approx(logs / 6)


def test_rates_and_transitions_are_found_again() -> None:
    fitted = fit_hidden_markov(_spikes(), 2, 0)
    order = np.argsort(fitted.rates[:, 0])
    assert np.allclose(fitted.rates[order], RATES, atol=0.02)
    assert np.allclose(fitted.transitions[np.ix_(order, order)], CHAIN, atol=0.02)


def test_more_values_than_the_spikes_tell_apart_stay_finite() -> None:
    spikes = np.zeros((2, 30, 2), bool)
    spikes[:, ::7, 0] = True
    fitted = fit_hidden_markov(spikes, 12, 1)
    assert np.isfinite(fitted.rates).all()
    assert np.allclose(fitted.transitions.sum(1), 1)


def test_the_latent_starts_with_what_the_model_knows() -> None:
    """Two values of three neurons fit into the low rank, so nothing is lost."""
    spikes = _spikes()
    spec = GeneratorSpec.of("history", 3, 8, 0.02, n_layers=2, entangling="none")
    generator = build_generator(spec)
    generator.initialise(spikes.mean((0, 1)), 0)
    with torch.no_grad():
        for weight in (
            generator.past.own_weight,
            generator.past.summary_weight,
            generator.later.bias,
        ):
            weight.zero_()
    before = float(log_likelihood(generator, spikes, filter_spikes(spikes, 5)).detach().mean())
    start_from(generator, fit_hidden_markov(spikes, generator.latent.n_latent_states, 0), spikes)
    after = float(log_likelihood(generator, spikes, filter_spikes(spikes, 5)).detach().mean())
    truth = expected_counts(spikes, HiddenMarkovModel(RATES, CHAIN)).log_likelihood
    assert before < truth - 0.05
    assert after == pytest.approx(truth, abs=0.01)
    assert np.allclose(
        generator.draw_exactly(2000, 20, 1).mean((0, 1)), spikes.mean((0, 1)), atol=0.02
    )
