"""Generators with latents that know covariates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector

import neuroqgan as nq
from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.split import Split
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.gradients.adjoint import AdjointEngine
from neuroqgan.models.base import Generator
from neuroqgan.models.covariate_spec import covariates_of
from neuroqgan.models.drive.part import DriveInputs
from neuroqgan.models.drive.unit_noise import N_TAPS, UnitNoise
from neuroqgan.models.latent import covariate_start
from neuroqgan.models.latent.conditional_trainer import ConditionalLatentTrainer
from neuroqgan.models.latent.group_moments import group_moments
from neuroqgan.models.latent.timed_rates import TimedRates, Visit
from neuroqgan.raster import SpikeRaster
from neuroqgan.training.settings import TrainingSettings

QUICK: dict[str, Any] = {"batch": 16, "gradient_cells": 4, "shots": 4, "progress": False}
N_BINS, N_NEURONS = 40, 3


def _rates() -> np.ndarray:
    """Every neuron fires around a time of its own."""
    time = np.arange(N_BINS)[:, None]
    return 0.03 + 0.6 * np.exp(-0.5 * ((time - np.array([8, 20, 30])) / 3) ** 2)


@pytest.fixture(scope="module")
def aligned() -> Split:
    spikes = np.random.default_rng(1).random((60, N_BINS, N_NEURONS)) < _rates()
    return nq.split(SpikeRaster(spikes, 0.02), 8).with_covariates("trial-time")


@pytest.fixture(scope="module")
def driven() -> Split:
    """Every trial has a stimulus of its own, which excites one neuron and silences another."""
    random = np.random.default_rng(2)
    stimulus = random.standard_normal((30, N_BINS, 1)).astype(np.float32)
    rates = 1 / (1 + np.exp(1.5 - 2 * stimulus * np.array([1.0, -1.0, 0.0])))
    spikes = random.random(rates.shape) < rates
    covariates = Covariates(stimulus, ("light",), "")
    return nq.split(SpikeRaster(spikes, 0.02), 8).with_covariates(covariates)


@pytest.fixture
def short_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(covariate_start, "_STEPS", 5)


def _built(split: Split, preset: str = "stationary") -> Generator:
    model = Generator(preset, n_layers=2)
    model.build(split.n_neurons, split.n_bins, split.bin_width, covariates_of(split))
    return model


def _fitted(split: Split, preset: str = "stationary", **settings: Any) -> Generator:
    given: dict[str, Any] = QUICK | {"steps": 2} | settings
    return Generator(preset, n_layers=2).fit(split, **given)


def _visit(rates: torch.Tensor, rows: torch.Tensor) -> Visit:
    covariates = trial_time(len(rates), 1.0)
    windows = CovariateWindows(covariates, np.zeros(len(rows)), rows[:, 0].numpy(), rows.shape[1])
    return Visit(windows, rows, rates, torch.full_like(rates, 0.01))


def test_rates_by_covariates_are_compared_by_hand() -> None:
    """Two places of two bins that share the bin 1; each is visited twice."""
    rates = torch.tensor([[0.1], [0.2], [0.3], [0.9]])
    visit = _visit(rates, torch.tensor([[0, 1], [1, 2]]))
    marginals = torch.tensor([[0.2, 0.3], [0.1, 0.1], [0.5, 0.5], [0.3, 0.6]])[..., None]
    # First visits: 0.2, (0.3 + 0.5) / 2, 0.5; second visits: 0.1, (0.1 + 0.3) / 2, 0.6.
    expected = ((0.1 * 0.0) + (0.2 * 0.0) + (0.2 * 0.3)) / 0.01 / 3
    assert float(visit.loss(marginals)) == pytest.approx(expected, rel=1e-5)


def test_rates_by_covariates_are_compared_without_bias() -> None:
    rates = torch.from_numpy(_rates()).float()
    rows = torch.arange(32).reshape(8, 4)
    visit = _visit(rates, rows)
    random = np.random.default_rng(0)
    order = np.repeat(np.arange(8).reshape(2, 1, 4), 2, axis=1).ravel()
    unbiased, squared = [], []
    for _ in range(400):
        # A perfect generator, whose probabilities depend on its latents.
        seen = torch.from_numpy(random.random((16, 4, 3)) < rates[rows][order].numpy()).float()
        unbiased.append(float(visit.loss(seen)))
        twins = seen.reshape(2, 2, 4, 4, 3)
        squared.append(float(visit.loss(twins[:, :1].expand(2, 2, 4, 4, 3).flatten(0, 2))))
    noise = np.std(unbiased) / np.sqrt(len(unbiased))
    assert abs(np.mean(unbiased)) < 4 * noise
    assert np.mean(squared) > 40 * noise


def test_the_loss_has_its_gradient(aligned: Split, short_start: None) -> None:
    model = Generator("stationary", n_layers=2, n_shared=2, n_own=1)
    model.fit(aligned, **QUICK, steps=1, critic_weight=0.0)
    timed = TimedRates(aligned.trials, aligned.train, aligned.train.covariates)
    visit = timed.visit(4, np.random.default_rng(0))
    noise = model.noise(8, 8, 3)

    def loss() -> torch.Tensor:
        angles = model.angles_given(noise, visit.samples())
        moments = group_moments(model, AdjointEngine(), angles, n_parts=2, seed=0)
        return visit.loss(moments.marginals)

    random = np.random.default_rng(5)
    for name, weight in model.named_parameters():
        model.zero_grad()
        loss().backward()
        direction = torch.from_numpy(random.standard_normal(tuple(weight.shape))).float()
        slope = float((weight.grad * direction).sum())
        values = []
        for sign in (1, -2, 1):
            with torch.no_grad():
                weight.add_(direction, alpha=2e-3 * sign)
            values.append(float(loss().detach()))
        assert slope == pytest.approx((values[0] - values[1]) / 4e-3, rel=0.03, abs=0.05), name


def test_places_are_spread_and_visited_twice(aligned: Split, driven: Split) -> None:
    timed = TimedRates(aligned.trials, aligned.train, aligned.train.covariates)
    visit = timed.visit(66, np.random.default_rng(0))
    for half in visit.windows.starts.reshape(2, -1):
        assert np.array_equal(np.sort(half), np.arange(33))
        assert not np.array_equal(np.sort(half), half)
    assert np.array_equal(visit.rows.numpy(), visit.windows.trial_bins)
    assert np.allclose(visit.rates.numpy(), aligned.trials.spikes.mean(0))
    starts = visit.samples().starts.reshape(2, 2, -1)
    assert np.array_equal(starts[:, 0], starts[:, 1])
    assert np.array_equal(starts[:, 0].ravel(), visit.windows.starts)
    # A bin without spikes is less certain than no spike in many trials would make it.
    errors = visit.variance.sqrt().numpy()
    assert errors.min() > 0.5 / aligned.trials.n_samples
    own = TimedRates(driven.trials, driven.train, driven.train.covariates)
    seen = own.visit(20, np.random.default_rng(0))
    rates = seen.rates.numpy().reshape(20, 8, 3)
    trials, starts = seen.windows.trials, seen.windows.starts
    for window, trial, start in zip(rates, trials, starts, strict=True):
        # Trials to train on are those of even numbers.
        assert np.array_equal(window, driven.trials.spikes[trial // 2, start : start + 8])


@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_marginals_follow_the_time_in_the_trial(aligned: Split, preset: str) -> None:
    model = _fitted(aligned, preset, steps=1, learning_rate=1e-3, critic_weight=0.0)
    whole = CovariateWindows.spread(trial_time(N_BINS, 0.02), 6000, 8, 0)
    raster = model.sample(6000, covariates=whole, seed=1)
    counts = np.zeros((N_BINS, N_NEURONS))
    np.add.at(counts, whole.trial_bins, raster.spikes)
    visits = np.bincount(whole.trial_bins.ravel(), minlength=N_BINS)[:, None]
    assert np.abs(counts / visits - _rates()).max() < 0.2
    assert np.corrcoef((counts / visits).ravel(), _rates().ravel())[0, 1] > 0.95


@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_marginals_follow_a_column(driven: Split, preset: str) -> None:
    model = _fitted(driven, preset, steps=1, learning_rate=1e-3, critic_weight=0.0)
    assert isinstance(driven.covariates, Covariates)
    raster = model.sample(4000, seed=1)
    light = raster.covariates.rows()[..., 0]
    for neuron, sign in enumerate([1, -1, 0]):
        bright = raster.spikes[..., neuron][light > 0.7].mean()
        dark = raster.spikes[..., neuron][light < -0.7].mean()
        assert bright - dark == pytest.approx(0.55 * sign, abs=0.15)


@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_rates_do_not_depend_on_how_noise_is_correlated(aligned: Split, preset: str) -> None:
    model = _built(aligned, preset)
    model.initialise(np.full(3, 0.2), 0)
    part = model.covariate_drive
    assert part is not None
    places = CovariateWindows.spread(trial_time(N_BINS, 0.02), 20000, 8, 0)
    random = np.random.default_rng(1)
    with torch.no_grad():
        for weight in model.parameters():
            weight.copy_(torch.from_numpy(0.5 * random.standard_normal(tuple(weight.shape))))
        angles = model.angles_given(model.noise(20000, 8, 1), places)
        found = torch.sin(angles[:, :, 0] / 2).square().mean(0)
        expected = model.mean_rates(part.values(torch.from_numpy(part.features(places)))).mean(0)
    assert torch.allclose(found, expected, atol=0.012)


def test_noise_is_stationary_and_of_unit_variance(aligned: Split) -> None:
    noise = UnitNoise(2, 1, 1)
    noise.initialise(np.random.default_rng(0))
    with torch.no_grad():
        noise.taps.copy_(torch.tensor([[1.0, -1.0, 0, 0, 0, 0], [1.0, 0.5, 0, 0, 0, 0]]))
        noise.own_weight.zero_()
        noise.shared_weight.zero_()
    random = torch.Generator().manual_seed(0)
    white = torch.randn(40000, 3 + N_TAPS - 1, 2, generator=random)
    nothing = torch.zeros(40000, 3, 2, 1)
    given = DriveInputs(
        own_processes=nothing, shared_processes=nothing[..., 0, :], white_noise=white
    )
    found = noise(torch.zeros(()), given).detach()
    assert torch.allclose(found.square().mean(0), torch.ones(3, 2), atol=0.03)
    lagged = (found[:, :-1] * found[:, 1:]).mean(0)
    # A kernel (1, -1) gives a correlation of -1/2, and (1, 1/2) one of 0.5 / 1.25.
    assert torch.allclose(lagged, torch.tensor([-0.5, 0.4]).expand(2, 2), atol=0.03)
    assert float((found[:, 0] * found[:, 2]).mean()) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("gradient", ["adjoint", "parameter-shift", "spsa"])
@pytest.mark.parametrize("preset", ["stationary", "spiqgan"])
def test_every_weight_moves_and_the_same_seed_gives_the_same_bits(
    aligned: Split, preset: str, gradient: str, short_start: None
) -> None:
    first, second = (
        _fitted(aligned, preset, gradient=gradient, critic_weight=1.0, seed=3) for _ in range(2)
    )
    for (name, one), other in zip(first.named_parameters(), second.parameters(), strict=True):
        assert torch.equal(one, other), name
        assert torch.isfinite(one).all(), name
    other = _fitted(aligned, preset, gradient=gradient, critic_weight=1.0, seed=4)
    assert not torch.equal(first.covariate_drive.own_weight, other.covariate_drive.own_weight)
    assert np.array_equal(first.sample(5, seed=1).spikes, second.sample(5, seed=1).spikes)


def test_every_weight_learns(aligned: Split, short_start: None) -> None:
    model = _built(aligned)
    trainer = model.trainer(aligned, TrainingSettings(steps=2, batch=18, critic_weight=0.0))
    assert isinstance(trainer, ConditionalLatentTrainer)
    trainer.step()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    trainer.step()
    for name, weight in model.named_parameters():
        assert not torch.equal(weight, before[name]), name


def test_a_saved_generator_knows_its_covariates(
    aligned: Split, tmp_path: Path, short_start: None
) -> None:
    model = _fitted(aligned)
    model.save(tmp_path / "model.safetensors")
    read = nq.load_generator(tmp_path / "model.safetensors")
    places = CovariateWindows.spread(trial_time(N_BINS, 0.02), 50, 8, 4)
    one, other = (m.sample(50, covariates=places, seed=2).spikes for m in (model, read))
    assert np.array_equal(one, other)
    elsewhere = CovariateWindows.spread(trial_time(N_BINS, 0.02), 50, 8, 5)
    assert not np.array_equal(one, model.sample(50, covariates=elsewhere, seed=2).spikes)
    assert model.sample(4, n_bins=30, seed=1).spikes.shape == (4, 30, 3)
    with pytest.raises(ConfigError, match="needs covariates"):
        model.draw_exactly(4, 8, 1)


def test_a_raster_with_covariates_is_one_program(aligned: Split, short_start: None) -> None:
    model = _fitted(aligned)
    raster = model.sample(20, backend="aer", seed=1)
    assert raster.spikes.shape == (20, 8, 3)
    given = model.given(CovariateWindows.spread(trial_time(N_BINS, 0.02), 6, 8, 4))
    assert given.bins_at_once is None
    program = given.next_program(given.initial_past(6, 0), 0, 8, 1)
    assert program.shape == (6, 8, 3)


def test_an_ansatz_of_ones_own_knows_covariates(aligned: Split, short_start: None) -> None:
    def chain(n_qubits: int) -> QuantumCircuit:
        angles = ParameterVector("theta", n_qubits)
        circuit = QuantumCircuit(n_qubits)
        for q in range(n_qubits):
            circuit.ry(angles[q], q)
        circuit.cx(0, 1)
        return circuit

    model = Generator("stationary", ansatz=chain)
    model.fit(aligned, **QUICK, steps=2, gradient="parameter-shift", critic_weight=0.0)
    assert model.spec.covariates is not None
    assert model.sample(6, backend="aer", seed=1).spikes.shape == (6, 8, 3)


def test_a_training_with_covariates_needs_them(aligned: Split) -> None:
    model = _built(aligned)
    bare = aligned.with_covariates(None)
    with pytest.raises(TrainingError, match="needs them"):
        model.trainer(bare, TrainingSettings(steps=1))
