"""Whether spike times are plausible, and whether their raster fits into memory."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.numbers import plain
from neuroqgan.data.untrusted.memory import LIMIT, free_bytes, in_gigabytes, limit_bytes
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.times.spikes import Spikes
    from neuroqgan.data.times.times import Unit

# Spikes per second of the neuron that fires most. A recording in milliseconds has a thousandth.
_SLOWEST, _SLOWEST_OF_MANY, _FASTEST = 0.01, 0.1, 2000.0
# From this many spikes on, a rate or the absence of decimals is telling.
_ENOUGH = 20
_DAY = 86400.0
# Of the neuron that fires most, for each unit that could be meant.
_USUAL_RATE, _UNUSUAL_RATE = 10.0, 300.0
_PLAUSIBLE_RATES = 0.5, 200.0
_USUAL_SAMPLING_RATE = 30000.0

# Bytes per value of a raster: to read it and train a small preset (the raster, its windows, and
# copies of these as floats); and to train the preset that needs most, as measured.
_BYTES_PER_VALUE, _MOST_BYTES_PER_VALUE = 12, 60


def check_times(path: Path | str, spikes: Spikes, unit: Unit) -> None:
    """Warn if times are probably not in the unit assumed.

    Warns
    -----
    RecordingWarning
        If no neuron fires more than 0.01 times a second (0.1 with twenty spikes or more), one fires
        more than 2000 times, a trial takes more than a day, or all times are whole seconds.
    """
    if not len(spikes) or unit.is_certain:
        return
    doubts = _doubts(spikes, unit)
    if not doubts:
        return
    likely = likely_unit(spikes, unit)
    advice = f"they look like {likely}" if likely else "if they are not, say so with `time_unit`"
    warnings.warn(
        f"{path}: {'; '.join(doubts)}. Times are assumed to be in {_NAMES[unit.name]}; {advice}.",
        RecordingWarning,
        stacklevel=2,
    )


def check_resolution(path: Path | str, spikes: Spikes, bin_width: float, unit: Unit) -> None:
    """Warn if times were rounded too coarsely for the bins.

    Warns
    -----
    RecordingWarning
        If neighbouring numbers of the times' type, decimal or unit are a bin apart or more.
    """
    if len(spikes) < _ENOUGH:
        return
    times = spikes.times
    # Whole numbers without a unit have a warning of their own.
    whole = times.whole if unit.is_stated else 0.0
    apart = max(2 * float(times.decimal.max()), whole, float(times.step.max()))
    if apart < (1 + 1e-6) * bin_width:
        return
    warnings.warn(
        f"{path}: times are given only to the nearest {plain(apart)} s, which is "
        f"too coarse for bins of {bin_width:g} s: choose wider bins, or store the "
        "times more precisely.",
        RecordingWarning,
        stacklevel=2,
    )


def likely_unit(spikes: Spikes, unit: Unit) -> str:
    """Return the units that make rates plausible, the likeliest first, each with its settings.

    Empty if none does, or if rates are plausible in the unit assumed. Whole numbers can be sample
    numbers, milliseconds or microseconds, and rates alone do not always tell.
    """
    fastest = _fastest(spikes)
    if fastest == 0 or _SLOWEST_OF_MANY <= fastest <= _UNUSUAL_RATE:
        return ""
    units = {"milliseconds: `time_unit = ms`": 1e3, "microseconds: `time_unit = us`": 1e6}
    if spikes.times.whole:
        rate = _USUAL_SAMPLING_RATE
        samples = f"sample numbers: `time_unit = samples` and `sampling_rate = {rate:g}`"
        units[samples] = rate
    else:
        units["seconds: `time_unit = s`"] = 1.0
    in_hertz = {said: fastest * factor / unit.per_second for said, factor in units.items()}
    ranked = sorted(in_hertz, key=lambda said: abs(np.log(in_hertz[said] / _USUAL_RATE)))
    best, *others = (said for said in ranked if units[said] != unit.per_second)
    if in_hertz[best] > _UNUSUAL_RATE:
        return ""
    low, high = _PLAUSIBLE_RATES
    return ", or ".join([best, *(said for said in others if low < in_hertz[said] < high)])


def check_memory(path: Path | str, spikes: Spikes, shape: tuple[int, int, int], unit: Unit) -> None:
    """Refuse a raster that would not fit into memory, before it is allocated.

    Raises
    ------
    RecordingError
        If reading it and training on it need more memory than there is.

    Warns
    -----
    RecordingWarning
        If training on it needs more memory than there is with some presets.
    """
    n_trials, n_bins, n_neurons = shape
    n_values, available = n_trials * n_bins * n_neurons, free_bytes()
    if n_values * _BYTES_PER_VALUE <= available:
        _refuse_beyond_limit(path, shape)
        if n_values * _MOST_BYTES_PER_VALUE > available:
            warnings.warn(
                f"{path}: training on all of it can take "
                f"{n_values * _MOST_BYTES_PER_VALUE / 1e9:.1f} GB of memory (preset "
                f"history), but only {available / 1e9:.1f} GB are free. A shorter "
                "part (`start`, `stop`), wider bins or fewer `neurons` need less.",
                RecordingWarning,
                stacklevel=2,
            )
        return
    likely = "" if unit.is_stated else likely_unit(spikes, unit)
    last = plain(float(spikes.times.seconds.max())) if len(spikes) else "none"
    raise RecordingError(
        f"{path} does not fit into memory as a raster.",
        expected=f"at most {available / _BYTES_PER_VALUE:,.0f} values: trials x bins x neurons, "
        f"for the {available / 1e9:.1f} GB of memory that are free",
        got=f"{n_trials:,} x {n_bins:,} x {n_neurons:,}, the latest spike at {last} s",
        hint=f"the times look like {likely}"
        if likely
        else "`start` and `stop` for a part of it, wider bins, or `time_unit`",
    )


def _refuse_beyond_limit(path: Path | str, shape: tuple[int, int, int]) -> None:
    """Refuse what a few absurd times, trials or neurons would make of a small file."""
    n_bytes, limit = math.prod(shape), limit_bytes()
    if n_bytes > limit:
        raise RecordingError(
            f"{path} would be too large as a raster.",
            expected=f"at most {limit / 1e9:.3g} GB, unless {LIMIT} allows more",
            got=f"{in_gigabytes(n_bytes)}: {' x '.join(f'{n:,}' for n in shape)} trials x bins x "
            "neurons",
            hint="`start` and `stop` for a part of it, wider bins, or `time_unit`; if it really is "
            f"as large, set {LIMIT} to the GB to allow",
        )


_NAMES = {"s": "seconds", "ms": "milliseconds", "us": "microseconds", "samples": "samples"}


def _doubts(spikes: Spikes, unit: Unit) -> list[str]:
    fastest, n_spikes = _fastest(spikes), len(spikes)
    first, last = float(spikes.times.seconds.min()), float(spikes.times.seconds.max())
    doubts = []
    if spikes.times.whole and not unit.is_stated and n_spikes >= _ENOUGH:
        doubts.append(f"all times are whole numbers, up to {plain(last * unit.per_second)}")
    slowest = _SLOWEST_OF_MANY if n_spikes >= _ENOUGH else _SLOWEST
    if 0 < fastest < slowest:
        doubts.append(f"no neuron fires more than {fastest:.2g} times a second")
    if fastest > _FASTEST and n_spikes >= _ENOUGH:
        doubts.append(f"a neuron fires {plain(fastest)} times a second")
    if last - first > _DAY:
        doubts.append(f"they span {plain((last - first) / 3600)} hours")
    return doubts


def _fastest(spikes: Spikes) -> float:
    """Return the spikes per second of the neuron that fires most, from first to last spike."""
    if not len(spikes):
        return 0.0
    first, last = spikes.first_and_last()
    seen = np.isfinite(first)
    # A silence before the first spike of all is not part of it: it is judged by itself.
    recorded = float((last[seen] - first[seen].min()).max()) * int(seen.sum())
    most = int(np.bincount(spikes.neuron).max())
    return most / recorded if recorded > 0 else 0.0
