"""Recordings and rasters as tables of spike times: text, Parquet and Excel.

A table has one row per spike, with the columns ``time`` (from the start of its trial), ``neuron``
(any label) and, where there are several trials, ``trial``. A column ``trial_end`` makes it
complete: it says how long trials are, a row with nothing else but a trial is a trial without
spikes, and one with only a neuron names a neuron, which need not have spikes.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

from neuroqgan.data.arrays import agreed_bin_width, refuse_array_name
from neuroqgan.data.binning import bin_spikes
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import Reading
from neuroqgan.data.rows import read_rows
from neuroqgan.data.separators import read_text_table
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from neuroqgan.data.reading import ReadOptions


def read_text(path: Path, options: ReadOptions) -> Reading:
    """Read a table kept as text, perhaps compressed; see `read_text_table` and `rasterise`.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing or the table is
        unfit.
    """
    width = _bin_width(path, options)
    table, notes = read_text_table(path)
    return rasterise(path, table, width, options, notes)


def read_parquet(path: Path, options: ReadOptions) -> Reading:
    """Read a Parquet table; see `rasterise` for what becomes of it.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing or the table is
        unfit.
    """
    import pandas as pd

    width = _bin_width(path, options)
    with damage_as_error(path, "a Parquet table"):
        # The files that this package writes have checksums.
        table = pd.read_parquet(path, engine="pyarrow", page_checksum_verification=True)
    return rasterise(path, table, width, options, [])


def read_excel(path: Path, options: ReadOptions) -> Reading:
    """Read the first sheet of an Excel workbook; see `rasterise` for what becomes of it.

    Raises
    ------
    RecordingError
        If openpyxl is not installed, the file is damaged, an array is named, the bin width is
        missing or the table is unfit.
    """
    import pandas as pd

    width = _bin_width(path, options)
    if importlib.util.find_spec("openpyxl") is None:
        raise RecordingError(
            f"{path} is an Excel workbook, and the package that reads it is not installed.",
            expected="the package openpyxl",
            got="none",
            hint='pip install "neuroqgan[excel]", or save the sheet as .csv',
        )
    with damage_as_error(path, "an Excel workbook"), pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = [str(name) for name in book.sheet_names]
        table = pd.read_excel(book, dtype=object, keep_default_na=False)
    notes = []
    if len(sheets) > 1:
        notes.append(f"{path}: the sheet {sheets[0]!r} is read, the first of {len(sheets)}.")
    return rasterise(path, table, width, options, notes)


def rasterise(
    path: Path, table: pd.DataFrame, bin_width: float, options: ReadOptions, notes: list[str]
) -> Reading:
    """Make a raster of a table of spike times.

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


def _bin_width(path: Path, options: ReadOptions) -> float:
    refuse_array_name(path, options.array)
    if options.axes is not None:
        raise RecordingError(
            f"{path} is a table of spike times, which has no axes.",
            expected="an array, if axes are named",
            got=f"--axes {options.axes}",
            hint="leave --axes out",
        )
    return agreed_bin_width(path, None, options.bin_width)
