"""Time series brought into the bins of trials: averaged within bins, interpolated across gaps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import plural
from neuroqgan.data.times.numbers import percent, plain
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from neuroqgan.data.nwb.contents import Series

# How long a gap without samples may be that is interpolated across, in bins and in the usual
# interval between samples; the longer of the two.
MOST_BINS, MOST_INTERVALS = 10.0, 10.0
# In bins. Samples this close below an edge are on it.
_SLACK = 1e-6


def in_bins(
    path: Path, series: Series, starts: NDArray[np.float64], n_bins: int, bin_width: float
) -> tuple[NDArray[np.float64], list[str]]:
    """Return the columns of a time series in the bins of trials.

    A bin holds the mean of the samples that fall into it. A bin without samples holds the value at
    its centre on the line between its neighbours, if these are at most `MOST_BINS` bins or
    `MOST_INTERVALS` sampling intervals apart.

    Parameters
    ----------
    path
        The file, for messages.
    series
        The time series.
    starts
        Start of every trial in seconds, on the clock of the series; shape ``(n_trials,)``.
    n_bins
        Bins of a trial.
    bin_width
        Width of a bin in seconds.

    Returns
    -------
    numpy.ndarray
        Shape ``(n_trials, n_bins, n_columns)``.
    list of str
        What was done.

    Raises
    ------
    RecordingError
        If the series does not cover the trials, or has a longer gap in one of them.
    """
    order = np.argsort(series.times, kind="stable")
    times, rows = series.times[order], series.values[order]
    edges = starts[:, None] + bin_width * (np.arange(n_bins + 1) - _SLACK)
    columns, n_filled, widest = [], 0, 0.0
    for column in range(rows.shape[1]):
        known = np.isfinite(rows[:, column]) & np.isfinite(times)
        seconds, values = times[known], rows[known, column]
        if not len(seconds):
            raise _no_samples(path, series, "no sample that is a number")
        found, is_empty = _means(seconds, values, edges)
        if is_empty.any():
            centres = starts[:, None] + bin_width * (np.arange(n_bins) + 0.5)
            gap = _check_gaps(path, series, seconds, centres, is_empty, starts, bin_width)
            found[is_empty] = np.interp(centres[is_empty], seconds, values)
            widest = max(widest, gap)
        n_filled += int(is_empty.sum())
        columns.append(found)
    values = np.stack(columns, axis=-1)
    unit = f" ({series.unit})" if series.unit else ""
    said = f"{series.path}{unit}: the mean of its samples in every bin"
    if n_filled:
        said += (
            f"; {percent(n_filled, values.size)} of the bins have none and are interpolated, "
            f"across gaps of up to {plain(widest)} s"
        )
    notes = [f"{said}."]
    if (np.diff(series.times) < 0).any():
        notes.append(f"{series.path}: timestamps were not in order, and are sorted.")
    if n_nan := int((~np.isfinite(rows)).sum()):
        notes.append(f"{series.path}: {plural(n_nan, 'value')} that are not numbers are left out.")
    return values, notes


def _means(
    seconds: NDArray[np.float64], values: NDArray[np.float64], edges: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return the mean of the samples in every bin, and which bins have none."""
    at = np.searchsorted(seconds, edges.ravel()).reshape(edges.shape)
    counts = np.diff(at, axis=1)
    # Sums from the first sample on lose digits if values are large; deviations are small.
    centre = values.mean()
    sums = np.concatenate([[0.0], np.cumsum(values - centre)])
    totals = np.diff(sums[at], axis=1)
    means = centre + np.divide(totals, counts, out=np.zeros(counts.shape), where=counts > 0)
    # Bins with one value hold it to the last digit, also if it is constant.
    single = counts == 1
    means[single] = values[at[:, :-1][single]]
    return means, counts == 0


def _check_gaps(
    path: Path,
    series: Series,
    seconds: NDArray[np.float64],
    centres: NDArray[np.float64],
    is_empty: NDArray[np.bool_],
    starts: NDArray[np.float64],
    bin_width: float,
) -> float:
    """Check that gaps around empty bins are short, and return the longest of them in seconds."""
    usual = float(np.median(np.diff(seconds))) if len(seconds) > 1 else 0.0
    longest = max(MOST_BINS * bin_width, MOST_INTERVALS * usual)
    after = np.searchsorted(seconds, centres[is_empty])
    before = after - 1
    inside = (before >= 0) & (after < len(seconds))
    gaps = np.full(len(after), np.inf)
    gaps[inside] = seconds[after[inside]] - seconds[before[inside]]
    # Before the first sample and after the last, its value holds for as long as a sample usually
    # does.
    ends = ~inside
    nearest = seconds[np.clip(after[ends], 0, len(seconds) - 1)]
    away = np.abs(centres[is_empty][ends] - nearest)
    gaps[ends] = np.where(away <= max(usual, bin_width), 2 * away, np.inf)
    worst = int(gaps.argmax())
    if gaps[worst] <= longest * (1 + 1e-9):
        return float(gaps[worst])
    trial, at = (int(i) for i in np.argwhere(is_empty)[worst])
    where = f"trial {trial}, which begins at {plain(float(starts[trial]))} s"
    if not inside[worst]:
        raise _no_samples(
            path,
            series,
            f"samples from {plain(float(seconds[0]))} to {plain(float(seconds[-1]))} s; none at "
            f"{plain(float(centres[trial, at]))} s, in {where}",
        )
    raise RecordingError(
        f"{series.path} in {path} has a long gap.",
        expected=f"gaps of at most {plain(longest)} s in all trials, across which values are "
        "interpolated",
        got=f"{plain(float(gaps[worst]))} s without a sample around "
        f"{plain(float(centres[trial, at]))} s, in {where}",
        hint="leave the time series out, mark the time as invalid_times in the file, or use wider "
        "bins",
    )


def _no_samples(path: Path, series: Series, got: str) -> RecordingError:
    return RecordingError(
        f"{series.path} in {path} does not cover the trials.",
        expected="samples throughout all trials",
        got=got,
        hint="`start` and `stop` choose the part of trials to read, or leave the time series out",
    )
