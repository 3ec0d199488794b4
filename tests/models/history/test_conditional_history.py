"""The history preset with covariates: training, likelihood, programs and rasters."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import neuroqgan as nq
from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.models.covariate_choice import choose_covariates, trial_time_gain
from neuroqgan.models.covariate_spec import CovariateSpec, covariates_of
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.rate_matching import match_rates
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import sampling_streams
from neuroqgan.training.checkpoint import load_checkpoint, save_checkpoint
from neuroqgan.training.settings import TrainingSettings

N_BINS = 60


def _rates() -> np.ndarray:
    """Return two neurons' rates that go up and down, in turn, ``(n_bins, 2)``."""
    wave = np.sin(2 * np.pi * np.arange(N_BINS) / 30)
    return np.stack([0.25 + 0.2 * wave, 0.25 - 0.2 * wave], axis=1)


@pytest.fixture(scope="module")
def parts() -> nq.Split:
    spikes = np.random.default_rng(0).random((40, N_BINS, 2)) < _rates()
    return nq.split(SpikeRaster(spikes, 0.02), 8)


def _untrained(past: str = "filters", seed: int = 0) -> HistoryGenerator:
    spec = CovariateSpec.of(CovariateWindows.whole_trials(trial_time(N_BINS, 0.02), 2))
    model = HistoryGenerator(
        past=past, n_neurons=3, n_bins=8, bin_width=0.02, covariates=spec, group_size=2
    )
    model.initialise(np.full(3, 0.2), seed)
    with torch.no_grad():
        for weight in model.covariate_drive.parameters():
            weight.mul_(3)
        model.later.bias.fill_(0.3)
    return model


@pytest.fixture(scope="module")
def trained(parts: nq.Split) -> nq.Generator:
    return nq.Generator("history").fit(parts, steps=60, learning_rate=0.03, progress=False)


def test_rates_follow_the_time_in_the_trial(trained: nq.Generator) -> None:
    assert trained.spec.covariates is not None  # as "auto" has found
    windows = CovariateWindows.whole_trials(trial_time(N_BINS, 0.02), 3000)
    found = trained.sample(3000, N_BINS, seed=1, covariates=windows).spikes.mean(0)
    assert (
        np.abs(found - _rates()).mean() < 0.07
    )  # constant rates are off by 0.13, a PSTH of 20 trials by 0.08
    for neuron in range(2):
        assert np.corrcoef(found[:, neuron], _rates()[:, neuron])[0, 1] > 0.85


def test_thresholds_are_moved_until_free_runs_have_the_wanted_rates() -> None:
    model, rates = _untrained("one-bin"), np.array([0.05, 0.3, 0.0])
    seen = CovariateWindows.whole_trials(trial_time(N_BINS, 0.02), 9000)
    with torch.no_grad():
        model.threshold.weight[2] = -3.0
    match_rates(model, rates, seen, N_BINS, seed=1)
    found = model.sample(9000, N_BINS, seed=2, covariates=seen).spikes.mean((0, 1))
    assert found[:2] == pytest.approx(rates[:2], rel=0.02)
    assert float(model.threshold.weight[2].detach()) == -3.0  # it never fires: left alone


def test_samples_know_their_places_which_follow_from_the_seed(trained: nq.Generator) -> None:
    one, again, other = (trained.sample(50, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.covariates is not None
    assert other.covariates is not None
    assert (one.covariates.starts != other.covariates.starts).any()
    assert one.covariates.starts.max() <= N_BINS - 8


def test_the_time_in_the_trial_is_chosen_only_if_it_predicts_spikes(parts: nq.Split) -> None:
    chosen = choose_covariates(parts)
    assert chosen.split.covariates is not None
    bits, error = trial_time_gain(parts.with_covariates("trial-time").trials)
    p = _rates()
    entropy = lambda q: -(q * np.log2(q) + (1 - q) * np.log2(1 - q))  # noqa: E731
    exact = (entropy(p.mean(0)).sum() - entropy(p).sum(1).mean()) / p.sum(1).mean()
    assert bits == pytest.approx(exact, rel=0.25)
    assert 0 < error < bits / 5
    assert chosen.bits_per_spike == bits
    assert f"{bits:.2f} bits per spike; used" in chosen.reason
    steady = SpikeRaster(np.random.default_rng(1).random((40, N_BINS, 2)) < 0.25, 0.02)
    refused = choose_covariates(nq.split(steady, 8))
    assert refused.split.covariates is None
    assert "not used" in refused.reason


@pytest.mark.parametrize(("n_trials", "words"), [(1, "a single trial"), (6, "too few to tell")])
def test_without_enough_trials_there_is_no_choice(n_trials: int, words: str) -> None:
    length = 1200 // n_trials
    raster = SpikeRaster(np.random.default_rng(0).random((n_trials, length, 2)) < 0.3, 0.02)
    chosen = choose_covariates(nq.split(raster, 8))
    assert chosen.split.covariates is None
    assert words in chosen.reason


def test_held_out_trials_have_no_say(parts: nq.Split) -> None:
    spikes = np.zeros((40, N_BINS, 2), bool)
    spikes[0::2] = parts.trials.spikes
    spikes[1::2] = np.random.default_rng(3).random((20, N_BINS, 2)) < 0.5
    other = choose_covariates(nq.split(SpikeRaster(spikes, 0.02), 8))
    assert other.bits_per_spike == choose_covariates(parts).bits_per_spike


def test_likelihood_is_the_product_of_the_programs_probabilities() -> None:
    model = _untrained("one-bin")
    raster = model.sample(4, 6, seed=3)
    assert raster.covariates is not None
    with torch.no_grad():
        found = model.log_likelihood(raster).numpy()
    wanted = np.zeros(4)
    past = np.zeros((4, model.n_past, 3), bool)
    for t in range(6):
        program = model.next_program(
            past, t, 1, sampling_streams(3)[0], covariates=raster.covariates
        )
        for batch in program.batches:
            for row in range(4):
                wanted[row] += np.log(_probability(batch, row, raster.spikes[row, t]))
        past = np.concatenate([past, raster.spikes[:, t : t + 1]], axis=1)
    np.testing.assert_allclose(found, wanted, rtol=1e-4)


def _probability(batch, row: int, spikes: np.ndarray) -> float:
    from qiskit.quantum_info import Statevector

    circuit = batch.circuit.remove_final_measurements(inplace=False)
    values = dict(zip(batch.circuit.parameters, batch.angles[row], strict=True))
    chances = Statevector(circuit.assign_parameters(values)).probabilities()
    index = sum(int(spikes[neuron]) << i for i, neuron in enumerate(batch.neurons))
    return float(chances[index])


@pytest.mark.parametrize("past", ["filters", "two-bins", "one-bin", "none"])
def test_backends_and_exact_rasters_agree(past: str) -> None:
    model = _untrained(past)
    n = 1000
    windows = CovariateWindows(
        trial_time(N_BINS, 0.02), np.zeros(n, int), np.tile([5, 30], n // 2), 2
    )
    exact = model.sample(n, 2, seed=1, covariates=windows)
    measured = model.sample(n, 2, seed=1, covariates=windows, backend="exact")
    assert measured.spikes.shape == exact.spikes.shape
    for start in (5, 30):
        here = windows.starts == start
        gap = np.abs(exact.spikes[here].mean(0) - measured.spikes[here].mean(0))
        assert gap.max() < 0.08
    apart = np.abs(exact.spikes[0::2].mean((0, 1)) - exact.spikes[1::2].mean((0, 1)))
    assert apart.max() > 0.1  # or else the check above would see nothing


def test_bins_of_a_lattice_have_angles_of_their_own_place() -> None:
    model = _untrained("one-bin")
    windows = CovariateWindows.spread(trial_time(N_BINS, 0.02), 5, 3, 0)
    past = np.random.default_rng(0).random((5, model.n_past, 3)) < 0.3
    seed = sampling_streams(0)[0]
    lattice = model.next_program(past, 0, 3, seed, covariates=windows)
    single = model.next_program(past, 0, 1, seed, covariates=windows)
    shifted = CovariateWindows(windows.covariates, windows.trials, windows.starts + 1, 2)
    by_bin = model.next_program(past, 0, 2, seed, covariates=shifted)
    assert lattice.shape == (5, 3, 3)
    assert single.shape == (5, 1, 3)
    first = [batch.angles for batch in lattice.batches]
    # The last two bins of the lattice are the first two of one that begins a bin later, but for
    # the rotation of its first bin, which knows the past.
    assert not np.allclose(first[0], first[0][0])
    assert by_bin.batches[0].angles.shape[1] < first[0].shape[1]


def test_a_training_continues_from_its_checkpoint_bit_for_bit(parts: nq.Split, tmp_path) -> None:
    given = parts.with_covariates("trial-time")
    settings = TrainingSettings(steps=6, seed=2)

    def trainer():
        model = nq.Generator("history")
        model.build(2, 8, 0.02, covariates_of(given))
        return model.trainer(given, settings)

    whole, first, second = trainer(), trainer(), trainer()
    for _ in range(6):
        whole.step()
    for _ in range(3):
        first.step()
    save_checkpoint(first, tmp_path / "c.safetensors", "r")
    load_checkpoint(second, tmp_path / "c.safetensors", "r")
    for _ in range(3):
        second.step()
    for one, other in zip(whole.generator.parameters(), second.generator.parameters(), strict=True):
        assert torch.equal(one, other)


def test_saved_generators_need_the_same_covariates(trained: nq.Generator, tmp_path) -> None:
    path = tmp_path / "mine.safetensors"
    trained.save(path)
    again = nq.load_generator(path)
    assert again.spec == trained.spec
    assert again.sample(20, seed=4) == trained.sample(20, seed=4)
    assert again.n_stimulus_parameters == N_BINS * trained.covariate_drive.own_weight.shape[1]
    speed = Covariates(np.random.default_rng(0).random((N_BINS, 1)), ("speed",))
    with pytest.raises(ConfigError, match="not the covariates"):
        again.sample(5, covariates=speed)


def test_covariates_are_refused_where_there_are_none(parts: nq.Split) -> None:
    plain = HistoryGenerator(n_neurons=2, n_bins=8, bin_width=0.02)
    plain.initialise(np.full(2, 0.2), 0)
    with pytest.raises(ConfigError, match="without covariates"):
        plain.sample(5, covariates=trial_time(N_BINS, 0.02))
    model = nq.Generator("history")
    model.build(2, 8, 0.02, covariates_of(parts.with_covariates("trial-time")))
    with pytest.raises(TrainingError, match="covariates in both"):
        model.trainer(parts)


def test_recorded_columns_are_learnt_and_answered_to() -> None:
    random = np.random.default_rng(5)
    speed = random.normal(size=(60, 50, 1)).cumsum(1) / 3
    chance = 1 / (1 + np.exp(2 - 1.5 * np.tanh(speed) * np.array([1.0, -1.0])))
    raster = SpikeRaster(random.random(chance.shape) < chance, 0.02)
    recorded = Covariates(speed, ("speed",))
    model = nq.Generator("history", past="none")
    model.fit(
        nq.split(raster, 10), covariates=recorded, steps=80, learning_rate=0.02, progress=False
    )
    steps = Covariates(np.repeat([-2.0, 2.0], 20)[:, None], ("speed",))
    windows = CovariateWindows.whole_trials(steps, 2000)
    found = model.sample(2000, 40, seed=1, covariates=windows).spikes.mean(0)
    wanted = 1 / (1 + np.exp(2 - 1.5 * np.tanh([-2.0, 2.0])[:, None] * np.array([1.0, -1.0])))
    np.testing.assert_allclose(found[:20].mean(0), wanted[0], atol=0.05)
    np.testing.assert_allclose(found[20:].mean(0), wanted[1], atol=0.05)
