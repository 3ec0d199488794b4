"""Writing a whole store to one file, while others may go on working in it."""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING

from neuroqgan.archive.archive_members import (
    FORMAT,
    GUIDE,
    JOBS,
    MANIFEST,
    PAYLOADS,
    README,
    TIMES,
    UNREADABLE,
    most_of,
)
from neuroqgan.archive.places import is_hidden, walk
from neuroqgan.atomic import atomic_write
from neuroqgan.data.untrusted.sealed_zip import CHUNK, SealedWriter
from neuroqgan.errors import PayloadError, StorageError
from neuroqgan.escaping.printable import one_line
from neuroqgan.jobs.copies import JobCopies
from neuroqgan.jobs.repairs import JobRepairs
from neuroqgan.jobs.schema import SCHEMA
from neuroqgan.jobs.unreadable import UnreadableRecord
from neuroqgan.versions import decisive_versions

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neuroqgan.archive.places import StorePlaces

# Compressed already, or next to incompressible.
_PACKED = (".npz", ".safetensors", ".png", ".zip", ".qpy", ".pdf")
# A run is known by its settings: they come last, so that half a run is none.
_LAST = "config.toml"


@dataclass(frozen=True)
class StoreArchive:
    """An archive that was written.

    Parameters
    ----------
    path
        The file.
    sha256
        SHA-256 of the list of checksums in it, which stands for its whole content.
    counts
        Number of jobs, events, unreadable records, payloads and files.
    notes
        What was left out, in words.
    """

    path: Path
    sha256: str
    counts: dict[str, int]
    notes: tuple[str, ...]


def export_store(
    path: Path,
    places: StorePlaces,
    *,
    overwrite: bool = False,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
) -> StoreArchive:
    """Write a whole store to one file.

    Records are those of one moment. Payloads are read after them, so that whatever a record says is
    here is in the archive as well. Runs that are removed meanwhile are left out.

    Parameters
    ----------
    path
        The file to write.
    places
        The store.
    overwrite
        Whether a file of that name may be replaced.
    on_progress
        Called with what is being written, the number of things done, and of all of them.

    Raises
    ------
    InputError
        If the file exists and may not be replaced.
    StorageError
        If the store cannot be read, or the file cannot be written.
    """
    with atomic_write(path, overwrite=overwrite) as file:
        exporter = _Exporter(places, file, path.absolute(), on_progress)
        digest = exporter.run()
    return StoreArchive(path, digest, dict(exporter.counts), tuple(exporter.notes))


@dataclass
class _Exporter:
    """One export."""

    places: StorePlaces
    file: IO[bytes]
    target: Path
    on_progress: Callable[[str, int, int], None]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    unreadable: list[UnreadableRecord] = field(default_factory=list)
    times: list[tuple[str, float]] = field(default_factory=list)

    def run(self) -> str:
        with SealedWriter(self.file) as writer:
            writer.add(GUIDE, [README.encode()])
            writer.add(JOBS, self._jobs())
            writer.add(UNREADABLE, self._unreadable())
            self._payloads(writer)
            self._folders(writer)
            writer.add(TIMES, (json.dumps(pair).encode() + b"\n" for pair in self.times))
            manifest = {
                "format": FORMAT,
                "schema": SCHEMA,
                "created": datetime.now(UTC).isoformat(timespec="seconds"),
                "versions": decisive_versions(),
                "counts": dict(self.counts),
                "notes": self.notes,
            }
            writer.add(MANIFEST, [json.dumps(manifest, indent=1).encode()])
            return writer.seal()

    def _jobs(self) -> Iterator[bytes]:
        store = JobCopies(self.places.database)
        try:
            total = store.count()
            with store.reading() as copies:
                for done, copy in enumerate(copies):
                    self.on_progress("records", done, total)
                    if isinstance(copy, UnreadableRecord):
                        self.unreadable.append(copy)
                        continue
                    self.counts["jobs"] += 1
                    self.counts["events"] += len(copy.events)
                    yield json.dumps(copy.to_dict(), allow_nan=False).encode() + b"\n"
        finally:
            store.close()

    def _unreadable(self) -> Iterator[bytes]:
        if not self.unreadable:
            return
        store = JobRepairs(self.places.database)
        try:
            for record in self.unreadable:
                self.counts["unreadable"] += 1
                self.notes.append(record.line)
                line = {"id": record.id, "reason": record.reason, "raw": store.raw(record.id)}
                yield json.dumps(line).encode() + b"\n"
        finally:
            store.close()

    def _payloads(self, writer: SealedWriter) -> None:
        files = self.places.payloads.files()
        for done, file in enumerate(files):
            self.on_progress("payloads", done, len(files))
            name = f"{PAYLOADS}/{file.job}/{file.name}"
            if most_of(name) is None:
                self._left_out(f"{file.job}/{file.name}", file.name)
                continue
            try:
                data = self.places.payloads.read(file.job, file.name)
            except PayloadError:
                # Angles are dropped once bits are stored; and jobs are forgotten.
                continue
            writer.add(name, [data], len(data), pack=not name.endswith(_PACKED))
            self.counts["payloads"] += 1

    def _folders(self, writer: SealedWriter) -> None:
        entries = self.places.entries()
        if self.places.quarantine.is_dir():
            entries += sorted(self.places.quarantine.iterdir())
        for done, entry in enumerate(entries):
            self.on_progress("folders", done, len(entries))
            try:
                files = sorted(walk(entry), key=lambda path: (path.name == _LAST, path))
                for path in files:
                    self._file(writer, path)
            except FileNotFoundError:
                self.notes.append(f"{entry.name} was removed meanwhile and is not whole")
            except OSError as error:
                raise StorageError(
                    f"{entry} cannot be read.",
                    expected="a folder of which all files can be read",
                    got=f"{error.filename or entry}: {error.strerror or error}",
                    hint="check who may read it, or move it away; nothing was written",
                ) from error
            self.counts["folders"] += 1

    def _file(self, writer: SealedWriter, path: Path) -> None:
        name = path.relative_to(self.places.root).as_posix()
        if path.absolute() == self.target or is_hidden(path.name):
            return
        if path.is_symlink() or not path.is_file() or most_of(name) is None:
            self._left_out(name, path.name)
            return
        with path.open("rb") as source:
            found = os.fstat(source.fileno())
            pack = not name.endswith(_PACKED)
            writer.add(name, iter(lambda: source.read(CHUNK), b""), found.st_size, pack=pack)
        # Which raster of a run is the newest, its file says.
        self.times.append((name, found.st_mtime))
        self.counts["files"] += 1

    def _left_out(self, name: str, last: str) -> None:
        if not is_hidden(last):
            why = "a link, or a name that not all systems have"
            self.notes.append(f"{one_line(name)} was left out: {why}")
