"""Recordings and rasters as tables of spike times: text, Parquet and Excel.

A table has one row per spike, with the columns ``time`` (from the start of its trial), ``neuron``
(any label) and, if there are several trials, ``trial``. A column ``trial_end`` makes it complete:
it says how long trials are, a row with nothing but a trial is a trial without spikes, and a row
with nothing but a neuron names a neuron, which need not have spikes.

Tables with one row per bin are read by `neuroqgan.data.tables.bins_by_neurons`.
"""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.tables.bins_by_neurons import are_counts, check_axes, read_bins
from neuroqgan.data.tables.columns import (
    are_positions,
    has_needed_columns,
    is_a_spike,
    is_of_times,
)
from neuroqgan.data.tables.rows import read_rows
from neuroqgan.data.tables.separators import NAMES, read_text_table, split
from neuroqgan.data.times.binning import bin_spikes
from neuroqgan.data.times.numbers import as_number

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def read_text(path: Path, options: ReadOptions) -> Reading:
    """Read a table kept as text, possibly compressed; see `read_text_table` and `rasterise`.

    Parameters
    ----------
    path
        The file.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing, or the table does
        not hold spike times.
    """
    width = table_bin_width(path, options)
    what = "a table of spikes as text"
    if options.axes is not None:
        table, notes = read_text_table(
            path, what, separator=_separator_of_values, has_numbers=bool, is_data=are_counts
        )
    else:
        table, notes = read_text_table(
            path,
            what,
            separator=partial(separator_of_spikes, options=options),
            has_numbers=partial(is_of_times, options=options),
            is_data=partial(is_a_spike, options=options),
        )
    return read_table(path, table, width, options, notes)


def read_table(
    path: Path, table: pd.DataFrame, bin_width: float, options: ReadOptions, notes: list[str]
) -> Reading:
    """Read a table with one row per spike, or with one row per bin if its axes are named.

    Parameters
    ----------
    path, table, bin_width, options, notes
        See `rasterise`, and `neuroqgan.data.tables.bins_by_neurons.read_bins`.

    Raises
    ------
    RecordingError
        See there.
    """
    if options.axes is None:
        return rasterise(path, table, bin_width, options, notes)
    return read_bins(path, table, options, notes)


def separator_of_spikes(header: str, options: ReadOptions) -> str:
    """Return what separates the columns of a table of spike times, by which can be understood.

    Parameters
    ----------
    header
        The row of names, or the first row of data.
    options
        What the user says about columns.
    """
    for separator in NAMES:
        if has_needed_columns(split(header, separator), options):
            return separator
    if are_positions(split(header, ","), options):
        return _separator_of_values(header)
    # The names will be refused in any case: the most parts make the most helpful message.
    return max(NAMES, key=lambda separator: len(split(header, separator)))


def _separator_of_values(row: str) -> str:
    """Return what separates values; a comma may belong to a number, and a blank to a label."""
    found = next((mark for mark in "\t;|, " if mark in row.strip()), ",")
    if found == "," and any(" " in part.strip() for part in split(row, ",")):
        numbers = [as_number(part.replace(",", ".")) for part in split(row, " ") if part]
        return "," if any(map(math.isnan, numbers)) else " "
    return found


def rasterise(
    path: Path, table: pd.DataFrame, bin_width: float, options: ReadOptions, notes: list[str]
) -> Reading:
    """Turn a table of spike times into a raster.

    Neurons and trials are in the natural order of their labels (``unit_2`` before ``unit_10``).
    See `bin_spikes` for bins and trials.

    Parameters
    ----------
    path
        The file, for the messages.
    table
        One row per spike. Times may be texts, numbers or durations.
    bin_width
        Width of a bin in seconds.
    options
        What the user says about times and trials.
    notes
        What was assumed so far.

    Raises
    ------
    RecordingError
        See `read_rows` and `bin_spikes`.

    Warns
    -----
    RecordingWarning
        See `read_rows` and `bin_spikes`.
    """
    rows = read_rows(path, table, options)
    raster, more = bin_spikes(
        path,
        rows.spikes,
        bin_width,
        options,
        rows.unit,
        is_aligned=rows.is_aligned,
        is_complete=rows.is_complete,
    )
    return Reading(raster, (*notes, *rows.notes, *more))


def table_bin_width(path: Path, options: ReadOptions) -> float:
    """Return the bin width in seconds for a table, which cannot state one itself.

    Parameters
    ----------
    path
        The file, for messages.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If an array is named, or axes that tables do not have.
    RecordingError
        If the bin width is missing, or not a positive, finite number of seconds.
    """
    refuse_array_name(path, options.array)
    if options.axes is not None:
        check_axes(path, options)
    # The unit of the times says nothing about the bin width.
    return bin_width_of(path, None, ReadOptions(bin_width=options.bin_width))[0]
