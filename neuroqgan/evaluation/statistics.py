"""The statistics of a raster, one function each; all in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.evaluation.summary import RasterSummary

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

STATISTICS = (
    "firing_rate",
    "pair_covariance",
    "k_probability",
    "autocovariance",
    "lag1_cross_covariance",
    "inter_spike_interval",
    "pattern_entropy",
    "triplet_correlation",
)
"""Names of all statistics, in the order in which they are reported."""


def all_statistics(raster: SpikeRaster) -> dict[str, Floats]:
    """Return all statistics by name, at the cost of a few; see the functions of these names."""
    return RasterSummary(raster).statistics()


def firing_rate(raster: SpikeRaster) -> Floats:
    """Return the probability of a spike in a bin, ``(n_neurons,)``."""
    return all_statistics(raster)["firing_rate"]


def pair_covariance(raster: SpikeRaster) -> Floats:
    """Return the covariance of two neurons in the same bin, ``(n_pairs,)``.

    Pairs in the order of ``numpy.triu_indices(n_neurons, 1)``.
    """
    return all_statistics(raster)["pair_covariance"]


def k_probability(raster: SpikeRaster) -> Floats:
    """Return the probability that k neurons spike in a bin, ``(n_neurons + 1,)``.

    Source: Tkacik et al., PLOS Comput. Biol. 10, e1003408 (2014).
    """
    return all_statistics(raster)["k_probability"]


def autocovariance(raster: SpikeRaster) -> Floats:
    """Return the covariance of a neuron with itself 1, 2, ... bins later, ``(n_lags, n_neurons)``.

    Up to eight lags; deviations from the rate over the whole raster.
    """
    return all_statistics(raster)["autocovariance"]


def lagged_cross_covariance(raster: SpikeRaster) -> Floats:
    """Return the covariance of neuron i with neuron j one bin later, ``(n_neurons, n_neurons)``."""
    return all_statistics(raster)["lag1_cross_covariance"]


def inter_spike_intervals(raster: SpikeRaster) -> Floats:
    """Return the distribution of intervals between spikes of a neuron, ``(n_bins,)``.

    Pooled over neurons; the index is the interval in bins; intervals within samples only. All
    zero where no neuron spikes twice in a sample.
    """
    return all_statistics(raster)["inter_spike_interval"]


def pattern_entropy(raster: SpikeRaster) -> float:
    """Return the entropy of the population's pattern in a bin, in bits.

    The plug-in estimate with the Miller-Madow correction (Miller, in Information Theory in
    Psychology, 1955).
    """
    return float(all_statistics(raster)["pattern_entropy"][0])


def triplet_correlation(raster: SpikeRaster) -> Floats:
    """Return third central moments of three neurons in the same bin, ``(n_triplets,)``.

    All triplets, or a fixed random choice of 300 where there are more; see
    `neuroqgan.evaluation.summary.triplets`.
    """
    return all_statistics(raster)["triplet_correlation"]
