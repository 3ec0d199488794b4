from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.evaluation.classical.spike_gan import SpikeGAN
from neuroqgan.raster import SpikeRaster


@pytest.mark.parametrize("n_bins", [4, 5, 6, 7, 16])
def test_any_number_of_bins(make_raster, n_bins: int) -> None:
    windows = make_raster(80, n_bins, 3)
    model = SpikeGAN(steps=1)
    model.fit(windows, seed=0)
    assert model.sample(10, 1).spikes.shape == (10, n_bins, 3)


def test_rates_are_learnt() -> None:
    random = np.random.default_rng(0)
    rates = np.array([0.05, 0.2, 0.4])
    windows = SpikeRaster(random.random((1000, 8, 3)) < rates, 0.02)
    gaps = []
    for steps in (1, 60):
        model = SpikeGAN(steps)
        model.fit(windows, seed=0)
        gaps.append(np.abs(model.sample(2000, 1).spikes.mean((0, 1)) - rates).mean())
    assert gaps[1] < 0.06 < 0.2 < gaps[0]


def test_the_global_random_state_is_left_alone(make_raster) -> None:
    before = torch.random.get_rng_state()
    model = SpikeGAN(steps=1)
    model.fit(make_raster(), seed=0)
    model.sample(3, 0)
    assert torch.equal(before, torch.random.get_rng_state())
    # Linear layer, two transposed convolutions, with their biases.
    assert model.n_parameters > 1000
