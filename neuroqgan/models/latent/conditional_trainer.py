"""Training of generators with latents that know covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan.models.given import trained_with
from neuroqgan.models.latent.adversarial_trainer import LatentTrainer
from neuroqgan.models.latent.covariate_start import fit_covariates
from neuroqgan.models.latent.losses import statistics_loss
from neuroqgan.models.latent.timed_rates import TimedRates
from neuroqgan.seeding import step_generator
from neuroqgan.training.targets import Targets

if TYPE_CHECKING:
    from neuroqgan.data.split import Split
    from neuroqgan.models.latent.group_moments import GroupMoments
    from neuroqgan.models.latent.noise_driven import LatentGenerator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.base import StepReport
    from neuroqgan.training.settings import Device, TrainingSettings

_START_STREAM, _PLACE_STREAM = 3, 4
# Of fewer trials the spread is not known well.
_FEWEST_TRIALS = 10
# There are as many rates as neurons times bins of a trial, and only their mean counts.
_TIMED_WEIGHT = 40.0
# Learning rates of the latents, of the drive of covariates and of thresholds, as shares of that of
# the settings: the last two start where they belong.
_SHARES = (1.0, 0.05, 0.2)


class ConditionalLatentTrainer(LatentTrainer):
    """Trains a generator with latents on a recording with covariates.

    The drive of covariates is fitted first, to single bins
    (`neuroqgan.models.latent.covariate_start`). Then latents learn by the statistics loss, with
    rates by covariates (`neuroqgan.models.latent.timed_rates`) beside rates, pairs, counts and
    lagged moments, which are averages over the recording: with the rates by covariates right, what
    is left of them are noise correlations. Every step looks at places spread over the recording.
    The spikes that latents add or take before the later layers are zero on average, and are left
    out of its rates. The critic, if there is one, sees windows without their covariates.

    Parameters
    ----------
    generator
        Built with covariates, with any weights; they are initialised.
    trials
        Whole trials of the recording, with covariates.
    windows
        Training windows, with covariates.
    settings, device
        See `LatentTrainer`; with covariates the last fifth takes no larger batches.

    Raises
    ------
    TrainingError
        If the windows do not have the generator's shape, it is not driven by latents alone, or
        covariates are missing.
    """

    large_batch = 1

    def __init__(
        self,
        generator: LatentGenerator,
        trials: SpikeRaster,
        windows: SpikeRaster,
        settings: TrainingSettings,
        device: Device = "cpu",
    ) -> None:
        super().__init__(generator, windows, settings, device)
        part, of_trials = trained_with(generator, trials)
        _, of_windows = trained_with(generator, windows)
        self._part, self._trials, self._of_trials = part, trials, of_trials
        self._timed = TimedRates(trials, windows, of_windows)
        fitted = [list(part.parameters()), generator.rate_weights]
        known = {id(weight) for weights in fitted for weight in weights}
        rest = [weight for weight in generator.parameters() if id(weight) not in known]
        groups = [{"params": weights} for weights in (rest, *fitted)]
        self.optimiser = torch.optim.Adam(groups, self.settings.learning_rate)
        # What the start takes for the rate of a circuit is that of our cells.
        self._shares = (1.0, 1.0, 1.0) if generator.has_own_ansatz else _SHARES

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> ConditionalLatentTrainer:
        """See `BaseTrainer.on_split`; whole trials and training windows."""
        return cls(generator, split.trials, split.train, settings, device)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`; covariates are fitted before the first."""
        if self.steps_done == 0:
            random = step_generator(self.settings.seed, _START_STREAM, 0)
            spikes = self._trials.spikes
            fit_covariates(self.generator, self._part, spikes, self._of_trials, random)
        return super().step()

    def _targets_of(self, windows: SpikeRaster) -> Targets:
        """Measure in standard errors over trials, if there are enough of them."""
        covariates = windows.covariates
        n_trials = 0 if covariates is None else len(np.unique(covariates.trials))
        if covariates is None or n_trials < _FEWEST_TRIALS:
            return super()._targets_of(windows)
        return Targets.from_windows(windows, covariates.trials)

    def _angles(self, n_samples: int, latents: np.random.Generator) -> torch.Tensor:
        # Two places in each half, and each of them twice.
        n_samples = -(-n_samples // 4) * 4
        random = step_generator(self.settings.seed, _PLACE_STREAM, self.steps_done)
        self._visit = self._timed.visit(n_samples // 2, random)
        noise = self.generator.noise(n_samples, self.generator.spec.n_bins, latents)
        features = torch.from_numpy(self._part.features(self._visit.samples()))
        angles = self.generator.angles(noise, features)
        # What latents add to the probability of a spike before the later layers: zero on average,
        # and most of the noise in rates by covariates.
        mean = self.generator.mean_rates(self._part.values(features))
        self._by_latents = torch.sin(0.5 * angles[:, :, 0]).square() - mean
        return angles

    def _statistics(self, moments: GroupMoments) -> torch.Tensor:
        steady = moments.marginals - self._by_latents
        statistics = statistics_loss(moments, self._targets, steady)
        return statistics + _TIMED_WEIGHT * self._visit.loss(steady)

    def _set_learning_rate(self, progress: float) -> float:
        rate = super()._set_learning_rate(progress)
        for group, share in zip(self.optimiser.param_groups, self._shares, strict=True):
            group["lr"] = share * rate
        return rate
