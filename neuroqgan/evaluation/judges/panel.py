"""The panel: every judge tries to distinguish two rasters, and the best of them counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.errors import RasterError
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS, TwoSampleTest
from neuroqgan.evaluation.judges.folds import two_folds
from neuroqgan.evaluation.judges.judge_registry import JUDGES
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neuroqgan.evaluation.judges.folds import Fold, Trials
    from neuroqgan.evaluation.judges.kind import Judge
    from neuroqgan.raster import SpikeRaster

MAX_SAMPLES = 12_000
"""Windows of each kind that a judge is given at most."""

_ENOUGH = 1000  # windows of each kind, which even the largest windows get


@dataclass(frozen=True)
class Pair:
    """Two rasters to distinguish, and the trials that their windows come from.

    Parameters
    ----------
    one, other
        Windows of the same bins and neurons, ``(n_windows, n_bins, n_neurons)``.
    one_trials, other_trials
        Trial of every window; None if the covariates of the raster say so, or nothing does.
    """

    one: SpikeRaster
    other: SpikeRaster
    one_trials: Trials | None = None
    other_trials: Trials | None = None


def ask_panel(
    pair: Pair,
    *,
    judges: Mapping[str, Judge] | None = None,
    max_samples: int = MAX_SAMPLES,
    seed: Seed = 0,
) -> dict[str, TwoSampleTest]:
    """Let every judge try to distinguish two rasters, and test it on windows it has not seen.

    A judge learns from one half of the trials and is tested on the other, then the other way
    round; see `neuroqgan.evaluation.judges.folds`. It gets the same number of windows of both
    rasters. Source: Lopez-Paz and Oquab, arXiv:1610.06545.

    Parameters
    ----------
    pair
        The rasters.
    judges
        All of `JUDGES` by default.
    max_samples
        Largest number of windows of each kind.
    seed
        Source of the choice of windows and of what judges draw.

    Returns
    -------
    dict
        Result by the judge's key. Empty if there are fewer than `FEWEST_WINDOWS` windows of
        either kind, as any result would be down to chance.

    Raises
    ------
    RasterError
        If the rasters differ in bins or neurons.

    Examples
    --------
    >>> from neuroqgan.evaluation.judges.nearest_neighbours import NEAREST_NEIGHBOURS
    >>> import numpy as np
    >>> random = np.random.default_rng(0)
    >>> from neuroqgan import SpikeRaster
    >>> dense, sparse = (SpikeRaster(random.random((200, 8, 3)) < p, 0.02) for p in (0.5, 0.1))
    >>> found = ask_panel(Pair(dense, sparse), judges={"near": NEAREST_NEIGHBOURS})
    >>> found["near"].accuracy > 0.9
    True
    """
    one, other = pair.one, pair.other
    if one.spikes.shape[1:] != other.spikes.shape[1:]:
        raise RasterError(
            "Rasters with different bins or neurons cannot be compared.",
            expected=f"{one.n_bins} bins of {one.n_neurons} neurons",
            got=f"{other.n_bins} bins of {other.n_neurons} neurons",
        )
    if min(one.n_samples, other.n_samples, max_samples) < FEWEST_WINDOWS:
        return {}
    asked = JUDGES if judges is None else judges
    random = as_generator(seed)
    tasks = []
    for judge in asked.values():
        few = max(_ENOUGH, judge.max_spikes // (one.n_bins * one.n_neurons))
        trials = pair.one_trials, pair.other_trials
        folds = two_folds((one, other), trials, min(max_samples, few), random)
        tasks += [
            (judge, *ordered, int(random.integers(2**31))) for ordered in (folds, folds[::-1])
        ]
    with _pool() as pool:
        results = iter(list(pool.map(lambda task: _correct(*task), tasks)))
    found = {}
    for key in asked:
        (right, n), (right_too, n_too) = next(results), next(results)
        accuracy = (right + right_too) / (n + n_too)
        found[key] = TwoSampleTest.of(accuracy, (n + n_too) // 2)
    return found


@contextmanager
def _pool() -> Iterator[ThreadPoolExecutor]:
    """As many threads as kernels use; within each, libraries use one."""
    import numba
    import torch
    from threadpoolctl import threadpool_limits

    from neuroqgan.simulation.threads import one_torch_thread, torch_threads_kept

    with torch_threads_kept():
        n_threads = int(numba.get_num_threads())
    # A new thread takes on torch's number of threads only once it asks for it.
    ask = torch.get_num_threads
    limits = threadpool_limits(1), one_torch_thread()
    with limits[0], limits[1], ThreadPoolExecutor(n_threads, initializer=ask) as pool:
        yield pool


def _correct(judge: Judge, learnt: Fold, unseen: Fold, seed: int) -> tuple[int, int]:
    """Return how many answers are right, and how many there are."""
    answer = judge.answer(learnt.windows, learnt.labels, unseen.windows, seed)
    return int((answer == (unseen.labels == 1)).sum()), len(unseen.labels)
