"""Whether trials look aligned."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.data.alignment import alignment
from neuroqgan.data.simulate import simulate_population
from neuroqgan.raster import SpikeRaster


def test_trials_with_a_common_stimulus_look_aligned() -> None:
    found = alignment(simulate_population(4, 40, 300, seed=1))
    assert found.is_clear
    assert found.correlation > 0.4
    assert abs(found.by_chance) < 0.15


@pytest.mark.parametrize("seed", range(6))
def test_others_do_not(seed: int) -> None:
    # With slow drives, which also correlate bins of a trial.
    assert not alignment(simulate_population(4, 20, 100, seed=seed, n_stimuli=20)).is_clear


def test_a_slow_course_in_the_trial_is_seen() -> None:
    random = np.random.default_rng(0)
    rates = np.linspace(0.05, 0.3, 60)[:, None].repeat(3, axis=1)
    assert alignment(SpikeRaster(random.random((30, 60, 3)) < rates, 0.02)).is_clear


@pytest.mark.parametrize("shape", [(3, 60, 3), (30, 7, 3)])
def test_too_little_to_say(shape: tuple[int, int, int]) -> None:
    spikes = np.random.default_rng(0).random(shape) < 0.5
    assert alignment(SpikeRaster(spikes, 0.02)) is None


def test_silence_and_constant_rates() -> None:
    assert alignment(SpikeRaster(np.zeros((9, 20, 3), bool), 0.02)) is None
    assert not alignment(SpikeRaster(np.ones((9, 20, 3), bool), 0.02)).is_clear
