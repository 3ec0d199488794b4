"""Features of maximum entropy models of single bins: spikes, coincidences and their number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32] | NDArray[np.float64]


@dataclass(frozen=True)
class Potentials:
    """Parameters of a maximum entropy model, in the form that sampling needs.

    The probability of a pattern is proportional to
    ``exp(fields @ s + s @ couplings @ s / 2 + by_count[s.sum()])``.

    Parameters
    ----------
    fields
        One per neuron, ``(n_neurons,)``.
    couplings
        Symmetric, zero on the diagonal, ``(n_neurons, n_neurons)``.
    by_count
        One per number of spikes in the bin, ``(n_neurons + 1,)``; zero in the pairwise model.
    """

    fields: NDArray[np.float64]
    couplings: NDArray[np.float64]
    by_count: NDArray[np.float64]


@dataclass(frozen=True)
class Features:
    """The features of a pattern, in the order neurons, pairs, counts.

    Pairs are in the order of ``numpy.triu_indices(n_neurons, 1)``.

    Parameters
    ----------
    n_neurons
        Number of neurons.
    with_counts
        Whether the number of spikes in a bin is a feature (k-pairwise).
    """

    n_neurons: int
    with_counts: bool

    @property
    def n_features(self) -> int:
        """Number of features, and of parameters."""
        n = self.n_neurons
        return n + n * (n - 1) // 2 + (n + 1) * self.with_counts

    def of(self, patterns: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return the features of patterns.

        Parameters
        ----------
        patterns
            Spikes of single bins, ``(n_patterns, n_neurons)``.

        Returns
        -------
        ndarray
            Shape ``(n_patterns, n_features)``.
        """
        spikes = patterns.astype(np.float32)
        first, second = np.triu_indices(self.n_neurons, 1)
        parts = [spikes, spikes[:, first] * spikes[:, second]]
        if self.with_counts:
            counts = patterns.sum(1)[:, None] == np.arange(self.n_neurons + 1)
            parts.append(counts.astype(np.float32))
        return np.concatenate(parts, axis=1)

    def means(self, patterns: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the mean features of patterns, ``(n_features,)``, without storing each."""
        spikes = patterns.astype(np.float32)
        together = spikes.T @ spikes
        parts = [np.diag(together), together[np.triu_indices(self.n_neurons, 1)]]
        if self.with_counts:
            parts.append(np.bincount(patterns.sum(1), minlength=self.n_neurons + 1))
        return np.concatenate(parts).astype(np.float64) / len(patterns)

    def potentials(self, parameters: Floats) -> Potentials:
        """Sort parameters, ``(n_features,)``, into potentials."""
        n = self.n_neurons
        n_pairs = n * (n - 1) // 2
        couplings = np.zeros((n, n))
        couplings[np.triu_indices(n, 1)] = parameters[n : n + n_pairs]
        by_count = np.zeros(n + 1)
        if self.with_counts:
            by_count[:] = parameters[n + n_pairs :]
        return Potentials(np.asarray(parameters[:n], float), couplings + couplings.T, by_count)
