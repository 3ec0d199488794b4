"""Training of a generator with quantum memory that covariates drive: its likelihood alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import torch

from neuroqgan.errors import TrainingError
from neuroqgan.models.drive.covariates import PRIOR
from neuroqgan.models.given import trained_with
from neuroqgan.models.memory.generator import MemoryGenerator
from neuroqgan.models.memory.losses import likelihood_losses
from neuroqgan.models.memory.rate_fit import fit_rates
from neuroqgan.seeding import step_generator
from neuroqgan.simulation.memory.channel import MemoryChannel
from neuroqgan.training.base import BaseTrainer, StepReport, check_kind, check_windows

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.models.memory.driven_emission import DrivenEmission
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import Device, TrainingSettings

_INITIAL_STREAM, _WINDOW_STREAM, _START_STREAM = 211, 212, 213
# The path of a stimulus has weights that only a few bins of a batch look at, so steps are larger
# than for weights that all bins share.
_FASTER = 2.5
_CLIP = 5.0
_BETAS = (0.9, 0.99)
_AVERAGE_FROM = 0.6
_STARTS = 2
# Bins by which the start follows the stationary state in every step.
_FOLLOWED_BINS = 8


class DrivenMemoryTrainer(BaseTrainer):
    """Trains a generator with quantum memory and covariates on windows of a recording.

    Rates are fitted first, without the memory (`neuroqgan.models.memory.rate_fit`); then Adam
    raises the likelihood of windows, each given the covariates at its place. Their bins are not
    stationary, so moments of a stationary state say nothing, and no drift has to be corrected: the
    slow drive comes from the covariates. The state in which windows start follows the stationary
    state of the mean drive by a few bins per step.

    Parameters
    ----------
    generator
        Built with covariates, with any weights; they are initialised.
    windows
        Training windows with their covariates.
    trials
        The whole trials that they were cut from, with theirs.
    settings
        Steps, seed, windows per step (``batch``), learning rate.

    Raises
    ------
    TrainingError
        If the windows do not have the generator's shape or have no covariates, or a setting has no
        effect.
    """

    generator: MemoryGenerator

    def __init__(
        self,
        generator: MemoryGenerator,
        windows: SpikeRaster,
        trials: SpikeRaster,
        settings: TrainingSettings,
    ) -> None:
        check_kind(generator, MemoryGenerator, "DrivenMemoryTrainer")
        check_windows(generator, windows)
        trained_with(generator, trials)
        _, covariates = trained_with(generator, windows)
        driven = cast("DrivenEmission", generator.driven)  # there is one beside covariates
        _check_effect(settings, generator.preset.recipe.critic_weight)
        settings = settings.with_defaults(generator.preset.recipe.defaults())
        rates = trials.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self.optimiser = torch.optim.Adam(
            generator.parameters(), settings.learning_rate, betas=_BETAS
        )
        self._driven = driven
        self._spikes, self._trials = windows.spikes, trials
        self._features = driven.part.features(covariates)
        self._state = MemoryChannel(generator.operators().detach()).maximally_mixed()

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> DrivenMemoryTrainer:
        """See `BaseTrainer.on_split`."""
        del device  # trained by likelihood, on the CPU
        return cls(generator, split.train, split.trials, settings)

    def own_state(self) -> dict[str, torch.Tensor]:
        """See `BaseTrainer.own_state`; the state in which windows start."""
        return {"state": self._state}

    def step(self) -> StepReport:
        """See `BaseTrainer.step`; the first one fits rates beforehand."""
        if not self.steps_done:
            fit_rates(self._driven, self._trials, self.settings.seed)
        rate = _FASTER * self._learning_rate(self.steps_done / self.settings.steps)
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        self._follow()
        likelihood = -self._losses().mean()
        # The likelihood is that of a bin; the prior counts once for all bins.
        loss = PRIOR * self._driven.part.penalty() / self._trials.spikes[..., 0].size - likelihood
        norm = self._descend(loss, _CLIP, _AVERAGE_FROM)
        return StepReport(
            step=self.steps_done,
            loss=-float(likelihood.detach()),
            statistics_loss=None,
            distance=None,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def _losses(self) -> torch.Tensor:
        """Return minus the log likelihood of some windows per bin."""
        seed, step = self.settings.seed, self.steps_done
        chosen = step_generator(seed, _WINDOW_STREAM, step).integers(
            len(self._spikes), size=self.settings.batch
        )
        operators = self.generator.operators(torch.from_numpy(self._features[chosen]))
        random = step_generator(seed, _START_STREAM, step)
        return likelihood_losses(operators, self._spikes[chosen], self._state, _STARTS, random)

    def _follow(self) -> None:
        """Move the start towards the stationary state of the mean drive."""
        with torch.no_grad():
            channel = MemoryChannel(self.generator.operators())
            state = self._state
            for _ in range(_FOLLOWED_BINS):
                state = channel.bin(state)
            self._check_finite(float(state.sum()), 0.0)
            self._state.copy_((state + state.T) / (2 * torch.trace(state)))


def _check_effect(settings: TrainingSettings, usual_critic: float) -> None:
    """Refuse a critic or a weight of statistics that was asked for."""
    given = {
        "critic_weight": settings.critic_weight not in (None, 0, usual_critic),
        "statistics_weight": settings.statistics_weight not in (0, 1),
    }
    useless = [name for name, is_given in given.items() if is_given]
    if useless:
        raise TrainingError(
            f"With covariates, the memory preset makes no use of {' and '.join(useless)}.",
            expected="settings of a training by likelihood alone",
            got=", ".join(f"{name} = {getattr(settings, name)}" for name in useless),
            hint=f"leave {' and '.join(useless)} out",
        )
