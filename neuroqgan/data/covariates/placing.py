"""Rasters of a split, with the stretch of the trials that each of their samples saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import Covariates, CovariateWindows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Places = tuple[NDArray[np.int64], NDArray[np.int64]]


def windows_with(
    windows: SpikeRaster, covariates: Covariates | None, places: Places | None
) -> SpikeRaster:
    """Return windows with their covariates, or with none.

    Parameters
    ----------
    windows
        Cut from trials.
    covariates
        Of all trials of the recording.
    places
        Trial and first bin of every window; without them no covariates are known.
    """
    if covariates is None or places is None:
        return windows.with_covariates(None)
    return windows.with_covariates(CovariateWindows(covariates, *places, windows.n_bins))


def trials_with(
    trials: SpikeRaster, covariates: Covariates | None, places: Places | None
) -> SpikeRaster:
    """Return whole trials of a recording with their covariates, or with none.

    Parameters
    ----------
    trials
        Some trials of a recording, in their order.
    covariates
        Of all trials of the recording.
    places
        Trial and first bin of every window that was cut from them, at least one from each; without
        them no covariates are known.
    """
    if covariates is None or places is None:
        return trials.with_covariates(None)
    which = np.unique(places[0])
    seen = CovariateWindows(covariates, which, np.zeros_like(which), trials.n_bins)
    return trials.with_covariates(seen)
