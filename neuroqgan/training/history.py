"""Training of history-driven cells: the likelihood of stretches of trials."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.circuits.filters import filter_spikes
from neuroqgan.connector.likelihood import pattern_likelihood
from neuroqgan.seeding import step_generator
from neuroqgan.training.base import BaseTrainer, StepReport
from neuroqgan.training.free_run import correct_rates

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.circuits.history import HistoryGenerator
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.training.settings import TrainingSettings

_INITIAL_STREAM, _STRETCH_STREAM = 301, 302
_STRETCH = 48
_CLIP = 1.0
_BETAS = (0.9, 0.99)
_AVERAGE_FROM = 0.6
# Below any probability of a pattern, above where single precision ends.
_LEAST = 1e-30


class HistoryTrainer(BaseTrainer):
    """Trains a history-driven generator on whole trials.

    Given past and latent, the probability of a bin's pattern is exact; the forward algorithm of
    hidden Markov models (Rabiner, Proc. IEEE 77, 257 (1989)) sums over the latent's paths. Nothing
    is sampled but the stretches of trials, and those are addressed by the step.

    Parameters
    ----------
    generator
        Built, with any weights; they are initialised.
    trials
        Whole trials of the recording, ``(n_trials, n_bins, n_neurons)``.
    settings
        Steps, seed, stretches a step (``batch``), learning rate.
    """

    generator: HistoryGenerator

    def __init__(
        self, generator: HistoryGenerator, trials: SpikeRaster, settings: TrainingSettings
    ) -> None:
        rates = trials.spikes.mean((0, 1))
        generator.initialise(rates, step_generator(settings.seed, _INITIAL_STREAM, 0))
        super().__init__(generator, settings)
        self.optimiser = torch.optim.Adam(
            generator.parameters(), settings.learning_rate, betas=_BETAS
        )
        self._spikes = trials.spikes
        self._filtered = filter_spikes(trials.spikes)

    def step(self) -> StepReport:
        """See `BaseTrainer.step`."""
        progress = self.steps_done / self.settings.steps
        rate = self._set_learning_rate(progress)
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

    def finish(self) -> None:
        """See `BaseTrainer.finish`; also corrects rates in free run."""
        super().finish()
        correct_rates(self.generator, self._spikes.mean((0, 1)), self.settings.seed)

    def _stretches(self) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """Choose stretches of trials, and what came before each of their bins."""
        random = step_generator(self.settings.seed, _STRETCH_STREAM, self.steps_done)
        n_trials, n_bins, _ = self._spikes.shape
        length = min(_STRETCH, n_bins)
        trial = random.integers(n_trials, size=(self.settings.batch, 1))
        start = random.integers(n_bins - length + 1, size=(self.settings.batch, 1))
        bins = start + np.arange(length)
        return self._spikes[trial, bins], self._filtered[trial, bins]


def log_likelihood(
    generator: HistoryGenerator, spikes: NDArray[np.bool_], filtered: NDArray[np.float32]
) -> torch.Tensor:
    """Return the log likelihood a bin of stretches of spikes, the latent's paths summed over.

    The latent starts from its stationary distribution.

    Parameters
    ----------
    generator
        Differentiable by its weights.
    spikes
        ``(n_stretches, n_bins, n_neurons)``.
    filtered
        Filters before every bin, ``(n_stretches, n_bins, n_neurons, N_FILTERS)``.

    Returns
    -------
    torch.Tensor
        Natural logarithm, ``(n_stretches,)``.
    """
    n_stretches, n_bins, n_neurons = spikes.shape
    # Bins lead, so that each bin's probabilities are one block of memory.
    patterns = spikes.swapaxes(0, 1).reshape(-1, n_neurons)
    past = torch.from_numpy(filtered.swapaxes(0, 1).reshape(len(patterns), n_neurons, -1))
    drive, later = generator.drive(past)
    emitted = pattern_likelihood(generator.first_angles(drive), later, patterns, generator.bonds)
    emitted = emitted.clamp_min(_LEAST).reshape(n_bins, n_stretches, -1)
    scale = emitted.detach().amax(2, keepdim=True)
    emitted = emitted / scale
    chain = generator.transitions()
    forward = _stationary(chain).expand(n_stretches, -1)
    total = scale.log().sum((0, 2))
    for t in range(n_bins):
        forward = forward * emitted[t]
        weight = forward.sum(1, keepdim=True)
        total = total + weight.log()[:, 0]
        forward = (forward / weight) @ chain
    a_bin: torch.Tensor = total / n_bins
    return a_bin


def _stationary(chain: torch.Tensor) -> torch.Tensor:
    """Return the distribution that a Markov chain leaves as it is; differentiable."""
    n_states = len(chain)
    equations = torch.eye(n_states) - chain.T
    equations = torch.cat([equations[:-1], torch.ones(1, n_states)])
    solution: torch.Tensor = torch.linalg.solve(equations, torch.eye(n_states)[-1])
    return solution.clamp_min(0)
