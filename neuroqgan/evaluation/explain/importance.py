"""Importance of spikes: how much less a judge takes a window for generated without one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.errors import ConfigError, RasterError
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS, TwoSampleTest
from neuroqgan.evaluation.judges.folds import two_folds
from neuroqgan.evaluation.judges.judge_registry import JUDGES
from neuroqgan.evaluation.judges.panel import MAX_SAMPLES
from neuroqgan.seeding import Seed, as_generator

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from neuroqgan.evaluation.judges.folds import Trials
    from neuroqgan.evaluation.judges.kind import Learn, Score
    from neuroqgan.raster import SpikeRaster

    Spikes = NDArray[np.bool_]
    Floats = NDArray[np.float64]

# Windows with one spike less that are scored at once.
_ROWS = 4000


@dataclass(frozen=True)
class ExplainedWindows:
    """Windows that a judge has not learnt from, and what each of their spikes did to its score.

    Parameters
    ----------
    spikes
        Booleans, ``(n_windows, n_bins, n_neurons)``.
    scores
        Log odds of being generated, in natural logarithms, ``(n_windows,)``.
    importance
        By how much the score falls if the spike is taken out, zero where there is none; the shape
        of ``spikes``. Positive: the spike makes the window look generated.
    """

    spikes: Spikes
    scores: Floats
    importance: NDArray[np.float32]


@dataclass(frozen=True)
class SpikeImportance:
    """Importance of the spikes of generated and of real windows.

    Parameters
    ----------
    judge
        Key of the judge.
    test
        How well it distinguishes windows that it has not learnt from; without that, importances
        mean nothing.
    generated, real
        The explained windows.
    """

    judge: str
    test: TwoSampleTest
    generated: ExplainedWindows
    real: ExplainedWindows


def explain_spikes(
    generated: SpikeRaster,
    real: SpikeRaster,
    *,
    judge: str = "network",
    real_trials: Trials | None = None,
    max_windows: int = 500,
    seed: Seed = 0,
) -> SpikeImportance:
    """Find by which spikes a judge recognises generated windows.

    The judge learns from one half of the trials, windows of the other are explained, and the other
    way round. A spike's importance is the change of the judge's score when the spike is taken out.
    After the importance maps of Spike-GAN (Molano-Mazon et al., arXiv:1803.00338), which shuffle
    spikes; taking one out says which one, and in which direction.

    Parameters
    ----------
    generated
        Generated windows, ``(n_windows, n_bins, n_neurons)``.
    real
        Held-out windows of the same bins and neurons.
    judge
        Key of a judge that has a score, see `neuroqgan.evaluation.judges.judge_registry.JUDGES`.
    real_trials
        Trial of every real window, ``(n_windows,)``; None if its covariates say so, or nothing
        does.
    max_windows
        Windows of each kind that are explained; the judge learns from all.
    seed
        Source of the choice of windows and of what the judge draws.

    Returns
    -------
    SpikeImportance

    Raises
    ------
    ConfigError
        If there is no such judge, or it has no score.
    RasterError
        If the rasters differ in bins or neurons, or have too few windows.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan import SpikeRaster
    >>> random = np.random.default_rng(0)
    >>> dense, sparse = (SpikeRaster(random.random((200, 8, 3)) < p, 0.02) for p in (0.5, 0.1))
    >>> found = explain_spikes(dense, sparse, max_windows=20)
    >>> bool(found.generated.importance[found.generated.spikes].mean() > 0)
    True
    """
    learn = _learner(judge)
    if generated.spikes.shape[1:] != real.spikes.shape[1:]:
        raise RasterError(
            "Rasters with different bins or neurons cannot be compared.",
            expected=f"{real.n_bins} bins of {real.n_neurons} neurons",
            got=f"{generated.n_bins} bins of {generated.n_neurons} neurons",
        )
    if min(generated.n_samples, real.n_samples) < FEWEST_WINDOWS:
        raise RasterError(
            "There are too few windows to explain.",
            expected=f"{FEWEST_WINDOWS} windows or more of each kind",
            got=f"{generated.n_samples} generated, {real.n_samples} real",
        )
    random = as_generator(seed)
    folds = two_folds((real, generated), (real_trials, None), MAX_SAMPLES, random)
    explained: tuple[list[ExplainedWindows], list[ExplainedWindows]] = ([], [])
    n_right = n_asked = 0
    for learnt, unseen in (folds, folds[::-1]):
        score = learn(learnt.windows, learnt.labels, int(random.integers(2**31)))
        right = (score(unseen.windows) > 0) == (unseen.labels == 1)
        n_right, n_asked = n_right + int(right.sum()), n_asked + len(right)
        for kind in (0, 1):
            windows = unseen.windows[unseen.labels == kind][: -(-max_windows // 2)]
            explained[kind].append(_explained(score, windows))
    real_windows, generated_windows = (_joined(parts) for parts in explained)
    test = TwoSampleTest.of(n_right / n_asked, n_asked // 2)
    return SpikeImportance(judge, test, generated_windows, real_windows)


def _learner(key: str) -> Learn:
    judge = JUDGES.get(key)
    if judge is None or judge.learn is None:
        scored = [name for name, one in JUDGES.items() if one.learn is not None]
        raise ConfigError(
            f"There is no judge {key!r} whose answers can be explained.",
            expected=", ".join(scored),
            got=repr(key),
        )
    return judge.learn


def _explained(score: Score, windows: Spikes) -> ExplainedWindows:
    scores = np.asarray(score(windows), np.float64)
    importance = np.zeros(windows.shape, np.float32)
    places = np.nonzero(windows)
    for low in range(0, len(places[0]), _ROWS):
        window, at, neuron = (axis[low : low + _ROWS] for axis in places)
        changed = windows[window]
        changed[np.arange(len(window)), at, neuron] = False
        importance[window, at, neuron] = scores[window] - score(changed)
    return ExplainedWindows(windows, scores, importance)


def _joined(parts: list[ExplainedWindows]) -> ExplainedWindows:
    return ExplainedWindows(
        np.concatenate([part.spikes for part in parts]),
        np.concatenate([part.scores for part in parts]),
        np.concatenate([part.importance for part in parts]),
    )
