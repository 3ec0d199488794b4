"""Parquet tables, whose sizes are checked before they are read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.untrusted.memory import refuse_beyond_memory

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table.

    Parameters
    ----------
    path
        The file. A few bytes of it can stand for any number of rows that are alike.

    Raises
    ------
    RecordingError
        If it is damaged, or does not fit into memory.
    """
    import pandas as pd
    import pyarrow as pa
    from pyarrow import parquet

    with damage_as_error(path, "a Parquet table"):
        about = parquet.read_metadata(path)
        groups = [about.row_group(n) for n in range(about.num_row_groups)]
        n_rows = max(about.num_rows, sum(group.num_rows for group in groups))
        n_bytes = max(
            8 * n_rows * about.num_columns, sum(group.total_byte_size for group in groups)
        )
    refuse_beyond_memory(path, "The table", (n_rows, about.num_columns), n_bytes)
    with damage_as_error(path, "a Parquet table"):
        # The files that this package writes have checksums.
        table = pd.read_parquet(path, engine="pyarrow", page_checksum_verification=True)
        for column in (table.iloc[:, n] for n in range(table.shape[1])):
            if isinstance(column.dtype, pd.StringDtype):
                # Bytes that are no text show themselves only when somebody looks at them.
                pa.array(column.array).validate(full=True)
        return table
