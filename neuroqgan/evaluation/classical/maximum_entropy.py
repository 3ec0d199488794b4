"""Pairwise and k-pairwise maximum entropy models of single bins."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.enumeration import (
    MOST_NEURONS,
    all_patterns,
    fit_exactly,
    pattern_probabilities,
)
from neuroqgan.evaluation.classical.features import Features
from neuroqgan.evaluation.classical.gibbs_chains import fit_by_gibbs_chains, gibbs
from neuroqgan.evaluation.classical.protocol import ClassicalModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

_BURN_IN = 100

# In observations: a prior with standard deviation 10 for every parameter, so that it matters only
# for what was hardly ever seen.
_PENALTY = 0.01


class MaximumEntropy(ClassicalModel):
    """The most random model of a bin that has the recording's moments; bins are independent.

    Pairwise: rates and the coincidences of all pairs (Schneidman et al., Nature 440, 1007, 2006).
    k-pairwise: the distribution of the number of spikes in a bin as well (Tkacik et al., PLOS
    Comput. Biol. 10, e1003408, 2014).

    Parameters
    ----------
    with_counts
        Whether the model is the k-pairwise one.
    enumerate_up_to
        Number of neurons up to which all patterns are enumerated, which is exact; above, the
        model is fitted and sampled with Gibbs chains.
    """

    def __init__(self, with_counts: bool, enumerate_up_to: int = MOST_NEURONS) -> None:
        super().__init__()
        self._with_counts = with_counts
        self._enumerate_up_to = enumerate_up_to
        self.parameters: NDArray[np.float64] = np.empty(0)

    @property
    def n_parameters(self) -> int:
        """One per neuron, one per pair, and in the k-pairwise model one per count, 0 to all."""
        return self.features.n_features

    @property
    def features(self) -> Features:
        """The features whose means the model reproduces.

        Raises
        ------
        TrainingError
            Before the first fit.
        """
        return Features(self.window.n_neurons, self._with_counts)

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        patterns = windows.spikes.reshape(-1, windows.n_neurons)
        features = Features(windows.n_neurons, self._with_counts)
        penalty = _PENALTY / len(patterns)
        if windows.n_neurons <= self._enumerate_up_to:
            self.parameters = fit_exactly(features, features.means(patterns), penalty)
        else:
            self.parameters = fit_by_gibbs_chains(features, patterns, penalty, random)

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        features = self.features
        n_bins = n_samples * self.window.n_bins
        if features.n_neurons <= self._enumerate_up_to:
            probability = pattern_probabilities(features, self.parameters)
            chosen = random.choice(len(probability), n_bins, p=probability)
            patterns = all_patterns(features.n_neurons)[chosen]
        else:
            start = np.zeros((n_bins, features.n_neurons), bool)
            potentials = features.potentials(self.parameters)
            patterns = gibbs(potentials, start, _BURN_IN, random)
        return patterns.reshape(n_samples, *self.window.spikes.shape[1:])
