"""The generator that knows the last bin alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.errors import ConfigError
from neuroqgan.models.drive.one_bin_past import last_spikes
from neuroqgan.models.drive.part import MANY_BINS
from neuroqgan.models.loading import load_generator
from neuroqgan.models.registry import build_generator
from neuroqgan.models.spec import GeneratorSpec
from neuroqgan.models.weights import save_generator
from neuroqgan.simulation.filters import filter_spikes
from tests.lattices import last_bin_generator


@given(seed=st.integers(0, 99), rate=st.sampled_from([0.05, 0.5, 0.95, 1.0]))
def test_the_last_bin_is_read_off_the_filters(seed: int, rate: float) -> None:
    spikes = np.random.default_rng(seed).random((2, 30, 3)) < rate
    found = last_spikes(torch.from_numpy(filter_spikes(spikes, 5)).reshape(60, 3, -1))
    assert set(found.unique().tolist()) <= {0.0, 1.0}
    assert np.array_equal(found.numpy().reshape(2, 30, 3)[:, 1:], spikes[:, :-1])
    assert not found.numpy().reshape(2, 30, 3)[:, 0].any()


def test_several_bins_fit_into_a_circuit_only_without_filters() -> None:
    generator = build_generator(GeneratorSpec.of("history", 3, 4, 0.02, past="one-bin"))
    assert generator.bins_at_once == MANY_BINS
    other = build_generator(GeneratorSpec.of("history", 3, 4, 0.02))
    assert other.bins_at_once == 1


def test_the_released_name_of_the_past_is_understood() -> None:
    released = GeneratorSpec.of("history", 3, 4, 0.02, past="bin")
    assert released == GeneratorSpec.of("history", 3, 4, 0.02, past="one-bin")


@pytest.mark.parametrize("preset", ["memory", "stationary", "spiqgan"])
def test_other_presets_have_no_past(preset: str) -> None:
    with pytest.raises(ConfigError, match="no hyper-parameter past"):
        GeneratorSpec.of(preset, 3, 4, 0.02, past="one-bin")


def test_a_ring_is_refused() -> None:
    with pytest.raises(ConfigError, match="no ring"):
        build_generator(GeneratorSpec.of("history", 3, 4, 0.02, entangling="ring", past="one-bin"))


def test_weights_are_few_and_come_back(tmp_path: Path) -> None:
    counts = [last_bin_generator(n).n_parameters for n in (60, 70, 80)]
    assert last_bin_generator(10).n_parameters == 298
    assert counts[2] - counts[1] == counts[1] - counts[0]
    generator = last_bin_generator(3)
    save_generator(generator, tmp_path / "g.safetensors")
    again = load_generator(tmp_path / "g.safetensors")
    assert again.spec == generator.spec
    assert np.array_equal(again.draw_exactly(20, 5, 1), generator.draw_exactly(20, 5, 1))


def test_angles_know_the_neurons_own_last_spike_and_the_latent() -> None:
    generator = last_bin_generator(4)
    random = np.random.default_rng(0)
    early, last = random.random((2, 50, 1, 4)) < 0.5
    state = random.integers(12, size=50)

    def angles(past: np.ndarray, state: np.ndarray) -> np.ndarray:
        return generator.angles(filter_spikes(np.concatenate([past, past], 1), 5)[:, 1], state)

    found = angles(last, state)
    long = np.concatenate([early, last, last], axis=1)
    assert np.array_equal(generator.angles(filter_spikes(long, 5)[:, 2], state), found)
    by_pattern = generator.angles_by_pattern(np.arange(generator.latent.n_latent_states))
    silent, spiked = np.moveaxis(by_pattern, 1, 0)
    own = np.where(last[:, 0], spiked[state], silent[state])
    assert np.allclose(found[:, 0], own, atol=1e-6)
    assert np.array_equal(found[:, 1:], np.broadcast_to(generator.later.bias.detach(), (50, 1, 4)))
    assert (np.abs(silent - spiked).mean(0) > 0.05).all()
    assert np.ptp(silent, axis=0).min() > 0.1


def test_the_latents_path_does_not_depend_on_the_block() -> None:
    generator = last_bin_generator(3)
    past = generator.initial_past(6, 2)
    path = generator.next_states(past, 5, 2)
    for t in range(5):
        before = np.concatenate([past, np.zeros((6, t, 3), bool)], axis=1)
        assert np.array_equal(generator.next_states(before, 5 - t, 2), path[:, t:])
