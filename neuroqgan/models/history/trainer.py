"""Training of history-driven cells: the likelihood of trials, then statistics of free runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from neuroqgan.errors import TrainingError
from neuroqgan.models.history.generator import HistoryGenerator
from neuroqgan.models.history.hidden_markov import fit_hidden_markov
from neuroqgan.models.history.latent_start import start_from
from neuroqgan.models.history.likelihood import log_likelihood
from neuroqgan.models.history.moment_matching.gauss_newton import MomentMatching
from neuroqgan.models.history.moment_matching.schedule import matching_steps
from neuroqgan.seeding import step_generator
from neuroqgan.simulation.filters import filter_spikes
from neuroqgan.training.base import (
    BaseTrainer,
    StepReport,
    check_bin_width,
    check_kind,
    check_windows,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.data.split import Split
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import Device, TrainingSettings

_INITIAL_STREAM, _STRETCH_STREAM, _LATENT_STREAM = 301, 302, 303
# Long enough that the latent is known from the spikes in nearly all of a stretch.
_STRETCH = 190
_CLIP = 1.0
_BETAS = (0.9, 0.99)
_AVERAGE_FROM = 0.6


class HistoryTrainer(BaseTrainer):
    """Trains a history-driven generator on whole trials.

    The latent starts as that of a hidden Markov model of the trials. Then Adam raises the
    likelihood of stretches of trials: given past and latent, the probability of a bin's pattern is
    exact, and the forward algorithm sums over the latent's paths. The last steps
    (`neuroqgan.models.history.moment_matching.schedule`), each of which takes as long as dozens of
    the others, bring statistics of free runs, and the probabilities of discriminators if they weigh
    anything, to those of the training windows. All randomness is addressed by the step, so an
    interrupted training continues bit for bit.

    Parameters
    ----------
    generator
        Built, with any weights; they are initialised.
    trials
        Whole trials of the recording, ``(n_trials, n_bins, n_neurons)``.
    settings
        Steps, seed, stretches a step (``batch``), learning rate.
    windows
        Training windows, whose statistics free runs are to have; by default the trials are cut.

    Raises
    ------
    TrainingError
        If trials or windows do not have the generator's shape, or it is driven by no history.
    """

    generator: HistoryGenerator

    def __init__(
        self,
        generator: HistoryGenerator,
        trials: SpikeRaster,
        settings: TrainingSettings,
        windows: SpikeRaster | None = None,
    ) -> None:
        check_kind(generator, HistoryGenerator, "HistoryTrainer")
        _check_trials(generator, trials, windows)
        settings = settings.with_defaults(generator.preset.recipe.defaults())
        spikes = trials.spikes
        rates = spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self.optimiser = torch.optim.Adam(
            generator.parameters(), settings.learning_rate, betas=_BETAS
        )
        self._spikes = spikes
        self._filtered = filter_spikes(spikes, generator.n_filters)
        most = generator.preset.max_critic_neurons
        heard = most is None or generator.spec.n_neurons <= most
        matches = settings.statistics_weight or settings.critic_weight
        n_matching = matching_steps(settings.steps, generator.n_parameters) if matches else 0
        self._n_likelihood = settings.steps - n_matching
        self._matching = MomentMatching(
            generator,
            spikes,
            _windows(spikes, generator.spec.n_bins) if windows is None else windows.spikes,
            n_steps=n_matching,
            seed=settings.seed,
            stretch=_STRETCH,
            critic_weight=settings.critic_weight if heard else 0.0,
            statistics_weight=settings.statistics_weight,
        )

    def own_state(self) -> dict[str, torch.Tensor]:
        """See `BaseTrainer.own_state`."""
        return self._matching.tensors()

    @classmethod
    def on_split(
        cls, generator: Any, split: Split, settings: TrainingSettings, device: Device
    ) -> HistoryTrainer:
        """See `BaseTrainer.on_split`; whole trials and training windows."""
        del device  # trained by likelihood, on the CPU
        return cls(generator, split.trials, settings, split.train)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        if self.steps_done == 0:
            random = step_generator(self.settings.seed, _LATENT_STREAM, 0)
            model = fit_hidden_markov(self._spikes, self.generator.latent.n_latent_states, random)
            start_from(self.generator, model, self._spikes)
        if self.steps_done < self._n_likelihood:
            return self._raise_likelihood()
        if self.steps_done == self._n_likelihood:
            self.average.apply(self.generator)
            self.average.n_updates = 0
        return self._match()

    def _raise_likelihood(self) -> StepReport:
        rate = self._set_learning_rate(self.steps_done / self._n_likelihood)
        loss = -log_likelihood(self.generator, *self._stretches()).mean()
        norm = self._descend(loss, _CLIP, _AVERAGE_FROM)
        return StepReport(
            step=self.steps_done,
            loss=float(loss.detach()),
            statistics_loss=None,
            distance=None,
            gradient_norm=norm,
            learning_rate=rate,
        )

    def _match(self) -> StepReport:
        report = self._matching.step(self.steps_done - self._n_likelihood)
        self._check_finite(-report.log_likelihood, report.deviation)
        self.steps_done += 1
        return StepReport(
            step=self.steps_done,
            loss=-report.log_likelihood,
            statistics_loss=report.deviation,
            distance=report.distance,
            gradient_norm=report.change,
            learning_rate=report.step,
        )

    def _stretches(self) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Choose stretches of trials, and what came before each of their bins."""
        random = step_generator(self.settings.seed, _STRETCH_STREAM, self.steps_done)
        n_trials, n_bins, _ = self._spikes.shape
        length = min(_STRETCH, n_bins)
        trial = random.integers(n_trials, size=(self.settings.batch, 1))
        start = random.integers(n_bins - length + 1, size=(self.settings.batch, 1))
        bins = start + np.arange(length)
        return self._spikes[trial, bins], self._filtered[trial, bins]


def _check_trials(
    generator: HistoryGenerator, trials: SpikeRaster, windows: SpikeRaster | None
) -> None:
    if windows is not None:
        check_windows(generator, windows)
    if trials.n_neurons != generator.spec.n_neurons:
        raise TrainingError(
            "The trials do not fit the generator.",
            expected=f"trials of {generator.spec.n_neurons} neurons",
            got=f"{trials.n_neurons} neurons",
        )
    check_bin_width(generator, trials)


def _windows(trials: NDArray[np.bool_], n_bins: int) -> NDArray[np.bool_]:
    n_bins = min(n_bins, trials.shape[1])
    whole = trials[:, : trials.shape[1] // n_bins * n_bins]
    return whole.reshape(-1, n_bins, trials.shape[2])
