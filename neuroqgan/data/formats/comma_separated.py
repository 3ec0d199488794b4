"""Tables of spike times as text, with commas between the columns."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neuroqgan.data.formats.format import COLUMNS, COVARIATES, WIDTH, FileFormat
from neuroqgan.data.tables.spike_table import write_text
from neuroqgan.data.tables.table import read_text

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, with commas between columns.

    See `neuroqgan.data.tables.spike_table.spike_table`.
    """
    write_text(handle, raster, ",")


COMMA_SEPARATED = FileFormat(
    title="a comma-separated table of spike times",
    suffixes=(".csv", ".csv.gz", ".csv.bz2", ".csv.xz"),
    read=read_text,
    write=write,
    loses=(WIDTH, COVARIATES),
    knows=COLUMNS,
)
