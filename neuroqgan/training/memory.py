"""Training of a generator with quantum memory: likelihood first, exact statistics with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.circuits.memory_channel import MemoryChannel, trainable_state
from neuroqgan.connector.memory_moments import exact_moments
from neuroqgan.seeding import step_generator
from neuroqgan.training.base import BaseTrainer, StepReport, check_windows
from neuroqgan.training.memory_losses import exact_statistics_loss, likelihood_loss
from neuroqgan.training.targets import Targets

if TYPE_CHECKING:
    from neuroqgan.circuits.memory import MemoryGenerator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import TrainingSettings

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


class MemoryTrainer(BaseTrainer):
    """Trains a generator with quantum memory on windows of a recording.

    The likelihood learns how spikes follow from spikes; exact moments of the stationary state,
    which join after a part of the training, keep free-running rasters from drifting. Nothing is
    sampled but windows and starts, and all of that is addressed by the step.

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
        If the windows do not have the generator's shape.
    """

    generator: MemoryGenerator

    def __init__(
        self, generator: MemoryGenerator, windows: SpikeRaster, settings: TrainingSettings
    ) -> None:
        check_windows(generator, windows)
        rates = windows.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self._spikes = windows.spikes
        self._targets = Targets.from_windows(windows)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        progress = self.steps_done / self.settings.steps
        rate = self._set_learning_rate(progress)
        weight = self.settings.statistics_weight
        with_statistics = weight > 0 and progress >= _STATISTICS_FROM
        loss, statistics = self.losses(with_statistics=with_statistics)
        norm = self._descend(loss, _CLIP, _AVERAGE_FROM)
        return StepReport(
            step=self.steps_done,
            loss=float(loss.detach()),
            statistics_loss=float(statistics.detach()) if with_statistics else None,
            distance=None,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def losses(self, *, with_statistics: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss of the coming step and the part of it that statistics are.

        Parameters
        ----------
        with_statistics
            Whether the moments count; where not, that part is zero.
        """
        seed, step = self.settings.seed, self.steps_done
        tables = self.generator.tables()
        channel = MemoryChannel(tables)
        with torch.set_grad_enabled(with_statistics):  # the likelihood sends no gradient there
            state = trainable_state(channel)
        self._check_finite(float(state.detach().sum()), 0.0)
        chosen = step_generator(seed, _WINDOW_STREAM, step).integers(
            len(self._spikes), size=self.settings.batch
        )
        likelihood = likelihood_loss(
            tables,
            self._spikes[chosen],
            state,
            _STARTS,
            step_generator(seed, _START_STREAM, step),
        )
        if not with_statistics:
            return likelihood, torch.zeros(())
        n_neurons = tables.n_neurons
        first = step_generator(seed, _NEURON_STREAM, step).permutation(n_neurons)
        moments = exact_moments(
            channel, state, n_lags=self._targets.n_lags, first=first[:_FIRST_NEURONS].tolist()
        )
        statistics = exact_statistics_loss(moments, self._targets)
        late = self.steps_done >= _LATE_FROM * self.settings.steps
        weight = _LATE_WEIGHT if late else _STATISTICS_WEIGHT
        weight *= self.settings.statistics_weight
        return likelihood + weight * statistics, statistics
