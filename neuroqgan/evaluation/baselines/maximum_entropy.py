"""Pairwise and k-pairwise maximum entropy models of single bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.chains import fit_by_chains, gibbs
from neuroqgan.evaluation.baselines.enumeration import (
    MOST_NEURONS,
    all_patterns,
    fit_exactly,
    pattern_probabilities,
)
from neuroqgan.evaluation.baselines.features import Features
from neuroqgan.evaluation.baselines.model import not_fitted
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BURN_IN = 100

# In observations: a prior with standard deviation 10 for every parameter, so that only what was
# hardly ever seen feels it.
_PENALTY = 0.01


class MaximumEntropy:
    """The most random model of a bin that has the recording's moments; bins are independent.

    Pairwise: rates and the coincidences of all pairs (Schneidman et al., Nature 440, 1007, 2006).
    k-pairwise: the distribution of the number of spikes in a bin as well (Tkacik et al., PLOS
    Comput. Biol. 10, e1003408, 2014).

    Parameters
    ----------
    with_counts
        Whether the model is the k-pairwise one.
    enumerate_up_to
        Neurons up to which all patterns are enumerated, which is exact; chains above.
    """

    def __init__(self, with_counts: bool, enumerate_up_to: int = MOST_NEURONS) -> None:
        self._with_counts = with_counts
        self._enumerate_up_to = enumerate_up_to
        self._windows: SpikeRaster | None = None
        self.parameters: NDArray[np.float64] = np.empty(0)

    @property
    def n_parameters(self) -> int:
        """One a neuron, one a pair, and in the k-pairwise model one a count from 0 to all."""
        if self._windows is None:
            raise not_fitted(self)
        return len(self.parameters)

    @property
    def features(self) -> Features:
        """What the model looks at.

        Raises
        ------
        TrainingError
            Before the first fit.
        """
        if self._windows is None:
            raise not_fitted(self)
        return Features(self._windows.n_neurons, self._with_counts)

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Fit the moments of single bins; see `Baseline.fit`."""
        patterns = windows.spikes.reshape(-1, windows.n_neurons)
        features = Features(windows.n_neurons, self._with_counts)
        penalty = _PENALTY / len(patterns)
        if windows.n_neurons <= self._enumerate_up_to:
            self.parameters = fit_exactly(features, features.means(patterns), penalty)
        else:
            self.parameters = fit_by_chains(features, patterns, penalty, as_generator(seed))
        self._windows = windows.take(slice(0, 1))

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows; see `Baseline.sample`."""
        if self._windows is None:
            raise not_fitted(self)
        random, features = as_generator(seed), self.features
        n_bins = n_samples * self._windows.n_bins
        if features.n_neurons <= self._enumerate_up_to:
            probability = pattern_probabilities(features, self.parameters)
            chosen = random.choice(len(probability), n_bins, p=probability)
            patterns = all_patterns(features.n_neurons)[chosen]
        else:
            start = np.zeros((n_bins, features.n_neurons), bool)
            potentials = features.potentials(self.parameters)
            patterns = gibbs(potentials, start, _BURN_IN, random)
        shape = (n_samples, *self._windows.spikes.shape[1:])
        return SpikeRaster(patterns.reshape(shape), self._windows.bin_width)
