"""What models look at in covariates from a file: the present bin, and means of those before."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.covariates import CovariateWindows

    Floats = NDArray[np.float64]

SPANS = ((0, 1), (1, 2), (2, 4), (4, 8), (8, 16))
"""How far back each feature begins and ends, in bins: the first is the present bin."""


class StimulusFeatures:
    """Standardised columns in the present bin, and averaged over stretches of earlier bins.

    A linear model of these features has, for every column, a temporal filter that is constant over
    stretches of 1, 1, 2, 4 and 8 bins; before its trial begins a sample sees the trial's first bin.

    Parameters
    ----------
    windows
        Covariates of the training trials.

    Examples
    --------
    >>> from neuroqgan.covariates import Covariates, CovariateWindows
    >>> speed = Covariates(np.arange(40.0)[:, None], ["speed"])
    >>> windows = CovariateWindows.whole_trials(speed, 2)
    >>> StimulusFeatures(windows).of(windows).shape
    (2, 40, 5)
    """

    def __init__(self, windows: CovariateWindows) -> None:
        rows = windows.rows().astype(np.float64)
        self._centre: Floats = rows.mean((0, 1))
        scale = rows.std((0, 1))
        self._scale: Floats = np.where(scale > 0, scale, 1.0)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(SPANS) * len(self._centre)

    @property
    def n_stimulus_parameters(self) -> int:
        """None: the features are read from the columns."""
        return 0

    def of(
        self, windows: CovariateWindows, first_bin: int = 0, n_bins: int | None = None
    ) -> Floats:
        """Return the features of samples.

        Parameters
        ----------
        windows
            Covariates of the samples.
        first_bin, n_bins
            See `CovariateWindows.rows`.

        Returns
        -------
        numpy.ndarray
            Shape ``(n_samples, n_bins, n_features)``.
        """
        n_bins = windows.n_bins - first_bin if n_bins is None else n_bins
        reach = SPANS[-1][1] - 1
        rows = windows.rows(first_bin - reach, n_bins + reach)
        total = np.cumsum((rows - self._centre) / self._scale, axis=1)
        total = np.concatenate([np.zeros_like(total[:, :1]), total], axis=1)
        now = np.arange(n_bins) + reach + 1
        parts = [
            (total[:, now - begin] - total[:, now - end]) / (end - begin) for begin, end in SPANS
        ]
        return np.concatenate(parts, axis=2)
