from __future__ import annotations

import numpy as np
import pytest
import torch

from neuroqgan.raster import SpikeRaster
from neuroqgan.training.adversary import Adversary
from neuroqgan.training.critic import PENALTY, Critic, critic_loss


def _rasters(rate: float, n: int = 64, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(
        (np.random.default_rng(seed).random((n, 6, 3)) < rate).astype(np.float32)
    )


def test_the_penalty_pulls_the_slope_to_one() -> None:
    class Linear(torch.nn.Module):
        def __init__(self, slope: float) -> None:
            super().__init__()
            self.slope = slope

        def forward(self, rasters: torch.Tensor) -> torch.Tensor:
            return self.slope * rasters.flatten(1).sum(1) / np.sqrt(18)

    real, made = _rasters(0.4), _rasters(0.2, seed=1)
    for slope in (1.0, 3.0):
        loss, distance = critic_loss(Linear(slope), real, made, np.random.default_rng(0))
        by_hand = slope * float(real.sum() - made.sum()) / 64 / np.sqrt(18)
        assert distance == pytest.approx(by_hand, rel=1e-4)
        assert float(loss) == pytest.approx(PENALTY * (slope - 1) ** 2 - distance, rel=1e-4)


def test_the_same_seed_gives_the_same_critic_and_leaves_torch_alone() -> None:
    torch.manual_seed(1)
    before = torch.get_rng_state()
    one, two, other = Critic(3, 6, 5), Critic(3, 6, 5), Critic(3, 6, 6)
    assert torch.equal(before, torch.get_rng_state())
    x = _rasters(0.3)
    assert torch.equal(one(x), two(x))
    assert not torch.equal(one(x), other(x))


def test_the_critic_learns_to_tell_and_says_which_way_to_go() -> None:
    real = SpikeRaster(_rasters(0.4, 2000).numpy().astype(bool), 0.02)
    adversary = Adversary(real, seed=0)
    made = _rasters(0.1, 256, seed=2).numpy().astype(bool).reshape(64, 4, 6, 3)
    first = adversary.update(made, 0, 1)
    for step in range(1, 60):
        last = adversary.update(made, step, 2)
    assert last > first + 0.3
    marginals = torch.full((64, 6, 3), 0.1, requires_grad=True)
    adversary.generator_loss(made, marginals).backward()
    # More spikes please the critic, so the loss falls with their probability.
    assert float(marginals.grad.mean()) < 0
    assert all(weight.requires_grad for weight in adversary.critic.parameters())
