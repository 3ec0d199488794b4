"""Spike times as plain arrays: of one session, or of every trial."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import (
    Stretches,
    binned,
    cut,
    in_seconds,
    pooled,
    refuse_emptiness,
    width_of,
)
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.times.times import agreed_unit, times_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.reading import Counts, TimeUnit
    from neuroqgan.data.times.times import Times, Unit
    from neuroqgan.raster import SpikeRaster

_WHAT = "The list of spike times"
_EXAMPLE = "[[0.1, 0.4], [0.2]] for two neurons, or {'a': [0.1, 0.4], 'b': [0.2]}"


def read(
    trains: Any,
    bin_width: float,
    *,
    trials: ArrayLike | None = None,
    start: float | None = None,
    duration: float | None = None,
    time_unit: TimeUnit = "s",
    sampling_rate: float | None = None,
    counts: Counts = "clip",
) -> SpikeRaster:
    """Sort spike times into bins; see `neuroqgan.SpikeRaster.from_spike_times`."""
    width = width_of(_WHAT, bin_width)
    options = ReadOptions(time_unit=None if time_unit == "s" else time_unit)
    if sampling_rate is not None:
        options = ReadOptions(time_unit=time_unit, sampling_rate=sampling_rate)
    unit = agreed_unit(_WHAT, "spike times", None, options)
    rows, labels = _rows_of(trains)
    n_trials = _number_of_trials(rows, trials)
    spikes = pooled([[_times(vector, unit) for vector in row] for row in rows], labels)
    stretches = _stretches(n_trials, trials, start, duration)
    if stretches is not None:
        kept = cut(spikes, stretches, width)
        refuse_emptiness(_WHAT, spikes, kept, float(stretches.ends.max()))
        spikes = kept
    return binned(_WHAT, spikes, width, counts, unit)


def _rows_of(trains: Any) -> tuple[list[list[NDArray[Any]]], tuple[str, ...]]:
    """Return the times of every neuron in every trial, and the labels of the neurons."""
    if isinstance(trains, Mapping):
        labels, members = tuple(map(str, trains)), list(trains.values())
    elif isinstance(trains, str | bytes) or not hasattr(trains, "__iter__"):
        raise _no_trains(f"a value of type {type(trains).__name__}")
    else:
        members = list(trains)
        labels = tuple(map(str, range(len(members))))
    if not members:
        raise _no_trains("no neuron")
    if len(set(labels)) < len(labels):
        raise _no_trains("labels that are the same as texts")
    return [_row_of(label, member) for label, member in zip(labels, members, strict=True)], labels


def _row_of(label: str, member: Any) -> list[NDArray[Any]]:
    vector = _vector(member)
    if vector is not None:
        return [vector]
    found = [_vector(trial) for trial in member] if hasattr(member, "__iter__") else []
    vectors = [trial for trial in found if trial is not None]
    if not vectors or len(vectors) < len(found):
        raise _no_trains(f"something else for the neuron {label!r}: {member!r:.60}")
    return vectors


def _vector(member: Any) -> NDArray[Any] | None:
    """Return numbers as a vector; None for anything else, such as a list of vectors."""
    if isinstance(member, str | bytes) or not hasattr(member, "__len__"):
        return None
    if not len(member):
        return np.empty(0)
    try:
        values = np.asarray(member)
    except ValueError:  # vectors of different lengths
        return None
    return values if values.ndim == 1 and values.dtype.kind in "iuf" else None


def _number_of_trials(rows: Sequence[Sequence[NDArray[Any]]], trials: ArrayLike | None) -> int:
    lengths = {len(row) for row in rows}
    if len(lengths) > 1:
        raise RecordingError(
            "Neurons have spike times of different numbers of trials.",
            expected="a list of times for every neuron and trial, empty if there is no spike",
            got=f"from {min(lengths)} to {max(lengths)} trials",
        )
    n_trials = lengths.pop()
    if trials is not None and n_trials > 1:
        raise RecordingError(
            "Spike times are those of trials already.",
            expected="one list of times per neuron, to be cut into trials",
            got=f"{n_trials} lists per neuron, and `trials`",
            hint="leave `trials` out",
        )
    return n_trials


def _times(vector: NDArray[Any], unit: Unit) -> Times:
    found = times_of(vector, unit)
    wrong = ~np.isfinite(found.seconds)
    if wrong.any():
        raise RecordingError(
            f"{_WHAT} holds times that are not finite numbers.",
            expected="finite numbers",
            got=f"{int(wrong.sum()):,} NaN or infinite among {wrong.size:,}",
            hint="leave them out",
        )
    return found


def _stretches(
    n_trials: int, trials: ArrayLike | None, start: float | None, duration: float | None
) -> Stretches | None:
    if trials is None and start is None and duration is None:
        return None
    length = None if duration is None else in_seconds(duration)
    offset = 0.0 if start is None else in_seconds(start)
    if not np.isfinite(offset) or (length is not None and not 0 < length < np.inf):
        raise RecordingError(
            "`start` and `duration` do not describe a stretch of time.",
            expected="a finite start, and a positive, finite duration, in seconds",
            got=f"start {offset:g}, duration {duration}",
        )
    if trials is None:
        begins = np.full(n_trials, offset)
        ends = np.full(n_trials, np.inf if length is None else offset + length)
        return Stretches(begins, ends, np.arange(n_trials))
    given = np.asarray(trials, dtype=np.float64)
    is_pairs = given.ndim == 2 and given.shape[1] == 2
    if not given.size or not np.isfinite(given).all() or not (is_pairs or given.ndim == 1):
        raise RecordingError(
            "`trials` does not say where trials are.",
            expected="the beginning of every trial, shape (n_trials,), or beginning and end, "
            "shape (n_trials, 2), in seconds",
            got=f"shape {given.shape}" if given.size else "no trial",
        )
    if length is None and not is_pairs:
        raise RecordingError(
            "`trials` says where trials begin, but not how long they are.",
            expected="`duration` in seconds, or the end of every trial beside its beginning",
            got=f"shape {given.shape}",
            hint="`duration = 2.0`",
        )
    origins = given[:, 0] if is_pairs else given
    begins = origins + offset
    ends = given[:, 1] if length is None else begins + length
    if (ends <= begins).any():
        raise RecordingError(
            "A trial ends before it begins.",
            expected="ends after their beginnings",
            got=f"{int((ends <= begins).sum())} of {len(ends)} trials that do not",
        )
    return Stretches.of_session(np.column_stack([begins, ends]))


def _no_trains(got: str) -> RecordingError:
    return RecordingError(
        "There are no spike times.",
        expected="for every neuron its spike times, or a list of those of every trial, in a list "
        "or by label",
        got=got,
        hint=_EXAMPLE,
    )


SPIKE_TIMES = Library(title="NumPy", read=read)
