"""Training of a generator that knows the last bin alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import split
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.history.trainer import HistoryTrainer
from neuroqgan.models.registry import build_generator
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.stages import build_trainer
from neuroqgan.simulation.filters import filter_spikes
from tests.lattices import last_bin_generator

RATES = np.array([0.1, 0.15, 0.3])


@pytest.mark.parametrize("n_layers", [1, 2])
def test_probabilities_of_all_stretches_add_up_to_one(n_layers: int) -> None:
    generator = last_bin_generator(3, n_layers=n_layers)
    outcomes = np.array(list(itertools.product([False, True], repeat=9))).reshape(-1, 3, 3)
    found = log_likelihood(generator, outcomes, filter_spikes(outcomes, 5))
    assert float((3 * found.detach().double()).exp().sum()) == pytest.approx(1, abs=1e-4)


def test_the_likelihood_teaches_it_that_neurons_rest() -> None:
    """Neurons that never fire twice in a row, and of unlike rates."""
    random = np.random.default_rng(1)
    wish = random.random((100, 60, 3)) < RATES
    spikes = wish.copy()
    for t in range(1, wish.shape[1]):
        spikes[:, t] = wish[:, t] & ~spikes[:, t - 1]
    generator = build_generator(last_bin_generator(3).spec)
    generator.initialise(spikes.mean((0, 1)), 0)
    before = {name: w.detach().clone() for name, w in generator.named_parameters()}
    optimiser = torch.optim.Adam(generator.parameters(), 0.05)
    filtered = filter_spikes(spikes, 5)
    losses = []
    for _ in range(80):
        optimiser.zero_grad()
        loss = -log_likelihood(generator, spikes, filtered).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    for name, weight in generator.named_parameters():
        assert not torch.equal(weight, before[name]), name
    # What a rate and a rest of one bin leave unsure, in natural logarithms a bin.
    entropy = -(RATES * np.log(RATES) + (1 - RATES) * np.log(1 - RATES)) / (1 + RATES)
    assert losses[-1] == pytest.approx(entropy.sum(), abs=0.03)
    assert losses[-1] < losses[0] - 0.05
    raster = generator.draw_exactly(4000, 20, 2)
    assert np.allclose(raster.mean((0, 1)), spikes.mean((0, 1)), rtol=0.15)
    twice = (raster[:, 1:] & raster[:, :-1]).mean((0, 1))
    assert (twice < 0.3 * raster.mean((0, 1)) ** 2).all()


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own
def test_its_trainer_is_that_of_the_preset() -> None:
    config = build_config({"preset": "history", "past": "bin", "steps": 4, "batch": 8})
    windows = simulate_population(4, 30, 40, seed=1)
    trainer = build_trainer(config.resolved(), split(windows, 16))
    assert isinstance(trainer, HistoryTrainer)
    assert isinstance(trainer.generator, HistoryGenerator)
