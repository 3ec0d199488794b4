"""Recordings and rasters in Zarr stores, which are folders."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.arrays.stored import members_of
from neuroqgan.data.formats.format import COLUMNS, FolderFormat
from neuroqgan.data.untrusted.isolated import ZARR_MARKS, ZARR_PARSER, parsed

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(folder: Path, options: ReadOptions) -> Reading:
    """Read a recording; see `neuroqgan.data.arrays.named.read_named`.

    Parameters
    ----------
    folder
        The store, of version 2 or 3. Names of arrays in groups are paths, such as
        ``session/spikes``.
    options
        What the user says about it.

    Raises
    ------
    RecordingError
        If the store is damaged, its spikes cannot be chosen or their bin width is unknown.
    RasterError
        If an array is not a raster.
    """
    with parsed(folder, ZARR_PARSER) as arrays:
        return read_named(folder, arrays, options)


def write(folder: Path, raster: SpikeRaster) -> None:
    """Write a raster into an empty folder; see `stored_files`."""
    for name, content in stored_files(raster).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def stored_files(raster: SpikeRaster) -> dict[str, bytes]:
    """Return the files of a store of version 2, which all libraries for Zarr read.

    Arrays are those of ``.npz`` files, see `neuroqgan.data.arrays.stored.members_of`; single
    numbers and texts are attributes. Spikes are bytes, 0 or 1.
    """
    import zarr
    from numcodecs import Zlib

    files: dict[str, Any] = {}
    # Chunks of zeros are written as well, so that none is missing without notice; and zlib has
    # checksums, which few of the codecs have.
    if zarr.__version__.startswith("2."):
        root = zarr.open_group(files, mode="w")
        add = partial(root.create_dataset, compressor=Zlib(6), write_empty_chunks=True)
    else:
        root = zarr.open_group(files, mode="w", zarr_format=2)
        full = {"write_empty_chunks": True}
        add = partial(root.create_array, compressors=Zlib(6), config=full)
    for name, member in members_of(raster).items():
        values = np.asarray(member)
        if values.dtype.kind == "U" or not values.ndim:
            root.attrs[name] = values.tolist()
        else:
            add(name, data=values.astype(np.uint8) if values.dtype.kind == "b" else values)
    return {name: _as_bytes(held) for name, held in sorted(files.items())}


def _as_bytes(held: Any) -> bytes:
    """Return the content of a file, which version 3 of the library keeps in a buffer of its own."""
    return bytes(held.to_bytes() if hasattr(held, "to_bytes") else held)


ZARR_FOLDER = FolderFormat(
    title="a Zarr store",
    suffixes=(".zarr",),
    read=read,
    write=write,
    marks=ZARR_MARKS,
    requires="zarr",
    extra="zarr",
    knows=COLUMNS,
)
