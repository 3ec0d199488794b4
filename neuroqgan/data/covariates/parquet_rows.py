"""Covariates in Parquet tables, one row per bin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.arrays.pick import refuse_array_name
from neuroqgan.data.covariates.bin_rows import of_rows
from neuroqgan.data.tables.row_checks import with_index
from neuroqgan.data.untrusted.parquet_file import read_parquet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.data.covariates.found import FoundCovariates


def read(path: Path, array: str | None, columns: Sequence[str] | None) -> FoundCovariates:
    """Read a table; see `neuroqgan.data.covariates.bin_rows.of_rows`.

    Parameters
    ----------
    path
        The file.
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
    table = with_index(read_parquet(path))
    return of_rows(path, table.set_axis([str(name) for name in table.columns], axis=1), columns, [])
