"""Free runs that go on."""

from __future__ import annotations

import numpy as np
import torch

from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.moment_matching.free_runs import FreeRuns
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.simulation.markov.stationary import stationary_distribution


def _generator() -> HistoryGenerator:
    generator = build_generator(GeneratorSpec.of("history", 3, 8, 0.02, n_layers=2))
    generator.initialise(np.array([0.05, 0.1, 0.3]), 0)
    with torch.no_grad():
        generator.latent.state_weight.mul_(3)
    return generator


def _begun(n_runs: int, seed: int = 0) -> FreeRuns:
    runs = FreeRuns(_generator(), n_runs)
    runs.begin(np.random.default_rng(seed))
    return runs


def test_values_of_the_latent_are_had_by_their_share_of_runs() -> None:
    runs = _begun(4000)
    wanted = 4000 * stationary_distribution(runs.generator.latent.transitions().detach()).numpy()
    counted = []
    for t in range(20):
        runs.advance(1, np.random.default_rng(t))
        counted.append(np.bincount(runs.state, minlength=runs.generator.latent.n_latent_states))
    # Runs drawn alone would miss it by the root of the count, about 18.
    assert np.abs(np.array(counted) - wanted).mean() < 6


def test_a_run_moves_as_the_chain_says() -> None:
    runs = _begun(3000)
    moved = np.zeros((runs.generator.latent.n_latent_states,) * 2)
    for t in range(60):
        before = runs.state.copy()
        runs.advance(1, np.random.default_rng(t))
        np.add.at(moved, (before, runs.state), 1)
    chain = runs.generator.latent.transitions().detach().numpy()
    assert np.allclose(moved / moved.sum(1, keepdims=True), chain, atol=0.02)
    # Two steps of one run are drawn by independent levels.
    first, second = [], []
    for t in range(60):
        start = runs.state.copy()
        runs.advance(2, np.random.default_rng(100 + t))
        first.append(start)
        second.append(runs.state.copy())
    moved[:] = 0
    np.add.at(moved, (np.concatenate(first), np.concatenate(second)), 1)
    assert np.allclose(moved / moved.sum(1, keepdims=True), chain @ chain, atol=0.03)


def test_runs_fire_as_samples_do() -> None:
    runs = _begun(4000)
    spikes, _, _ = runs.advance(30, np.random.default_rng(1))
    drawn = runs.generator.draw_exactly(4000, 30, 2)
    assert np.allclose(spikes.mean((0, 1)), drawn.mean((0, 1)), rtol=0.06)
    twice, also = ((x[:, 1:] & x[:, :-1]).mean((0, 1)) for x in (spikes, drawn))
    assert np.allclose(twice, also, rtol=0.15, atol=1e-3)


def test_runs_go_on_where_they_stopped() -> None:
    whole, parts = _begun(50), _begun(50)
    random = np.random.default_rng(3)
    spikes, filtered, first = whole.advance(12, np.random.default_rng(3))
    one, early, state = parts.advance(5, random)
    two, late, _ = parts.advance(7, random)
    assert np.array_equal(spikes, np.concatenate([one, two], 1))
    assert np.array_equal(filtered, np.concatenate([early, late], 1))
    assert torch.equal(first, state)
    copy = FreeRuns(_generator(), 50)
    for name, tensor in copy.tensors().items():
        tensor.copy_(whole.tensors()[name])
    one, two = (runs.advance(4, np.random.default_rng(9))[0] for runs in (copy, whole))
    assert np.array_equal(one, two)
