"""The bin width, from what the file and the user say."""

from __future__ import annotations

import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.times import PER_SECOND, agreed_unit
from neuroqgan.errors import RecordingError
from neuroqgan.raster import WIDEST_PLAUSIBLE_BIN

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import ArrayLike

    from neuroqgan.data.reading import ReadOptions

_TEXT = re.compile(r"\s*(?P<number>[-+0-9.eE]+)\s*(?P<unit>s|ms|us|µs)?\s*")
_EXAMPLE = "`bin_width = 0.02` for 20 ms"

# In seconds. Any narrower bin is shorter than a spike.
_NARROWEST_PLAUSIBLE_BIN = 1e-4


def bin_width_of(
    path: Path, stored: ArrayLike | None, options: ReadOptions, *, has_times: bool = False
) -> tuple[float, tuple[str, ...]]:
    """Return the bin width in seconds, and notes on how it was understood.

    What the user says takes precedence over the file.

    Parameters
    ----------
    path
        The file, for messages.
    stored
        The bin width in the file, if it has one: a number, a constant vector or a text, in the
        unit of ``options.time_unit``, else in seconds.
    options
        What the user says about the file.
    has_times
        Whether the file holds spike times, which have a unit of their own.

    Raises
    ------
    RecordingError
        If neither file nor user states a bin width, or it is not a duration.
    RecordingError
        If a unit is given although nothing in the file has one; see also `agreed_unit`.

    Warns
    -----
    RecordingWarning
        If the width in the file is implausible, or not the one given.
    """
    given = options.bin_width
    if given is not None:
        _check_duration(f"The bin width for {path}", given)
    if stored is None and not has_times and options.time_unit is not None:
        raise RecordingError(
            f"`time_unit = {options.time_unit}` has no effect on {path}.",
            expected="spike times or a stored bin width, which have a unit",
            got="spikes in bins, without a stored bin width",
            hint="leave `time_unit` out; `bin_width` is in seconds",
        )
    per_second = agreed_unit(path, "bin_width", None, options).per_second
    if stored is None:
        if given is None:
            raise RecordingError(
                f"{path} does not say how wide its bins are.",
                expected="a bin width in seconds",
                got="none",
                hint=_EXAMPLE,
            )
        return given, ()
    number, unit = _parsed(stored)
    if number is None:
        if given is None:
            raise RecordingError(
                f"The bin width in {path} is not a number.",
                expected="one positive number, the same for all bins",
                got=_described(stored),
                hint=_EXAMPLE,
            )
        return given, (f"{path} has {_described(stored)} as bin_width; {given:g} s is used.",)
    width = number / (PER_SECOND[unit] if unit is not None else per_second)
    if given is not None:
        if given == width:
            _warn_if_implausible(path, number, width)
        return given, _agreement(path, number, width, given)
    _check_duration(f"The bin width in {path}", width)
    if has_times and width < _NARROWEST_PLAUSIBLE_BIN <= number <= WIDEST_PLAUSIBLE_BIN:
        # The unit is that of the times; the bins of such files often are in seconds.
        return number, (f"The bin width in {path}, {number:g}, is assumed to be in seconds.",)
    _warn_if_implausible(path, number, width)
    values = np.asarray(stored)
    if options.time_unit is None and values.size == 1 and values.dtype.kind != "U":
        return width, ()
    said = "" if unit is not None or options.time_unit is None else f" {options.time_unit}"
    return width, (f"Bins are {width:g} s wide: {_described(stored)}{said}, as {path} says.",)


def _parsed(stored: ArrayLike) -> tuple[float | None, str | None]:
    """Return the number that a file holds, and the unit that it names, if any."""
    values = np.asarray(stored)
    if values.size == 0:
        return None, None
    if values.dtype.kind in "iuf":
        first = float(values.flat[0])
        is_constant = bool(np.allclose(values, first, rtol=1e-6, atol=0))
        return (first if is_constant else None), None
    match = _TEXT.fullmatch(str(values.flat[0])) if values.dtype.kind == "U" else None
    if match is None or values.size > 1:
        return None, None
    try:
        number = float(match["number"])
    except ValueError:
        return None, None
    unit = match["unit"]
    return number, "us" if unit == "µs" else unit


def _described(stored: ArrayLike) -> str:
    values: Any = np.asarray(stored)
    if values.size == 1:
        return (
            f"the text {str(values.flat[0])!r}" if values.dtype.kind == "U" else f"{values.flat[0]}"
        )
    if values.size and values.dtype.kind in "iuf":
        low, high = values.min(), values.max()
        spread = f"all {low:g}" if low == high else f"from {low:g} to {high:g}"
        return f"{values.size:,} values, {spread}"
    return f"{values.size} values of type {values.dtype}: {shorten(values.flat, 3)}"


def _agreement(path: Path, number: float, width: float, given: float) -> tuple[str, ...]:
    if math.isclose(width, given, rel_tol=1e-6) or math.isclose(number, given, rel_tol=1e-6):
        return ()
    for unit in ("ms", "us"):
        if math.isclose(number / PER_SECOND[unit], given, rel_tol=1e-6):
            return (
                (f"The bin width in {path}, {number:g}, is assumed to be in {unit}: {given:g} s."),
            )
    warnings.warn(
        f"{path} says that its bins are {width:g} s wide; `bin_width = {given:g}` is used.",
        RecordingWarning,
        stacklevel=3,
    )
    return ()


def _warn_if_implausible(path: Path, number: float, width: float) -> None:
    if _NARROWEST_PLAUSIBLE_BIN <= width <= WIDEST_PLAUSIBLE_BIN:
        return
    text = f"The bin width in {path}, {number:g}, makes bins of {width:g} s."
    for unit in ("ms", "us"):
        likely = number / PER_SECOND[unit]
        if width > likely and _NARROWEST_PLAUSIBLE_BIN <= likely <= WIDEST_PLAUSIBLE_BIN:
            text += (
                f" If it is {number:g} {unit}, give `time_unit = {unit}` or "
                f"`bin_width = {likely:g}`."
            )
            break
    else:
        text += " If that is wrong, give `bin_width` in seconds."
    warnings.warn(text, RecordingWarning, stacklevel=3)


def _check_duration(what: str, value: float) -> None:
    if not (math.isfinite(value) and value > 0):
        raise RecordingError(
            f"{what} is not a duration.",
            expected="a positive number of seconds",
            got=f"{value:g}",
            hint=_EXAMPLE,
        )
