"""Which file suffix is read and written by what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Unpack

from neuroqgan.atomic import atomic_write
from neuroqgan.data import matlab, npy, npz, table
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.errors import RasterError, RecordingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.data.reading import ReadKeywords
    from neuroqgan.raster import SpikeRaster


@dataclass(frozen=True)
class Format:
    """A way to keep a raster in a file.

    Parameters
    ----------
    read
        Takes the path and what the user says about the file.
    write
        Writes a raster to an open binary file.
    """

    read: Callable[[Path, ReadOptions], Reading]
    write: Callable[[IO[bytes], SpikeRaster], None]


_FORMATS = {
    ".npz": Format(npz.read, npz.write),
    ".npy": Format(npy.read, npy.write),
    ".mat": Format(matlab.read, matlab.write),
    ".csv": Format(table.read_csv, table.write_csv),
    ".parquet": Format(table.read_parquet, table.write_parquet),
}

READABLE: tuple[str, ...] = tuple(_FORMATS)
WRITABLE: tuple[str, ...] = tuple(_FORMATS)


def read_recording(path: str | Path, **options: Unpack[ReadKeywords]) -> SpikeRaster:
    """Read a recording without its notes; see `read_file`."""
    return read_file(Path(path), ReadOptions(**options)).raster


def read_file(path: Path, options: ReadOptions) -> Reading:
    """Read a recording; its samples are the trials, kept apart.

    Parameters
    ----------
    path
        A file with one of the suffixes in `READABLE`. Arrays have the shape
        ``(trials, bins, neurons)``, or ``(bins, neurons)`` for a single trial; tables have one
        row per spike, with the columns ``time``, ``neuron`` and possibly ``trial``.
    options
        What the user says about the file.

    Raises
    ------
    RecordingError
        If the suffix is unknown.
    RecordingError
        If the file is missing, empty, damaged, a folder or not readable for this user.
    RecordingError
        If the spikes or the bin width cannot be found in it.
    RasterError
        If its values are not spikes.
    """
    chosen = _format_of(path)
    _check_file(path)
    try:
        return chosen.read(path, options)
    except RasterError as error:
        raise RasterError(
            f"{path} does not hold a raster. {error.problem}",
            expected=error.expected,
            got=error.got,
            hint=error.hint,
        ) from error


def write_raster(path: str | Path, raster: SpikeRaster, *, overwrite: bool = False) -> None:
    """Write a raster in the format that the suffix names; the file appears whole or not at all.

    Only ``.npz`` and ``.mat`` keep everything. ``.npy`` loses the bin width; ``.csv`` and
    ``.parquet`` lose it too, and whatever has no spike: trials, neurons and bins at the end.

    Parameters
    ----------
    path
        A file with one of the suffixes in `WRITABLE`, in a folder that exists.
    raster
        What to write.
    overwrite
        Whether a file of that name may be replaced.

    Raises
    ------
    RecordingError
        If the suffix is unknown.
    InputError
        If the file exists and may not be replaced.
    StorageError
        If the folder or disk cannot be written.
    """
    path = Path(path)
    chosen = _format_of(path)
    with atomic_write(path, overwrite=overwrite) as handle:
        chosen.write(handle, raster)


def _format_of(path: Path) -> Format:
    chosen = _FORMATS.get(path.suffix.lower())
    if chosen is None:
        raise RecordingError(
            f"{path} has a suffix that neuroqgan does not know.",
            expected=", ".join(_FORMATS),
            got=path.suffix or "no suffix",
            hint="rename the file, or export it in one of these formats",
        )
    return chosen


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise RecordingError(f"{path} is a folder.", expected="a file", got="a folder")
    try:
        with path.open("rb") as handle:
            empty = not handle.read(1)
    except FileNotFoundError as error:
        raise RecordingError(
            f"There is no file {path}.",
            expected="an existing file",
            got="nothing of that name",
            hint="check the path; `neuroqgan data list` shows recordings known by name",
        ) from error
    except OSError as error:
        raise RecordingError(
            f"{path} cannot be opened.",
            expected="a file that this user may read",
            got=error.strerror or str(error),
        ) from error
    if empty:
        raise RecordingError(
            f"{path} is empty.",
            expected="a recording",
            got="a file of 0 bytes",
            hint="copy or export the file again",
        )
