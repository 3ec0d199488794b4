"""Sums over blocks of windows: figures of all of them, and their bootstrap."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from neuroqgan.evaluation.comparison import ZERO, StatisticComparison
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

    Sums: TypeAlias = tuple[Floats, ...]
    """Arrays whose first axis are blocks of windows."""

_MOST_BLOCKS = 40


def blocks(n_windows: int) -> Iterator[slice]:
    """Divide windows into up to 40 consecutive blocks.

    Windows of a recording follow each other trial by trial, so blocks are groups of trials, which
    are independent of each other.
    """
    edges = np.linspace(0, n_windows, min(n_windows, _MOST_BLOCKS) + 1).round().astype(int)
    return (slice(start, stop) for start, stop in pairwise(edges.tolist()))


def compare_sums(
    measure: Callable[..., Floats],
    sums: tuple[Sums, Sums, Sums],
    *,
    n_bootstrap: int = 100,
    seed: Seed = 0,
) -> StatisticComparison | None:
    """Compare a figure of generated windows and of training windows with that of held-out ones.

    Parameters
    ----------
    measure
        The figure, from arrays that are summed over blocks; NaN where it is not defined.
    sums
        Of generated, held-out and training windows.
    n_bootstrap
        Number of resamplings of blocks; intervals are centred as in
        `neuroqgan.evaluation.comparison.compare`.
    seed
        Source of the resampling.

    Returns
    -------
    StatisticComparison or None
        None if there is no number that all three rasters have.
    """
    values = [measure(*(array.sum(0) for array in of)) for of in sums]
    defined = _defined(values)
    if not defined.any():
        return None
    error, floor = _distances(values, defined)
    if floor <= ZERO:
        return StatisticComparison(error, floor, math.nan, math.nan, math.nan)
    random = as_generator(seed)
    logs = []
    for _ in range(n_bootstrap):
        drawn = []
        for of in sums:
            n = len(of[0])
            weight = np.bincount(random.integers(n, size=n), minlength=n).astype(float)
            drawn.append(measure(*(np.tensordot(weight, array, 1) for array in of)))
        both = defined & _defined(drawn)
        one, other = _distances(drawn, both) if both.any() else (0.0, 0.0)
        if one > 0 and other > 0:
            logs.append(math.log(one / other))
    ratio = error / floor
    if not logs or ratio == 0:
        return StatisticComparison(error, floor, ratio, math.nan, math.nan)
    spread = np.percentile(np.array(logs) - np.mean(logs), [2.5, 97.5])
    low, high = (float(x) for x in ratio * np.exp(spread))
    return StatisticComparison(error, floor, ratio, low, high)


def compare_values(generated: Floats, held_out: Floats, training: Floats) -> StatisticComparison:
    """Compare figures that are measured already, without an interval.

    Parameters
    ----------
    generated, held_out, training
        Arrays of one shape; what is NaN in one of them is left out.
    """
    values = [generated, held_out, training]
    defined = _defined(values)
    error, floor = _distances(values, defined) if defined.any() else (math.nan, math.nan)
    ratio = error / floor if floor > ZERO else math.nan
    return StatisticComparison(error, floor, ratio, math.nan, math.nan)


def _defined(values: list[Floats]) -> NDArray[np.bool_]:
    defined: NDArray[np.bool_] = np.all(np.isfinite(np.stack(values)), axis=0)
    return defined


def _distances(values: list[Floats], defined: NDArray[np.bool_]) -> tuple[float, float]:
    generated, held_out, training = (of[defined] for of in values)
    return float(np.abs(generated - held_out).mean()), float(np.abs(training - held_out).mean())
