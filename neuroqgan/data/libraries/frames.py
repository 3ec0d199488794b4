"""Spikes in data frames of pandas, one row per spike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.data.libraries.library import Library
from neuroqgan.data.libraries.pooled_trains import in_seconds, reported, width_of
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.tables.rows import read_rows
from neuroqgan.data.tables.spike_table import spike_table
from neuroqgan.data.times.binning import sort_spikes
from neuroqgan.errors import RecordingError
from neuroqgan.raster.frame import spike_frame

if TYPE_CHECKING:
    import pandas as pd

    from neuroqgan.data.reading import Counts, TimeUnit
    from neuroqgan.raster import SpikeRaster

_WHAT = "The data frame"


def read(
    frame: pd.DataFrame,
    bin_width: float,
    *,
    time_column: str | None = None,
    neuron_column: str | None = None,
    trial_column: str | None = None,
    start: float | None = None,
    duration: float | None = None,
    time_unit: TimeUnit | None = None,
    sampling_rate: float | None = None,
    counts: Counts = "clip",
) -> SpikeRaster:
    """Sort the rows of a data frame into bins; see `neuroqgan.SpikeRaster.from_frame`."""
    if not hasattr(frame, "columns") or not hasattr(frame, "iloc"):
        raise RecordingError(
            "This is not a data frame.",
            expected="a pandas.DataFrame with one row per spike",
            got=f"a value of type {type(frame).__name__}",
            hint="pandas.DataFrame({'time': times, 'neuron': labels})",
        )
    width, what = width_of(_WHAT, bin_width), Path(_WHAT)
    begin = None if start is None else in_seconds(start)
    stop = None if duration is None else (begin or 0.0) + in_seconds(duration)
    if trial_column is None and {"sample", "neuron", "bin", "time"} <= set(frame.columns):
        trial_column = "sample"  # as `SpikeRaster.to_frame` calls it
    options = ReadOptions(
        time_unit=time_unit,
        sampling_rate=sampling_rate,
        start=begin,
        stop=stop,
        counts=counts,
        time_column=time_column,
        neuron_column=neuron_column,
        trial_column=trial_column,
    )
    rows = read_rows(what, frame, options)
    found = sort_spikes(
        what,
        rows.spikes,
        width,
        options,
        rows.unit,
        is_aligned=rows.is_aligned,
        is_complete=rows.is_complete,
    )
    return reported(found)


def write(raster: SpikeRaster, *, complete: bool) -> pd.DataFrame:
    """Return a table of the spikes; see `neuroqgan.SpikeRaster.to_frame`."""
    if complete:
        return spike_table(raster)
    return spike_frame(raster.spikes, raster.bin_width, raster.neuron_labels)


FRAMES = Library(title="pandas", read=read, write=write)
