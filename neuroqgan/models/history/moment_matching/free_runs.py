"""Free runs that go on while a generator is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from neuroqgan.simulation.filters import advance, silence
from neuroqgan.simulation.line.contraction import sample_line
from neuroqgan.simulation.markov.path import draw_next
from neuroqgan.simulation.markov.stationary import stationary_distribution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.models.history.generator import HistoryGenerator

    Floats = NDArray[np.float32]


class FreeRuns:
    """Many runs of a history-driven generator, each from where it stopped.

    Nothing is thrown away to forget a beginning: after a small change of the weights a run is close
    to its new stationary state (persistent chains; Tieleman, ICML 2008). Among runs whose latent
    has the same value, the next values are drawn from levels that are spread evenly, one run a
    level. Each run's path is distributed as if drawn alone, while the share of runs that a
    value has, the noisiest part of a population's statistics, is almost exact.

    Parameters
    ----------
    generator
        What runs.
    n_runs
        How many.
    """

    def __init__(self, generator: HistoryGenerator, n_runs: int) -> None:
        self.generator = generator
        self.state = np.zeros(n_runs, np.int64)
        self.filtered: Floats = silence(n_runs, generator.spec.n_neurons, generator.n_filters)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return where the runs are; the tensors are the runs' own."""
        return {
            "state": torch.from_numpy(self.state),
            "filtered": torch.from_numpy(self.filtered),
        }

    def begin(self, random: np.random.Generator) -> None:
        """Begin all runs anew, and let them forget how they began."""
        with torch.no_grad():
            share = stationary_distribution(self.generator.latent.transitions()).double().numpy()
        levels = (random.permutation(len(self.state)) + random.random()) / len(self.state)
        self.state[:] = draw_next(np.zeros_like(self.state), np.cumsum(share)[None], levels)
        self.filtered[:] = 0
        self.advance(3 * self.generator.n_past // 2, random)

    def advance(
        self, n_bins: int, random: np.random.Generator
    ) -> tuple[NDArray[np.bool_], Floats, torch.Tensor]:
        """Go on for some bins.

        Returns
        -------
        tuple
            Spikes, ``(n_runs, n_bins, n_neurons)``; filters before every bin, ``(n_runs, n_bins,
            n_neurons, n_filters)``; the latent's value in the first of the bins, ``(n_runs,)``.
        """
        with torch.no_grad():
            edges = self.generator.latent.transitions().double().numpy().cumsum(1)
        n_runs, n_neurons, _ = self.filtered.shape
        spikes = np.empty((n_runs, n_bins, n_neurons), bool)
        before = np.empty((n_runs, n_bins, *self.filtered.shape[1:]), np.float32)
        first = torch.from_numpy(self.state.copy())
        for t in range(n_bins):
            before[:, t] = self.filtered
            angles = self.generator.angles(self.filtered, self.state)
            spikes[:, t] = sample_line(angles, self.generator.bonds, random)
            self.filtered[:] = advance(self.filtered, spikes[:, t])
            levels = _spread_levels(self.state, len(edges), random)
            self.state[:] = draw_next(self.state, edges, levels)
        return spikes, before, first


def _spread_levels(
    state: NDArray[np.int64], n_states: int, random: np.random.Generator
) -> NDArray[np.float64]:
    """Return numbers in [0, 1), evenly spread among the runs of each value, in random order."""
    order = np.lexsort((random.random(len(state)), state))
    count = np.bincount(state, minlength=n_states)
    rank = np.empty(len(state))
    rank[order] = np.arange(len(state)) - (np.cumsum(count) - count)[state[order]]
    return (rank + random.random(n_states)[state]) / count[state]
