"""The part of every trial that is kept."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.raster import SpikeRaster

# In bins: far more than rounding errors, and far less than anything intended.
_EDGE_TOLERANCE = 1e-6


def cropped(
    path: Path | str, raster: SpikeRaster, start: float | None, stop: float | None
) -> tuple[SpikeRaster, tuple[str, ...]]:
    """Keep the same part of every trial.

    Parameters
    ----------
    path
        The recording, for messages.
    raster
        Whole trials; the first bin begins at zero.
    start, stop
        Where the part begins and ends, in seconds; None is the trial's own beginning or end.
        Times within a bin are rounded to its nearest edge, and a note says so.

    Returns
    -------
    tuple[SpikeRaster, tuple[str, ...]]
        The raster, and notes of what was kept.

    Raises
    ------
    RecordingError
        If the part is empty or reaches beyond the trials.
    """
    if start is None and stop is None:
        return raster, ()
    width, n_bins = raster.bin_width, raster.n_bins
    end = n_bins * width
    first = 0.0 if start is None else start / width
    last = float(n_bins) if stop is None else stop / width
    if not (math.isfinite(first) and math.isfinite(last)) or first < -_EDGE_TOLERANCE:
        raise _no_stretch(path, start, stop, end)
    edges = round(first), round(last)
    if not 0 <= edges[0] < edges[1] <= n_bins:
        raise _no_stretch(path, start, stop, end)
    notes = [
        f"`{name} = {seconds:g}` lies within a bin of {width:g} s: {edge * width:g} s is used."
        for name, seconds, exact, edge in (
            ("start", start, first, edges[0]),
            ("stop", stop, last, edges[1]),
        )
        if seconds is not None and abs(exact - edge) > _EDGE_TOLERANCE * max(1, edge)
    ]
    notes.append(
        f"Kept {edges[0] * width:g} to {edges[1] * width:g} s of every trial: "
        f"{edges[1] - edges[0]:,} of {n_bins:,} bins."
    )
    kept = raster.with_spikes(raster.spikes[:, edges[0] : edges[1]])
    if raster.covariates is not None:
        kept = kept.with_covariates(raster.covariates.stretch(edges[0], kept.n_bins))
    return kept, tuple(notes)


def _no_stretch(
    path: Path | str, start: float | None, stop: float | None, end: float
) -> RecordingError:
    begin = "the beginning" if start is None else f"{start:g} s"
    finish = "the end" if stop is None else f"{stop:g} s"
    return RecordingError(
        f"The trials of {path} do not contain this part.",
        expected=f"`start` before `stop`, from 0 to {end:g} s, a bin or more apart",
        got=f"{begin} to {finish}",
        hint=f"`start = 0` and `stop = {end:g}` keep all of it",
    )
