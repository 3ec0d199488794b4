"""The generator that knows the last two bins."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.covariates import CovariateWindows
from neuroqgan.covariates.trial_time import trial_time
from neuroqgan.data.simulate import simulate_population
from neuroqgan.data.split import split
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.drive.two_bin_past import last_two_spikes
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.loading import load_generator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.weights import save_generator
from neuroqgan.raster import SpikeRaster
from neuroqgan.runs.config_file import build_config
from neuroqgan.runs.stages import build_trainer
from neuroqgan.simulation.filters import filter_spikes
from tests.two_bins import two_bin_generator

RATES = np.array([0.1, 0.15, 0.3])


@settings(deadline=None)  # the first example compiles
@given(seed=st.integers(0, 99), rate=st.sampled_from([0.05, 0.5, 0.95, 1.0]))
def test_two_bins_are_read_off_the_filters(seed: int, rate: float) -> None:
    spikes = np.random.default_rng(seed).random((2, 30, 3)) < rate
    filtered = torch.from_numpy(filter_spikes(spikes, 5)).reshape(60, 3, -1)
    last, earlier = (found.numpy().reshape(2, 30, 3) for found in last_two_spikes(filtered))
    assert np.array_equal(last[:, 1:], spikes[:, :-1])
    assert np.array_equal(earlier[:, 2:], spikes[:, :-2])
    assert not last[:, 0].any()
    assert not earlier[:, :2].any()


def test_weights_are_few_and_come_back(tmp_path: Path) -> None:
    generator = two_bin_generator(3)
    assert two_bin_generator(10).n_parameters == 298 + 20  # two more than a past of one bin each
    save_generator(generator, tmp_path / "g.safetensors")
    again = load_generator(tmp_path / "g.safetensors")
    assert again.spec == generator.spec
    assert np.array_equal(again.draw_exactly(20, 5, 1), generator.draw_exactly(20, 5, 1))


@pytest.mark.parametrize("n_layers", [1, 2])
def test_probabilities_of_all_rasters_add_up_to_one(n_layers: int) -> None:
    generator = two_bin_generator(2, n_layers=n_layers)
    outcomes = np.array(list(itertools.product([False, True], repeat=8))).reshape(-1, 4, 2)
    found = generator.log_likelihood(SpikeRaster(outcomes, 0.02))
    assert float(found.detach().double().exp().sum()) == pytest.approx(1, abs=1e-4)


def test_angles_know_the_neurons_own_last_two_spikes() -> None:
    generator = two_bin_generator(3)
    pasts = np.array(list(itertools.product([False, True], repeat=4))).reshape(-1, 4, 1)
    pasts = np.repeat(pasts, 3, axis=2)
    state = np.full(len(pasts), 2)
    found = generator.angles_after(pasts, state)[:, 0]
    for course in itertools.product([False, True], repeat=2):
        own = found[(pasts[:, 2:, 0] == course).all(1)]
        assert np.array_equal(own, own[:1].repeat(4, axis=0))
    assert np.unique(found.round(6), axis=0).shape[0] == 4


def test_the_likelihood_teaches_it_that_neurons_rest_for_two_bins() -> None:
    random = np.random.default_rng(1)
    wish = random.random((100, 60, 3)) < RATES
    spikes = wish.copy()
    for t in range(1, wish.shape[1]):
        spikes[:, t] = wish[:, t] & ~spikes[:, max(0, t - 2) : t].any(1)
    generator = build_generator(two_bin_generator(3).spec)
    generator.initialise(spikes.mean((0, 1)), 0)
    optimiser = torch.optim.Adam(generator.parameters(), 0.05)
    filtered = filter_spikes(spikes, 5)
    losses = []
    for _ in range(80):
        optimiser.zero_grad()
        loss = -log_likelihood(generator, spikes, filtered).mean()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    # What a rate and a rest of two bins leave unsure, in natural logarithms a bin.
    entropy = -(RATES * np.log(RATES) + (1 - RATES) * np.log(1 - RATES)) / (1 + 2 * RATES)
    assert losses[-1] == pytest.approx(entropy.sum(), abs=0.04)
    raster = generator.draw_exactly(4000, 20, 2)
    assert np.allclose(raster.mean((0, 1)), spikes.mean((0, 1)), rtol=0.15)
    for lag in (1, 2):
        twice = (raster[:, lag:] & raster[:, :-lag]).mean((0, 1))
        assert (twice < 0.3 * raster.mean((0, 1)) ** 2).all(), lag


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")  # torch's own
def test_it_is_trained_to_the_end() -> None:
    config = build_config({"preset": "history", "past": "two-bins", "steps": 4, "batch": 8})
    trainer = build_trainer(config.resolved(), split(simulate_population(4, 30, 40, seed=1), 16))
    while not trainer.finished:
        trainer.step()
    assert trainer.generator.shape.past == "two-bins"


@pytest.mark.parametrize("name", ["qubit-reuse", "feed-forward"])
def test_samples_at_the_same_place_share_their_angles(name: str) -> None:
    time = trial_time(60, 0.02)
    spec = CovariateSpec.of(CovariateWindows.whole_trials(time, 2))
    model = HistoryGenerator(
        past="two-bins", entangling="none", n_neurons=2, n_bins=4, bin_width=0.02, covariates=spec
    )
    model.initialise(np.full(2, 0.5), 0)
    with torch.no_grad():
        for weight in model.covariate_drive.parameters():
            weight.mul_(3)
        model.past.own_weight.copy_(torch.tensor([[-3.0, 2.5, 0.5], [2.0, -3.0, 0.5]]))
    n = 3000
    windows = CovariateWindows(time, np.zeros(n, int), np.tile([20, 45], n // 2), 4)
    measuring = model.given(windows).with_multi_bin_circuit(name)
    past = measuring.initial_past(n, 1)
    assert past.shape == (n, 0, 2)
    program = measuring.next_program(past, 0, 4, 1)
    assert all(len(np.unique(batch.angles, axis=0)) == 2 for batch in program.batches)
    exact = model.sample(n, 4, seed=1, covariates=windows)
    found = model.sample(
        n, 4, 2, covariates=windows, backend="exact", bins_per_job=4, multi_bin_circuit=name
    )
    for start in (20, 45):
        ours, theirs = (one.spikes[windows.starts == start] for one in (found, exact))
        assert np.abs(ours.mean(0) - theirs.mean(0)).max() < 0.06
        for lag in (1, 2):
            pairs = [(one[:, lag:] & one[:, :-lag]).mean((0, 1)) for one in (ours, theirs)]
            assert np.abs(pairs[0] - pairs[1]).max() < 0.04
            assert np.abs(pairs[1] - theirs.mean((0, 1)) ** 2).max() > 0.05
