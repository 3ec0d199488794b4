"""Errors of statistics, and their ratio to the differences between real windows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS
from neuroqgan.evaluation.statistics.summary import RasterSummary
from neuroqgan.evaluation.statistics.window_sums import spike_counts
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.statistics.statistic import Statistic
    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]

ZERO = 1e-12
"""A floor below this is a rounding error: the same windows, perhaps in another order."""


@dataclass(frozen=True)
class StatisticComparison:
    """How far a statistic of generated windows is from that of held-out ones.

    Parameters
    ----------
    error
        Mean absolute difference between generated and held-out windows, in the unit of the
        statistic. NaN if there is nothing to compare, such as pairs of a single neuron.
    floor
        The same between other real windows and the held-out ones.
    ratio
        ``error / floor``: 1 is as close to held-out data as the training data are. NaN if the
        floor is zero, and if the generated raster does not have the statistic: covariances
        without a neuron that spikes in some bins and not in others, intervals without two spikes
        of a neuron in a window.
    ratio_low, ratio_high
        95 % bootstrap interval of the ratio; NaN if the resampling does not give one.
    """

    error: float
    floor: float
    ratio: float
    ratio_low: float
    ratio_high: float


def compare(
    generated: SpikeRaster,
    reference: SpikeRaster,
    floor: SpikeRaster,
    *,
    n_bootstrap: int = 100,
    seed: Seed = 0,
) -> dict[str, StatisticComparison]:
    """Compare all statistics.

    The interval resamples the windows of all three rasters. Resampling adds the noise of a
    second draw to every error. The resampled ratios are therefore centred on the measured ratio,
    on a logarithmic scale, before the percentiles are taken. Windows count as independent; those
    of one trial are nearly so.

    Parameters
    ----------
    generated
        The windows that are judged, ``(n_windows, n_bins, n_neurons)``.
    reference
        Held-out real windows, of the same bins and neurons.
    floor
        Other real windows, usually those of the training.
    n_bootstrap
        Number of resamplings; 0 leaves the intervals out.
    seed
        Source of the resampling.

    Returns
    -------
    dict
        Comparison by the key of the statistic.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan.raster import SpikeRaster
    >>> random = np.random.default_rng(0)
    >>> windows = [SpikeRaster(random.random((50, 8, 3)) < 0.2, 0.02) for _ in range(3)]
    >>> round(compare(*windows, n_bootstrap=0)["spike_probability"].error, 3)
    0.028
    """
    summaries = [RasterSummary(raster) for raster in (generated, reference, floor)]
    errors, floors = _errors(summaries)
    random = as_generator(seed)
    resampled = []
    for _ in range(n_bootstrap):
        drawn = []
        for summary in summaries:
            n = summary.n_windows
            drawn.append(summary.reweighted(np.bincount(random.integers(n, size=n), minlength=n)))
        resampled.append(_log_ratios(*_errors(drawn)))
    return {
        key: _comparison(
            errors[i],
            floors[i],
            np.array([row[i] for row in resampled]),
            is_defined=_is_defined(statistic, summaries[0]),
        )
        for i, (key, statistic) in enumerate(STATISTICS.items())
    }


def _is_defined(statistic: Statistic, summary: RasterSummary) -> bool:
    # Zero is the covariance of a raster that has nothing to vary, and zero is close to the weak
    # covariances of any recording: such a ratio would praise silence.
    if statistic.is_covariance:
        spikes = summary.by_window(spike_counts).sum(0, np.float64)
        varies = (spikes > 0) & (spikes < summary.n_windows * summary.n_bins)
        return bool(varies.any()) and statistic.is_defined(summary)
    return statistic.is_defined(summary)


def _errors(summaries: list[RasterSummary]) -> tuple[list[float], list[float]]:
    errors, floors = [], []
    for statistic in STATISTICS.values():
        generated, reference, floor = (statistic.compute(summary) for summary in summaries)
        errors.append(_distance(generated, reference))
        floors.append(_distance(floor, reference))
    return errors, floors


def _distance(one: Floats, other: Floats) -> float:
    gap = np.abs(one - other)
    return float(gap.mean()) if gap.size else math.nan


def _log_ratios(errors: list[float], floors: list[float]) -> list[float]:
    return [
        math.log(error / floor) if error > 0 and floor > 0 else math.nan
        for error, floor in zip(errors, floors, strict=True)
    ]


def _comparison(
    error: float, floor: float, log_ratios: Floats, *, is_defined: bool
) -> StatisticComparison:
    if not (floor > ZERO and is_defined):
        return StatisticComparison(error, floor, math.nan, math.nan, math.nan)
    ratio = error / floor
    usable = log_ratios[np.isfinite(log_ratios)]
    if ratio == 0 or not usable.size:
        return StatisticComparison(error, floor, ratio, math.nan, math.nan)
    low, high = np.exp(np.percentile(usable - usable.mean(), [2.5, 97.5]) + np.log(ratio))
    return StatisticComparison(error, floor, ratio, float(low), float(high))
