"""Training of a generator with quantum memory: likelihood, exact statistics, then a critic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan.gradients.memory_moments import exact_moments
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.memory.losses import exact_statistics_loss, likelihood_losses
from neuroqgan.seeding import step_generator
from neuroqgan.simulation.memory.channel import MemoryChannel, trainable_state
from neuroqgan.simulation.memory.sampling import sample_rasters
from neuroqgan.training.adversary import Adversary
from neuroqgan.training.base import BaseTrainer, StepReport, check_kind, check_windows
from neuroqgan.training.targets import Targets

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.simulation.memory.operators import MemoryOperators
    from neuroqgan.training.settings import Device, TrainingSettings

_INITIAL_STREAM, _WINDOW_STREAM, _START_STREAM, _NEURON_STREAM = 201, 202, 203, 204
_CLIP = 5.0
_AVERAGE_FROM = 0.5
# Statistics count more at the end, since the likelihood alone leaves rates several standard errors
# off, which the eye and the two-sample test see first.
_STATISTICS_FROM, _LATE_FROM = 0.2, 0.7
_STATISTICS_WEIGHT, _LATE_WEIGHT = 0.01, 0.05
# Neurons a step whose lagged moments are compared; others have their turn in other steps.
_FIRST_NEURONS = 3
_STARTS = 2
# For every unit of `critic_weight`.
_CRITIC_SHARE = 0.01
_CRITIC_STREAM = 205


class MemoryTrainer(BaseTrainer):
    """Trains a generator with quantum memory on windows of a recording.

    The likelihood learns how spikes follow from spikes; exact moments of the stationary state,
    which join after a part of the training, keep free-running rasters from drifting. At last a
    critic joins, whose verdicts on windows of free runs are raised along the derivative of these
    windows' likelihood. What is sampled is addressed by the step.

    Parameters
    ----------
    generator
        Built, with any weights; they are initialised.
    windows
        Training windows.
    settings
        Steps, seed, windows a step (``batch``), learning rate.

    Raises
    ------
    TrainingError
        If the windows do not have the generator's shape, or it has no quantum memory.
    """

    generator: MemoryGenerator

    def __init__(
        self, generator: MemoryGenerator, windows: SpikeRaster, settings: TrainingSettings
    ) -> None:
        check_kind(generator, MemoryGenerator, "MemoryTrainer")
        check_windows(generator, windows)
        settings = settings.with_defaults(generator.preset.recipe.defaults())
        rates = windows.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self._spikes = windows.spikes
        self._targets = Targets.from_windows(windows)
        self.adversary = Adversary(windows, settings.seed) if settings.critic_weight else None

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> MemoryTrainer:
        """See `BaseTrainer.on_split`."""
        del device  # trained by likelihood, on the CPU
        return cls(generator, split.train, settings)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        progress = self.steps_done / self.settings.steps
        rate = self._set_learning_rate(progress)
        with_statistics = self.settings.statistics_weight > 0 and progress >= _STATISTICS_FROM
        operators = self.generator.operators()
        channel = MemoryChannel(operators)
        with torch.set_grad_enabled(with_statistics):  # the likelihood sends no gradient there
            state = trainable_state(channel)
        self._check_finite(float(state.detach().sum()), 0.0)
        loss, statistics, distance = self._likelihood_loss(operators, state), None, None
        if with_statistics:
            exact = self._statistics_loss(operators, channel, state)
            weight = _LATE_WEIGHT if progress >= _LATE_FROM else _STATISTICS_WEIGHT
            loss = loss + self.settings.statistics_weight * weight * exact
            statistics = float(exact.detach())
        if self.adversary is not None and progress >= _LATE_FROM:
            against, distance = self._critic_loss(self.adversary, operators, state.detach())
            loss = loss + _CRITIC_SHARE * self.settings.critic_weight * against
        self._check_finite(float(loss.detach()), 0.0, distance)
        norm = self._descend(loss, _CLIP, _AVERAGE_FROM)
        return StepReport(
            step=self.steps_done,
            loss=float(loss.detach()),
            statistics_loss=statistics,
            distance=distance,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def _likelihood_loss(self, operators: MemoryOperators, state: torch.Tensor) -> torch.Tensor:
        seed, step = self.settings.seed, self.steps_done
        chosen = step_generator(seed, _WINDOW_STREAM, step).integers(
            len(self._spikes), size=self.settings.batch
        )
        random = step_generator(seed, _START_STREAM, step)
        return likelihood_losses(operators, self._spikes[chosen], state, _STARTS, random).mean()

    def _statistics_loss(
        self, operators: MemoryOperators, channel: MemoryChannel, state: torch.Tensor
    ) -> torch.Tensor:
        random = step_generator(self.settings.seed, _NEURON_STREAM, self.steps_done)
        first = random.permutation(operators.n_neurons)[:_FIRST_NEURONS]
        moments = exact_moments(channel, state, n_lags=self._targets.n_lags, first=first.tolist())
        return exact_statistics_loss(moments, self._targets)

    def _critic_loss(
        self, adversary: Adversary, operators: MemoryOperators, state: torch.Tensor
    ) -> tuple[torch.Tensor, float]:
        """Improve the critic, and return what lowers as its verdicts rise, and the distance.

        The derivative of the mean verdict by the weights is its covariance with the windows'
        score (Williams, Machine Learning 8, 229 (1992)).
        """
        random = step_generator(self.settings.seed, _CRITIC_STREAM, self.steps_done)
        n_bins = self._spikes.shape[1]
        windows = sample_rasters(
            operators, self.settings.batch, n_bins, random, density_matrix=state
        )
        distance = adversary.update(windows[:, None], self.steps_done, self.settings.critic_updates)
        with torch.no_grad():
            verdict = adversary.critic(torch.from_numpy(windows.astype(np.float32)))
        losses = likelihood_losses(operators, windows, state, _STARTS, random)
        against = (losses * (verdict - verdict.mean())).mean() * n_bins
        return against, distance
