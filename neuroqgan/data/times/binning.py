"""Spikes sorted into bins."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.data.times.numbers import percent, plain
from neuroqgan.data.times.plausibility import check_memory, check_resolution, check_times
from neuroqgan.data.times.session import align_trials
from neuroqgan.data.times.trials import (
    check_origin,
    check_silences,
    common_length,
    with_silent_trials,
)
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster
from neuroqgan.raster.sparse_raster import LARGE, SparseRaster

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.reading import ReadOptions
    from neuroqgan.data.times.spikes import Spikes
    from neuroqgan.data.times.times import Unit


@dataclass(frozen=True)
class Binned:
    """Spikes in bins, and what was done to them.

    Parameters
    ----------
    raster
        Samples are the trials, in the order in which they were named.
    notes
        What was assumed, and what was lost, a sentence each.
    cropped
        How many spikes lie outside the stretch that the user asked for, in words.
    """

    raster: SpikeRaster
    notes: tuple[str, ...]
    cropped: tuple[str, ...] = ()


def bin_spikes(
    path: Path | str,
    spikes: Spikes,
    bin_width: float,
    options: ReadOptions,
    unit: Unit,
    *,
    is_aligned: bool = False,
    is_complete: bool = False,
) -> tuple[SpikeRaster, list[str]]:
    """Sort spikes into bins, and say what was assumed; see `sort_spikes`.

    Returns
    -------
    SpikeRaster
        Samples are the trials, in the order of ``spikes.trials``.
    list of str
        What was assumed, a sentence each.

    Raises
    ------
    RecordingError
        See `sort_spikes`.
    """
    found = sort_spikes(
        path,
        spikes,
        bin_width,
        options,
        unit,
        is_aligned=is_aligned,
        is_complete=is_complete,
    )
    return found.raster, [*found.cropped, *found.notes]


def sort_spikes(
    path: Path | str,
    spikes: Spikes,
    bin_width: float,
    options: ReadOptions,
    unit: Unit,
    *,
    is_aligned: bool = False,
    is_complete: bool = False,
) -> Binned:
    """Sort spikes into bins.

    Bin ``k`` holds the times from ``start + k * bin_width`` to just before
    ``start + (k + 1) * bin_width``; times on an edge belong to the later bin. Since edges such as
    0.58 s are no numbers of floating point, a time up to a millionth of a bin before an edge counts
    as on it, or up to a hundredth if times were rounded that coarsely, as ``float32`` or to few
    decimals (`Times.slack`). Whole sample numbers are exact.

    Parameters
    ----------
    path
        The file, or what holds the spikes, for the messages.
    spikes
        The spikes, in seconds.
    bin_width
        Width of a bin in seconds.
    options
        The user's ``start``, ``stop`` and ``counts``.
    unit
        The unit of the times in the file, for advice.
    is_aligned
        Whether times are known to count from the start of their trial.
    is_complete
        Whether the file states where trials begin and end, and lists trials without spikes.

    Raises
    ------
    RecordingError
        If an option makes no sense, times are not finite, times are negative and no start is given,
        no bin is left, or the raster would not fit into memory.
    RecordingError
        If a bin has several spikes of a neuron and ``options.counts`` is ``"refuse"``.

    Warns
    -----
    RecordingWarning
        If times are implausible, or were changed, see `check_times`, `check_resolution`,
        `align_trials`, `check_origin`, `check_silences` and `common_length`.
    """
    check_counts(options)
    _check_stretch(options)
    _check_finite(path, spikes)
    spikes, notes = with_silent_trials(path, spikes)
    if not is_aligned:
        spikes = align_trials(path, spikes)
    check_times(path, spikes, unit)
    check_resolution(path, spikes, bin_width, unit)
    check_origin(path, spikes, options, is_complete=is_complete)
    if not is_complete and options.start is None and options.stop is None:
        check_silences(path, spikes)
    n_bins, said = common_length(path, spikes, bin_width, options)
    shape = len(spikes.trials), n_bins, len(spikes.neurons)
    is_large = math.prod(shape) >= LARGE
    # Of a large recording few neurons may be used: then it is those that have to fit.
    check_memory(path, spikes, (*shape[:2], 1) if is_large else shape, unit)
    start = options.start or 0.0
    elapsed = spikes.times.seconds - start + spikes.times.slack(bin_width)
    bins = np.clip(np.floor(elapsed / bin_width), -1, n_bins).astype(np.int64)
    inside = (bins >= 0) & (bins < n_bins)
    notes += said
    n_out, n_all = int((~inside).sum()), len(spikes)
    cropped = []
    if n_out and (options.start is not None or options.stop is not None):
        end = plain(start + n_bins * bin_width)
        cropped = [
            (
                f"{path}: {n_out:,} of {n_all:,} spikes ({percent(n_out, n_all)}), before "
                f"{plain(start)} or after {end} s, are left out."
            )
        ]
    elif n_out and _are_equal(spikes.ends):
        notes.append(
            f"{path}: {n_out:,} of {n_all:,} spikes ({percent(n_out, n_all)}), at "
            f"{plain(n_bins * bin_width)} s or later, lie after the last whole bin of their trial "
            "and are left out."
        )
    rows, columns = spikes.trial[inside] * n_bins + bins[inside], spikes.neuron[inside]
    raster: SpikeRaster
    if is_large:
        n_inside = len(rows)
        rows, columns = np.divmod(np.unique(rows * shape[2] + columns), shape[2])
        # The other spikes would be kept for as long as the raster.
        last = [int(spikes.times.seconds.argmax())] if len(spikes) else []
        latest = spikes.take(np.array(last, np.intp))
        check = partial(check_memory, path, latest, unit=unit)
        raster = SparseRaster(rows, columns, shape, bin_width, spikes.neurons, check)
        notes += _shared(path, n_inside, len(rows), options)
    else:
        dense = np.zeros((shape[0] * n_bins, shape[2]), dtype=bool)
        dense[rows, columns] = True
        notes += _shared(path, len(rows), int(np.count_nonzero(dense)), options)
        raster = SpikeRaster(dense.reshape(shape), bin_width, spikes.neurons)
    return Binned(raster, tuple(notes), tuple(cropped))


def check_counts(options: ReadOptions) -> None:
    """Check that ``options.counts`` is ``"clip"`` or ``"refuse"``.

    Raises
    ------
    RecordingError
        If it is anything else.
    """
    if options.counts not in ("clip", "refuse"):
        raise RecordingError(
            "There is no such way to treat several spikes in a bin.",
            expected="clip or refuse",
            got=repr(options.counts),
            hint="`counts = clip`",
        )


def _check_finite(path: Path | str, spikes: Spikes) -> None:
    wrong = ~np.isfinite(spikes.times.seconds)
    if wrong.any():
        raise RecordingError(
            f"{path} has times that are not finite numbers.",
            expected="finite numbers",
            got=f"{int(wrong.sum()):,} of {wrong.size:,} are NaN or infinite",
            hint="leave these spikes out, and check the unit or sampling rate of the times",
        )


def _check_stretch(options: ReadOptions) -> None:
    for name, value in (("start", options.start), ("stop", options.stop)):
        if value is not None and not math.isfinite(value):
            raise RecordingError(
                f"`{name}` is not a time.", expected="a number of seconds", got=f"{value:g}"
            )


def _are_equal(ends: NDArray[np.float64] | None) -> bool:
    """Whether trials end together; if they do not, it has been said that they are cut."""
    return ends is not None and bool(np.nanmax(ends) - np.nanmin(ends) <= 1e-6 * np.nanmax(ends))


def _shared(path: Path | str, n_spikes: int, n_kept: int, options: ReadOptions) -> list[str]:
    n_lost = n_spikes - n_kept
    if not n_lost:
        return []
    share = f"{n_lost:,} of {n_spikes:,} spikes ({percent(n_lost, n_spikes)})"
    if options.counts == "refuse":
        raise RecordingError(
            f"{path} has several spikes of a neuron in one bin.",
            expected="at most one, as `counts = refuse` asks",
            got=f"{share} share a bin with an earlier one of the same neuron",
            hint="`counts = clip` to count them as one, or narrower bins",
        )
    return [
        (
            f"{path}: {share} fell into a bin that already held a spike of the same "
            "neuron; each such bin counts as one spike."
        )
    ]
