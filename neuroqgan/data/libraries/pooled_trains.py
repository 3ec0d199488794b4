"""Spike trains of objects in memory: pooled, cut into trials, and sorted into bins.

Objects state what files leave open (units, how long trials are), so less has to be assumed. The
rule of the bins is that of all recordings, `neuroqgan.data.times.binning`.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.reading import Counts, ReadOptions, RecordingWarning
from neuroqgan.data.times.binning import Binned, sort_spikes
from neuroqgan.data.times.numbers import plain
from neuroqgan.data.times.spikes import Spikes
from neuroqgan.data.times.times import Times, Unit
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.raster import SpikeRaster

SECONDS = Unit("s", 1.0, is_stated=True, is_certain=True)
"""The unit of times in objects that define it."""


@dataclass(frozen=True)
class Stretches:
    """The stretches of time that become trials.

    Parameters
    ----------
    begins, ends
        In seconds, one each per trial; an end is infinite if the last spike decides.
    within
        Which of the trials that times come in each stretch lies in, by position.
    """

    begins: NDArray[np.float64]
    ends: NDArray[np.float64]
    within: NDArray[np.intp]

    @classmethod
    def of_session(cls, intervals: NDArray[np.float64]) -> Stretches:
        """Return stretches of a single session from their begins and ends, shape ``(n, 2)``."""
        return cls(intervals[:, 0], intervals[:, 1], np.zeros(len(intervals), np.intp))

    @property
    def durations(self) -> NDArray[np.float64]:
        """How long each stretch is, in seconds."""
        return self.ends - self.begins


def pooled(trains: Sequence[Sequence[Times]], labels: Sequence[str]) -> Spikes:
    """Pool spike trains.

    Parameters
    ----------
    trains
        The times of every neuron in every trial, ``trains[neuron][trial]``.
    labels
        The labels of the neurons.
    """
    n_trials = len(trains[0])
    lengths = np.array([[len(times.seconds) for times in row] for row in trains], dtype=np.intp)
    neuron, trial = np.indices(lengths.shape)
    times = joined([times for row in trains for times in row])
    return Spikes(
        times=times,
        neuron=np.repeat(neuron.ravel(), lengths.ravel()),
        trial=np.repeat(trial.ravel(), lengths.ravel()),
        neurons=tuple(labels),
        trials=tuple(map(str, range(n_trials))),
        row=np.arange(1, len(times.seconds) + 1),
    )


def joined(pieces: Sequence[Times]) -> Times:
    """Return times one after the other; they are whole numbers of a unit only if all are."""
    filled = [piece for piece in pieces if len(piece.seconds)]
    wholes = {piece.whole for piece in filled}
    return Times(
        np.concatenate([np.empty(0), *(piece.seconds for piece in filled)]),
        np.concatenate([np.empty(0), *(piece.step for piece in filled)]),
        np.concatenate([np.empty(0), *(piece.decimal for piece in filled)]),
        wholes.pop() if len(wholes) == 1 else 0.0,
    )


def cut(
    spikes: Spikes, stretches: Stretches, bin_width: float, *, keep_ends: bool = False
) -> Spikes:
    """Cut out the trials, which may overlap; times count from the beginning of each.

    A spike on the beginning of a trial belongs to it, one on its end does not.

    Parameters
    ----------
    spikes
        With times in seconds.
    stretches
        The trials.
    bin_width
        Width of a bin in seconds, which says how far rounding may have moved a spike.
    keep_ends
        Whether spikes on the end of a trial are kept, so that `binned` reports them: libraries
        whose intervals are closed end recordings with the last spike.
    """
    order = np.lexsort((spikes.times.seconds, spikes.trial))
    first = np.searchsorted(spikes.trial[order], np.arange(len(spikes.trials) + 1))
    seconds = spikes.times.seconds[order]
    found = []
    for begin, end, within in zip(stretches.begins, stretches.ends, stretches.within, strict=True):
        own = slice(first[within], first[within + 1])
        low, high = np.searchsorted(seconds[own], (begin - bin_width, end + bin_width))
        found.append(order[own][low:high])
    trial = np.repeat(np.arange(len(found)), [len(rows) for rows in found])
    rows = np.concatenate([np.empty(0, np.intp), *found])
    moved = replace(
        spikes,
        times=spikes.times.take(rows),
        neuron=spikes.neuron[rows],
        trial=trial,
        trials=tuple(map(str, range(len(found)))),
        row=spikes.row[rows],
    ).counted_from(stretches.begins)
    elapsed = moved.times.seconds + moved.times.slack(bin_width)
    durations = stretches.durations
    latest = durations[trial]
    before = moved.times.seconds <= latest if keep_ends else elapsed < latest
    inside = moved.take((elapsed >= 0) & before)
    return replace(inside, ends=np.where(np.isfinite(durations), durations, np.nan))


def sort_pooled(
    what: Path | str,
    spikes: Spikes,
    bin_width: float,
    options: ReadOptions,
    unit: Unit = SECONDS,
) -> Binned:
    """Sort spikes into bins.

    Parameters
    ----------
    what
        Where the spikes come from, in the singular, for messages: ``"The Neo block"``.
    spikes
        Times from the beginning of their trial, in seconds. Trials end at ``spikes.ends`` where
        that is known, otherwise at the last spike of any.
    bin_width
        Width of a bin in seconds.
    options
        The user's ``start``, ``stop`` and ``counts``.
    unit
        The unit that the times came in, for advice.

    Raises
    ------
    RecordingError
        See `neuroqgan.data.times.binning.sort_spikes`.
    """
    is_complete = spikes.ends is not None and bool(np.isfinite(spikes.ends).all())
    return sort_spikes(
        what, spikes, bin_width, options, unit, is_aligned=True, is_complete=is_complete
    )


def binned(
    what: str, spikes: Spikes, bin_width: float, counts: Counts, unit: Unit = SECONDS
) -> SpikeRaster:
    """Sort spikes of a script into bins; see `sort_pooled`.

    Raises
    ------
    RecordingError
        See `neuroqgan.data.times.binning.sort_spikes`.

    Warns
    -----
    RecordingWarning
        If spikes share a bin, do not fill a bin at the end, or are implausible.
    """
    return reported(sort_pooled(what, spikes, bin_width, ReadOptions(counts=counts), unit))


def reported(found: Binned) -> SpikeRaster:
    """Return spikes in bins; what was assumed or lost becomes warnings, there being no file.

    Warns
    -----
    RecordingWarning
        For every note.
    """
    for note in found.notes:
        warnings.warn(note, RecordingWarning, stacklevel=3)
    return found.raster


def in_seconds(value: Any) -> float:
    """Return a duration in seconds; quantities, which know their unit, are converted."""
    return float(value.rescale("s").magnitude) if hasattr(value, "rescale") else float(value)


def width_of(what: Path | str, given: Any, stored: float | None = None) -> float:
    """Return the width of a bin in seconds: the one given, or else the one that is stored.

    Raises
    ------
    RecordingError
        If there is neither, or it is not a positive, finite number.
    """
    if given is None and stored is None:
        raise RecordingError(
            f"{what} does not say how wide bins are to be.",
            expected="a bin width in seconds",
            got="none",
            hint="`bin_width = 0.02`",
        )
    width = in_seconds(stored if given is None else given)
    if not (math.isfinite(width) and width > 0):
        raise RecordingError(
            "The bin width is not a duration.",
            expected="a positive number of seconds",
            got=f"{width:g}",
            hint="`bin_width = 0.02` for 20 ms",
        )
    return width


def refuse_emptiness(what: Path | str, before: Spikes, after: Spikes, last: float) -> None:
    """Refuse trials that leave nothing of a recording with spikes: their times are wrong.

    Raises
    ------
    RecordingError
        If no spike is left.
    """
    if len(after) or not len(before):
        return
    seconds = before.times.seconds
    raise RecordingError(
        f"{what} has no spike in {'the trial' if len(after.trials) == 1 else 'any trial'}.",
        expected=f"spikes in {plural(len(after.trials), 'trial')}, the last of which ends at "
        f"{plain(last)} s",
        got=f"spikes from {plain(float(seconds.min()))} to {plain(float(seconds.max()))} s",
        hint="spikes and trials on one clock and in one unit; see `time_unit`",
    )
