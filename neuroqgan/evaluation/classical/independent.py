"""Independent neurons and bins: nothing but rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.classical.bernoulli import bernoulli_log_likelihood
from neuroqgan.evaluation.classical.protocol import ClassicalModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster


class Independent(ClassicalModel):
    """Every neuron spikes in every bin with its own probability, whatever the others do.

    The maximum entropy model of the rates alone: one parameter per neuron.
    """

    def __init__(self) -> None:
        super().__init__()
        self.probability: NDArray[np.float64] = np.empty(0)

    @property
    def n_parameters(self) -> int:
        """One spike probability per neuron."""
        return self.window.n_neurons

    def log_likelihood(self, raster: SpikeRaster) -> NDArray[np.float64]:
        """See `ClassicalModel.log_likelihood`."""
        _ = self.window  # raises before the first fit
        return bernoulli_log_likelihood(raster.spikes, self.probability)

    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        self.probability = windows.spikes.mean((0, 1))

    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        shape = (n_samples, *self.window.spikes.shape[1:])
        spikes: NDArray[np.bool_] = random.random(shape) < self.probability
        return spikes
