"""What spikes are near others: how frequent each kind is, and what it does to a judge's score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from neuroqgan.evaluation.explain.importance import ExplainedWindows, SpikeImportance

    Spikes = NDArray[np.bool_]

NO_OTHER = 1_000_000
"""Distance of a spike to its neuron's nearest other spike if there is none in the window."""

_INTERVALS = ((1, 1), (2, 2), (3, 5), (6, NO_OTHER - 1), (NO_OTHER, NO_OTHER))
_OTHERS = ((0, 0), (1, 1), (2, 3), (4, NO_OTHER))


@dataclass(frozen=True)
class SpikeContext:
    """Spikes of one kind.

    Parameters
    ----------
    title
        Which spikes, in a few words.
    clause
        The same, as a sentence goes on after "spikes".
    group
        What kinds are told apart by: ``interval`` or ``synchrony``.
    generated_share, real_share
        Their share of all spikes of generated and of real windows.
    importance
        Mean importance of such spikes of generated windows; NaN if there are none.
    error
        Its standard error, windows being independent; NaN if it is not known.
    n_spikes
        How many there are in the explained generated windows.
    """

    title: str
    clause: str
    group: str
    generated_share: float
    real_share: float
    importance: float
    error: float
    n_spikes: int


def spike_contexts(found: SpikeImportance) -> tuple[SpikeContext, ...]:
    """Sort spikes by the nearest other spike of their neuron, and by the spikes in their bin.

    Parameters
    ----------
    found
        The importance of every spike.
    """
    rows: list[SpikeContext] = []
    for group, measure, limits, words in (
        ("interval", own_distances, _INTERVALS, _interval),
        ("synchrony", others_in_bin, _OTHERS, _synchrony),
    ):
        rows += _sorted(found, group, measure, limits, words)
    return tuple(rows)


def own_distances(spikes: Spikes) -> NDArray[np.int64]:
    """Return for every bin how far the nearest other spike of the neuron is, in bins.

    Parameters
    ----------
    spikes
        Shape ``(n_windows, n_bins, n_neurons)``.

    Returns
    -------
    ndarray
        The same shape; `NO_OTHER` if the window has no other spike of the neuron.

    Examples
    --------
    >>> own_distances(np.array([[[1], [0], [1], [1]]], bool)).ravel().tolist()
    [2, 1, 1, 1]
    """
    n_bins = spikes.shape[1]
    nearest = np.full(spikes.shape, NO_OTHER, np.int64)
    for lag in range(n_bins - 1, 0, -1):
        nearest[:, lag:][spikes[:, :-lag]] = lag
        nearest[:, :-lag][spikes[:, lag:]] = lag
    return nearest


def others_in_bin(spikes: Spikes) -> NDArray[np.int64]:
    """Return how many other neurons spike in the same bin, the shape of ``spikes``."""
    count: NDArray[np.int64] = spikes.sum(2, keepdims=True) - spikes.astype(np.int64)
    return count


def _sorted(
    found: SpikeImportance,
    group: str,
    measure: Callable[[Spikes], NDArray[np.int64]],
    limits: tuple[tuple[int, int], ...],
    words: Callable[[int, int], tuple[str, str]],
) -> list[SpikeContext]:
    values = [measure(part.spikes) for part in (found.generated, found.real)]
    n_all = [max(int(part.spikes.sum()), 1) for part in (found.generated, found.real)]
    rows = []
    for low, high in limits:
        chosen = [
            part.spikes & (value >= low) & (value <= high)
            for part, value in zip((found.generated, found.real), values, strict=True)
        ]
        shares = [int(here.sum()) / n for here, n in zip(chosen, n_all, strict=True)]
        mean, error = _mean(found.generated, chosen[0])
        n_here = int(chosen[0].sum())
        texts = words(low, high)
        rows.append(SpikeContext(*texts, group, shares[0], shares[1], mean, error, n_here))
    return rows


def _mean(part: ExplainedWindows, chosen: Spikes) -> tuple[float, float]:
    """Return the mean importance of spikes, and its error from sums over windows."""
    counts = chosen.sum((1, 2))
    total = int(counts.sum())
    if not total:
        return float("nan"), float("nan")
    sums = np.where(chosen, part.importance, 0.0).sum((1, 2), dtype=np.float64)
    mean = float(sums.sum() / total)
    n_with = int((counts > 0).sum())
    if n_with < 2:
        return mean, float("nan")
    spread = float(np.square(sums - mean * counts).sum())
    return mean, spread**0.5 / total


def _interval(low: int, high: int) -> tuple[str, str]:
    if low == NO_OTHER:
        return "its only spike in the window", "that are their neuron's only one in the window"
    count = f"{low} or more" if high == NO_OTHER - 1 else _range(low, high)
    away = f"{count} bin{'s' * (high > 1)} away"
    return f"next own spike {away}", f"whose neuron spikes again {away}"


def _synchrony(low: int, high: int) -> tuple[str, str]:
    if high == 0:
        return "alone in its bin", "that are alone in their bin"
    count = f"{low} or more" if high == NO_OTHER else _range(low, high)
    text = f"with {count} other neuron{'s' * (high > 1)}"
    return text, f"{text} in the bin"


def _range(low: int, high: int) -> str:
    return f"{low}" if low == high else f"{low} to {high}"
