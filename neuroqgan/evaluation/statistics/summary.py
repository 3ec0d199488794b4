"""Sums over the windows of a raster, from which every statistic follows.

Sums are kept window by window, so that a bootstrap over windows is a matrix product instead of a
hundred passes over the spikes, and each of them is computed when the first statistic asks for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


class RasterSummary:
    """Weighted sums over the windows of a raster.

    Parameters
    ----------
    raster
        Its samples are the windows, which a bootstrap draws.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.evaluation.statistics.window_sums import spike_counts
    >>> from neuroqgan.raster import SpikeRaster
    >>> spikes = np.array([[[1, 0], [1, 1]], [[0, 0], [0, 1]]])
    >>> summary = RasterSummary(SpikeRaster(spikes, 0.02))
    >>> summary.total(spike_counts).tolist()
    [2.0, 2.0]
    >>> summary.reweighted(np.array([2, 0])).total(spike_counts).tolist()
    [4.0, 2.0]
    """

    def __init__(self, raster: SpikeRaster) -> None:
        self._spikes = raster.spikes.astype(np.float32)
        self.n_windows, self.n_bins, self.n_neurons = raster.spikes.shape
        self.weights: Floats = np.ones(self.n_windows)
        self._by_window: dict[tuple[Any, ...], NDArray[Any]] = {}
        self._totals: dict[tuple[Any, ...], Floats] = {}

    def reweighted(self, weights: NDArray[Any]) -> RasterSummary:
        """Return a summary in which every window counts as often as its weight says.

        Both summaries share what was computed for each window.

        Parameters
        ----------
        weights
            Shape ``(n_windows,)``.
        """
        other = object.__new__(RasterSummary)
        other.__dict__.update(self.__dict__)
        other.weights = np.asarray(weights, np.float64)
        other._totals = {}
        return other

    @property
    def weight(self) -> float:
        """Sum of the weights: the number of windows, unless they are reweighted."""
        return float(self.weights.sum())

    def by_window(
        self, function: Callable[..., NDArray[Any]], *arguments: int | str
    ) -> NDArray[Any]:
        """Return what a function makes of the spikes, computed once for all weightings.

        Parameters
        ----------
        function
            Takes spikes as float32, ``(n_windows, n_bins, n_neurons)``, and the arguments.
        *arguments
            Such as a lag.
        """
        key = (function, *arguments)
        if key not in self._by_window:
            self._by_window[key] = function(self._spikes, *arguments)
        return self._by_window[key]

    def mean(self, function: Callable[..., NDArray[Any]]) -> Floats:
        """Return a `total` divided by the number of bins: what a function counts per bin."""
        mean: Floats = self.total(function) / (self.weight * self.n_bins)
        return mean

    def total(self, function: Callable[..., NDArray[Any]], *arguments: int | str) -> Floats:
        """Return the weighted sum over windows of a function of their spikes.

        Parameters
        ----------
        function
            Returns an array whose first axis is windows; see `by_window` and
            `neuroqgan.evaluation.statistics.window_sums`.
        *arguments
            Such as a lag.

        Returns
        -------
        ndarray
            The other axes of the function's array; float64.
        """
        key = (function, *arguments)
        if key not in self._totals:
            self._totals[key] = self.weights @ self.by_window(function, *arguments)
        return self._totals[key]
