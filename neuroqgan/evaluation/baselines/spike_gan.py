"""A small convolutional GAN after Spike-GAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.model import not_fitted
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    import torch

_LATENT = 128
_CHANNELS = (64, 128)  # of the critic's two convolutions; the generator has them in reverse
_KERNEL, _STRIDE, _SLOPE = 5, 2, 0.2
_PENALTY = 10.0
_BATCH = 64
_CRITIC_STEPS = 5
_LEARNING_RATE, _BETAS = 1e-3, (0.5, 0.9)  # falls to zero linearly


class SpikeGAN:
    """A Wasserstein GAN with gradient penalty, convolutional in time; neurons are channels.

    Two convolutions of stride two in the critic and their mirror image in the generator, as in
    Spike-GAN (Molano-Mazon et al., ICLR 2018), with fewer channels and steps, so that it is
    trained in minutes on two cores. The generator's output is the probability of a spike; spikes
    are drawn from it when sampling.

    Parameters
    ----------
    steps
        Steps of the generator; the critic takes five for each.
    """

    def __init__(self, steps: int = 4000) -> None:
        self._steps = steps
        self._windows: SpikeRaster | None = None
        self._generator: torch.nn.Module | None = None

    @property
    def n_parameters(self) -> int:
        """Weights of the generator; the critic is not needed to sample."""
        if self._generator is None:
            raise not_fitted(self)
        return sum(weight.numel() for weight in self._generator.parameters())

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Train generator and critic; see `Baseline.fit`."""
        import torch

        random = as_generator(seed)
        real = torch.from_numpy(windows.spikes.swapaxes(1, 2).astype(np.float32))
        noise = torch.Generator().manual_seed(int(random.integers(2**62)))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(random.integers(2**62)))
            generator = _generator(windows.n_neurons, windows.n_bins)
            critic = _critic(windows.n_neurons, windows.n_bins)
        for_generator, for_critic = (
            torch.optim.Adam(module.parameters(), lr=_LEARNING_RATE, betas=_BETAS)
            for module in (generator, critic)
        )
        for step in range(self._steps):
            for optimiser in (for_generator, for_critic):
                optimiser.param_groups[0]["lr"] = _LEARNING_RATE * (1 - step / self._steps)
            for _ in range(_CRITIC_STEPS):
                chosen = torch.randint(len(real), (_BATCH,), generator=noise)
                with torch.no_grad():
                    fake = generator(torch.randn(_BATCH, _LATENT, generator=noise))
                mixture = torch.rand(_BATCH, 1, 1, generator=noise)
                loss = _critic_loss(critic, real[chosen], fake, mixture)
                for_critic.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
                for_critic.step()
            score = critic(generator(torch.randn(_BATCH, _LATENT, generator=noise))).mean()
            for_generator.zero_grad()
            (-score).backward()
            for_generator.step()
        self._generator = generator
        self._windows = windows.take(slice(0, 1))

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows; see `Baseline.sample`."""
        import torch

        if self._windows is None or self._generator is None:
            raise not_fitted(self)
        random = as_generator(seed)
        latents = random.standard_normal((n_samples, _LATENT), np.float32)
        with torch.no_grad():
            probability = self._generator(torch.from_numpy(latents)).numpy().swapaxes(1, 2)
        return SpikeRaster(random.random(probability.shape) < probability, self._windows.bin_width)


def _critic_loss(
    critic: torch.nn.Module, real: torch.Tensor, fake: torch.Tensor, mixture: torch.Tensor
) -> torch.Tensor:
    """Wasserstein loss with the penalty of Gulrajani et al., arXiv:1704.00028."""
    import torch

    between = (real + mixture * (fake - real)).requires_grad_(True)
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
    loss: torch.Tensor = critic(fake).mean() - critic(real).mean() + _PENALTY * penalty
    return loss


def _critic(n_neurons: int, n_bins: int) -> torch.nn.Module:
    from torch import nn

    first, second = _CHANNELS
    return nn.Sequential(
        nn.Conv1d(n_neurons, first, _KERNEL, _STRIDE, _KERNEL // 2),
        nn.LeakyReLU(_SLOPE),
        nn.Conv1d(first, second, _KERNEL, _STRIDE, _KERNEL // 2),
        nn.LeakyReLU(_SLOPE),
        nn.Flatten(),
        nn.Linear(second * _coarse(n_bins), 1),
    )


def _generator(n_neurons: int, n_bins: int) -> torch.nn.Module:
    from torch import nn

    first, second = _CHANNELS
    length, middle = _coarse(n_bins), _halved(n_bins)
    # Output paddings undo what a stride of two rounds away, for any number of bins.
    return nn.Sequential(
        nn.Linear(_LATENT, second * length),
        nn.Unflatten(1, (second, length)),
        nn.LeakyReLU(_SLOPE),
        nn.ConvTranspose1d(second, first, _KERNEL, _STRIDE, _KERNEL // 2, (middle + 1) % 2),
        nn.LeakyReLU(_SLOPE),
        nn.ConvTranspose1d(first, n_neurons, _KERNEL, _STRIDE, _KERNEL // 2, (n_bins + 1) % 2),
        nn.Sigmoid(),
    )


def _halved(n_bins: int) -> int:
    return -(-n_bins // _STRIDE)


def _coarse(n_bins: int) -> int:
    return _halved(_halved(n_bins))
