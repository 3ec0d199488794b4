"""Covariates in tables as text, one row per bin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.covariates.bin_rows import of_rows
from neuroqgan.data.tables.separators import read_text_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.data.covariates.found import FoundCovariates

_WHAT = "a table of covariates as text"


def read(path: Path, array: str | None, columns: Sequence[str] | None) -> FoundCovariates:
    """Read a table; see `neuroqgan.data.covariates.bin_rows.of_rows`.

    Columns are separated by tabs, semicolons, bars, commas or blanks: by the first of these that
    the first row has.

    Parameters
    ----------
    path
        The file, possibly compressed with gzip.
    array
        None: tables have no arrays.
    columns
        Which columns to keep.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, or it does not hold covariates.
    """
    refuse_array_name(path, array)
    table, notes = read_text_table(path, _WHAT, separator=_separator, has_numbers=_is_any)
    return of_rows(path, table, columns, notes)


def _separator(header: str) -> str:
    return next((mark for mark in "\t;|," if mark in header), " " if _is_words(header) else ",")


def _is_words(header: str) -> bool:
    return bool(re.fullmatch(r"\s*\w+(\s+\w+)+\s*", header))


def _is_any(name: str) -> bool:
    del name
    return True
