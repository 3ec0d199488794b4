"""The trials of a recording of spike times: those without spikes, and how long they are."""

from __future__ import annotations

import math
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.labels import as_integers
from neuroqgan.data.times.numbers import percent, plain, roundest
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.data.times.spikes import Spikes

# Up to this many missing numbers per existing trial are taken for trials without spikes.
_FEW_GAPS = 0.25
# A silence is no coincidence if this many spikes were expected in it.
_MANY = 20.0
# And in a silence that no burst ends.
_CERTAIN = 200.0
# Far more than fit into any memory, and few enough for exact integers.
_MOST_BINS = 1e15
# A silence at the end of a trial, in longest silences within trials.
_LONGER = 3.0


def with_silent_trials(path: Path | str, spikes: Spikes) -> tuple[Spikes, list[str]]:
    """Restore trials that left no row because no neuron fired: those whose numbers are missing.

    Otherwise later trials would move up, and with that switch between training and held-out.

    Returns
    -------
    Spikes
        With all trials.
    list of str
        A sentence about them.
    """
    numbers = as_integers(spikes.trials)
    if not numbers or len(set(numbers)) < len(numbers):
        return spikes, []
    first, last = numbers[0], numbers[-1]
    n_missing = last - first + 1 - len(numbers)
    if not n_missing:
        if first < 2:
            return spikes, []
        said = f"{path}: trials are numbered from {first}; earlier ones are taken as left out."
        return spikes, [said]
    if n_missing > max(1, _FEW_GAPS * len(numbers)):
        said = (
            f"{path}: {n_missing:,} numbers between trial {first} and trial {last} "
            "are missing; those trials are assumed to have been left out, not to be "
            "silent."
        )
        return spikes, [said]
    names = dict(zip(numbers, spikes.trials, strict=True))
    trials = tuple(names.get(number, str(number)) for number in range(first, last + 1))
    positions = np.array(numbers) - first
    missing = sorted(set(range(first, last + 1)) - set(numbers))
    ends = None
    if spikes.ends is not None:
        ends = np.full(len(trials), np.nan)
        ends[positions] = spikes.ends
    filled = replace(spikes, trials=trials, trial=positions[spikes.trial], ends=ends)
    said = (
        f"{path}: no spike of any neuron in {len(missing)} of {len(trials)} trials, "
        f"{shorten(missing)}; kept as silent trials."
    )
    fewest = int(np.bincount(spikes.trial, minlength=len(numbers)).min())
    if fewest <= _MANY:
        return filled, [said]
    warnings.warn(
        f"{said} Every other trial has {fewest} spikes or more. If the missing ones were left out "
        "on purpose, number the trials without gaps.",
        RecordingWarning,
        stacklevel=2,
    )
    return filled, []


def check_origin(
    path: Path | str, spikes: Spikes, options: ReadOptions, *, is_complete: bool = False
) -> None:
    """Check that times neither lie before the start of a trial nor begin long after it.

    Raises
    ------
    RecordingError
        If a time is negative and the user gave no start.

    Warns
    -----
    RecordingWarning
        If no neuron fires for a long time at the start of any trial.
    """
    if options.start is not None or not len(spikes):
        return
    times = spikes.times.seconds
    negative = times < -spikes.times.slack(1e-6)
    if negative.any():
        earliest = float(times.min())
        raise RecordingError(
            f"{path} has spikes before the start of their trial.",
            expected="times of zero or more in every row",
            got=f"{spikes.example(negative)}, the earliest at {plain(earliest)} s",
            hint=f"`start = 0` leaves them out, `start = {_start(earliest):g}` begins trials "
            "there, or shift all times",
        )
    lead, last = float(times.min()), float(times.max())
    # If a file states where trials end, silences belong to them.
    rate = (len(spikes) - 1) / (last - lead) if last > lead and not is_complete else 0.0
    if rate * lead > _MANY and lead >= min(0.05 * last, 10.0):
        offered = roundest(0.98 * lead, lead)
        warnings.warn(
            f"{path}: no spike of any neuron in the first {plain(lead)} of {plain(last)} s"
            f"{' of any trial' if len(spikes.trials) > 1 else ''}. If the recording began later, "
            f"cut the silence off with `start = {offered:.15g}` (and `stop`).",
            RecordingWarning,
            stacklevel=2,
        )


def check_silences(path: Path | str, spikes: Spikes) -> None:
    """Warn of trials with a long silence in the middle, which their rates make impossible.

    Warns
    -----
    RecordingWarning
        If more than half of the trials have one: trial numbers may restart in every block, or
        the recording has pauses.
    """
    first, last = spikes.first_and_last()
    counts = np.bincount(spikes.trial, minlength=len(first))
    spans = np.where(counts > 1, last - first, 0.0)
    order = np.lexsort((spikes.times.seconds, spikes.trial))
    trial, times = spikes.trial[order], spikes.times.seconds[order]
    pause = np.zeros(len(first))
    np.maximum.at(pause, trial[1:], np.where(np.diff(trial) == 0, np.diff(times), 0.0))
    active = spans - pause
    rates = np.divide(counts, active, out=np.zeros(len(first)), where=active > 0)
    is_paused = (pause > spans / 2) & (rates * pause > _CERTAIN)
    if 2 * is_paused.sum() <= (counts > 0).sum():
        return
    k = int(np.flatnonzero(is_paused)[0])
    several = len(spikes.trials) > 1
    warnings.warn(
        f"{path}: no spike of any neuron for {plain(pause[k])} s in the middle"
        + (
            f" of trial {spikes.trials[k]}, as in "
            f"{int(is_paused.sum()):,} of {len(spikes.trials):,} trials. If trials are numbered "
            "anew in every block, number them consecutively."
            if several
            else f" of {plain(spans[k])} s. If the recording paused, make trials of its parts, or "
            "choose one with `start` and `stop`."
        ),
        RecordingWarning,
        stacklevel=2,
    )


def common_length(
    path: Path | str, spikes: Spikes, bin_width: float, options: ReadOptions
) -> tuple[int, list[str]]:
    """Return how many bins all trials have.

    They last until ``options.stop`` if it is given; otherwise until the ends of the trials if the
    file states them, or until the last spike of any. If some trials are certainly shorter, or end
    with a silence that the rates of the others make impossible, all are cut to the shortest.

    Parameters
    ----------
    path
        The file, for the messages.
    spikes
        The spikes, in seconds from the start of their trial.
    bin_width
        Width of a bin in seconds.
    options
        The user's ``start`` and ``stop``.

    Returns
    -------
    int
        The number of bins.
    list of str
        What was assumed, a sentence each.

    Raises
    ------
    RecordingError
        If nothing is left between start and stop.

    Warns
    -----
    RecordingWarning
        If trials are cut.
    """
    start = options.start or 0.0
    notes: list[str] = []
    stop = math.inf if options.stop is None else options.stop
    if spikes.ends is not None and np.isfinite(spikes.ends).any():
        stop, said = _stated_end(path, spikes, start, stop)
        notes += said
    if math.isfinite(stop):
        n_bins = math.floor(min((stop - start) / bin_width + 1e-6, _MOST_BINS))
        if n_bins < 1:
            raise RecordingError(
                f"{path}: no whole bin fits between the start and the stop of a trial.",
                expected=f"a stop at {plain(start + bin_width)} s or later",
                got=f"from {plain(start)} to {plain(stop)} s, in bins of {bin_width:g} s",
                hint="another `start` or `stop`, or narrower bins",
            )
        return n_bins, notes
    if not len(spikes):
        raise RecordingError(
            f"{path} has no spikes.",
            expected="at least one spike, or `stop`, which says how long trials are",
            got="no spike at all",
            hint="check that it is the right file, and which neurons were chosen",
        )
    if spikes.times.seconds.max() < start:
        raise RecordingError(
            f"{path} has no spike after the start.",
            expected=f"spikes at {plain(start)} s or later",
            got=f"the last at {plain(float(spikes.times.seconds.max()))} s",
            hint="an earlier `start`",
        )
    end = _plausible_end(path, spikes, start)
    slack = spikes.times.slack(bin_width)
    latest = (spikes.times.seconds - start + slack)[spikes.times.seconds <= end]
    return math.floor(min(latest.max() / bin_width, _MOST_BINS)) + 1, notes


def _stated_end(
    path: Path | str, spikes: Spikes, start: float, stop: float
) -> tuple[float, list[str]]:
    ends = np.asarray(spikes.ends)
    late = spikes.times.seconds > ends[spikes.trial] + spikes.times.slack(1e-3)
    if late.any():
        raise RecordingError(
            f"{path} has spikes after the end of their trial.",
            expected="times up to the trial_end of their row",
            got=spikes.example(late),
            hint="times and trial_end both count from the start of the trial, or both from the "
            "start of the session beside a column trial_start",
        )
    shortest, longest = float(np.nanmin(ends)), float(np.nanmax(ends))
    if stop <= shortest:
        return stop, []
    if longest - shortest > 1e-6 * longest:
        kept = (np.minimum(ends, shortest) - start)[np.isfinite(ends)].sum()
        lost = 1 - kept / (ends[np.isfinite(ends)] - start).sum()
        _say_cut(path, shortest, longest, lost, "last between")
    elif math.isfinite(stop) and stop - shortest > 1e-6 * longest:
        return shortest, [f"{path}: trials end at {plain(shortest)} s, before `stop`."]
    return shortest, []


def _plausible_end(path: Path | str, spikes: Spikes, start: float) -> float:
    """Return the time of the last spike of the shortest trial if trials differ in length."""
    first, last = spikes.first_and_last()
    seen = np.flatnonzero(np.isfinite(first))
    longest = float(last[seen].max())
    if len(seen) < 2:
        return longest
    silences = spikes.longest_silences(start)
    quiet = _LONGER * float(np.median(silences[seen]))
    # Longer than silences within trials, this one's own among them.
    trailing = longest - last[seen]
    is_short = _end_early(spikes, last)[seen] & (trailing > np.maximum(quiet, silences[seen]))
    short = seen[is_short]
    if not len(short):
        return longest
    end = float(last[short].min())
    lost = (spikes.times.seconds > end).sum() / len(spikes)
    _say_cut(path, end, longest, float(lost), "have their last spikes between")
    return end


def _end_early(spikes: Spikes, last: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which trials, if as long as the others, would have had many more spikes after their last."""
    own = np.bincount(spikes.trial, minlength=len(last))
    later = len(spikes) - np.searchsorted(np.sort(spikes.times.seconds), last, side="right")
    # What other trials have after that time, for each spike that they have before it.
    before = np.maximum(1, len(spikes) - own - later)
    return np.asarray(own * later / before > _MANY + math.log(len(last)))


def _say_cut(path: Path | str, shortest: float, longest: float, lost: float, how: str) -> None:
    warnings.warn(
        f"{path}: trials are not equally long: they {how} {plain(shortest)} and "
        f"{plain(longest)} s. All are cut to {plain(shortest)} s, and {percent(lost, 1)} of the "
        f"recording is left out. If all trials lasted longer, say how long, e.g. with "
        f"`stop = {roundest(longest, 1.05 * longest):g}`; to keep more, leave out short trials.",
        RecordingWarning,
        stacklevel=2,
    )


def _start(earliest: float) -> float:
    """Return a start of two digits at or before the earliest time, which is negative."""
    unit = 10.0 ** (math.floor(math.log10(-earliest)) - 1)
    return -math.ceil(-earliest / unit - 1e-9) * unit
