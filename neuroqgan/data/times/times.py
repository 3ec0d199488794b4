"""Spike times: their unit, and how precisely they were written down."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from neuroqgan.data.reading import ReadOptions, TimeUnit
from neuroqgan.data.times.numbers import parse_numbers
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from numpy.typing import NDArray

PER_SECOND: dict[str, float] = {"s": 1.0, "ms": 1e3, "us": 1e6}
# The units of durations that pandas knows.
_DURATIONS = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}

# In bins. Times that were rounded may lie this far on the wrong side of an edge.
_COARSE = 0.01


@dataclass(frozen=True)
class Unit:
    """The unit of a column of times.

    Parameters
    ----------
    name
        ``"s"``, ``"ms"``, ``"us"`` or ``"samples"``.
    per_second
        Units per second.
    is_stated
        Whether the file or the user said so; otherwise seconds were assumed.
    is_certain
        Whether times are in it by definition, so that no number casts doubt on it.
    """

    name: TimeUnit
    per_second: float
    is_stated: bool
    is_certain: bool = False


@dataclass(frozen=True)
class Times:
    """Times in seconds.

    Parameters
    ----------
    seconds
        The times, shape ``(n_spikes,)``; NaN if there is none.
    step
        How far apart two neighbouring values of the column's type are, in seconds: how coarsely
        a time was rounded. 0 for whole numbers, which are exact.
    decimal
        How coarsely a text was rounded, in seconds; 0 for anything else.
    whole
        The duration of 1 if all values are whole numbers of the unit, else 0.
    """

    seconds: NDArray[np.float64]
    step: NDArray[np.float64]
    decimal: NDArray[np.float64]
    whole: float = 0.0

    def slack(self, bin_width: float) -> NDArray[np.float64]:
        """Return how far below the edge of a bin a time still counts as on it, in seconds.

        A spike at 0.58 s lies on the edge of a 20 ms bin, but 0.58 / 0.02 is just below 29 in
        floating point; as float32, 0.58 itself is below. The slack is as large as such rounding
        and far below the sampling of any amplifier.
        """
        # Twice the spacing where edges were computed in the column's own type; only rounding to
        # the nearest where bins are so narrow that twice would be seen.
        rounding = np.where(2 * self.step <= _COARSE * bin_width, 2 * self.step, self.step / 2)
        written = np.where(
            self.decimal <= _COARSE * bin_width, self.decimal, self.decimal.min(initial=np.inf)
        )
        written[written > _COARSE * bin_width] = 0.0
        floor = np.full(len(self.seconds), 1e-6 * bin_width)
        if self.whole:
            # Exact numbers have the rounding of the division into bins alone: edges need not lie
            # between two samples evenly.
            floor = np.minimum(floor, 16 * np.spacing(np.abs(self.seconds) + bin_width))
        slack: NDArray[np.float64] = np.maximum(np.maximum(rounding, written), floor)
        return slack

    def shifted(self, origins: NDArray[np.float64]) -> Times:
        """Return the times counted from other origins, one per row, in seconds."""
        step = np.maximum(self.step, np.spacing(np.abs(origins)))
        return Times(self.seconds - origins, step, self.decimal, self.whole)

    def take(self, rows: NDArray[np.bool_ | np.intp]) -> Times:
        """Return the times of some rows."""
        return Times(self.seconds[rows], self.step[rows], self.decimal[rows], self.whole)


def agreed_unit(
    path: Path | str, column: str, stored: TimeUnit | None, options: ReadOptions
) -> Unit:
    """Return the unit that a column and the user agree on; seconds if neither says.

    Parameters
    ----------
    path, column
        The file and the name of its column, for the messages.
    stored
        The unit that the column itself states, if any.
    options
        The user's ``time_unit`` and ``sampling_rate``.

    Raises
    ------
    RecordingError
        If the two differ, the unit is unknown, or samples come without a sampling rate or a
        sampling rate without samples.
    """
    given, rate = options.time_unit, options.sampling_rate
    if given is not None and given not in get_args(TimeUnit):
        raise RecordingError(
            "The unit of the spike times is unknown.",
            expected=", ".join(get_args(TimeUnit)),
            got=repr(given),
            hint="`time_unit = ms`",
        )
    if stored is not None and given is not None and stored != given:
        raise RecordingError(
            f"{path} has times in another unit than the one given.",
            expected=f"{stored}, as the column {column!r} says",
            got=f"`time_unit = {given}`",
            hint="leave `time_unit` out",
        )
    name = stored or given or "s"
    if name == "samples" and rate is None:
        raise RecordingError(
            (f"The times of {path} are sample numbers, and the sampling rate is not known."),
            expected="the samples per second of the recording",
            got="none",
            hint="`sampling_rate = 30000`",
        )
    if name != "samples" and rate is not None:
        raise RecordingError(
            f"A sampling rate was given for {path}, but its times are not in samples.",
            expected="times in samples",
            got=f"times in {name}",
            hint="`time_unit = samples`, or leave `sampling_rate` out"
            if stored is None
            else "leave `sampling_rate` out",
        )
    if rate is not None and not (math.isfinite(rate) and rate > 0):
        raise RecordingError(
            "The sampling rate is not a rate.",
            expected="a positive number of samples per second",
            got=f"{rate:g}",
            hint="`sampling_rate = 30000`",
        )
    per_second = PER_SECOND[name] if rate is None else float(rate)
    return Unit(name, per_second, is_stated=stored is not None or given is not None)


def duration_unit(column: pd.Series[Any]) -> TimeUnit | None:
    """Return a unit if the column holds durations, which have their own and are read in seconds."""
    return "s" if column.dtype.kind == "m" else None


def as_times(column: pd.Series[Any], unit: Unit) -> Times:
    """Return a column as times in seconds; NaN if a value is missing or not a number.

    Parameters
    ----------
    column
        Numbers of any type, texts of numbers, or durations (``timedelta64``), whose own unit is
        used.
    unit
        The unit of anything but durations.
    """
    if column.dtype.kind == "m":
        return _from_durations(column)
    values, decimal = _as_numbers(column)
    return times_of(values, unit, decimal)


def times_of(values: NDArray[Any], unit: Unit, decimal: NDArray[np.float64] | None = None) -> Times:
    """Return numbers as times in seconds.

    Parameters
    ----------
    values
        Integers, or floats of any width.
    unit
        Their unit.
    decimal
        How coarsely each was rounded when it was written, if they come from text.
    """
    present = np.isfinite(values.astype(np.float64))
    is_whole = bool(
        values.dtype.kind in "iu"
        or (values.dtype == np.float64 and present.any() and not (values[present] % 1).any())
    )
    per_second = unit.per_second
    seconds = values.astype(np.float64) / per_second
    step = np.zeros(len(seconds))
    if not is_whole:
        step[present] = np.spacing(np.abs(values[present])).astype(np.float64) / per_second
    written = np.zeros(len(seconds)) if decimal is None else decimal / per_second
    return Times(seconds, step, written, 1 / per_second if is_whole else 0.0)


def _as_numbers(column: pd.Series[Any]) -> tuple[NDArray[Any], NDArray[np.float64] | None]:
    import pandas as pd

    if column.dtype.kind in "iu" and not column.hasnans:
        return column.to_numpy(dtype=np.int64), None
    if column.dtype.kind == "f":
        own: Any = getattr(column.dtype, "numpy_dtype", column.dtype)
        return column.to_numpy(dtype=own, na_value=np.nan), None
    if column.dtype.kind in "iu":
        return column.to_numpy(dtype=np.float64, na_value=np.nan), None
    missing = column.isna().to_numpy()
    present = column.to_numpy(dtype=object)[~missing]
    kinds = set(map(type, present))
    if kinds <= {str}:
        texts = present.tolist()
        found, decimal = parse_numbers(texts)
        if not missing.any():
            return found, decimal
        values, rounding = np.full(len(column), np.nan), np.zeros(len(column))
        values[~missing], rounding[~missing] = found, decimal
        return values, rounding
    if bool in kinds or np.bool_ in kinds:
        return np.full(len(column), np.nan), None
    return pd.to_numeric(column.astype(object), errors="coerce").to_numpy(np.float64), None


def _from_durations(column: pd.Series[Any]) -> Times:
    values = column.to_numpy()
    # In whole units of the column, since a conversion to floating point would round first.
    numbers = values.astype(np.int64).astype(np.float64)
    numbers[np.isnat(values)] = np.nan
    per_second = _DURATIONS[np.datetime_data(values.dtype)[0]]
    return Times(
        numbers / per_second, np.zeros(len(numbers)), np.zeros(len(numbers)), 1 / per_second
    )
