"""A small convolutional GAN, modelled on Spike-GAN."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.protocol import ClassicalModel

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

_LATENT = 128
_CHANNELS = (64, 128)  # of the critic's two convolutions; the generator has them in reverse
_KERNEL, _STRIDE, _SLOPE = 5, 2, 0.2
_PENALTY = 10.0
_BATCH = 64
_CRITIC_STEPS = 5
_LEARNING_RATE, _BETAS = 1e-3, (0.5, 0.9)  # falls to zero linearly


class SpikeGAN(ClassicalModel):
    """A Wasserstein GAN with gradient penalty, convolutional in time; neurons are channels.

    Two convolutions of stride two in the critic and their mirror image in the generator, as in
    Spike-GAN (Molano-Mazon et al., ICLR 2018), but with fewer channels and steps, so that two
    cores train it in minutes. The generator's output is the probability of a spike; spikes are
    drawn from it when sampling.

    Parameters
    ----------
    steps
        Number of steps of the generator; the critic takes five for each.
    """

    _network: torch.nn.Module

    def __init__(self, steps: int = 4000) -> None:
        super().__init__()
        self._steps = steps

    @property
    def n_parameters(self) -> int:
        """Weights of the generator; the critic is not needed to sample."""
        _ = self.window  # raises before the first fit
        return sum(weight.numel() for weight in self._network.parameters())

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        import torch

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
        self._network = generator

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        import torch

        latents = random.standard_normal((n_samples, _LATENT), np.float32)
        with torch.no_grad():
            probability = self._network(torch.from_numpy(latents)).numpy().swapaxes(1, 2)
        spikes: NDArray[np.bool_] = random.random(probability.shape) < probability
        return spikes


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
    # Output padding restores the bins that a stride of two rounds away, for any number of bins.
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
