"""Tables of spike times in Excel workbooks, which are only read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.tables.table import read_table, table_bin_width
from neuroqgan.data.untrusted.workbook import check_workbook

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions


def read(path: Path, options: ReadOptions) -> Reading:
    """Read the first sheet of a workbook; see `neuroqgan.data.tables.table.read_table`.

    Parameters
    ----------
    path
        The file.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing, or the sheet does not
        hold spike times.
    """
    import pandas as pd

    width = table_bin_width(path, options)
    check_workbook(path)
    with damage_as_error(path, "an Excel workbook"), pd.ExcelFile(path, engine="openpyxl") as book:
        sheets = [str(name) for name in book.sheet_names]
        table = pd.read_excel(book, dtype=object, keep_default_na=False)
    notes = []
    if len(sheets) > 1:
        notes.append(f"{path}: only the first of {len(sheets)} sheets, {sheets[0]!r}, was read.")
    return read_table(path, table, width, options, notes)


EXCEL = FileFormat(
    title="an Excel workbook",
    suffixes=(".xlsx",),
    read=read,
    requires="openpyxl",
    extra="excel",
    knows=COLUMNS,
)
