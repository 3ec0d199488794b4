"""What a format is: how to recognise, read and write it, and what it cannot keep."""

from __future__ import annotations

import importlib.util
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, ClassVar

from neuroqgan.atomic import atomic_folder, atomic_write
from neuroqgan.data.compression import compressed
from neuroqgan.errors import InputError, RecordingError
from neuroqgan.home import exists

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.data.provenance import Provenance
    from neuroqgan.data.reading import Reading, ReadOptions
    from neuroqgan.raster import SpikeRaster

WIDTH, LABELS, COVARIATES = "the bin width", "the labels of neurons", "the covariates"
"""What a format may be unable to keep, in words."""

COLUMNS = ("time_column", "neuron_column", "trial_column")
"""Options of `ReadOptions` for formats with tables of spike times."""

SPECIAL = ("epochs", "align_to", "before", "after", *COLUMNS)
"""Options of `ReadOptions` that only some formats know; the others refuse them."""


_KNOWING = dict.fromkeys(SPECIAL, ".nwb") | dict.fromkeys(COLUMNS, ".csv")


@dataclass(frozen=True, kw_only=True)
class Format(ABC):
    """A way to keep a recording on disk, as a file or as a folder.

    Parameters
    ----------
    title
        What it is, for messages, with its article: ``"an Excel workbook"``.
    read
        Reads a path, given what the user says about it.
    suffixes
        How names of this format end, in lower case; the longest that fits decides.
    requires
        The module that must be importable to read or write it, if any.
    extra
        The extra of neuroqgan that installs that module.
    loses
        What of a raster it cannot keep: `WIDTH`, `LABELS`, `COVARIATES`.
    knows
        Those of `SPECIAL` that it knows.
    """

    kind: ClassVar[str]
    """``"file"`` or ``"folder"``."""

    title: str
    read: Callable[[Path, ReadOptions], Reading]
    suffixes: tuple[str, ...] = ()
    requires: str = ""
    extra: str = ""
    loses: tuple[str, ...] = ()
    knows: tuple[str, ...] = ()

    @property
    def is_writable(self) -> bool:
        """Whether rasters can be written in this format."""
        return False

    def recognises(self, path: Path) -> int:
        """Return how well the format fits a path.

        Parameters
        ----------
        path
            The path; nothing need be there.

        Returns
        -------
        int
            The length of the longest suffix that fits; 0 if none does.
        """
        name = path.name.lower()
        fitting = [len(end) for end in self.suffixes if name.endswith(end) and name != end]
        return max(fitting, default=0)

    def check(self, path: Path) -> None:
        """Check that a path can be read in this format, short of reading it.

        Raises
        ------
        RecordingError
            If nothing is there, it is a folder instead of a file or the reverse, it is empty or
            not readable for this user, or the module that reads it is not installed.
        """
        self.check_installed(path)
        if not path.exists():
            raise RecordingError(
                f"There is no {self.kind} {path}.",
                expected=f"an existing {self.kind}",
                got="nothing of that name",
                hint="check the path; `neuroqgan data list` shows the recordings that have a name",
            )
        self._check_content(path)

    def check_installed(self, path: Path) -> None:
        """Check that what reads and writes the format is installed.

        Raises
        ------
        RecordingError
            If it is not.
        """
        if self.requires and importlib.util.find_spec(self.requires) is None:
            raise RecordingError(
                f"{path} is {self.title}, and the package for this format is not installed.",
                expected=f"the package {self.requires}",
                got="none",
                hint=f'pip install "neuroqgan[{self.extra}]", or export the data as .csv',
            )

    def check_options(self, path: Path, options: ReadOptions) -> None:
        """Check that no option is given that this format does not know.

        Raises
        ------
        RecordingError
            If one is.
        """
        for name in SPECIAL:
            if name not in self.knows and getattr(options, name) is not None:
                raise RecordingError(
                    f"`{name}` has no effect on {path}.",
                    expected=f"a format that knows it, such as {_KNOWING[name]}",
                    got=self.title,
                    hint=f"leave `{name}` out",
                )

    @abstractmethod
    def _check_content(self, path: Path) -> None:
        """Check what is there."""

    def save(
        self,
        path: Path,
        raster: SpikeRaster,
        *,
        overwrite: bool,
        about: Provenance | None = None,
    ) -> None:
        """Write a raster, whole or not at all; only for formats that are writable.

        Parameters
        ----------
        path
            Where to.
        raster
            What to write.
        overwrite
            Whether something of that name may be replaced.
        about
            Where the raster comes from, which only some formats can say.

        Raises
        ------
        InputError
            If the path exists and may not be replaced.
        StorageError
            If the disk cannot be written.
        """
        raise NotImplementedError(f"{self.title} cannot be written")


@dataclass(frozen=True, kw_only=True)
class FileFormat(Format):
    """A format that is a single file.

    Parameters
    ----------
    write
        Writes a raster to an open binary file; None if the format can only be read. Names that
        end in ``.gz``, ``.bz2`` or ``.xz`` are compressed on the way.
    write_about
        The same, together with where the raster comes from; for formats that can say so.
    """

    kind: ClassVar[str] = "file"
    write: Callable[[IO[bytes], SpikeRaster], None] | None = None
    write_about: Callable[[IO[bytes], SpikeRaster, Provenance], None] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether rasters can be written in this format."""
        return self.write is not None

    def _check_content(self, path: Path) -> None:
        if path.is_dir():
            raise RecordingError(f"{path} is a folder.", expected="a file", got="a folder")
        try:
            with path.open("rb") as handle:
                is_empty = not handle.read(1)
        except OSError as error:
            raise RecordingError(
                f"{path} cannot be opened.",
                expected="a file that this user may read",
                got=error.strerror or str(error),
            ) from error
        if is_empty:
            raise RecordingError(
                f"{path} is empty.",
                expected="a recording",
                got="a file of 0 bytes",
                hint="copy or export the file again",
            )

    def save(
        self,
        path: Path,
        raster: SpikeRaster,
        *,
        overwrite: bool,
        about: Provenance | None = None,
    ) -> None:
        """Write a raster; see `Format.save`."""
        if self.write is None:
            raise NotImplementedError(f"{self.title} cannot be written")
        with atomic_write(path, overwrite=overwrite) as handle:
            inner = compressed(path, handle)
            if about is not None and self.write_about is not None:
                self.write_about(inner, raster, about)
            else:
                self.write(inner, raster)
            if inner is not handle:
                inner.close()


@dataclass(frozen=True, kw_only=True)
class FolderFormat(Format):
    """A format that is a folder, known by its suffix or by the files in it.

    Parameters
    ----------
    holds
        Names of files by which such a folder is known if its name does not say it: all of them.
    marks
        Names of files of which one at least is in every such folder. A folder without any is never
        replaced, whatever its name.
    write
        Writes a raster into an empty folder; None if the format can only be read.
    """

    kind: ClassVar[str] = "folder"
    holds: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    write: Callable[[Path, SpikeRaster], None] | None = None

    @property
    def is_writable(self) -> bool:
        """Whether rasters can be written in this format."""
        return self.write is not None

    def recognises(self, path: Path) -> int:
        """Return how well the format fits a path; see `Format.recognises`."""
        by_name = super().recognises(path)
        if by_name or not (exists(path) and path.is_dir()):
            return by_name
        has_all = bool(self.holds) and all((path / name).is_file() for name in self.holds)
        return int(has_all or self._is_marked(path))

    def _is_marked(self, path: Path) -> bool:
        return any((path / name).is_file() for name in self.marks)

    def _check_content(self, path: Path) -> None:
        if not path.is_dir():
            raise RecordingError(
                f"{path} is a file.",
                expected=f"{self.title}, which is a folder",
                got="a file",
                hint="if it is compressed, unpack it first",
            )

    def save(
        self,
        path: Path,
        raster: SpikeRaster,
        *,
        overwrite: bool,
        about: Provenance | None = None,
    ) -> None:
        """Write a raster; see `Format.save`."""
        del about
        if self.write is None:
            raise NotImplementedError(f"{self.title} cannot be written")
        self.check_installed(path)
        if path.is_dir() and any(path.iterdir()) and not self._is_marked(path):
            raise InputError(
                f"{path} is a folder of other things.",
                expected=f"a name that is free, or {self.title} to replace",
                got="a folder with other files in it",
                hint="choose another name",
            )
        with atomic_folder(path, overwrite=overwrite) as folder:
            self.write(folder, raster)
