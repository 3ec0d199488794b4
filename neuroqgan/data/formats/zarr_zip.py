"""Recordings and rasters in Zarr stores that are packed into a zip archive."""

from __future__ import annotations

import zipfile
from typing import IO, TYPE_CHECKING

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.formats.zarr_folder import stored_files
from neuroqgan.data.untrusted.isolated import ZARR_PARSER, parsed

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording; see `neuroqgan.data.arrays.named.read_named`.

    Parameters
    ----------
    path
        An archive of a store, with or without the store's own folder.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the archive is damaged, its spikes cannot be chosen or their bin width is unknown.
    RasterError
        If an array is not a raster.
    """
    with parsed(path, ZARR_PARSER) as arrays:
        return read_named(path, arrays, options)


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write a raster; see `neuroqgan.data.formats.zarr_folder.stored_files`."""
    with zipfile.ZipFile(handle, "w") as archive:
        for name, content in stored_files(raster).items():
            # Without a time, so that the same raster always gives the same file.
            archive.writestr(zipfile.ZipInfo(name), content)


ZARR_ZIP = FileFormat(
    title="a Zarr store in a zip archive",
    suffixes=(".zarr.zip",),
    read=read,
    write=write,
    requires="zarr",
    extra="zarr",
    knows=COLUMNS,
)
