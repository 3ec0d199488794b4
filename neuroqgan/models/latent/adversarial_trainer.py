"""The trainer: one step of a generator against the recording and the critic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import torch

from neuroqgan.models.latent.critic_rasters import AerRasters, ExactRasters, RasterSource
from neuroqgan.models.latent.engines import build_engine
from neuroqgan.models.latent.group_moments import group_moments
from neuroqgan.models.latent.losses import statistics_loss
from neuroqgan.models.latent.noise_driven import LatentGenerator
from neuroqgan.models.rules import check_something_is_left
from neuroqgan.seeding import aer_seed, step_generator
from neuroqgan.training.adversary import Adversary
from neuroqgan.training.base import BaseTrainer, StepReport, check_kind, check_windows
from neuroqgan.training.targets import Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.models.latent.group_moments import GroupMoments
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import Device, TrainingSettings

_INITIAL_STREAM, _LATENT_STREAM, _SHOT_STREAM = 0, 1, 2
_CLIP = 20.0
_LARGE_BATCH_FROM = 0.8
_AVERAGE_FROM = 0.5


class LatentTrainer(BaseTrainer):
    """Trains a generator with latents on windows of a recording, against statistics and a critic.

    Parameters
    ----------
    generator
        Built, with any weights; they are initialised.
    windows
        Training windows.
    settings
        How to train.
    device
        Compute device for exact cells (`neuroqgan.models.latent.engines.build_engine`).

    Raises
    ------
    TrainingError
        If the windows do not have the generator's shape, or it is not driven by latents alone.
    """

    large_batch: ClassVar[int] = 4
    """How many times as many draws of latents a step takes at the end of an exact training."""

    def __init__(
        self,
        generator: LatentGenerator,
        windows: SpikeRaster,
        settings: TrainingSettings,
        device: Device = "cpu",
    ) -> None:
        check_kind(generator, LatentGenerator, "LatentTrainer")
        check_windows(generator, windows)
        check_something_is_left(generator.preset, settings)
        settings = settings.with_defaults(generator.preset.recipe.defaults(settings.gradient))
        rates = windows.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self.generator: LatentGenerator = generator
        self.adversary = Adversary(windows, settings.seed) if settings.critic_weight else None
        self._critic_from = settings.critic_from if settings.statistics_weight else 0.0
        self._targets = self._targets_of(windows)
        self._engine = build_engine(settings, device)
        self._rasters: RasterSource = ExactRasters() if settings.exact else AerRasters()

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> LatentTrainer:
        """See `BaseTrainer.on_split`; ``auto`` takes a CUDA device if there is one."""
        return cls(generator, split.train, settings, device)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        settings, step = self.settings, self.steps_done
        progress = step / settings.steps
        rate = self._set_learning_rate(progress)
        shot_seed = aer_seed(step_generator(settings.seed, _SHOT_STREAM, step))
        large = progress >= _LARGE_BATCH_FROM and settings.gradient == "adjoint"
        latents = step_generator(settings.seed, _LATENT_STREAM, step)
        angles = self._angles(settings.batch * (self.large_batch if large else 1), latents)
        moments = group_moments(self.generator, self._engine, angles, n_parts=2, seed=shot_seed)
        statistics = self._statistics(moments)
        loss, distance = settings.statistics_weight * statistics, None
        if self.adversary is not None and progress >= self._critic_from:
            rasters = self._draw(angles, moments, shot_seed)
            distance = self.adversary.update(rasters, step, settings.critic_updates)
            against = self.adversary.generator_loss(rasters, moments.marginals[: len(rasters)])
            loss = loss + settings.critic_weight * against
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # torch has no type for it
        norm = float(torch.nn.utils.clip_grad_norm_(self.generator.parameters(), _CLIP))
        self._check_finite(float(loss.detach()), norm, distance)
        self.optimiser.step()
        if progress >= _AVERAGE_FROM:
            self.average.update(self.generator)
        self.steps_done += 1
        return StepReport(
            step=self.steps_done,
            loss=float(loss.detach()),
            statistics_loss=float(statistics.detach()),
            distance=distance,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def _targets_of(self, windows: SpikeRaster) -> Targets:
        return Targets.from_windows(windows)

    def _angles(self, n_samples: int, latents: np.random.Generator) -> torch.Tensor:
        """Return the angles of a step, two independent halves one after the other."""
        noise = self.generator.noise(n_samples, self.generator.spec.n_bins, latents)
        return self.generator.angles(noise)

    def _statistics(self, moments: GroupMoments) -> torch.Tensor:
        """Compare the moments of a step with the recording's."""
        return statistics_loss(moments, self._targets)

    def _draw(self, angles: torch.Tensor, moments: GroupMoments, seed: int) -> NDArray[np.bool_]:
        n_latents = min(self.settings.critic_latents, len(angles))
        if moments.shots is not None:
            return moments.shots[:n_latents]
        return self._rasters.draw(
            self.generator, angles[:n_latents].detach(), self.settings.shots, seed
        )
