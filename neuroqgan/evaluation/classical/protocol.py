"""What every classical model offers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.covariates import CovariateWindows
from neuroqgan.errors import TrainingError
from neuroqgan.raster import SpikeRaster
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import Covariates


class ClassicalModel(ABC):
    """A classical model of windows of spikes: fitted once, then sampled.

    Every model is given the training windows, the whole trials that they were cut from, and the
    covariates of both, and takes from these what it uses.

    Examples
    --------
    >>> from neuroqgan.data.simulate import simulate_population
    >>> from neuroqgan.evaluation.classical.independent import Independent
    >>> model = Independent()
    >>> model.fit(simulate_population(3, 40, 80, seed=0).windows(8))
    >>> model.sample(100, seed=1), model.n_parameters
    (SpikeRaster(100 samples x 8 bins x 3 neurons, bin_width=0.02 s), 3)
    """

    draws_any_length: ClassVar[bool] = False
    """Whether samples may have more or fewer bins than the training windows."""

    def __init__(self) -> None:
        self._window: SpikeRaster | None = None
        self._covariates: Covariates | None = None

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
        """Number of fitted parameters, with those of `n_stimulus_parameters`.

        Raises
        ------
        TrainingError
            Before the first fit.
        """

    @property
    def n_stimulus_parameters(self) -> int:
        """How many of the parameters describe the trial and grow with its length.

        Raises
        ------
        TrainingError
            Before the first fit.
        """
        _ = self.window
        return 0

    def fit(
        self, windows: SpikeRaster, seed: Seed = 0, *, trials: SpikeRaster | None = None
    ) -> None:
        """Fit the model.

        Parameters
        ----------
        windows
            Training windows, ``(n_windows, n_bins, n_neurons)``, with their covariates if there
            are any.
        seed
            Source of whatever is random in the fit.
        trials
            The whole trials that the windows were cut from, with their covariates; by default the
            windows themselves.

        Raises
        ------
        TrainingError
            If the fit does not converge, or the model needs covariates and there are none.
        """
        trials = windows if trials is None else trials
        self._fit(windows, trials, as_generator(seed))
        self._window = windows.take(slice(0, 1)).with_covariates(None)
        self._covariates = _seen(trials)

    def sample(
        self, n_samples: int, seed: Seed, *, covariates: CovariateWindows | None = None
    ) -> SpikeRaster:
        """Draw windows with the bins and neurons that the model was fitted on.

        Parameters
        ----------
        n_samples
            Number of windows.
        seed
            Source of all randomness.
        covariates
            Which stretch of which trial every window sees; with those of longer stretches, models
            that can (`draws_any_length`) draw longer samples. By default windows are placed at
            random in the training trials, if these have covariates.

        Returns
        -------
        SpikeRaster
            Shape ``(n_samples, n_bins, n_neurons)``, with the covariates.

        Raises
        ------
        TrainingError
            Before the first fit.
        TrainingError
            If the covariates are of other columns, or of other samples or bins.
        """
        window = self.window
        random = as_generator(seed)
        if covariates is not None:
            self._check(covariates, n_samples)
        elif self._covariates is not None:
            covariates = CovariateWindows.spread(
                self._covariates, n_samples, window.n_bins, random.spawn(1)[0]
            )
        spikes = self._draw(n_samples, random, covariates)
        return SpikeRaster(spikes, window.bin_width, covariates=covariates)

    def log_likelihood(self, raster: SpikeRaster) -> NDArray[np.float64]:
        """Return the log likelihood of each sample of a raster.

        Parameters
        ----------
        raster
            Spikes of shape ``(n_samples, n_bins, n_neurons)``, with covariates if the model uses
            them.

        Returns
        -------
        numpy.ndarray
            Natural logarithms, shape ``(n_samples,)``.

        Raises
        ------
        NotImplementedError
            If the model has no exact likelihood.
        """
        raise NotImplementedError(f"{type(self).__name__} has no exact likelihood.")

    @abstractmethod
    def _fit(self, windows: SpikeRaster, trials: SpikeRaster, random: np.random.Generator) -> None:
        """Find the parameters."""

    @abstractmethod
    def _draw(
        self, n_samples: int, random: np.random.Generator, covariates: CovariateWindows | None
    ) -> NDArray[np.bool_]:
        """Draw spikes of a fitted model, ``(n_samples, n_bins, n_neurons)``."""

    def _check(self, covariates: CovariateWindows, n_samples: int) -> None:
        n_bins = covariates.n_bins if self.draws_any_length else self.window.n_bins
        got = covariates.n_samples, covariates.n_bins
        if got != (n_samples, n_bins):
            raise TrainingError(
                "The covariates do not fit the samples.",
                expected=f"{plural(n_samples, 'sample')} of {plural(n_bins, 'bin')}",
                got=f"{plural(got[0], 'sample')} of {plural(got[1], 'bin')}",
            )
        names = covariates.covariates.names
        if self._covariates is not None and names != self._covariates.names:
            raise TrainingError(
                "These are not the covariates that the model was fitted with.",
                expected=", ".join(self._covariates.names),
                got=", ".join(names),
            )


def _seen(trials: SpikeRaster) -> Covariates | None:
    """Return the covariates of the training trials alone."""
    if trials.covariates is None:
        return None
    return trials.covariates.covariates.take(np.unique(trials.covariates.trials).tolist())
