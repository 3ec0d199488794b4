"""PSTH: how often each neuron spikes in each bin of the trial, put together from windows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows
    from neuroqgan.raster import SpikeRaster

# Bins that fewer windows cover than this share of the usual number are noisier than the others.
_USUAL = 0.5


@dataclass(frozen=True)
class TrialHistogram:
    """Spikes of every bin of the trial, over all windows that cover it.

    Parameters
    ----------
    spikes
        Number of spikes by bin and neuron, shape ``(n_bins, n_neurons)``.
    windows
        Number of windows that cover a bin, shape ``(n_bins,)``.
    """

    spikes: NDArray[np.float64]
    windows: NDArray[np.int64]

    @property
    def rates(self) -> NDArray[np.float64]:
        """The PSTH: spike probability by bin and neuron; NaN in bins without a window."""
        rates: NDArray[np.float64] = np.full_like(self.spikes, np.nan)
        np.divide(self.spikes, self.windows[:, None], out=rates, where=self.windows[:, None] > 0)
        return rates

    @property
    def well_covered(self) -> NDArray[np.bool_]:
        """Bins that at least half as many windows cover as most; edges of the trial may not be."""
        usual = np.median(self.windows[self.windows > 0]) if self.windows.any() else 0
        return (self.windows > 0) & (self.windows >= _USUAL * usual)


def trial_histogram(raster: SpikeRaster) -> TrialHistogram:
    """Count the spikes of every bin of the trial, wherever the windows lie.

    Parameters
    ----------
    raster
        Windows or whole trials, with covariates; they must be shared by all trials, otherwise a
        bin stands for something else in every trial.

    Raises
    ------
    InputError
        If the raster has no covariates, which tell where its windows lie.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.covariates import CovariateWindows, trial_time
    >>> from neuroqgan.raster import SpikeRaster
    >>> places = CovariateWindows(trial_time(3, 0.02), np.array([0, 0]), np.array([0, 1]), 2)
    >>> raster = SpikeRaster([[[1], [1]], [[0], [1]]], 0.02).with_covariates(places)
    >>> trial_histogram(raster).rates.ravel().tolist()
    [1.0, 0.5, 1.0]
    """
    places = places_of(raster)
    n_bins, at = places.covariates.n_bins, places.trial_bins.ravel()
    flat = raster.spikes.reshape(-1, raster.n_neurons)
    spikes = np.stack([np.bincount(at[of], minlength=n_bins) for of in flat.T], axis=1)
    return TrialHistogram(spikes.astype(float), np.bincount(at, minlength=n_bins))


def places_of(raster: SpikeRaster) -> CovariateWindows:
    """Return where the windows of a raster lie.

    Raises
    ------
    InputError
        If it has no covariates.
    """
    if raster.covariates is None:
        raise InputError(
            "Nothing is known of where these windows lie in their trials.",
            expected="a raster with covariates",
            got="one without",
            hint="split.with_covariates, or raster.with_covariates",
        )
    return raster.covariates
