"""Rates of a history-driven generator in free run, corrected after its training."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.circuits.generator import GeneratorSpec
from neuroqgan.circuits.history import HistoryGenerator
from neuroqgan.training import free_run
from neuroqgan.training.free_run import correct_rates

RATES = np.array([0.02, 0.05, 0.1, 0.3])


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorter runs."""
    monkeypatch.setattr(free_run, "_SAMPLES", 400)
    monkeypatch.setattr(free_run, "_BINS", 40)


def _generator(rates: np.ndarray = RATES) -> HistoryGenerator:
    """Neurons that excite themselves, and so fire far more often than they should."""
    generator = HistoryGenerator(GeneratorSpec("history", 4, 8, 0.02, n_layers=2))
    generator.initialise(rates, 0)
    with torch.no_grad():
        generator.own_weight.fill_(0.15)
        generator.hidden_weight.fill_(0.3)
    return generator


def test_rates_in_free_run_become_those_of_the_recording() -> None:
    generator = _generator()
    before = generator.sample(4000, 40, 5).mean((0, 1))
    assert (np.abs(before / RATES - 1) > 0.25).any()
    correct_rates(generator, RATES, 1)
    after = generator.sample(4000, 40, 6).mean((0, 1))
    assert (np.abs(after / RATES - 1) < 0.1).all()


def test_only_thresholds_change_and_the_seed_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(free_run, "_ROUNDS", 2)
    first, same, other = (_generator() for _ in range(3))
    before = {name: weight.detach().clone() for name, weight in first.named_parameters()}
    for generator, seed in ((first, 1), (same, 1), (other, 2)):
        correct_rates(generator, RATES, seed)
    changed = [n for n, w in first.named_parameters() if not torch.equal(w, before[n])]
    assert changed == ["threshold"]
    assert torch.equal(first.threshold, same.threshold)
    assert not torch.equal(first.threshold, other.threshold)


def test_a_silent_neuron_stays_finite() -> None:
    rates = np.array([0.0, 0.05, 0.1, 0.3])
    generator = _generator(rates)
    with torch.no_grad():
        # Rotations after the first make spikes that no threshold takes away.
        generator.bias[:, 0] = 0
        generator.modulation[:, 0] = 0
    correct_rates(generator, rates, 1)
    assert generator.threshold.isfinite().all()
    assert generator.sample(1000, 40, 7)[..., 0].mean() < 1e-3
