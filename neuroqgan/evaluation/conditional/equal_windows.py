"""The same number of windows from rasters of different sizes, as evenly placed as before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.conditional.trial_histogram import places_of
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

_MOST_DRAWS = 8


def equal_windows(raster: SpikeRaster, n_windows: int, seed: Seed) -> list[SpikeRaster]:
    """Draw windows, evenly over the trial, several times if the raster is large enough.

    A PSTH of more windows has less noise and correlates better with any other, so PSTHs are
    compared at equal numbers. What is left over serves for another draw: the mean of figures over
    all draws is less noisy than any of them, and not biased.

    Parameters
    ----------
    raster
        Windows with covariates.
    n_windows
        Number of windows per draw, at most those of the raster.
    seed
        Source of the choice among windows of the same place.

    Returns
    -------
    list of SpikeRaster
        One or several draws that hardly share a window.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> parts = nq.split(nq.load("simulated"), 16, covariates="trial-time")
    >>> [draw.n_samples for draw in equal_windows(parts.train, 1000, seed=0)]
    [1000, 1000]
    """
    given = raster.n_samples
    tie = as_generator(seed).random(given)
    by_place = np.lexsort((tie, places_of(raster).starts))
    n_draws = max(1, min(_MOST_DRAWS, given // n_windows))
    step = given / n_windows
    draws = []
    for draw in range(n_draws):
        at = (np.arange(n_windows) * step + draw * step / n_draws).astype(int)
        draws.append(raster.take(by_place[at]))
    return draws
