"""Rasters written to disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan import checks
from neuroqgan.data.formats.format import COVARIATES, LABELS
from neuroqgan.data.sources import find_format, writable
from neuroqgan.errors import RecordingError

if TYPE_CHECKING:
    from neuroqgan.data.provenance import Provenance
    from neuroqgan.raster import SpikeRaster


def save(path: str | Path, raster: SpikeRaster, *, overwrite: bool = False) -> None:
    """Write a raster in the format that the suffix names; the file appears whole or not at all.

    ``.npz``, ``.mat``, ``.h5``, ``.zarr`` and ``.nwb`` keep everything. Tables of spike times
    (``.csv``, ``.tsv``, ``.parquet``) do not keep the bin width and covariates, and ``.npy`` does
    not keep the labels of neurons either.

    Parameters
    ----------
    path
        A file in a folder that exists, with a suffix such as ``.npz``, ``.mat``, ``.h5``, ``.nwb``,
        ``.csv``, ``.csv.gz`` or ``.parquet``; or ``.zarr``, which is a folder.
    raster
        What to write.
    overwrite
        Whether a file of that name may be replaced.

    Raises
    ------
    RecordingError
        If the suffix is unknown, or belongs to a format that can only be read, or what writes the
        format is not installed.
    RasterError
        If a table cannot hold a neuron's label.
    InputError
        If the file exists and may not be replaced.
    StorageError
        If the folder or disk cannot be written.

    Examples
    --------
    >>> import neuroqgan as nq
    >>> raster = nq.SpikeRaster([[[0, 1], [1, 0], [0, 0]]], bin_width=0.02)
    >>> nq.save("raster.npz", raster)
    >>> nq.load("raster.npz") == raster
    True
    """
    save_about(path, raster, None, overwrite=overwrite)


def save_about(
    path: str | Path, raster: SpikeRaster, about: Provenance | None, *, overwrite: bool = False
) -> None:
    """Write a raster together with where it comes from, which only ``.nwb`` keeps; see `save`.

    Parameters
    ----------
    path, raster, overwrite
        See `save`.
    about
        Where the raster comes from, if that is known.

    Raises
    ------
    RecordingError, RasterError, InputError, StorageError
        See `save`.
    """
    path = checks.path(path)
    chosen = find_format(path)
    if not chosen.is_writable:
        raise RecordingError(
            f"neuroqgan can read {chosen.title} but not write one: {path}.",
            expected=f"a suffix among {', '.join(writable())}",
            got=path.suffix or path.name,
            hint=str(path.with_suffix(".csv")),
        )
    chosen.check_installed(path)
    chosen.save(path, raster, overwrite=overwrite, about=about)


def lost_in(path: str | Path, raster: SpikeRaster) -> tuple[str, ...]:
    """Return what of a raster a file of this name cannot keep, in words.

    Parameters
    ----------
    path
        The file; it need not exist.
    raster
        What would be written.

    Raises
    ------
    RecordingError
        If the suffix is unknown.

    Examples
    --------
    >>> from neuroqgan.raster import SpikeRaster
    >>> lost_in("raster.csv", SpikeRaster([[[0, 1], [1, 0]]], bin_width=0.02))
    ('the bin width',)
    """
    absent = {LABELS: raster.has_default_labels, COVARIATES: raster.covariates is None}
    return tuple(what for what in find_format(Path(path)).loses if not absent.get(what))
