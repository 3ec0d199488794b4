"""Tables of spike times as text, with tabs between the columns."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from neuroqgan.data.formats.format import COLUMNS, COVARIATES, WIDTH, FileFormat
from neuroqgan.data.tables.spike_table import write_text
from neuroqgan.data.tables.table import read_text

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write one row per spike, with tabs between columns.

    See `neuroqgan.data.tables.spike_table.spike_table`.
    """
    write_text(handle, raster, "\t")


TAB_SEPARATED = FileFormat(
    title="a tab-separated table of spike times",
    suffixes=(".tsv", ".txt", ".tsv.gz", ".tsv.bz2", ".tsv.xz"),
    read=read_text,
    write=write,
    loses=(WIDTH, COVARIATES),
    knows=COLUMNS,
)
