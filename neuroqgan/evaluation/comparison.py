"""Errors of statistics, and their ratio to what real data does against real data."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from neuroqgan.evaluation.statistics import STATISTICS
from neuroqgan.evaluation.summary import RasterSummary
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

    Floats = NDArray[np.float64]


# Zero is what these are of a raster that has none of what they are made of, and zero is close to
# the weak covariances of any recording: such a ratio would praise silence.
_NEEDS: dict[str, Literal["variation", "intervals"]] = {
    "pair_covariance": "variation",
    "autocovariance": "variation",
    "lag1_cross_covariance": "variation",
    "triplet_correlation": "variation",
    "inter_spike_interval": "intervals",
}
ZERO = 1e-12
"""Below this a floor is rounding: the same windows, perhaps in another order."""


@dataclass(frozen=True)
class StatisticComparison:
    """How far a statistic of generated rasters is from the real one.

    Parameters
    ----------
    error
        Mean absolute difference between generated and held-out real windows. NaN where there is
        nothing to compare, such as pairs of a single neuron.
    floor
        The same between other real windows and the held-out ones.
    ratio
        ``error / floor``: 1 is as good as more recording. NaN where the floor is zero, and where
        the generated raster has no such statistic: covariances without a neuron that spikes in
        some bins and not in others, intervals without two spikes of a neuron in a window.
    ratio_low, ratio_high
        95 % bootstrap interval of the ratio; NaN where the resampling gives none.
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
    second draw to every error, so that the resampled ratios are centred on the measured ratio, on
    a logarithmic scale, before the percentiles are taken. Windows count as independent; those of
    one trial are nearly so.

    Parameters
    ----------
    generated
        What is judged.
    reference
        Held-out real windows.
    floor
        Other real windows, those of the training.
    n_bootstrap
        Resamplings.
    seed
        Source of the resampling.

    Returns
    -------
    dict
        Comparison by the name of the statistic.
    """
    summaries = [RasterSummary(raster) for raster in (generated, reference, floor)]
    error, base = _errors([summary.statistics() for summary in summaries])
    random = as_generator(seed)
    undefined = {name for name, source in _NEEDS.items() if not summaries[0].has(source)}
    resampled = []
    for _ in range(n_bootstrap):
        drawn = []
        for summary in summaries:
            n = summary.n_windows
            weights = np.bincount(random.integers(n, size=n), minlength=n)
            drawn.append(summary.statistics(weights.astype(np.float64)))
        resampled.append(_log_ratio(*_errors(drawn)))
    return {
        name: _comparison(
            error[i],
            base[i],
            np.array([row[i] for row in resampled]),
            is_defined=name not in undefined,
        )
        for i, name in enumerate(STATISTICS)
    }


def _errors(statistics: list[dict[str, Floats]]) -> tuple[list[float], list[float]]:
    generated, reference, floor = statistics

    def distances(other: dict[str, Floats]) -> list[float]:
        gaps = [np.abs(other[name] - reference[name]) for name in STATISTICS]
        return [float(gap.mean()) if gap.size else math.nan for gap in gaps]

    return distances(generated), distances(floor)


def _log_ratio(errors: list[float], floors: list[float]) -> list[float]:
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
