"""Scores: derivatives of the likelihood of every stretch."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from neuroqgan.models.history import likelihood
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import fisher_scores, log_likelihood
from neuroqgan.simulation.filters import filter_spikes
from neuroqgan.simulation.lanes import LANES
from neuroqgan.simulation.markov.stationary import stationary_distribution


def _generator(past: str = "filters") -> HistoryGenerator:
    generator = HistoryGenerator(n_neurons=3, n_bins=8, bin_width=0.02, past=past)
    generator.initialise(np.array([0.05, 0.1, 0.3]), 0)
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.add_(0.2 * torch.randn(weight.shape, generator=random))
    return generator


def _stretches(n: int, n_bins: int, n_filters: int = 5) -> tuple[np.ndarray, np.ndarray]:
    spikes = np.random.default_rng(0).random((n, n_bins + 5, 3)) < 0.3
    return spikes[:, 5:], filter_spikes(spikes, n_filters)[:, 5:]


@pytest.mark.parametrize("past", ["filters", "two-bins", "one-bin", "none"])
def test_scores_are_gradients_a_stretch(past: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(likelihood, "_CELLS", 1)  # as few at a time as there are lanes
    generator = _generator(past)
    n_stretches = LANES + 3
    spikes, filtered = _stretches(n_stretches, 9, generator.n_filters)
    found, values = fisher_scores(generator, spikes, filtered)
    assert found.shape == (n_stretches, generator.n_parameters)
    for i in (0, 1, LANES - 1, LANES, n_stretches - 1):
        value = 9 * log_likelihood(generator, spikes[i : i + 1], filtered[i : i + 1]).sum()
        slopes = torch.autograd.grad(value, list(generator.parameters()))
        assert float(values[i]) == pytest.approx(float(value.detach()), abs=1e-4)
        assert torch.allclose(found[i], torch.cat([s.flatten() for s in slopes]), atol=2e-4)


def test_scores_average_to_zero_over_all_outcomes() -> None:
    """Probabilities add up to one whatever the weights, the latent known or not."""
    generator = _generator()
    outcomes = np.array(list(itertools.product([False, True], repeat=6))).reshape(-1, 2, 3)
    filtered = filter_spikes(outcomes, 5)
    found, values = fisher_scores(generator, outcomes, filtered)
    p = values.double().exp()
    assert float(p.sum()) == pytest.approx(1, abs=1e-5)
    assert torch.allclose(p @ found.double(), torch.zeros(1, dtype=torch.float64), atol=1e-5)
    total, mean = 0.0, torch.zeros(found.shape[1], dtype=torch.float64)
    for state in range(len(generator.latent.state)):
        known = torch.full((len(outcomes),), state)
        own, value = fisher_scores(generator, outcomes, filtered, known)
        total += float(value.double().exp().sum())
        mean += value.double().exp() @ own.double()
    assert total == pytest.approx(1, abs=1e-5)
    assert torch.allclose(mean, torch.zeros_like(mean), atol=1e-5)


def test_stationary_distributions_of_one_chain_and_of_many() -> None:
    chains = torch.softmax(torch.randn(4, 5, 5, generator=torch.Generator().manual_seed(0)), -1)
    found = stationary_distribution(chains)
    assert torch.allclose((found[:, None] @ chains)[:, 0], found, atol=1e-6)
    assert torch.allclose(found.sum(1), torch.ones(4))
    assert torch.allclose(stationary_distribution(chains[2]), found[2], atol=1e-6)
