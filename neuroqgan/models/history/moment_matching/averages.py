"""What free runs say of statistics, and of how these answer to the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from neuroqgan.models.history.likelihood import fisher_scores
from neuroqgan.models.history.moment_matching.discriminators import N_DISCRIMINATORS
from neuroqgan.models.history.moment_matching.free_runs import FreeRuns

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.models.history.generator import HistoryGenerator
    from neuroqgan.models.history.moment_matching.discriminators import CountDiscriminators
    from neuroqgan.models.history.moment_matching.window_moments import WindowMoments

_RUNS = 4096
# Bins before those that are compared: weights act on them through all that happened there.
_LEAD, _COMPARED = 32, 48


class FreeRunAverages:
    r"""Averages over free runs under one set of weights, until they are cleared.

    Fisher scores of the runs (`neuroqgan.models.history.likelihood.fisher_scores`) give both the
    derivative of a mean moment, :math:`\partial_\theta E[s] = E[s\,\partial_\theta \log p]`, and
    the Fisher information.

    Parameters
    ----------
    generator
        What runs.
    moments
        What the windows are compared by.
    discriminators
        Whose mean probabilities are further moments.
    """

    def __init__(
        self,
        generator: HistoryGenerator,
        moments: WindowMoments,
        discriminators: CountDiscriminators,
    ) -> None:
        self.runs = FreeRuns(generator, _RUNS)
        n_weights = generator.n_parameters
        n_moments = moments.n_moments + N_DISCRIMINATORS
        self.mean = torch.zeros(n_moments)
        """Mean moments, and mean probabilities of the discriminators."""
        self.slope = torch.zeros(n_moments, n_weights)
        """Derivative of these by the weights."""
        self.information = torch.zeros(n_weights, n_weights)
        """Fisher information of a bin."""
        self.n_seen = torch.zeros((), dtype=torch.int64)
        self._generator = generator
        self._moments = moments
        self._discriminators = discriminators
        self._compared = -(-_COMPARED // moments.n_bins) * moments.n_bins

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what a checkpoint has to keep; the tensors are the averages' own."""
        own = {
            "mean": self.mean,
            "slope": self.slope,
            "information": self.information,
            "seen": self.n_seen,
        }
        return own | {f"runs.{name}": tensor for name, tensor in self.runs.tensors().items()}

    def clear(self) -> None:
        """Begin new averages: the weights have changed. Runs go on."""
        for tensor in (self.mean, self.slope, self.information, self.n_seen):
            tensor.zero_()

    def observe(self, random: np.random.Generator, n_longer: int = 0) -> NDArray[np.bool_]:
        """Go on with the runs, and average what they say.

        Parameters
        ----------
        random
            Source of the spikes.
        n_longer
            How many times runs go on for mean moments alone, which cost little without scores.

        Returns
        -------
        numpy.ndarray
            What was compared, ``(n_runs, n_bins, n_neurons)``.
        """
        spikes, filtered, state = self.runs.advance(_LEAD + self._compared, random)
        own, _ = fisher_scores(self._generator, spikes, filtered, state)
        own -= own.mean(0)
        compared = spikes[:, _LEAD:]
        moments = self._of(compared)
        mean = moments.mean(0)
        slope = (moments - mean).T @ own / len(own)
        longer = [self._of(self.runs.advance(self._compared, random)[0]) for _ in range(n_longer)]
        mean = torch.stack([mean, *(found.mean(0) for found in longer)]).mean(0)
        self.n_seen += 1
        share = 1 / float(self.n_seen)
        self.mean.lerp_(mean, share)
        self.slope.lerp_(slope, share)
        self.information.lerp_(own.T @ own / spikes[..., 0].size, share)
        return compared

    def _of(self, spikes: NDArray[np.bool_]) -> torch.Tensor:
        return torch.cat([self._moments.of(spikes), self._discriminators.of(spikes)], 1)
