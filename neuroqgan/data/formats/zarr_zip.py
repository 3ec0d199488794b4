"""Recordings and rasters in Zarr stores that are packed into a zip archive."""

from __future__ import annotations

import contextlib
import zipfile
from typing import IO, TYPE_CHECKING

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.damage import damage_as_error
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.formats.zarr_folder import MARKS, stored_files
from neuroqgan.data.untrusted.memory import refuse_beyond_memory
from neuroqgan.data.untrusted.zarr_arrays import ZarrArrays

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
    from zarr.storage import ZipStore

    with damage_as_error(path, "a Zarr store in a zip archive"):
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
        names = [m.filename for m in members if m.filename.rpartition("/")[2] in MARKS]
        root = min(names, key=len).rpartition("/")[0]
    largest = max(members, key=lambda member: member.file_size)
    refuse_beyond_memory(path, largest.filename, (), largest.file_size)
    with damage_as_error(path, "a Zarr store in a zip archive"):
        store = ZipStore(str(path), mode="r")
    try:
        return read_named(path, ZarrArrays(path, store, root), options)
    finally:
        # Version 3 of the library opens the file at its first use, and can close no other.
        with contextlib.suppress(AttributeError):
            store.close()


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
