"""Runs, campaigns and sweeps of an archive, beside those that are here."""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.archive.places import FOLDERS, RUNS
from neuroqgan.archive.quarantine import free_or_equal
from neuroqgan.atomic import atomic_folder, atomic_write, make_folder
from neuroqgan.data.download.checksum import sha256_of
from neuroqgan.runs.folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from neuroqgan.archive.archive_reading import CheckedArchive
    from neuroqgan.archive.places import StorePlaces
    from neuroqgan.runs.store import RunStore

# What tells runs apart. Settings of the same run may say that its recording has moved.
_IDENTITY = ("provenance.json", "generator.safetensors", "campaign.json", "sweep.json")
_SETTINGS = ("config.toml", "sweep.toml")


@dataclass(frozen=True)
class ImportedFolder:
    """A run, campaign or sweep of an archive.

    Parameters
    ----------
    kind
        Folder of the home that it belongs to, such as ``runs``.
    name
        Its name in the archive.
    files
        Member by the path of the file within it.
    here
        Name that it gets here: another one if something else has its name.
    exists
        Whether it is here already, as a whole or in part.
    """

    kind: str
    name: str
    files: dict[str, str]
    here: str
    exists: bool

    @property
    def is_whole(self) -> bool:
        """Whether it can be used; a run that was removed during the export lacks its settings."""
        return self.kind != RUNS or "config.toml" in self.files

    def missing(self, archive: CheckedArchive, places: StorePlaces) -> tuple[list[str], list[str]]:
        """Return the files that are not here, and those that are different here."""
        folder = places.root / self.kind / self.here
        absent, different = [], []
        for name, member in self.files.items():
            path = folder / name
            if not path.exists():
                absent.append(name)
            elif not path.is_file() or sha256_of(path) != archive.sums[member]:
                different.append(name)
        return absent, different

    def write(self, archive: CheckedArchive, places: StorePlaces, names: list[str]) -> None:
        """Write files: all at once if it is new, and otherwise one after the other.

        Raises
        ------
        InputError
            If something else has taken its name meanwhile.
        StorageError
            If it cannot be written, or another process is working on it.
        """
        with self._open(places) as folder:
            for name in names:
                target = folder / name
                make_folder(target.parent)
                write_member(archive, self.files[name], target)

    def _open(self, places: StorePlaces) -> AbstractContextManager[Path]:
        path = places.root / self.kind / self.here
        make_folder(path.parent)
        is_run = self.kind == RUNS
        if self.exists:
            return _locked(places.runs, path) if is_run else nullcontext(path)
        return _staged(places.runs, self.here) if is_run else atomic_folder(path)


def imported_folders(archive: CheckedArchive, places: StorePlaces) -> list[ImportedFolder]:
    """Return all runs, campaigns and sweeps of an archive, with the names that they get here.

    Parameters
    ----------
    archive
        The archive.
    places
        Where they are to go.
    """
    found: dict[tuple[str, str], dict[str, str]] = {}
    for member in archive.sums:
        kind, _, rest = member.partition("/")
        name, _, file = rest.partition("/")
        if kind in FOLDERS:
            found.setdefault((kind, name), {})[file] = member
    return [
        _placed(archive, places, *key, files) for key, files in found.items() if "" not in files
    ]


def write_member(archive: CheckedArchive, member: str, target: Path) -> None:
    """Write a member to a file that does not exist yet, with the time of the original.

    Raises
    ------
    InputError
        If the file exists.
    StorageError
        If it cannot be written.
    """
    with atomic_write(target) as file:
        for chunk in archive.content(member):
            file.write(chunk)
    written = archive.times.get(member)
    if written is not None:
        with suppress(OSError):
            os.utime(target, (written, written))


def put_aside(archive: CheckedArchive, member: str, wanted: Path) -> Path:
    """Write a member under a name that is free, unless it is there already, and return where."""
    target = free_or_equal(wanted, archive.sums[member])
    if not target.exists():
        make_folder(target.parent)
        write_member(archive, member, target)
    return target


def _placed(
    archive: CheckedArchive, places: StorePlaces, kind: str, name: str, files: dict[str, str]
) -> ImportedFolder:
    """Choose the name of a folder here: its own, unless something else has it."""
    folder = places.root / kind / name
    if not folder.exists():
        return ImportedFolder(kind, name, files, name, exists=False)
    if _is_same(archive, folder, files):
        return ImportedFolder(kind, name, files, name, exists=True)
    # The same each time, so that an import can be repeated.
    marks = sorted((file, archive.sums[member]) for file, member in files.items())
    digest = hashlib.sha256(repr(marks).encode()).hexdigest()[:8]
    other = f"{name[:60]}-{digest}"
    exists = (places.root / kind / other).exists()
    return ImportedFolder(kind, name, files, other, exists=exists)


def _is_same(archive: CheckedArchive, folder: Path, files: dict[str, str]) -> bool:
    for names in (_IDENTITY, _SETTINGS, tuple(files)):
        common = [name for name in names if name in files and (folder / name).is_file()]
        if common:
            return all(sha256_of(folder / name) == archive.sums[files[name]] for name in common)
    # An empty folder, or one with other files.
    return False


@contextmanager
def _staged(runs: RunStore, name: str) -> Iterator[Path]:
    with runs.staged(name) as draft:
        yield draft.path


@contextmanager
def _locked(runs: RunStore, path: Path) -> Iterator[Path]:
    with runs.locked(RunFolder(path)):
        yield path
