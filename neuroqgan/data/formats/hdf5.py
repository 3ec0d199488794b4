"""Recordings and rasters in HDF5 files."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING

import numpy as np

from neuroqgan.data.arrays.named import read_named
from neuroqgan.data.arrays.stored import members_of
from neuroqgan.data.formats.format import COLUMNS, FileFormat
from neuroqgan.data.untrusted.isolated import HDF5_PARSER, parsed

if TYPE_CHECKING:
    from pathlib import Path

    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster


def read(path: Path, options: ReadOptions) -> Reading:
    """Read a recording; see `neuroqgan.data.arrays.named.read_named`.

    Parameters
    ----------
    path
        The file. Names of datasets in groups are paths, such as ``session/spikes``. Links to other
        files are not followed.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the file is damaged, its spikes cannot be chosen or their bin width is unknown.
    RasterError
        If an array is not a raster.
    """
    with parsed(path, HDF5_PARSER) as variables:
        return read_named(path, variables, options)


def write(handle: IO[bytes], raster: SpikeRaster) -> None:
    """Write ``spikes``, shape ``(n_samples, n_bins, n_neurons)``, and what explains them.

    The datasets are those of ``.npz`` files, see `neuroqgan.data.arrays.stored.members_of`. Spikes
    are bytes, 0 or 1, compressed and with checksums.
    """
    import h5py

    # The library reads back what it wrote, which the handle of a new file does not allow.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        for name, member in members_of(raster).items():
            values = np.asarray(member)
            if values.dtype.kind == "U":
                file.create_dataset(name, data=values.astype(object), dtype=h5py.string_dtype())
            elif values.ndim:
                stored = values.astype(np.uint8) if values.dtype.kind == "b" else values
                packed = {"compression": "gzip", "shuffle": True, "fletcher32": True}
                file.create_dataset(name, data=stored, **packed)
            else:
                file.create_dataset(name, data=values)
    handle.write(buffer.getbuffer())


HDF5 = FileFormat(
    title="an HDF5 file",
    suffixes=(".h5", ".hdf5", ".hdf", ".he5"),
    read=read,
    write=write,
    knows=COLUMNS,
)
