"""Statistics of single bins: how often neurons spike, how many, and in which patterns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics.statistic import Panel, Statistic
from neuroqgan.evaluation.statistics.window_sums import (
    pattern_labels,
    population_counts,
    spike_counts,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.summary import RasterSummary

    Floats = NDArray[np.float64]


def spike_probability(summary: RasterSummary) -> Floats:
    """Return the probability of a spike in a bin, ``(n_neurons,)``."""
    return summary.mean(spike_counts)


def k_probability(summary: RasterSummary) -> Floats:
    """Return the probability that k neurons spike in a bin, ``(n_neurons + 1,)``.

    Source: Tkacik et al., PLOS Comput. Biol. 10, e1003408 (2014).
    """
    return summary.mean(population_counts)


def pattern_entropy(summary: RasterSummary) -> Floats:
    """Return the entropy of the population's pattern in a bin, in bits, ``(1,)``.

    The plug-in estimate with the Miller-Madow correction (Miller, in Information Theory in
    Psychology, 1955).
    """
    labels = summary.by_window(pattern_labels)
    counts = np.bincount(labels.ravel(), weights=np.repeat(summary.weights, summary.n_bins))
    counts = counts[counts > 0]
    share = counts / counts.sum()
    plug_in = -np.sum(share * np.log2(share))
    return np.array([float(plug_in + (len(counts) - 1) / (2 * counts.sum() * np.log(2)))])


SPIKE_PROBABILITY = Statistic(
    "spike_probability",
    "spike probability",
    "per bin",
    spike_probability,
    panel=Panel("scatter", "firing rate", "Hz", per_second=True),
    column="rate",
    former_keys=("firing_rate",),
)
K_PROBABILITY = Statistic(
    "k_probability",
    "k-probability",
    "probability",
    k_probability,
    panel=Panel("curve", x_label="neurons spiking in a bin, k"),
    column="k-prob.",
)
PATTERN_ENTROPY = Statistic("pattern_entropy", "pattern entropy", "bits per bin", pattern_entropy)
