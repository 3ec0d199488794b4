"""Training of history-driven cells with covariates: the likelihood of trials alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan.errors import TrainingError
from neuroqgan.models.drive.covariates import PRIOR
from neuroqgan.models.given import trained_with
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.history.rate_matching import match_rates
from neuroqgan.seeding import step_generator
from neuroqgan.simulation.filters import filter_spikes
from neuroqgan.training.base import BaseTrainer, StepReport, check_bin_width, check_kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import Device, TrainingSettings

    Floats = NDArray[np.float32]

_INITIAL_STREAM, _STRETCH_STREAM, _RATE_STREAM = 311, 312, 313
# Bins of a stretch: long enough that few bins lie at its ends.
_STRETCH = 480
# The path of a stimulus has weights that only a few bins of a batch look at, so steps are larger
# than usual, except for rotations after the first, on which every bin depends.
_FASTER = 5.0
_CLIP = 10.0
_BETAS = (0.9, 0.99)
_AVERAGE_FROM = 0.6


class ConditionalHistoryTrainer(BaseTrainer):
    """Trains a history-driven generator that knows covariates, on whole trials.

    Given past and covariates, bins are independent and the probability of a pattern is exact, so
    Adam raises the likelihood and nothing has to be inferred. Free runs need little correction:
    their slow drive comes from the covariates, not from the generator's own spikes. At the end
    thresholds are moved so that free runs have the recorded firing rates.

    Parameters
    ----------
    generator
        Built with covariates, with any weights; they are initialised.
    trials
        Whole trials of the recording with their covariates, ``(n_trials, n_bins, n_neurons)``.
    settings
        Steps, seed, stretches per step (``batch``), learning rate.

    Raises
    ------
    TrainingError
        If the trials do not have the generator's shape or have no covariates.
    """

    generator: HistoryGenerator

    def __init__(
        self, generator: HistoryGenerator, trials: SpikeRaster, settings: TrainingSettings
    ) -> None:
        check_kind(generator, HistoryGenerator, "ConditionalHistoryTrainer")
        part, covariates = trained_with(generator, trials)
        if trials.n_neurons != generator.spec.n_neurons:
            raise TrainingError(
                "The trials do not fit the generator.",
                expected=f"trials of {generator.spec.n_neurons} neurons",
                got=f"{trials.n_neurons} neurons",
            )
        check_bin_width(generator, trials)
        settings = settings.with_defaults(generator.preset.recipe.defaults())
        rates = trials.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        later = list(generator.later.parameters())
        others = [w for w in generator.parameters() if all(w is not own for own in later)]
        self.optimiser = torch.optim.Adam(
            [{"params": others}, {"params": later}], settings.learning_rate, betas=_BETAS
        )
        self._part = part
        self._spikes, self._covariates = trials.spikes, covariates
        self._filtered = filter_spikes(trials.spikes, generator.n_filters)
        # Trials that share their covariates share one row of features.
        rows = covariates.take([0]) if covariates.covariates.is_shared else covariates
        self._features = part.features(rows)
        shared = covariates.covariates.is_shared
        self._row = np.zeros(trials.n_samples, np.int64) if shared else np.arange(trials.n_samples)

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> ConditionalHistoryTrainer:
        """See `BaseTrainer.on_split`; whole trials."""
        del device  # trained by likelihood, on the CPU
        return cls(generator, split.trials, settings)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        rate = self._learning_rate(self.steps_done / self.settings.steps)
        drive, later = self.optimiser.param_groups
        drive["lr"], later["lr"] = _FASTER * rate, rate
        likelihood = log_likelihood(self.generator, *self._stretches()).mean()
        # The likelihood is that of a bin; the prior counts once for all bins.
        loss = PRIOR * self._part.penalty() / self._spikes[..., 0].size - likelihood
        norm = self._descend(loss, _CLIP, _AVERAGE_FROM)
        return StepReport(
            step=self.steps_done,
            loss=-float(likelihood.detach()),
            statistics_loss=None,
            distance=None,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def finish(self) -> None:
        """See `BaseTrainer.finish`; then free runs get the recorded rates."""
        super().finish()
        seed = np.random.SeedSequence((self.settings.seed, _RATE_STREAM))
        n_bins, rates = self._spikes.shape[1], self._spikes.mean((0, 1))
        match_rates(self.generator, rates, self._covariates, n_bins, seed)

    def _stretches(self) -> tuple[NDArray[np.bool_], Floats, Floats]:
        """Choose stretches of trials; return spikes, filters of the past and features."""
        random = step_generator(self.settings.seed, _STRETCH_STREAM, self.steps_done)
        n_trials, n_bins, _ = self._spikes.shape
        length, batch = min(_STRETCH, n_bins), min(self.settings.batch, n_trials)
        trial = random.permutation(n_trials)[:batch, None]
        bins = random.integers(n_bins - length + 1, size=(batch, 1)) + np.arange(length)
        return (
            self._spikes[trial, bins],
            self._filtered[trial, bins],
            self._features[self._row[trial], bins],
        )
