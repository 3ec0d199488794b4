"""Tables with one row per time bin and one column per neuron, which the user has to say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.checks import shorten
from neuroqgan.data.arrays.axes import STATED, parse_axes
from neuroqgan.data.arrays.binned import as_recording
from neuroqgan.data.arrays.stored import Beside
from neuroqgan.data.covariates.bin_rows import bins_of
from neuroqgan.data.reading import Reading
from neuroqgan.data.times.numbers import as_number
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from neuroqgan.data.reading import ReadOptions

AXES = ("bins", "neurons")
"""The only axes of a table: a row is a bin, and a column is a neuron."""


def read_bins(
    path: Path, table: pd.DataFrame, options: ReadOptions, notes: Sequence[str]
) -> Reading:
    """Read a table with one row per bin.

    The names of the columns are the labels of the neurons. Columns ``trial``, ``bin`` and ``time``,
    or those chosen as trial and time, say which bin of which trial a row is.

    Parameters
    ----------
    path
        The file, for messages.
    table
        Columns of numbers, or of texts that are numbers.
    options
        What the user says about the file.
    notes
        What was assumed so far.

    Raises
    ------
    RecordingError
        If the axes are others, a column does not hold numbers, trials differ in length, or bins are
        missing; see also `as_recording`.
    RasterError
        If values are not counts of spikes.
    """
    check_axes(path, options)
    names = {options.trial_column: "trial", options.time_column: "time"}
    there = [str(name).strip() for name in table.columns]
    for chosen in filter(None, names):
        if chosen not in there:
            raise RecordingError(
                f"{path} has no column {chosen!r}.",
                expected="the name of one of its columns",
                got=shorten(there),
            )
    rows = bins_of(path, table.set_axis([names.get(name, name) for name in there], axis=1))
    values = np.asarray(rows.values)
    asked = replace(
        options,
        axes=STATED if values.ndim == 3 else ",".join(AXES),
        trial_column=None,
        time_column=None,
    )
    said = [f"{path}: the columns {shorten(rows.names)} are read as neurons, and rows as bins."]
    if rows.left:
        said.append(f"{path}: not read as neurons: {shorten(rows.left)}.")
    beside = Beside(labels=tuple(rows.names))
    reading = as_recording(path, "The table", values, beside, asked)
    return Reading(reading.raster, (*notes, *rows.notes, *said, *reading.notes))


def check_axes(path: Path, options: ReadOptions) -> None:
    """Check that the axes are those of a table with one row per bin.

    Raises
    ------
    RecordingError
        If they are others, or a column of neurons is named.
    """
    if parse_axes(options.axes or "", "The meaning of the axes") != AXES:
        raise RecordingError(
            f"{path} is a table, which does not have these axes.",
            expected=f"{','.join(AXES)}, for one row per bin and one column per neuron",
            got=f"`axes = {options.axes}`",
            hint=f"`axes = {','.join(AXES)}`, or leave `axes` out for one row per spike",
        )
    if options.neuron_column is not None:
        raise RecordingError(
            f"With one row per bin, no column of {path} holds all neurons.",
            expected="one column per neuron",
            got=f"`neuron_column = {options.neuron_column}`",
            hint="leave `neuron_column` out",
        )


def are_counts(values: Sequence[str]) -> bool:
    """Return whether the first row of a file holds counts, and not labels, which are distinct."""
    numbers = [as_number(value.replace(",", ".")) for value in values]
    are_numbers = all(number == number for number in numbers)  # not NaN
    return are_numbers and len(set(numbers)) < len(numbers)
