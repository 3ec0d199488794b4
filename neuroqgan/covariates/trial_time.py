"""The time in the trial as a covariate: all that is known of a stimulus which trials repeat."""

from __future__ import annotations

import numpy as np

from neuroqgan.covariates.trials import Covariates

TRIAL_TIME = "trial-time"
"""What the time in the trial is called, as a choice and as a column."""


def trial_time(n_bins: int, bin_width: float) -> Covariates:
    """Return the time in the trial, the same in all trials.

    Parameters
    ----------
    n_bins
        Bins of a trial.
    bin_width
        Width of a bin in seconds.

    Returns
    -------
    Covariates
        One column: seconds from the start of the trial to the start of the bin.

    Examples
    --------
    >>> from neuroqgan.covariates import trial_time
    >>> trial_time(4, 0.5).values.ravel().tolist()
    [0.0, 0.5, 1.0, 1.5]
    """
    seconds = bin_width * np.arange(n_bins)
    return Covariates(seconds[:, None], (TRIAL_TIME,), source=TRIAL_TIME)
