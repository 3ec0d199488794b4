"""PSTHs as they are drawn: in Hz, slightly smoothed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import trial_histogram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

# Standard deviation of the Gaussian, in bins.
_SMOOTHED = 1.0


def smoothed_psth(raster: SpikeRaster) -> NDArray[np.float64]:
    """Return rates in Hz over the trial; bins that few windows cover count for little.

    Parameters
    ----------
    raster
        Windows or whole trials, with covariates that all trials share.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_trial_bins, n_neurons)``; NaN far from any window.

    Raises
    ------
    InputError
        If the raster has no covariates.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> smoothed_psth(parts.train).shape
    (500, 8)
    """
    from scipy.ndimage import gaussian_filter1d

    histogram = trial_histogram(raster)
    spikes, windows = (
        gaussian_filter1d(np.asarray(of, float), _SMOOTHED, axis=0, mode="nearest")
        for of in (histogram.spikes, histogram.windows)
    )
    seen = windows[:, None] > 0
    rates = np.divide(spikes, windows[:, None], out=np.full_like(spikes, np.nan), where=seen)
    return rates / raster.bin_width
