"""Spikes in data frames of pandas, one row per spike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
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
    width, what = width_of(_WHAT, bin_width), Path(_WHAT)
    begin = None if start is None else in_seconds(start)
    stop = None if duration is None else (begin or 0.0) + in_seconds(duration)
    options = ReadOptions(
        time_unit=time_unit, sampling_rate=sampling_rate, start=begin, stop=stop, counts=counts
    )
    named = {"time": time_column, "neuron": neuron_column, "trial": trial_column}
    rows = read_rows(what, _with_names(frame, named), options)
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


def _with_names(frame: pd.DataFrame, named: dict[str, str | None]) -> pd.DataFrame:
    """Return the frame with the columns that were named called what they are."""
    given = {role: name for role, name in named.items() if name is not None}
    missing = [name for name in given.values() if name not in frame.columns]
    if missing:
        raise RecordingError(
            f"{_WHAT} has no column {missing[0]!r}.",
            expected="the name of one of its columns",
            got=shorten(frame.columns),
        )
    if "trial" not in given and {"sample", "neuron", "bin", "time"} <= set(frame.columns):
        given["trial"] = "sample"  # as `SpikeRaster.to_frame` calls it
    others = [name for name in given if name in frame.columns and given[name] != name]
    return frame.drop(columns=others).rename(columns={name: role for role, name in given.items()})


FRAMES = Library(title="pandas", read=read, write=write)
