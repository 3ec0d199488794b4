"""Windows cut from trials, the first of them at another place in every trial.

If all trials repeat one stimulus, windows that begin at the same places would carry its clock:
rates that depend on the bin within a window, by which a classifier distinguishes even real windows
that begin elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.covariates import CovariateWindows

if TYPE_CHECKING:
    from neuroqgan.data.covariates.placing import Places
    from neuroqgan.raster import SpikeRaster

# With this many windows per trial, one may be given up so that the first begins anywhere.
_MANY_WINDOWS = 8
# Multiples of it, modulo 1, are spread evenly however many there are.
_GOLDEN = (5**0.5 - 1) / 2


def cut(trials: SpikeRaster, n_bins: int, parity: int) -> tuple[SpikeRaster, Places]:
    """Cut windows from every other trial of a recording.

    Parameters
    ----------
    trials
        Every other trial of a recording, of at least ``n_bins`` bins.
    n_bins
        Bins per window.
    parity
        Which of the trials the first is: 0 or 1.

    Returns
    -------
    tuple
        The windows, and trial and first bin of each.
    """
    n_windows, left_over = divmod(trials.n_bins, n_bins)
    n_places = n_bins if n_windows >= _MANY_WINDOWS else left_over + 1
    windows, places = [], []
    for i, trial in enumerate(trials.spikes):
        start = int(n_places * (i * _GOLDEN % 1))
        n_whole = (trials.n_bins - start) // n_bins
        stop = start + n_whole * n_bins
        windows.append(trial[start:stop].reshape(n_whole, n_bins, -1))
        places.append(np.stack([np.full(n_whole, 2 * i + parity), range(start, stop, n_bins)]))
    of_trial, starts = np.concatenate(places, axis=1).astype(np.int64)
    return trials.with_spikes(np.concatenate(windows)), (of_trial, starts)


def cut_alike(raster: SpikeRaster, n_bins: int) -> SpikeRaster:
    """Return windows of generated trials, cut as those of a recording are.

    Parameters
    ----------
    raster
        Samples of at least ``n_bins`` bins.
    n_bins
        Bins per window.

    Returns
    -------
    SpikeRaster
        Shape ``(n_windows, n_bins, n_neurons)``; the windows know their covariates if the raster
        does.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.data.cutting import cut_alike
    >>> from neuroqgan.raster import SpikeRaster
    >>> cut_alike(SpikeRaster(np.zeros((3, 10, 2), bool), 0.02), 4)
    SpikeRaster(6 samples x 4 bins x 2 neurons, bin_width=0.02 s)
    """
    windows, (of_trial, first_bins) = cut(raster, n_bins, 0)
    own = raster.covariates
    if own is None:
        return windows
    sample = of_trial // 2
    starts = own.starts[sample] + first_bins
    return windows.with_covariates(
        CovariateWindows(own.covariates, own.trials[sample], starts, n_bins)
    )
