"""Which file suffix is read and written by what."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Unpack

from neuroqgan.atomic import atomic_write
from neuroqgan.data import matlab, npy, npz, spike_table, table
from neuroqgan.data.reading import Reading, ReadOptions
from neuroqgan.data.suffixes import unknown_suffix
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
        Writes a raster to an open binary file; None if this format is read only.
    loses
        What a raster holds that the format cannot store.
    """

    read: Callable[[Path, ReadOptions], Reading]
    write: Callable[[IO[bytes], SpikeRaster], None] | None
    loses: tuple[str, ...] = ()


_BIN_WIDTH, _LABELS = "the bin width", "the labels of neurons"


_FORMATS = {
    ".npz": Format(npz.read, npz.write),
    ".npy": Format(npy.read, npy.write, (_BIN_WIDTH, _LABELS)),
    ".mat": Format(matlab.read, matlab.write),
    ".csv": Format(table.read_text, spike_table.write_csv, (_BIN_WIDTH,)),
    ".tsv": Format(table.read_text, spike_table.write_tsv, (_BIN_WIDTH,)),
    ".txt": Format(table.read_text, spike_table.write_tsv, (_BIN_WIDTH,)),
    ".csv.gz": Format(table.read_text, spike_table.write_csv_gz, (_BIN_WIDTH,)),
    ".tsv.gz": Format(table.read_text, spike_table.write_tsv_gz, (_BIN_WIDTH,)),
    ".parquet": Format(table.read_parquet, spike_table.write_parquet, (_BIN_WIDTH,)),
    ".xlsx": Format(table.read_excel, None),
}

READABLE: tuple[str, ...] = tuple(_FORMATS)
WRITABLE: tuple[str, ...] = tuple(suffix for suffix in _FORMATS if _FORMATS[suffix].write)


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

    Only ``.npz`` and ``.mat`` keep everything; see `lost_in` for the others.

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
        If the suffix is unknown, or one that is only read.
    RasterError
        If a table cannot hold a neuron's label.
    InputError
        If the file exists and may not be replaced.
    StorageError
        If the folder or disk cannot be written.
    """
    path = Path(path)
    write = _format_of(path).write
    if write is None:
        raise RecordingError(
            f"{path} has a format that neuroqgan can read but not write.",
            expected=", ".join(WRITABLE),
            got=path.suffix,
            hint=str(path.with_suffix(".csv")),
        )
    with atomic_write(path, overwrite=overwrite) as handle:
        write(handle, raster)


def lost_in(path: Path, raster: SpikeRaster) -> tuple[str, ...]:
    """Return what a raster holds that a file of this name cannot store.

    Raises
    ------
    RecordingError
        If the suffix is unknown.
    """
    lost = _format_of(path).loses
    return tuple(what for what in lost if what != _LABELS or not raster.has_default_labels)


def _format_of(path: Path) -> Format:
    # The longer one goes first: .csv.gz is not .gz.
    endings = ["".join(path.suffixes[-2:]).lower(), path.suffix.lower()]
    chosen = next((_FORMATS[ending] for ending in endings if ending in _FORMATS), None)
    if chosen is None:
        raise unknown_suffix(path, tuple(_FORMATS))
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
