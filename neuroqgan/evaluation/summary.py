"""Sums over the windows of a raster, from which every statistic follows.

Keeping the sums window by window makes a bootstrap over windows a matrix product instead of a
hundred passes over the spikes.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

MAX_LAG = 8
MAX_TRIPLETS = 300
_TRIPLET_SEED = 20240911


class RasterSummary:
    """Sums over the bins of every window of a raster.

    Parameters
    ----------
    raster
        Samples are the windows, which the bootstrap draws.
    """

    def __init__(self, raster: SpikeRaster) -> None:
        spikes = raster.spikes.astype(np.float32)
        self.n_windows, self.n_bins, self.n_neurons = spikes.shape
        self.n_lags = min(MAX_LAG, self.n_bins - 1)
        self._pairs = np.triu_indices(self.n_neurons, 1)
        self._triplets = triplets(self.n_neurons)
        first, second = self._pairs
        same_bin = np.matmul(spikes.swapaxes(1, 2), spikes)
        self._sums = {
            "rate": spikes.sum(1),
            "pairs": same_bin[:, first, second],
            "k": _histogram(raster.spikes.sum(2), self.n_neurons + 1),
            "interval": _intervals(raster.spikes),
            "triplets": _triplet_sums(spikes, self._triplets),
        }
        if self.n_lags:
            cross = np.matmul(spikes[:, :-1].swapaxes(1, 2), spikes[:, 1:])
            self._sums["cross"] = cross.reshape(self.n_windows, -1)
        for lag in range(1, self.n_lags + 1):
            early, late = spikes[:, :-lag], spikes[:, lag:]
            self._sums[f"early{lag}"] = early.sum(1)
            self._sums[f"late{lag}"] = late.sum(1)
            self._sums[f"auto{lag}"] = (early * late).sum(1)
        packed = np.packbits(raster.spikes.reshape(-1, self.n_neurons), axis=1)
        _, pattern = np.unique(packed, axis=0, return_inverse=True)
        self._pattern = pattern.reshape(-1)

    def has(self, what: Literal["variation", "intervals"]) -> bool:
        """Return whether any neuron spikes in some bins and not in others, or twice in a window."""
        if what == "intervals":
            return bool(self._sums["interval"].any())
        spikes = self._sums["rate"].sum(0, np.float64)
        return bool(((spikes > 0) & (spikes < self.n_windows * self.n_bins)).any())

    def statistics(self, weights: Floats | None = None) -> dict[str, Floats]:
        """Return all statistics by name.

        Parameters
        ----------
        weights
            How often every window counts, shape ``(n_windows,)``; once by default.
        """
        weight = np.ones(self.n_windows) if weights is None else np.asarray(weights, np.float64)
        total = weight.sum() * self.n_bins
        sums = {name: weight @ values for name, values in self._sums.items()}
        rate = sums["rate"] / total
        first, second = self._pairs
        pairs = sums["pairs"] / total
        return {
            "firing_rate": rate,
            "pair_covariance": pairs - rate[first] * rate[second],
            "k_probability": sums["k"] / total,
            "autocovariance": self._autocovariance(sums, rate, weight.sum()),
            "lag1_cross_covariance": self._cross_covariance(sums, rate, weight.sum()),
            "inter_spike_interval": sums["interval"] / max(sums["interval"].sum(), 1.0),
            "pattern_entropy": np.array([self._pattern_entropy(weight)]),
            "triplet_correlation": self._third_moments(sums["triplets"] / total, pairs, rate),
        }

    def _autocovariance(self, sums: dict[str, Floats], rate: Floats, n: float) -> Floats:
        rows = []
        for lag in range(1, self.n_lags + 1):
            count = n * (self.n_bins - lag)
            early, late = sums[f"early{lag}"] / count, sums[f"late{lag}"] / count
            rows.append(sums[f"auto{lag}"] / count - rate * (early + late) + rate**2)
        return np.array(rows).reshape(self.n_lags, self.n_neurons)

    def _cross_covariance(self, sums: dict[str, Floats], rate: Floats, n: float) -> Floats:
        if not self.n_lags:
            return np.zeros((0, 0))
        count = n * (self.n_bins - 1)
        products = sums["cross"].reshape(self.n_neurons, self.n_neurons) / count
        early, late = sums["early1"] / count, sums["late1"] / count
        centred: Floats = (
            products - np.outer(early, rate) - np.outer(rate, late) + np.outer(rate, rate)
        )
        return centred

    def _pattern_entropy(self, weight: Floats) -> float:
        counts = np.bincount(self._pattern, weights=np.repeat(weight, self.n_bins))
        counts = counts[counts > 0]
        share = counts / counts.sum()
        plug_in = -np.sum(share * np.log2(share))
        return float(plug_in + (len(counts) - 1) / (2 * counts.sum() * np.log(2)))

    def _third_moments(self, triples: Floats, pairs: Floats, rate: Floats) -> Floats:
        if not len(self._triplets):
            return np.zeros(0)
        joint = np.zeros((self.n_neurons, self.n_neurons))
        joint[self._pairs] = pairs
        a, b, c = self._triplets.T
        lower = joint[a, b] * rate[c] + joint[a, c] * rate[b] + joint[b, c] * rate[a]
        moments: Floats = triples - lower + 2 * rate[a] * rate[b] * rate[c]
        return moments


def triplets(n_neurons: int) -> NDArray[np.int64]:
    """Return the triplets of neurons that are looked at, ascending, ``(n_triplets, 3)``.

    All of them up to `MAX_TRIPLETS`, else a fixed random choice of so many.
    """
    everything = np.array(list(combinations(range(n_neurons), 3)), np.int64).reshape(-1, 3)
    if len(everything) <= MAX_TRIPLETS:
        return everything
    random = np.random.default_rng(_TRIPLET_SEED)
    return everything[np.sort(random.choice(len(everything), MAX_TRIPLETS, replace=False))]


def _histogram(values: NDArray[np.integer], size: int) -> NDArray[np.float32]:
    """Count the values 0 to size - 1 in every row."""
    rows = np.arange(len(values))[:, None] * size
    counts = np.bincount((rows + values).ravel(), minlength=len(values) * size)
    return counts.reshape(len(values), size).astype(np.float32)


def _intervals(spikes: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Count the intervals between successive spikes of a neuron, in bins, in every window."""
    n_windows, n_bins, _ = spikes.shape
    window, neuron, time = np.nonzero(spikes.swapaxes(1, 2))
    follows = (window[1:] == window[:-1]) & (neuron[1:] == neuron[:-1])
    interval = (time[1:] - time[:-1])[follows]
    index = window[1:][follows] * n_bins + interval
    counts = np.bincount(index, minlength=n_windows * n_bins)
    return counts.reshape(n_windows, n_bins).astype(np.float32)


def _triplet_sums(spikes: NDArray[np.float32], chosen: NDArray[np.int64]) -> NDArray[np.float32]:
    sums = np.zeros((len(spikes), len(chosen)), np.float32)
    for i, (a, b, c) in enumerate(chosen):
        sums[:, i] = (spikes[:, :, a] * spikes[:, :, b] * spikes[:, :, c]).sum(1)
    return sums
