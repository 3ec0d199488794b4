"""Tables of spike times in Parquet files."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neuroqgan.data.formats.format import COLUMNS, COVARIATES, WIDTH, FileFormat
from neuroqgan.data.tables.spike_table import spike_table
from neuroqgan.data.tables.table import read_table, table_bin_width
from neuroqgan.data.untrusted.parquet_file import read_parquet

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a table of spike times; see `neuroqgan.data.tables.table.read_table`.

    Parameters
    ----------
    path
        The file.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, an array is named, the bin width is missing, or the table does not
        hold spike times.
    """
    width = table_bin_width(path, options)
    return read_table(path, read_parquet(path), width, options, [])


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike; see `neuroqgan.data.tables.spike_table.spike_table`."""
    spike_table(raster).to_parquet(handle, engine="pyarrow", index=False, write_page_checksum=True)


PARQUET = FileFormat(
    title="a Parquet table of spike times",
    suffixes=(".parquet",),
    read=read,
    write=write,
    loses=(WIDTH, COVARIATES),
    knows=COLUMNS,
)
