"""The generator driven by its own past: filters, latent, cells and rasters."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.circuits.program import CellBatch
from neuroqgan.errors import ConfigError
from neuroqgan.gradients.adjoint import pattern_probabilities
from neuroqgan.gradients.moments import pattern_bits
from neuroqgan.models.drive.part import DriveInputs
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.seeding import Seed
from neuroqgan.simulation.chunked_threads import CHUNK_ROWS
from neuroqgan.simulation.filters import (
    advance,
    advance_in_place,
    filter_bins,
    filter_past,
    filter_spikes,
    silence,
    time_constants,
)
from tests.helpers import several_threads

N_FILTERS = 5
MEMORY = filter_bins(N_FILTERS)
RATES = np.array([0.03, 0.1, 0.2, 0.05, 0.15])


def _generator(seed: int = 0, **changes: Any) -> HistoryGenerator:
    sizes = {"n_neurons": 5, "n_bins": 8, "bin_width": 0.02, "n_layers": 2, "group_size": 3}
    generator = HistoryGenerator(**sizes | changes)
    generator.initialise(np.resize(RATES, generator.spec.n_neurons), seed)
    return generator


def _cells(generator: HistoryGenerator, past: np.ndarray, seed: Seed) -> tuple[CellBatch, ...]:
    return generator.next_program(past, 0, 1, seed).batches


def _driven() -> HistoryGenerator:
    """Spikes and latent have a strong say."""
    generator = _generator()
    with torch.no_grad():
        generator.past.own_weight.fill_(-1.0)
        generator.past.hidden_weight.fill_(0.5)
        generator.latent.state_weight.mul_(3)
        generator.past.summary_weight.mul_(10)
    return generator


def test_filters_in_a_sweep_and_bin_by_bin_are_the_same() -> None:
    spikes = np.random.default_rng(0).random((3, 50, 4)) < 0.3
    before = filter_spikes(spikes, 5)
    assert before.shape == (3, 50, 4, N_FILTERS)
    filtered = silence(3, 4, N_FILTERS)
    for t in range(50):
        assert np.array_equal(before[:, t], filtered)
        assert np.allclose(filter_past(spikes[:, :t], N_FILTERS), filtered, atol=1e-5)
        filtered = advance(filtered, spikes[:, t])


@given(age=st.integers(1, 2 * MEMORY), neuron=st.integers(0, 2))
def test_a_spike_fades_exponentially_and_is_forgotten(age: int, neuron: int) -> None:
    spikes = np.zeros((1, age, 3), bool)
    spikes[0, 0, neuron] = True
    tau = time_constants(N_FILTERS)
    wanted = np.exp(-(age - 1) / tau) / np.sqrt(tau)
    found = filter_past(spikes, 5)[0]
    assert np.allclose(found[neuron], wanted, atol=1e-3)
    assert (found[neuron] == 0).all() == (age > MEMORY)
    assert not np.delete(found, neuron, 0).any()


def test_filters_go_on_in_place() -> None:
    random = np.random.default_rng(1)
    filtered = random.random((20, 3, N_FILTERS), np.float32)
    spikes = random.random((20, 2, 3)) < 0.3
    tau = time_constants(N_FILTERS)
    wanted = filtered * np.exp(-1 / tau) + spikes[:, 1, :, None] / np.sqrt(tau)
    before = filtered.copy()
    after = advance(filtered, spikes[:, 1])
    assert np.array_equal(filtered, before)
    assert np.allclose(after, wanted, atol=1e-6)
    advance_in_place(filtered[5:9], spikes[5:9, 1])
    assert np.array_equal(filtered[5:9], after[5:9])
    assert np.array_equal(np.delete(filtered, np.s_[5:9], 0), np.delete(before, np.s_[5:9], 0))


def test_parameters_are_linear_in_neurons_and_independent_of_bins() -> None:
    counts = [_generator(n_neurons=n).n_parameters for n in (60, 70, 80)]
    assert counts[2] - counts[1] == counts[1] - counts[0] == 160
    # Below, where the latent is smaller, they stay under the line of larger populations.
    excess = counts[0] - 16 * 60
    assert all(_generator(n_neurons=n).n_parameters <= 16 * n + excess for n in range(1, 60))
    assert _generator(n_bins=4).n_parameters == _generator(n_bins=40).n_parameters
    assert _generator(n_neurons=10, n_layers=2).n_parameters == 394
    assert _generator(n_neurons=10, n_layers=3).n_parameters == 404
    assert _generator(n_neurons=50, n_layers=2).n_parameters == 1292


def test_the_latent_grows_with_the_population_up_to_a_size() -> None:
    shapes = [tuple(_generator(n_neurons=n).latent.state.shape) for n in (2, 10, 50, 100)]
    assert shapes == [(18, 3), (19, 4), (26, 10), (26, 10)]


def test_a_ring_is_refused() -> None:
    with pytest.raises(ConfigError, match="no ring") as caught:
        _generator(entangling="ring")
    assert caught.value.hint == "entangling = line"


def test_bonds_end_where_cells_end() -> None:
    # Groups of 2 and 3 neurons.
    assert _generator().groups == (slice(0, 2), slice(2, 5))
    assert _generator().bonds.tolist() == [True, False, True, True]
    assert not _generator(entangling="none").bonds.any()
    assert _generator(n_neurons=1).bonds.shape == (0,)


def test_it_starts_near_the_rates_and_differs_by_seed() -> None:
    first, same, other = (_generator(seed) for seed in (1, 1, 2))
    assert torch.equal(first.past.own_weight, same.past.own_weight)
    assert not torch.equal(first.past.own_weight, other.past.own_weight)
    rates = first.draw_exactly(2000, 10, 3).mean((0, 1))
    assert (rates > RATES / 3).all()
    assert (rates < RATES * 3).all()


def test_the_latents_path_goes_on_and_is_stationary() -> None:
    generator = _generator()
    path = np.stack(generator.latent_path(50, 20, 4), 1)
    assert np.array_equal(np.stack(generator.latent_path(50, 30, 4), 1)[:, :20], path)
    assert not np.array_equal(np.stack(generator.latent_path(50, 20, 5), 1), path)
    chain = generator.latent.transitions().detach().double().numpy()
    assert np.allclose(chain.sum(1), 1)
    values, vectors = np.linalg.eig(chain.T)
    stationary = np.real(vectors[:, np.argmax(np.real(values))])
    stationary /= stationary.sum()
    n_samples = 20000
    path = np.stack(generator.latent_path(n_samples, 4, 6), 1)
    for t in range(4):
        share = np.bincount(path[:, t], minlength=len(chain)) / n_samples
        error = np.sqrt(stationary * (1 - stationary) / n_samples)
        assert (np.abs(share - stationary) < 5 * error).all()
    steps = np.zeros_like(chain)
    np.add.at(steps, (path[:, :-1], path[:, 1:]), 1)
    left = steps.sum(1, keepdims=True)
    assert (np.abs(steps - left * chain) < 5 * np.sqrt(left * chain * (1 - chain)) + 2).all()


def test_a_seed_that_cannot_be_asked_again_is_refused() -> None:
    with pytest.raises(ConfigError, match="asked again"):
        _generator().initial_past(2, np.random.default_rng(0))


def test_the_same_seed_gives_the_same_past_and_angles() -> None:
    generator = _driven()
    seed = np.random.SeedSequence(7)
    past = generator.initial_past(20, seed)
    assert past.shape == (20, MEMORY, 5)
    assert np.array_equal(past, generator.initial_past(20, np.random.SeedSequence(7)))
    assert not np.array_equal(past, generator.initial_past(20, 8))
    batches = _cells(generator, past, seed)
    again = _cells(generator, past, np.random.SeedSequence(7))
    for batch, same, neurons in zip(batches, again, [(0, 1), (2, 3, 4)], strict=True):
        assert np.array_equal(batch.angles, same.angles)
        assert batch.angles.shape == (20, 2 * len(neurons))
        assert batch.neurons == neurons
        assert batch.samples.tolist() == list(range(20))
        assert not batch.bins.any()
    assert not np.array_equal(_cells(generator, past, 8)[0].angles, batches[0].angles)


def test_the_cells_angles_are_those_of_the_exact_path() -> None:
    """A bin on, with the latent that a raster drawn without a backend has there."""
    generator = _driven()
    raster = generator.draw_exactly(20, 3, 9)
    past = np.concatenate([generator.initial_past(20, 9), raster[:, :2]], 1)
    state = np.stack(generator.latent_path(20, 200, 9), 1)[:, 2 * MEMORY + 2]
    angles = generator.angles(filter_past(past, 5), state)
    batches = _cells(generator, past, 9)
    for batch in batches:
        columns = angles[..., list(batch.neurons)].reshape(20, -1)
        assert np.allclose(batch.angles, columns, atol=1e-6)
    assert (angles[:, 0] > 0).all()
    assert (angles[:, 0] < np.pi).all()


def test_angles_do_not_depend_on_the_number_of_threads() -> None:
    generator = _generator(n_neurons=50)
    filtered = np.random.default_rng(0).random((3001, 50, N_FILTERS), np.float32)
    before = torch.get_num_threads()
    found = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found.append(generator.angles(filtered, np.zeros(3001, np.int64)))
        assert torch.get_num_threads() == threads
    torch.set_num_threads(before)
    assert np.array_equal(*found)


@pytest.mark.parametrize("n_neurons", [5, 21])
def test_drive_is_the_formula(n_neurons: int) -> None:
    generator = _generator(n_neurons=n_neurons)
    assert generator.past.has_summary == (n_neurons <= 20)
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.normal_(generator=torch.Generator().manual_seed(0))
    filtered = np.random.default_rng(2).random((40, n_neurons, N_FILTERS))
    w = {name: p.detach().double().numpy() for name, p in generator.named_parameters()}
    hidden = np.tanh(
        w["past.hidden_bias"] + np.einsum("jk,cik->cij", w["past.hidden_weight"], filtered)
    )
    own = np.einsum("ij,cij->ci", w["past.own_weight"], hidden)
    drive = generator.drive(DriveInputs(torch.from_numpy(filtered.astype(np.float32))))
    wanted = w["threshold.weight"] + own
    if generator.past.has_summary:
        mixed = np.einsum(
            "i,k,cik->c", w["past.summary_neuron"], w["past.summary_filter"], filtered
        )
        wanted += np.outer(np.tanh(w["past.summary_bias"] + mixed), w["past.summary_weight"])
    assert np.allclose(drive.detach(), wanted, atol=1e-5)
    wanted_by_state = w["latent.state"] @ w["latent.state_weight"].T
    assert np.allclose(generator.latent.by_state().detach(), wanted_by_state, atol=1e-5)
    angles = generator.angles(filtered.astype(np.float32), np.arange(40) % 18)
    first = np.pi / (1 + np.exp(-wanted - wanted_by_state[np.arange(40) % 18]))
    assert np.allclose(angles[:, 0], first, atol=1e-5)
    assert np.allclose(angles[:, 1:], w["later.bias"])


def test_rasters_and_cells_do_not_depend_on_the_number_of_threads() -> None:
    """More samples than one part has."""
    generator, most = _driven(), several_threads()
    n_samples = 2 * CHUNK_ROWS + 3
    found = []
    for threads in (1, most):
        numba.set_num_threads(threads)
        past = generator.initial_past(n_samples, 3)
        found.append((past, *(batch.angles for batch in _cells(generator, past, 3))))
    numba.set_num_threads(most)
    assert all(map(np.array_equal, *found))
    angles = generator.angles(filter_past(past, 5), generator.next_states(past, 1, 3)[:, 0])
    assert np.array_equal(found[0][1], angles[..., :2].reshape(n_samples, -1))


def test_the_angles_know_past_and_latent() -> None:
    generator = _driven()
    past = np.zeros((2, MEMORY, 5), bool)
    past[1, -1, 3] = True
    first = generator.angles(filter_past(past, 5), np.zeros(2, np.int64))
    # A spike holds back the neuron that fired.
    assert first[1, 0, 3] < first[0, 0, 3] - 0.05
    other = generator.angles(filter_past(past, 5), np.ones(2, np.int64))
    assert np.abs(other[:, 0] - first[:, 0]).max() > 0.05
    assert np.array_equal(other[:, 1:], first[:, 1:])


def test_a_walk_over_cells_and_an_exact_raster_agree() -> None:
    """Rates, counts and lagged products, within five standard errors of 4,000 rasters."""
    generator, n_samples, n_bins = _driven(), 4000, 3
    raster = generator.draw_exactly(n_samples, n_bins, 10).astype(float)
    past = generator.initial_past(n_samples, 11)
    for t in range(n_bins):
        random = np.random.default_rng(t)
        spikes = np.zeros((n_samples, 1, 5), bool)
        for batch, group in zip(_cells(generator, past, 11), generator.groups, strict=True):
            ansatz = generator.ansatz(group)
            angles = batch.angles.reshape(n_samples, 2, -1).astype(np.float32)
            exact = pattern_probabilities(ansatz, torch.from_numpy(angles)).cumsum(1)
            level = random.random((n_samples, 1)) * exact[:, -1:]
            pattern = (level >= exact).sum(1)
            spikes[:, 0, group] = pattern_bits(ansatz.n_neurons)[pattern]
        past = np.concatenate([past, spikes], 1)
    walked = past[:, MEMORY:].astype(float)
    for a, b in (
        (walked.mean(1), raster.mean(1)),
        (walked.sum(2), raster.sum(2)),
        (walked[:, 0] * walked[:, 1], raster[:, 0] * raster[:, 1]),
        (walked[:, 0, :1] * walked[:, 0, 1:], raster[:, 0, :1] * raster[:, 0, 1:]),
    ):
        error = np.sqrt((a.var(0) + b.var(0)) / n_samples)
        assert (np.abs(a.mean(0) - b.mean(0)) < 5 * error + 1e-3).all()


def test_a_longer_raster_goes_on_where_a_shorter_ends() -> None:
    generator = _driven()
    raster = generator.draw_exactly(30, 12, 12)
    assert raster.shape == (30, 12, 5)
    assert np.array_equal(generator.draw_exactly(30, 5, 12), raster[:, :5])
    assert not np.array_equal(generator.draw_exactly(30, 12, 13), raster)
