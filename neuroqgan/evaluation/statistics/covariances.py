"""Central moments of two and three spikes, in the same bin and some bins apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics.single_bins import spike_probability
from neuroqgan.evaluation.statistics.statistic import Panel, Statistic
from neuroqgan.evaluation.statistics.window_sums import (
    coincidences,
    early_counts,
    late_counts,
    repetitions,
    successions,
    triplet_coincidences,
    triplets,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.summary import RasterSummary

    Floats = NDArray[np.float64]

MAX_LAG = 8
_PER_BIN_2, _PER_BIN_3 = "spikes²/bin²", "spikes³/bin³"


def pair_covariance(summary: RasterSummary) -> Floats:
    """Return the covariance of two neurons in the same bin, ``(n_pairs,)``.

    Pairs are in the order of ``numpy.triu_indices(n_neurons, 1)``.
    """
    rate = spike_probability(summary)
    first, second = np.triu_indices(summary.n_neurons, 1)
    return summary.mean(coincidences) - rate[first] * rate[second]


def autocovariance(summary: RasterSummary) -> Floats:
    """Return the covariance of a neuron with itself 1, 2, ... bins later, ``(n_lags, n_neurons)``.

    Up to eight lags; deviations are from the rate over the whole raster.
    """
    rate = spike_probability(summary)
    n_lags = min(MAX_LAG, summary.n_bins - 1)
    rows = []
    for lag in range(1, n_lags + 1):
        count = summary.weight * (summary.n_bins - lag)
        early, late = (summary.total(of, lag) / count for of in (early_counts, late_counts))
        rows.append(summary.total(repetitions, lag) / count - rate * (early + late) + rate**2)
    return np.array(rows).reshape(n_lags, summary.n_neurons)


def lag1_cross_covariance(summary: RasterSummary) -> Floats:
    """Return the covariance of neuron i with neuron j one bin later, ``(n_neurons, n_neurons)``.

    Empty, ``(0, 0)``, if windows have a single bin.
    """
    if summary.n_bins == 1:
        return np.zeros((0, 0))
    rate, n = spike_probability(summary), summary.n_neurons
    count = summary.weight * (summary.n_bins - 1)
    products = summary.total(successions, 1).reshape(n, n) / count
    early, late = (summary.total(of, 1) / count for of in (early_counts, late_counts))
    centred: Floats = products - np.outer(early, rate) - np.outer(rate, late) + np.outer(rate, rate)
    return centred


def triplet_correlation(summary: RasterSummary) -> Floats:
    """Return third central moments of three neurons in the same bin, ``(n_triplets,)``.

    All triplets, or a fixed random choice of 300 if there are more; see
    `neuroqgan.evaluation.statistics.window_sums.triplets`.
    """
    chosen, n = triplets(summary.n_neurons), summary.n_neurons
    if not len(chosen):
        return np.zeros(0)
    rate = spike_probability(summary)
    joint = np.zeros((n, n))
    joint[np.triu_indices(n, 1)] = summary.mean(coincidences)
    a, b, c = chosen.T
    lower = joint[a, b] * rate[c] + joint[a, c] * rate[b] + joint[b, c] * rate[a]
    triple = summary.mean(triplet_coincidences)
    moments: Floats = triple - lower + 2 * rate[a] * rate[b] * rate[c]
    return moments


PAIR_COVARIANCE = Statistic(
    "pair_covariance",
    "pair covariance",
    _PER_BIN_2,
    pair_covariance,
    is_covariance=True,
    panel=Panel("scatter"),
    column="cov.",
)
# Its picture is `neuroqgan.report.autocovariance`.
AUTOCOVARIANCE = Statistic(
    "autocovariance",
    "autocovariance",
    _PER_BIN_2,
    autocovariance,
    is_covariance=True,
    column="autocov.",
)
LAG1_CROSS_COVARIANCE = Statistic(
    "lag1_cross_covariance",
    "lag-1 cross-covariance",
    _PER_BIN_2,
    lag1_cross_covariance,
    is_covariance=True,
    panel=Panel("scatter", "covariance at lag 1"),
    column="lag-1",
)
TRIPLET_CORRELATION = Statistic(
    "triplet_correlation",
    "triplet correlation",
    _PER_BIN_3,
    triplet_correlation,
    is_covariance=True,
    panel=Panel("scatter"),
)
