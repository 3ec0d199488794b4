"""Tables as text: which encoding, separator and decimal mark they were written with."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from typing import TYPE_CHECKING

from neuroqgan.data.compression import read_bytes
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.times.numbers import rows_like_it
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    import pandas as pd

NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks"}
"""What may separate columns, and what messages call it."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MOST_COLUMNS = 10_000
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*", re.ASCII)
_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*", re.ASCII)


def read_text_table(
    path: Path,
    what: str,
    *,
    separator: Callable[[str], str],
    has_numbers: Callable[[str], bool],
    is_data: Callable[[Sequence[str]], bool] = lambda _: False,
) -> tuple[pd.DataFrame, list[str]]:
    """Read a table whose values all stay text, and say how it was understood.

    A byte-order mark, a line ``sep=;``, and lines that begin with ``#`` before the names are
    skipped.

    Parameters
    ----------
    path
        The file.
    what
        What it should be, for messages.
    separator
        Finds the separator in the row of names: comma, semicolon, tab, bar or blank.
    has_numbers
        Whether a column of some name holds numbers, which may have decimal commas.
    is_data
        Whether the first row holds values, and no names; columns are then named by their
        positions, from 0.

    Returns
    -------
    table
        Texts; empty where a value is missing.
    notes
        What is unusual about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, or a row has more values than there are columns.

    Warns
    -----
    RecordingWarning
        If decimal commas might separate thousands instead.
    """
    text, notes = _decode(path, read_bytes(path, what), what)
    # Lines are split as the parser splits them, not at every character that could end one.
    rest = io.StringIO(text, newline="")
    header, stated = _header(rest)
    _refuse_wide(path, header)
    mark = stated or separator(header)
    if mark != "," and stated is None:
        notes.append(f"{path} is separated by {NAMES[mark]}.")
    names = [name.strip() for name in split(header, mark)]
    if is_data(names):
        rest = io.StringIO(f"{header}\n{rest.read()}", newline="")
        names = list(map(str, range(len(names))))
        notes.append(f"{path} has no names of columns: its first row is read as data.")
    table = _parse(path, what, rest, names, mark)
    return _with_points(path, table, mark, has_numbers, notes), notes


def _decode(path: Path, content: bytes, what: str) -> tuple[str, list[str]]:
    encoding = next((name for mark, name in _BOMS if content.startswith(mark)), None)
    if encoding is None and content[:200].count(0) > len(content[:200]) // 3:
        # Every other byte of text in a Western language is zero in UTF-16.
        encoding = "utf-16-be" if content[:1] == b"\0" else "utf-16-le"
    if encoding is not None:
        with damage_as_error(path, what):
            text = content.decode(encoding)
        if "\0" in text:
            raise RecordingError(
                f"{path} is not a text file.",
                expected=what,
                got="bytes that are not text",
                hint="give the file the suffix of its format",
            )
        return text, []
    try:
        return content.decode("utf-8"), []
    except UnicodeDecodeError:
        note = f"{path} is not in UTF-8: read as Windows-1252 (Latin-1)."
    try:
        return content.decode("cp1252"), [note]
    except UnicodeDecodeError:
        return content.decode("latin-1"), [note]


def _header(lines: io.StringIO) -> tuple[str, str | None]:
    """Return the line of names, and the separator that a line before it states."""
    stated = None
    for line in lines:
        stripped = line.strip().strip('"')
        if stripped.casefold().startswith("sep="):
            stated = line.strip('"\r\n')[4:5] or None
        elif stripped and not stripped.startswith("#"):
            return line.strip("\r\n"), stated
    return "", stated


def _refuse_wide(path: Path, header: str) -> None:
    n_columns = 1 + max(header.count(mark) for mark in NAMES)
    if n_columns > _MOST_COLUMNS:
        raise RecordingError(
            f"{path} has too many columns.",
            expected=f"at most {_MOST_COLUMNS:,}",
            got=f"{n_columns:,} in its first row",
            hint="one row per spike, with the columns time and neuron, or an array (.npz)",
        )


def split(header: str, separator: str) -> list[str]:
    """Return the parts of a line."""
    line = header.strip() if separator == " " else header
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])
    except csv.Error:  # a value of more than 131,072 characters
        return line.split(separator)


def _parse(
    path: Path, what: str, rest: io.StringIO, names: list[str], separator: str
) -> pd.DataFrame:
    import pandas as pd

    body = rest.read()
    if not body.strip():
        return pd.DataFrame(columns=pd.Index(names), dtype=str)
    # One column more than there are names: otherwise a row with too many values would be cut, or
    # all columns would shift by one.
    columns = [*range(len(names)), "too many"]
    try:
        with damage_as_error(path, what, pd.errors.ParserWarning), warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            table = pd.read_csv(
                io.StringIO(body, newline=""),
                header=None,
                names=columns,
                index_col=False,
                dtype=str,
                keep_default_na=False,
                na_filter=False,
                sep=r"\s+" if separator == " " else separator,
                skipinitialspace=True,
            )
    except pd.errors.ParserWarning as error:
        # For the first row only, if even the additional column is not enough.
        more = f"more than {len(columns)} values in the first row"
        raise _too_many(path, names, separator, more) from error
    table = table.fillna("")
    surplus = table.pop("too many").str.strip() != ""
    if surplus.any():
        first = int(surplus.to_numpy().argmax())
        values = f"{len(names) + 1} values in row {first + 1}"
        found = f"{values}, {rows_like_it(int(surplus.sum()))}"
        raise _too_many(path, names, separator, found)
    table.columns = pd.Index(names)
    return table


def _too_many(path: Path, names: list[str], separator: str, got: str) -> RecordingError:
    return RecordingError(
        f"{path} cannot be read: a row has more values than there are columns.",
        expected=f"{len(names)} values: {', '.join(names)}",
        got=got,
        hint="with decimal commas, separate columns by semicolons"
        if separator == ","
        else "copy or export the file again",
    )


def _doubt_thousands(path: Path, name: str, values: pd.Series[str]) -> None:
    if values.str.fullmatch(_THOUSANDS).all():
        first = values.iloc[0].strip()
        warnings.warn(
            f"{path}: commas in the column {name!r} are read as decimal commas: {first} is "
            f"{first.replace(',', '.')}. If they mark thousands, take them out of the file.",
            RecordingWarning,
            stacklevel=2,
        )


def _with_points(
    path: Path,
    table: pd.DataFrame,
    separator: str,
    has_numbers: Callable[[str], bool],
    notes: list[str],
) -> pd.DataFrame:
    """Return the table with decimal points in its numbers, if they have commas."""
    changed = False
    for name in filter(has_numbers, table.columns.drop_duplicates(keep=False)):
        has_comma = table[name].str.contains(",", regex=False)
        if has_comma.any() and table.loc[has_comma, name].str.fullmatch(_DECIMAL_COMMA).all():
            if separator == ",":
                _doubt_thousands(path, name, table.loc[has_comma, name])
            table[name] = table[name].str.replace(",", ".", regex=False)
            changed = True
    if changed:
        notes.append(f"{path} has decimal commas.")
    return table
