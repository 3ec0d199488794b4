"""Independent neurons and bins: nothing but rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.baselines.model import not_fitted
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Independent:
    """Every neuron spikes in every bin with its rate, whatever the others do.

    The maximum entropy model of the rates alone: one parameter a neuron.
    """

    def __init__(self) -> None:
        self._windows: SpikeRaster | None = None
        self.rates: NDArray[np.float64] = np.empty(0)

    @property
    def n_parameters(self) -> int:
        """One rate a neuron."""
        if self._windows is None:
            raise not_fitted(self)
        return len(self.rates)

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Take the rates of the windows; see `Baseline.fit`."""
        self._windows = windows.take(slice(0, 1))
        self.rates = windows.spikes.mean((0, 1))

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows; see `Baseline.sample`."""
        if self._windows is None:
            raise not_fitted(self)
        shape = (n_samples, *self._windows.spikes.shape[1:])
        return SpikeRaster(as_generator(seed).random(shape) < self.rates, self._windows.bin_width)
