"""Excel workbooks, whose sizes are checked before they are read.

A workbook is an archive of XML. A cell says itself where it is, and the library that reads sheets
fills up all rows and columns before it: one cell at the far end of a sheet takes gigabytes.
"""

from __future__ import annotations

import re
import zipfile
from typing import IO, TYPE_CHECKING
from xml.parsers import expat

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.untrusted.memory import refuse_beyond_memory

if TYPE_CHECKING:
    from pathlib import Path

# Of a sheet, as Excel itself has them.
_MOST_ROWS, _MOST_COLUMNS = 2**20, 2**14
# Of memory that the parsed XML takes, for each of its bytes.
_BYTES_PER_BYTE = 5
_CELL = re.compile(r"([A-Za-z]{0,4})([0-9]{1,9})")


def check_workbook(path: Path) -> None:
    """Refuse a workbook that would not fit into memory.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    RecordingError
        If it is damaged, or too large once it is read.
    """
    kind = "an Excel workbook"
    with damage_as_error(path, kind), zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        n_bytes = sum(member.file_size for member in members)
        refuse_beyond_memory(path, "The workbook", (), _BYTES_PER_BYTE * n_bytes)
        # Any member can be a sheet, whatever its name.
        for member in members:
            with archive.open(member) as handle:
                extent = _Extent()
                extent.read(handle)
            refuse_beyond_memory(
                path,
                member.filename,
                (extent.rows, extent.columns),
                8 * extent.rows * extent.columns,
            )


class _Extent:
    """How many rows and columns the cells of a sheet span."""

    def __init__(self) -> None:
        self.rows = self.columns = 0

    def read(self, handle: IO[bytes]) -> None:
        """Read all cells, as far as there are any."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._take
        try:
            parser.ParseFile(handle)
        except expat.ExpatError:
            # A picture, or damage, which is for the library to find.
            return

    def _take(self, name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] not in ("row", "c") or "r" not in attributes:
            return
        found = _CELL.fullmatch(attributes["r"])
        row, column = (int(found[2]), _number(found[1])) if found else (_MOST_ROWS + 1, 0)
        if row > _MOST_ROWS or column > _MOST_COLUMNS:
            raise ValueError(f"a cell at {attributes['r'][:40]!r}, which no sheet has")
        self.rows, self.columns = max(self.rows, row), max(self.columns, column)


def _number(letters: str) -> int:
    """Return the number of a column from 1, such as 28 for AB; 0 for none."""
    number = 0
    for letter in letters.upper():
        number = 26 * number + ord(letter) - ord("A") + 1
    return number
