"""What every classical model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

from neuroqgan.errors import TrainingError
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class ClassicalModel(ABC):
    """A classical model of windows of spikes: fitted once, then sampled.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> from neuroqgan.evaluation.classical.independent import Independent
    >>> model = Independent()
    >>> model.fit(simulate_population(3, 40, 80, seed=0).windows(8))
    >>> model.sample(100, seed=1), model.n_parameters
    (SpikeRaster(100 samples x 8 bins x 3 neurons, bin_width=0.02 s), 3)
    """

    def __init__(self) -> None:
        self._window: SpikeRaster | None = None

    @property
    def window(self) -> SpikeRaster:
        """One of the windows that the model was fitted on, ``(1, n_bins, n_neurons)``.

        Raises
        ------
        TrainingError
            Before the first fit.
        """
        if self._window is None:
            raise TrainingError(
                "The model was not fitted.",
                expected="fit(windows) first",
                got=f"{type(self).__name__} without a fit",
            )
        return self._window

    @property
    @abstractmethod
    def n_parameters(self) -> int:
        """Number of fitted parameters.

        Raises
        ------
        TrainingError
            Before the first fit.
        """

    def fit(self, windows: SpikeRaster, seed: Seed = 0) -> None:
        """Fit the model.

        Parameters
        ----------
        windows
            Training windows, ``(n_windows, n_bins, n_neurons)``.
        seed
            Source of whatever is random in the fit.

        Raises
        ------
        TrainingError
            If the fit does not converge.
        """
        self._fit(windows, as_generator(seed))
        self._window = windows.take(slice(0, 1))

    def sample(self, n_samples: int, seed: Seed) -> SpikeRaster:
        """Draw windows with the bins and neurons that the model was fitted on.

        Parameters
        ----------
        n_samples
            Number of windows.
        seed
            Source of all randomness.

        Returns
        -------
        SpikeRaster
            Shape ``(n_samples, n_bins, n_neurons)``.

        Raises
        ------
        TrainingError
            Before the first fit.
        """
        bin_width = self.window.bin_width
        return SpikeRaster(self._draw(n_samples, as_generator(seed)), bin_width)

    @abstractmethod
    def _fit(self, windows: SpikeRaster, random: np.random.Generator) -> None:
        """Find the parameters."""

    @abstractmethod
    def _draw(self, n_samples: int, random: np.random.Generator) -> NDArray[np.bool_]:
        """Draw spikes of a fitted model, ``(n_samples, n_bins, n_neurons)``."""
