"""Spike times as pynapple keeps them: a `TsGroup` with one `Ts` per neuron."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import (
    SECONDS,
    Stretches,
    binned,
    cut,
    pooled,
    refuse_emptiness,
    width_of,
)
from neuroqgan.data.times.times import times_of
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

    from neuroqgan.data.reading import Counts
    from neuroqgan.data.times.spikes import Spikes
    from neuroqgan.raster import SpikeRaster

_WHAT = "The TsGroup"
LABEL, WIDTH = "neuron_label", "bin_width"
"""Metadata that keep what a group has no place for."""

# pynapple rounds times to nanoseconds.
_ROUNDING = 0.5e-9


def read(
    group: Any, bin_width: float | None = None, *, epochs: Any = None, counts: Counts = "clip"
) -> SpikeRaster:
    """Sort spike times into bins; see `neuroqgan.SpikeRaster.from_pynapple`."""
    if not hasattr(group, "time_support") or not hasattr(group, "get_info"):
        raise RecordingError(
            "These are not spike times of pynapple.",
            expected="a pynapple.TsGroup, one Ts per neuron",
            got=f"a value of type {type(group).__name__}",
            hint="pynapple.TsGroup([...])",
        )
    keys = [int(key) for key in group.index]
    if not keys:
        raise RecordingError(f"{_WHAT} is empty.", expected="one neuron or more", got="none")
    stored = _info(group, WIDTH)
    width = width_of(_WHAT, bin_width, None if stored is None else float(stored[0]))
    labels = labels_of(keys, _info(group, LABEL))
    trains = {key: np.asarray(group[key].t, dtype=np.float64) for key in keys}
    spikes = spikes_of(
        _WHAT, list(trains.values()), labels, _intervals(group, epochs), width, epochs is not None
    )
    return binned(_WHAT, spikes, width, counts)


def labels_of(keys: Sequence[int], held: Sequence[Any] | None) -> tuple[str, ...]:
    """Return the labels that a group holds for its neurons, or else its keys.

    Parameters
    ----------
    keys
        The keys of the group.
    held
        Its metadata `LABEL`, one per key, if it has any.
    """
    is_distinct = held is not None and len(held) == len(set(map(str, held))) == len(keys)
    return tuple(map(str, held if held is not None and is_distinct else keys))


def spikes_of(
    what: Path | str,
    trains: Sequence[NDArray[np.float64]],
    labels: Sequence[str],
    intervals: NDArray[np.float64],
    bin_width: float,
    is_asked: bool,
) -> Spikes:
    """Return the spikes of a group in its trials.

    Parameters
    ----------
    what
        Where they come from, for messages.
    trains, labels
        The times of every neuron in seconds, and its label.
    intervals
        Beginning and end of every trial in seconds, shape ``(n_trials, 2)``.
    bin_width
        Width of a bin in seconds.
    is_asked
        Whether the user chose the intervals, so that spikes outside are left out on purpose.

    Raises
    ------
    RecordingError
        If no spike is left.
    """
    times = [[times_of(train, SECONDS, np.full(len(train), _ROUNDING))] for train in trains]
    spikes = pooled(times, labels)
    kept = cut(spikes, Stretches.of_session(intervals), bin_width, keep_ends=not is_asked)
    refuse_emptiness(what, spikes, kept, float(intervals[:, 1].max()))
    return kept


def write(raster: SpikeRaster) -> Any:
    """Return a group with samples side by side; see `neuroqgan.SpikeRaster.to_pynapple`."""
    import pynapple as nap

    labels, width = raster.neuron_labels, raster.bin_width
    # A bin between samples, since epochs that touch are one to pynapple.
    begins = np.arange(raster.n_samples) * (raster.n_bins + 1) * width
    support = nap.IntervalSet(begins, begins + raster.n_bins * width)
    sample, bins, neuron = np.nonzero(raster.spikes)
    times = begins[sample] + (bins + 0.5) * width
    keys = _keys(labels)
    return nap.TsGroup(
        {key: nap.Ts(times[neuron == n], time_support=support) for n, key in enumerate(keys)},
        time_support=support,
        metadata={LABEL: list(labels), WIDTH: [width] * len(keys)},
    )


def _keys(labels: Sequence[str]) -> list[int]:
    """Return the labels as keys if they are numbers in ascending order, else positions."""
    if all(label.isascii() and label.isdecimal() and str(int(label)) == label for label in labels):
        numbers = list(map(int, labels))
        if numbers == sorted(numbers) and numbers[-1] < 2**63:
            return numbers
    return list(range(len(labels)))


def _info(group: Any, column: str) -> list[Any] | None:
    if column not in list(group.metadata_columns):
        return None
    return list(np.asarray(group.get_info(column)))


def _intervals(group: Any, epochs: Any) -> NDArray[np.float64]:
    chosen: ArrayLike = group.time_support if epochs is None else epochs
    return checked_intervals(np.asarray(getattr(chosen, "values", chosen), dtype=np.float64))


def checked_intervals(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return intervals, which must have a duration.

    Raises
    ------
    RecordingError
        If they are none.
    """
    if values.ndim != 2 or values.shape[1] != 2 or not len(values):
        raise RecordingError(
            "`epochs` does not say where trials are.",
            expected="a pynapple.IntervalSet, or beginnings and ends in seconds, shape "
            "(n_trials, 2)",
            got=f"shape {values.shape}",
        )
    if not (np.isfinite(values).all() and (values[:, 1] > values[:, 0]).all()):
        raise RecordingError(
            "An epoch ends before it begins.", expected="ends after their beginnings", got="others"
        )
    return values


PYNAPPLE = Library(title="pynapple", read=read, write=write, requires="pynapple", extra="pynapple")
