"""The trainer: one step of a generator against the recording and the critic."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import torch

from neuroqgan.errors import DivergenceError, TrainingError
from neuroqgan.seeding import aer_seed, step_generator
from neuroqgan.training.adversary import Adversary
from neuroqgan.training.averaging import WeightAverage
from neuroqgan.training.engines import build_engine
from neuroqgan.training.losses import statistics_loss
from neuroqgan.training.population import population_moments
from neuroqgan.training.rasters import AerRasters, ExactRasters, RasterSource
from neuroqgan.training.targets import Targets

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.circuits.generator import Generator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.population import PopulationMoments
    from neuroqgan.training.settings import TrainingSettings

_INITIAL_STREAM, _LATENT_STREAM, _SHOT_STREAM = 0, 1, 2
_CLIP = 20.0
_FINAL_SHARE = 0.01
_LARGE_BATCH_FROM, _LARGE_BATCH = 0.8, 4
_AVERAGE_FROM = 0.5


@dataclass(frozen=True)
class StepReport:
    """What one step did; a line of the metrics file.

    Parameters
    ----------
    step
        Number of the step, from 1.
    loss
        What the generator minimised.
    statistics_loss
        Mean squared deviation of the moments in standard errors of the recording, unbiased.
    distance
        The critic's estimate of the Wasserstein distance, or None before it joins.
    gradient_norm
        Norm of the generator's gradient before clipping.
    learning_rate
        Of the generator.
    """

    step: int
    loss: float
    statistics_loss: float
    distance: float | None
    gradient_norm: float
    learning_rate: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return asdict(self)


class Trainer:
    """Trains a generator on windows of a recording.

    All randomness is addressed by the step, so a trainer that was saved and loaded goes on bit
    for bit like one that was not.

    Parameters
    ----------
    generator
        Built, with any weights; `Trainer` initialises them.
    windows
        Training windows.
    settings
        How to train.

    Raises
    ------
    TrainingError
        If the windows do not have the generator's shape.
    """

    def __init__(
        self, generator: Generator, windows: SpikeRaster, settings: TrainingSettings
    ) -> None:
        wanted = (generator.spec.n_bins, generator.spec.n_neurons)
        if (windows.n_bins, windows.n_neurons) != wanted:
            raise TrainingError(
                "The windows do not fit the generator.",
                expected=f"{wanted[0]} bins of {wanted[1]} neurons",
                got=f"{windows.n_bins} bins of {windows.n_neurons} neurons",
            )
        self.generator = generator
        self.settings = settings
        self.steps_done = 0
        rates = windows.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        self.average = WeightAverage(generator)
        self.optimiser = torch.optim.Adam(generator.parameters(), settings.learning_rate)
        self.adversary = Adversary(windows, settings.seed) if settings.critic_weight else None
        self._targets = Targets.from_windows(windows)
        self._engine = build_engine(settings)
        self._rasters: RasterSource = ExactRasters() if settings.exact else AerRasters()

    @property
    def finished(self) -> bool:
        """Whether all steps are done."""
        return self.steps_done >= self.settings.steps

    def step(self) -> StepReport:
        """Do one step.

        Raises
        ------
        DivergenceError
            If the loss or the gradient is not finite; the weights are as before the step.
        """
        settings, step = self.settings, self.steps_done
        progress = step / settings.steps
        for group in self.optimiser.param_groups:
            group["lr"] = self._learning_rate(progress)
        shot_seed = aer_seed(step_generator(settings.seed, _SHOT_STREAM, step))
        large = progress >= _LARGE_BATCH_FROM and settings.gradient == "adjoint"
        latents = step_generator(settings.seed, _LATENT_STREAM, step)
        noise = self.generator.noise(
            settings.batch * (_LARGE_BATCH if large else 1), self.generator.spec.n_bins, latents
        )
        angles = self.generator.angles(noise)
        moments = population_moments(
            self.generator, self._engine, angles, n_parts=2, seed=shot_seed
        )
        statistics = statistics_loss(moments, self._targets)
        loss, distance = statistics, None
        if self.adversary is not None and progress >= settings.critic_from:
            rasters = self._draw(angles, moments, shot_seed)
            distance = self.adversary.update(rasters, step, settings.critic_updates)
            against = self.adversary.generator_loss(rasters, moments.marginals[: len(rasters)])
            loss = statistics + settings.critic_weight * against
        self.optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
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
            learning_rate=self._learning_rate(progress),
        )

    def _learning_rate(self, progress: float) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * progress))
        return self.settings.learning_rate * (_FINAL_SHARE + (1 - _FINAL_SHARE) * cosine)

    def _draw(
        self, angles: torch.Tensor, moments: PopulationMoments, seed: int
    ) -> NDArray[np.bool_]:
        n_latents = min(self.settings.critic_latents, len(angles))
        if moments.shots is not None:
            return moments.shots[:n_latents]
        return self._rasters.draw(
            self.generator, angles[:n_latents].detach(), self.settings.shots, seed
        )

    def _check_finite(self, loss: float, norm: float, distance: float | None) -> None:
        if all(math.isfinite(value) for value in (loss, norm, distance or 0.0)):
            return
        raise DivergenceError(
            f"The training diverged at step {self.steps_done + 1}.",
            expected="a finite loss and gradient",
            got=f"loss {loss:g}, gradient norm {norm:g}, critic's distance {distance}",
            hint=f"--learning-rate {self.settings.learning_rate / 3:.2g} under a new --name; "
            "the last checkpoint is kept",
        )
