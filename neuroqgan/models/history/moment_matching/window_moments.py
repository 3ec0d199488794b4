"""What free runs are compared by: rates, pairs, lagged products, and counts of many kinds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from numpy.typing import NDArray

_N_LAGS = 8
# Lags at which every neuron is compared with every other, not with itself alone.
_N_CROSS = 1
# Spikes of a neuron in a window: how often there are so many or more.
_LEAST = (1, 2, 3, 4, 6)


class WindowMoments:
    """Moments of windows of spikes, and the statistics that follow from their means.

    Moments are means over a window of products of spikes and of indicators of the population
    count, so that their mean over windows, and its derivative by the weights of a generator, is a
    plain average. Statistics are the centred quantities that a raster is judged by: rates,
    covariances within a bin, the probability that k neurons fire, covariances of a neuron with
    itself up to eight bins later and of pairs one bin later, covariances of spike counts of a
    window, which are sums over all lags, and the probabilities that a neuron has some spikes, or
    many, in a window.

    Parameters
    ----------
    n_neurons
        Neurons.
    n_bins
        Bins of the windows whose spikes are counted.
    """

    def __init__(self, n_neurons: int, n_bins: int) -> None:
        self.n_neurons = n_neurons
        self.n_bins = n_bins
        self.n_lags = min(_N_LAGS, n_bins - 1)
        everyone = torch.arange(n_neurons)
        self._pairs = torch.triu_indices(n_neurons, n_neurons, 1)
        self._couples = torch.triu_indices(n_neurons, n_neurons)
        nobody = torch.zeros(2, 2 * n_neurons + 1, dtype=torch.int64)
        # Neurons whose rates multiply to what a moment would be if they were independent.
        factors = [nobody, self._pairs]
        groups = ["rate"] * n_neurons + ["k"] * (n_neurons + 1) + ["pair"] * self._pairs.shape[1]
        for lag in range(1, self.n_lags + 1):
            both = everyone.expand(2, -1)
            if lag <= _N_CROSS:
                both = torch.cartesian_prod(everyone, everyone).T
            factors.append(both)
            groups += [f"own {lag}" if i == j else f"cross {lag}" for i, j in both.T.tolist()]
        factors.append(self._couples)
        groups += ["count"] * self._couples.shape[1]
        groups += [f"least {least}" for least in _LEAST for _ in range(n_neurons)]
        factors.append(torch.zeros(2, len(_LEAST) * n_neurons, dtype=torch.int64))
        self.groups: NDArray[np.str_] = np.array(groups)
        self._first, self._second = torch.cat(factors, 1)
        times = np.where(self.groups == "count", n_bins, 1)
        times[: nobody.shape[1]] = 0
        times[-len(_LEAST) * n_neurons :] = 0
        self._times = torch.from_numpy(times.astype(np.float32))

    @property
    def n_moments(self) -> int:
        """Number of moments, and of statistics."""
        return len(self.groups)

    def of(self, spikes: NDArray[np.bool_]) -> torch.Tensor:
        """Return the moments of windows, ``(n_windows, n_moments)``.

        Parameters
        ----------
        spikes
            ``(n_windows, n_bins, n_neurons)``; one or several times the bins whose spikes are
            counted.
        """
        x = torch.from_numpy(spikes.astype(np.float32))
        n_windows, n_bins, _ = x.shape
        first, second = self._pairs
        together = torch.bmm(x.transpose(1, 2), x)[:, first, second] / n_bins
        count = torch.from_numpy(spikes.sum(2).astype(np.int64))
        counts = torch.zeros(n_windows, self.n_neurons + 1)
        counts.scatter_add_(1, count, torch.full(count.shape, 1 / n_bins))
        moments = [x.mean(1), counts, together]
        for lag in range(1, self.n_lags + 1):
            before, after = x[:, : n_bins - lag], x[:, lag:]
            if lag <= _N_CROSS:
                products = torch.bmm(before.transpose(1, 2), after) / (n_bins - lag)
                moments.append(products.reshape(n_windows, -1))
            else:
                moments.append((before * after).mean(1))
        first, second = self._couples
        total = x.reshape(n_windows, -1, self.n_bins, self.n_neurons).sum(2)
        squares = torch.einsum("wci,wcj->wij", total, total) / n_bins
        moments.append(squares[:, first, second])
        moments += [(total >= least).float().mean(1) for least in _LEAST]
        return torch.cat(moments, 1)

    def statistics(self, mean: torch.Tensor) -> torch.Tensor:
        """Return rates, probabilities of counts, and covariances, ``(n_moments,)``.

        Parameters
        ----------
        mean
            Mean moments, ``(n_moments,)``.
        """
        rate = mean[: self.n_neurons]
        return mean - self._times * rate[self._first] * rate[self._second]

    def directions(self, mean: torch.Tensor, along: torch.Tensor) -> torch.Tensor:
        """Return how statistics change when moments do, ``(n_moments, n_directions)``.

        Parameters
        ----------
        mean
            Mean moments, ``(n_moments,)``.
        along
            Changes of the moments, one a column, ``(n_moments, n_directions)``.
        """
        rate = mean[: self.n_neurons, None]
        change = along[: self.n_neurons]
        product = change[self._first] * rate[self._second]
        product = product + rate[self._first] * change[self._second]
        return along - self._times[:, None] * product

    def standard_errors(self, pieces: NDArray[np.bool_]) -> torch.Tensor:
        """Return the standard errors of the statistics of a recording, ``(n_moments,)``.

        From the spread between pieces, by the delta method. An error far below those of its group,
        as that of a count that never occurs, is raised to a share of their mean.

        Parameters
        ----------
        pieces
            Trials, or parts of them, ``(n_pieces, n_bins, n_neurons)``.
        """
        moments = self.of(pieces)
        mean = moments.mean(0)
        spread = self.directions(mean, (moments - mean).T)
        errors = spread.std(1) / len(pieces) ** 0.5
        for group in np.unique(self.groups):
            inside = torch.from_numpy(self.groups == group)
            errors[inside] = errors[inside].clamp_min(0.3 * float(errors[inside].mean()))
        least: torch.Tensor = errors.clamp_min(1e-6)
        return least
