"""Trials whose times count from the start of the session, turned into times of their own.

Times that count from the start of each trial overlap from trial to trial. If the times of each
trial lie after those of the trial before, they count from the start of the session; taken as they
are, every trial would begin with a silence as long as all trials before it.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.labels import as_integers
from neuroqgan.data.times.numbers import plain, roundest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.times.spikes import Spikes

# Expected number of spikes in a silence that is certainly no coincidence.
_MANY = 20.0
# Of all trials' durations.
_OVERLAP = 0.5
# Of the time from the first to the last spike. Trials in an order of their own must fill it.
_FILLED = 0.3
# Of a period: how much less room than the most leaves trials where they are.
_SHIFT = 0.05
_HINT = (
    "If this is wrong, add a column trial_start: the start of each row's "
    "trial on the same clock, or 0 everywhere if times already count from "
    "the start of the trial."
)


def count_from_starts(
    path: Path | str, spikes: Spikes, starts: NDArray[np.float64]
) -> tuple[Spikes, list[str]]:
    """Count times from the starts that the file states, unless they already do.

    Parameters
    ----------
    path
        The file, for the messages.
    spikes
        The spikes, in seconds.
    starts
        The start of every trial in seconds, shape ``(n_trials,)``; NaN if no row states it.

    Returns
    -------
    Spikes
        With times, and ends if there are any, from the start of the trial.
    list of str
        A sentence about what was done, if anything was.
    """
    import pandas as pd

    known = np.where(np.isnan(starts), 0.0, starts)
    if not known.any():
        return spikes, []
    # Half of a trial's spikes come after its start, whichever way its first ones are counted.
    medians = pd.Series(spikes.times.seconds).groupby(spikes.trial).median()
    if (medians.to_numpy() >= known[medians.index]).all():
        counted = spikes.counted_from(known)
        _doubt_starts(path, counted)
        return counted, [f"{path}: times are counted from trial_start."]
    if spikes.ends is not None and _ranges(spikes.ends - known) < _ranges(spikes.ends):
        spikes = replace(spikes, ends=spikes.ends - known)
    _doubt_starts(path, spikes)
    said = (
        f"{path}: times lie before the starts of their trials, so they are "
        "assumed to count from there already; trial_start is not used."
    )
    return spikes, [said]


def _doubt_starts(path: Path | str, spikes: Spikes) -> None:
    first, last = spikes.first_and_last()
    seen = np.flatnonzero(np.isfinite(first))
    if len(seen) < 2 or not _are_leads_implausible(spikes, first, last, seen):
        return
    if _follow_each_other(first[seen], last[seen]):
        warnings.warn(
            f"{path}: with trial_start as it is, times of different trials never overlap, as if "
            "they still counted from the start of the session. Is trial_start in another unit than "
            "the times? A name such as trial_start_s or trial_start_ms says which.",
            RecordingWarning,
            stacklevel=3,
        )


def ends_in_session(spikes: Spikes) -> bool:
    """Return whether the ends of trials count from the start of the session, and so do times."""
    first, _ = spikes.first_and_last()
    if spikes.ends is None:
        return False
    seen = np.flatnonzero(np.isfinite(first) & np.isfinite(spikes.ends))
    order = seen[np.argsort(spikes.ends[seen])]
    return len(order) > 1 and bool((first[order][1:] >= spikes.ends[order][:-1] - 1e-6).all())


def _ranges(values: NDArray[np.float64]) -> float:
    return float(np.nanmax(values) - np.nanmin(values))


def align_trials(path: Path | str, spikes: Spikes) -> Spikes:
    """Count times from the start of each trial if those of different trials never overlap.

    If trials can have followed each other at a regular period, they begin at its multiples, the
    period being the roundest number that explains all times; otherwise each begins with its first
    spike.

    Warns
    -----
    RecordingWarning
        If times were changed.
    """
    first, last = spikes.first_and_last()
    seen = np.flatnonzero(np.isfinite(first))
    if len(seen) < 2 or not _are_leads_implausible(spikes, first, last, seen):
        return spikes
    if not _follow_each_other(first[seen], last[seen]):
        return spikes
    found = _period(spikes, first, last, seen)
    if found is not None:
        period, origin, index = found
        origins = origin + period * index
    if found is None or _are_leads_implausible(spikes, first - origins, last - origins, seen):
        origins = np.where(np.isfinite(first), first, 0.0)
        how = "trials do not follow each other regularly, so each begins with its first spike"
    else:
        how = f"trials follow each other every {plain(period)} s" + (
            f", the first at {plain(origin)} s" if origin else ""
        )
    overlap = "never" if (np.sort(last[seen])[:-1] <= np.sort(first[seen])[1:]).all() else "hardly"
    warnings.warn(
        f"{path}: times of different trials {overlap} overlap, so they are assumed to count from "
        f"the start of the session, and are counted from the start of each trial instead: {how}. "
        f"{_HINT}",
        RecordingWarning,
        stacklevel=2,
    )
    return spikes.counted_from(origins)


def _are_leads_implausible(
    spikes: Spikes,
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    seen: NDArray[np.intp],
) -> bool:
    """Whether trials would have begun with silences that their own rates make impossible."""
    counts = np.bincount(spikes.trial, minlength=len(first))[seen]
    spans = last[seen] - first[seen]
    leads = first[seen] - first[seen].min()
    # A trial with a single spike, or all of them at once, has no rate of its own.
    has_rate = (counts > 1) & (spans > 0)
    rates = np.divide(counts, spans, out=np.zeros(len(seen)), where=has_rate)
    expected = np.minimum(rates * leads, _MANY)
    # By chance, a trial misses one spike before its first one, and seldom more.
    return bool(expected.sum() > len(seen) + 4 * math.sqrt(len(seen)) + 5)


def _follow_each_other(first: NDArray[np.float64], last: NDArray[np.float64]) -> bool:
    overlap = np.maximum(0, np.sort(last)[:-1] - np.sort(first)[1:]).sum()
    spans = (last - first).sum()
    if (np.diff(first) > 0).all() and (np.diff(last) > 0).all():
        # In the order of their labels. Windows around stimuli may reach into each other.
        return bool(overlap == 0 or (len(first) > 2 and overlap < _OVERLAP * spans))
    # Bursts at any time of a trial may lie apart by chance, but hardly close to one another.
    return bool(overlap == 0 and spans > _FILLED * (last.max() - first.min()))


def _period(
    spikes: Spikes,
    first: NDArray[np.float64],
    last: NDArray[np.float64],
    seen: NDArray[np.intp],
) -> tuple[float, float, NDArray[np.float64]] | None:
    """Return a period, the start of the first trial, and every trial's number of periods.

    Trial k lies between ``origin + k * period`` and ``origin + (k + 1) * period``. The room that
    this leaves for the origin is concave in the period, so that all possible periods form an
    interval, which is found by bisection on either side of the period with most room.
    """
    numbers = as_integers(spikes.trials)
    index = np.arange(len(first), dtype=float) if numbers is None else np.array(numbers, float)
    index -= index[seen[0]]
    if len(seen) < 3 or (np.diff(index[seen]) <= 0).any() or (np.diff(first[seen]) <= 0).any():
        return None
    k, begin, end = index[seen], first[seen], last[seen]

    def room(period: float) -> float:
        return float((begin - k * period).min() - (end - (k + 1) * period).max())

    low, high = 0.0, float(end.max() - begin.min()) + 1e-12
    inner_low, inner_high = low, high
    for _ in range(200):
        a, b = inner_low + (inner_high - inner_low) / 3, inner_high - (inner_high - inner_low) / 3
        inner_low, inner_high = (a, inner_high) if room(a) < room(b) else (inner_low, b)
    best = (inner_low + inner_high) / 2
    if room(best) < 0:
        return None
    # Pauses between trials leave much room, and periods that would use it up for moving trials
    # against each other.
    least = max(0.0, room(best) - _SHIFT * best)
    period = roundest(_edge(room, least, low, best), _edge(room, least, high, best))
    earliest = float((begin - k * period).min())
    latest_end = float((end - (k + 1) * period).max())
    origin = roundest(max(latest_end, earliest - _SHIFT * period), earliest)
    return period, origin, index


def _edge(room: Callable[[float], float], least: float, outside: float, inside: float) -> float:
    """Return the last period with enough room on the way to one without."""
    if room(outside) >= least:
        return outside
    for _ in range(200):
        middle = (outside + inside) / 2
        if room(middle) < least:
            outside = middle
        else:
            inside = middle
    return inside
