"""A classifier two-sample test: how well two kinds of windows can be distinguished."""

from __future__ import annotations

import math
from dataclasses import dataclass

FEWEST_WINDOWS = 40
"""Number of windows of each kind below which no judge gives a result.

In 40 simulated draws of 40 windows, the interval for a raster without spikes was above 0.5 in all
if nearly every real window had spikes, and in 33 if every other real window was silent; with 20
windows, the latter drops to 14. For windows of one distribution it was above 0.5 in 2.
"""


@dataclass(frozen=True)
class TwoSampleTest:
    """Result of a classifier two-sample test.

    Parameters
    ----------
    accuracy
        Share of unseen windows that are classified correctly: 0.5 is chance.
    std
        Standard error of the accuracy.
    n_samples
        Number of windows of each kind.
    low, high
        Wilson's 95 % interval of the accuracy, over the predictions for unseen windows. If it
        contains 0.5, the classifier does not distinguish the two kinds.
    """

    accuracy: float
    std: float
    n_samples: int
    low: float
    high: float

    @classmethod
    def of(cls, accuracy: float, n_samples: int) -> TwoSampleTest:
        """Add standard error and interval to an accuracy over ``2 * n_samples`` predictions.

        Examples
        --------
        >>> test = TwoSampleTest.of(0.6, 300)
        >>> round(test.std, 3), round(test.low, 3), round(test.high, 3)
        (0.02, 0.56, 0.638)
        """
        from scipy.stats import binomtest

        n = 2 * n_samples
        std = math.sqrt(accuracy * (1 - accuracy) / n)
        interval = binomtest(round(accuracy * n), n).proportion_ci(0.95, method="wilson")
        return cls(accuracy, std, n_samples, float(interval.low), float(interval.high))
