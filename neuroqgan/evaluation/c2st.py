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

# The 97.5 % quantile of the normal distribution.
_Z = 1.959963984540054


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
        n = 2 * n_samples
        std = math.sqrt(accuracy * (1 - accuracy) / n)
        return cls(accuracy, std, n_samples, *_wilson(round(accuracy * n), n))


def _wilson(k: int, n: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share, as Newcombe (1998) writes it.

    SciPy has it only beside an exact test, which takes a thousand times as long: noticeable in a
    list of a thousand runs.
    """
    p, denominator = k / n, 2 * (n + _Z**2)
    center = (2 * n * p + _Z**2) / denominator
    delta = _Z / denominator * math.sqrt(4 * n * p * (1 - p) + _Z**2)
    return (0.0 if k == 0 else center - delta), (1.0 if k == n else center + delta)
