"""Covariates that drive a generator with quantum memory."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch

from neuroqgan.backends.local.exact import ExactBackend
from neuroqgan.backends.local.shots import AerShots
from neuroqgan.circuits.binding import bind_equal_rows
from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.split import Split, split
from neuroqgan.errors import ConfigError, TrainingError
from neuroqgan.models.covariate_spec import CovariateSpec
from neuroqgan.models.loading import load_generator
from neuroqgan.models.memory.driven_trainer import DrivenMemoryTrainer
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.memory.trainer import MemoryTrainer
from neuroqgan.raster import SpikeRaster
from neuroqgan.simulation.memory import sampling
from neuroqgan.simulation.memory.channel import MemoryChannel, stationary_state
from neuroqgan.training.settings import TrainingSettings

N_BINS = 3
TRIAL = 12


def _generator(covariates: CovariateWindows, *, spread: float = 0.8) -> MemoryGenerator:
    generator = MemoryGenerator(
        n_memory=2,
        n_mixing=3,
        n_neurons=2,
        n_bins=N_BINS,
        bin_width=0.02,
        covariates=CovariateSpec.of(covariates),
        covariate_dimensions=2,
    )
    random = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in generator.parameters():
            weight.copy_(spread * torch.randn(weight.shape, generator=random))
    return generator


def _columns(n_trials: int = 2) -> CovariateWindows:
    values = np.random.default_rng(4).normal(size=(n_trials, TRIAL, 2))
    return CovariateWindows.whole_trials(Covariates(values, ("speed", "place")), n_trials)


def _time() -> CovariateWindows:
    return CovariateWindows.whole_trials(trial_time(TRIAL, 0.02), 2)


def _ry(angle: float, q: int) -> np.ndarray:
    c, s = np.cos(angle / 2), np.sin(angle / 2)
    both = [np.eye(2), np.eye(2)]
    both[q] = np.array([[c, -s], [s, c]])
    return np.kron(both[1], both[0])


def _probability(
    generator: MemoryGenerator, gains: np.ndarray, state: np.ndarray, window: np.ndarray
) -> float:
    """Probability of a window by density matrices of two memory qubits, written out."""
    mixing, emission, kick = (
        w.detach().double().numpy() for w in (generator.mixing, generator.emission, generator.kick)
    )
    first, second = np.array([1, -1, 1, -1]), np.array([1, 1, -1, -1])
    terms = np.stack([np.ones(4), first, first * second, second])
    mix = np.eye(4)
    for layer, angles in enumerate(mixing):
        mix = mix if layer == 0 else np.diag([1, 1, 1, -1]) @ mix
        mix = _ry(angles[1], 1) @ _ry(angles[0], 0) @ mix
    for spikes, gain in zip(window, gains, strict=True):
        state = mix @ state @ mix.T
        for n, spiked in enumerate(spikes):
            angle = gain[n] * emission[n] @ terms
            kraus = np.diag(np.sin(angle / 2) if spiked else np.cos(angle / 2))
            if spiked:
                kraus = _ry(kick[n, 1], 1) @ _ry(kick[n, 0], 0) @ kraus
            state = kraus @ state @ kraus.T
    return float(np.trace(state))


@pytest.mark.parametrize("known", [_columns(), _time()], ids=["columns", "trial-time"])
def test_likelihood_is_brute_force(
    known: CovariateWindows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The windows are computed in parts of a few."""
    generator = _generator(known)
    monkeypatch.setattr("neuroqgan.models.memory.generator._OPERATORS", 5 * N_BINS * 2 * 4)
    patterns = np.array(list(itertools.product([False, True], repeat=2 * N_BINS)))
    windows = np.tile(patterns.reshape(-1, N_BINS, 2), (2, 1, 1))
    trials, starts = np.repeat([0, 1], len(patterns)), np.repeat([2, 7], len(patterns))
    placed = CovariateWindows(known.covariates, trials, starts, N_BINS)
    with torch.no_grad():
        found = generator.log_likelihood(SpikeRaster(windows, 0.02, covariates=placed)).exp()
        state = stationary_state(MemoryChannel(generator.operators())).double().numpy()
        part = generator.covariate_drive
        drive = part.values(torch.from_numpy(part.features(placed)))
        gains = 1 / (1 + np.exp(-(drive + generator.threshold.weight).double().numpy()))
    expected = [
        _probability(generator, gain, state, window)
        for gain, window in zip(gains, windows, strict=True)
    ]
    assert np.allclose(found, expected, atol=1e-5)
    assert found[: len(patterns)].sum() == pytest.approx(1, abs=1e-4)
    assert np.abs(np.subtract(*np.split(found.numpy(), 2))).max() > 0.01


def _two_places(n_each: int) -> CovariateWindows:
    starts = np.repeat([0, 7], n_each)
    return CovariateWindows(trial_time(TRIAL, 0.02), np.zeros_like(starts), starts, N_BINS)


def _moments(spikes: np.ndarray) -> np.ndarray:
    """Rates, and how often two bins of any neurons have a spike both, of each of two places."""
    flat = spikes.reshape(2, -1, spikes.shape[1] * spikes.shape[2]).astype(float)
    return np.einsum("psa,psb->pab", flat, flat) / flat.shape[1]


def test_programs_give_what_is_drawn_exactly() -> None:
    """Within five standard errors of as many samples."""
    n_each = 8000
    windows = _two_places(n_each)
    generator = _generator(_time(), spread=1.0)
    drawn = generator.draw_exactly(2 * n_each, N_BINS, 3, covariates=windows)
    program = generator.given(windows).next_program(np.zeros((2 * n_each, 0, 2), bool), 0, 3, 0)
    (batch,) = program.batches
    assert len(np.unique(batch.angles, axis=0)) == 2
    measured = ExactBackend().run(bind_equal_rows(program), seed=1).spikes
    one, other = _moments(drawn), _moments(measured)
    assert np.abs(one - other).max() < 5 * np.sqrt(0.5 / n_each)
    assert np.abs(one[0] - one[1]).max() > 0.1
    # Samples of one place share all their angles, which are then bound.
    first = generator.given(windows.take(slice(0, n_each)))
    bound = bind_equal_rows(first.next_program(np.zeros((n_each, 0, 2), bool), 0, 3, 0))
    assert bound.batches[0].angles.shape == (n_each, 0)
    spikes = ExactBackend().run(bound, seed=2).spikes.reshape(n_each, -1).astype(float)
    assert np.abs(spikes.T @ spikes / n_each - one[0]).max() < 5 * np.sqrt(0.5 / n_each)


def test_aer_measures_the_same() -> None:
    """Within five standard errors of as many shots."""
    n_each = 4000
    windows = _two_places(1)
    generator = _generator(_time(), spread=1.0)
    program = generator.given(windows).next_program(np.zeros((2, 0, 2), bool), 0, N_BINS, 0)
    (batch,) = program.batches
    bits = AerShots().measure(batch.circuit, batch.angles, n_shots=n_each, seed=5)
    measured = bits.reshape(2 * n_each, N_BINS, 2)
    drawn = generator.draw_exactly(2 * 8000, N_BINS, 3, covariates=_two_places(8000))
    assert np.abs(_moments(measured) - _moments(drawn)).max() < 5 * np.sqrt(0.25 / n_each)


def test_drawing_in_blocks_looks_at_the_samples_own_covariates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampling, "_BLOCK", 7)
    generator = _generator(_time())
    with torch.no_grad():
        # In full drive from bin 6 of the trial, and out of it before.
        generator.threshold.weight.fill_(-40)
        generator.emission[:, 1:] = 0
        generator.emission[:, 0] = np.pi
        monkeypatch.setattr(
            generator.covariate_drive,
            "values",
            lambda seen: (80 * (seen[..., :1] >= 6)).expand(*seen.shape[:-1], 2),
        )
    starts = np.arange(20) % 9
    windows = CovariateWindows(trial_time(TRIAL, 0.02), np.zeros(20, int), starts, N_BINS)
    monkeypatch.setattr(generator, "operators", lambda: _generator(_time()).operators())
    drawn = generator.draw_exactly(20, N_BINS, 0, covariates=windows)
    assert np.array_equal(drawn, np.repeat((windows.trial_bins >= 6)[..., None], 2, axis=2))


@pytest.fixture(scope="module")
def parts() -> Split:
    """Rates follow the time in the trial; neuron 1 repeats neuron 0's spikes one bin later."""
    random = np.random.default_rng(8)
    rates = 0.3 + 0.25 * np.sin(2 * np.pi * np.arange(64) / 64)
    spikes = random.random((60, 64, 2)) < rates[None, :, None]
    repeats = random.random((60, 63)) < 0.8
    spikes[:, 1:, 1] = np.where(repeats, spikes[:, :-1, 0], spikes[:, 1:, 1])
    return split(SpikeRaster(spikes, 0.02), 8).with_covariates("trial-time")


def _trainer(parts: Split, steps: int, seed: int = 0) -> DrivenMemoryTrainer:
    generator = MemoryGenerator(n_memory=2, n_mixing=3, covariate_dimensions=2)
    generator.build(2, 8, 0.02, CovariateSpec.of(parts.trials.covariates))
    settings = TrainingSettings(steps=steps, seed=seed, batch=64, learning_rate=0.02)
    return generator.trainer(parts, settings)


def test_a_short_training_learns_the_time_in_the_trial_and_what_spikes_do(parts: Split) -> None:
    trainer = _trainer(parts, 200)
    while not trainer.finished:
        trainer.step()
    trainer.finish()
    generator, held_out = trainer.generator, parts.held_out
    by_time = parts.trials.spikes.mean(0).astype(float)
    constant = by_time.mean(0)

    def of_rates(rates: np.ndarray) -> float:
        spiked = np.where(held_out.spikes, rates, 1 - rates)
        return float(np.log(spiked).sum((1, 2)).mean())

    own = float(generator.log_likelihood(held_out).detach().mean())
    smooth = np.clip(by_time, 0.02, 0.98)[held_out.covariates.trial_bins]
    # The time in the trial alone gains much, and the spikes before gain more.
    assert of_rates(smooth) > of_rates(constant) + 0.5
    assert own > of_rates(smooth) + 0.4
    whole = CovariateWindows.whole_trials(parts.covariates, 2000)
    drawn = generator.draw_exactly(2000, 64, 1, covariates=whole)
    rates = drawn.mean(0)
    truth = 0.3 + 0.25 * np.sin(2 * np.pi * np.arange(64) / 64)
    assert np.abs(rates[:, 0] - truth).mean() < 0.06
    assert np.corrcoef(rates[:, 0], truth)[0, 1] > 0.9
    after = (drawn[:, 1:, 1] & drawn[:, :-1, 0]).mean() / drawn[:, :-1, 0].mean()
    assert after > drawn[:, :, 1].mean() + 0.15


def test_the_same_seed_gives_the_same_bits_and_a_moved_state_goes_on(
    parts: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuroqgan.models.memory.rate_fit._STEPS", 5)

    def run(seed: int, steps: int = 4) -> tuple[list[float], DrivenMemoryTrainer]:
        trainer = _trainer(parts, 4, seed)
        return [trainer.step().loss for _ in range(steps)], trainer

    losses, whole = run(1)
    assert run(1)[0] == losses
    assert run(2)[0] != losses
    early, part = run(1, 2)
    resumed = _trainer(parts, 4, 1)
    resumed.generator.load_state_dict(part.generator.state_dict())
    resumed.optimiser.load_state_dict(part.optimiser.state_dict())
    for name, tensor in resumed.own_state().items():
        tensor.copy_(part.own_state()[name])
    resumed.steps_done = 2
    assert early + [resumed.step().loss for _ in range(2)] == losses
    pairs = zip(resumed.generator.parameters(), whole.generator.parameters(), strict=True)
    assert all(torch.equal(mine, theirs) for mine, theirs in pairs)


def test_what_was_saved_answers_to_the_same_covariates(tmp_path: Path) -> None:
    for known in (_columns(), _time()):
        generator = _generator(known)
        path = tmp_path / f"{known.covariates.n_columns}.safetensors"
        generator.save(path)
        again = load_generator(path)
        windows = CovariateWindows(known.covariates, np.zeros(9, int), np.arange(9), N_BINS)
        drawn, same = (g.draw_exactly(9, N_BINS, 2, covariates=windows) for g in (generator, again))
        assert np.array_equal(drawn, same)
        raster = SpikeRaster(drawn, 0.02, covariates=windows)
        assert torch.equal(generator.log_likelihood(raster), again.log_likelihood(raster))


def test_covariates_are_asked_for_and_refused(parts: Split) -> None:
    with_them = _generator(_time())
    without = MemoryGenerator(n_memory=2, n_mixing=3, n_neurons=2, n_bins=8, bin_width=0.02)
    nothing = np.zeros((1, 0, 2), bool)
    for call in (
        lambda: with_them.next_program(nothing, 0, N_BINS, 0),
        lambda: with_them.draw_exactly(1, N_BINS, 0),
        lambda: with_them.log_likelihood(SpikeRaster(np.zeros((1, N_BINS, 2), bool), 0.02)),
    ):
        with pytest.raises(ConfigError, match="needs covariates"):
            call()
    for call in (
        lambda: without.next_program(nothing, 0, 8, 0, covariates=_time()),
        lambda: without.draw_exactly(1, 8, 0, covariates=_time()),
    ):
        with pytest.raises(ConfigError, match="without covariates"):
            call()
    assert isinstance(without.trainer(parts.with_covariates(None)), MemoryTrainer)
    with pytest.raises(TrainingError, match="needs them in the generator"):
        DrivenMemoryTrainer(without, parts.train, parts.trials, TrainingSettings(steps=1))


@pytest.mark.parametrize("given", [{"critic_weight": 3.0}, {"statistics_weight": 2.0}], ids=str)
def test_settings_without_effect_are_refused(parts: Split, given: dict[str, float]) -> None:
    generator = MemoryGenerator(n_memory=2, n_mixing=3)
    generator.build(2, 8, 0.02, CovariateSpec.of(parts.trials.covariates))
    with pytest.raises(TrainingError, match=next(iter(given))):
        generator.trainer(parts, TrainingSettings(steps=1, **given))
