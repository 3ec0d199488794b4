"""Reading an archive back into a store: nothing that is here is overwritten."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from neuroqgan.archive.archive_reading import CheckedArchive, checked_archive
from neuroqgan.archive.imported_folders import (
    ImportedFolder,
    imported_folders,
    put_aside,
)
from neuroqgan.archive.places import ASIDE, RUNS
from neuroqgan.archive.quarantine import keep_in_quarantine, plain
from neuroqgan.archive.store_view import shorten
from neuroqgan.atomic import make_folder
from neuroqgan.errors import NeuroqganError, StorageError
from neuroqgan.jobs.copies import AT_ONCE, JobCopies, JobCopy
from neuroqgan.jobs.unreadable import UnreadableRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from neuroqgan.archive.places import StorePlaces

_SPARE = 2**26
_SHOWN = 20


@dataclass(frozen=True)
class StoreImport:
    """What an import did.

    Parameters
    ----------
    counts
        By kind, how much was new, equal or different.
    notes
        What differs from what is here, and where it is kept.
    sha256
        SHA-256 of the list of checksums of the archive.
    """

    counts: dict[str, int]
    notes: tuple[str, ...]
    sha256: str


def import_store(
    path: Path,
    places: StorePlaces,
    *,
    on_progress: Callable[[str, int, int], None] = lambda *_: None,
) -> StoreImport:
    """Read an archive into a store.

    All checksums and records are checked before anything is written. What is here already and
    equal is skipped; what is different here stays as it is, and the one from the archive is kept
    beside it. An import that was interrupted can be repeated.

    Parameters
    ----------
    path
        The archive.
    places
        The store.
    on_progress
        Called with what is being done, the number of things done, and of all of them.

    Raises
    ------
    InputError
        If there is no such file.
    PayloadError
        If it is not an archive of a store, or damaged; nothing was written.
    StorageError
        If the store cannot be written.
    """
    with checked_archive(path, on_progress) as archive:
        store = JobCopies(places.database)
        try:
            store.check_writable()
            return _Importer(archive, places, store, on_progress).run()
        finally:
            store.close()


@dataclass
class _Importer:
    """One import."""

    archive: CheckedArchive
    places: StorePlaces
    store: JobCopies
    on_progress: Callable[[str, int, int], None]
    counts: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)

    def run(self) -> StoreImport:
        folders = imported_folders(self.archive, self.places)
        self._check_room(folders)
        renamed = {one.name: one.here for one in folders if one.kind == RUNS}
        self._find_others(renamed)
        # Bits come before the records that say that they are here.
        self._payloads()
        self._jobs(renamed)
        for done, folder in enumerate(folders):
            self.on_progress("folders", done, len(folders))
            self._folder(folder)
        self._set_aside()
        notes = self.notes[:_SHOWN]
        if len(self.notes) > _SHOWN:
            notes.append(f"and {len(self.notes) - _SHOWN} more notes like these")
        return StoreImport(dict(self.counts), tuple(notes), self.archive.digest)

    def _check_room(self, folders: list[ImportedFolder]) -> None:
        """Refuse what does not fit on the disk."""
        make_folder(self.places.root, private=True)
        sizes = self.archive.reader.sizes
        here = {(file.job, file.name) for file in self.places.payloads.files()}
        needed = sum(
            sizes[member] for job, name, member in self.archive.payloads if (job, name) not in here
        )
        for folder in folders:
            absent, _ = folder.missing(self.archive, self.places)
            needed += sum(sizes[folder.files[name]] for name in absent)
        free = shutil.disk_usage(self.places.root).free
        if needed + _SPARE > free:
            raise StorageError(
                "The archive does not fit on the disk.",
                expected=f"{needed / 2**20:,.0f} MB free for {self.places.root}",
                got=f"{free / 2**20:,.0f} MB",
                hint="free some space, or set NEUROQGAN_HOME to another disk; nothing was imported",
            )

    def _copies(self, renamed: dict[str, str]) -> Iterator[list[JobCopy]]:
        """Yield the records of the archive in portions, with the names that their runs get here."""
        portion: list[JobCopy] = []
        for copy in self.archive.jobs():
            run = copy.record.run
            here = run if run is None else renamed.get(run, run)
            same = here == run
            portion.append(copy if same else replace(copy, record=replace(copy.record, run=here)))
            if len(portion) == AT_ONCE:
                yield portion
                portion = []
        if portion:
            yield portion

    def _find_others(self, renamed: dict[str, str]) -> None:
        """Note the jobs whose ids stand for something else here, or that have changed since.

        Their files are not mixed: bits that lie beside a job which is still open here would be
        taken for its result.
        """
        for copies in self._copies(renamed):
            known = self.store.known([copy.record.id for copy in copies])
            for copy in copies:
                mine = known.get(copy.record.id)
                if not isinstance(mine, JobCopy):
                    continue
                if mine.record.request_hash != copy.record.request_hash:
                    self.foreign.add(copy.record.id)
                elif mine.record != copy.record:
                    self.changed.add(copy.record.id)

    def _payloads(self) -> None:
        payloads = self.places.payloads
        here = {(file.job, file.name) for file in payloads.files()}
        members = self.archive.payloads
        for done, (job, name, member) in enumerate(members):
            self.on_progress("payloads", done, len(members))
            is_here = (job, name) in here
            if job in self.foreign or (job in self.changed and not is_here):
                self._differs("payloads", f"{name} of job {job[:8]}", member)
            elif not is_here:
                data = b"".join(self.archive.content(member))
                payloads.write(job, name, data)
                self.counts["payloads new"] += 1
            elif _sha256(payloads.read(job, name)) == self.archive.sums[member]:
                self.counts["payloads equal"] += 1
            else:
                self._differs("payloads", f"{name} of job {job[:8]}", member)

    def _jobs(self, renamed: dict[str, str]) -> None:
        done = 0
        for copies in self._copies(renamed):
            self.on_progress("records", done, self.archive.n_jobs)
            done += len(copies)
            known = self.store.known([copy.record.id for copy in copies])
            new = [copy for copy in copies if copy.record.id not in known]
            refused = self.store.take_in(new) if new else []
            self.counts["jobs new"] += len(new) - len(refused)
            for copy, why in refused:
                self._keep_record(copy, f"the database refuses it: {why}")
            for copy in copies:
                mine = known.get(copy.record.id)
                if mine == copy:
                    self.counts["jobs equal"] += 1
                elif isinstance(mine, UnreadableRecord):
                    self._keep_record(copy, "the record that is here cannot be read")
                elif mine is not None:
                    states = f"{mine.record.state} here, {copy.record.state} in the archive"
                    self._keep_record(copy, f"its record here is another one ({states})")

    def _keep_record(self, copy: JobCopy, why: str) -> None:
        job, mark = copy.record.id, self.archive.digest[:12]
        text = json.dumps(copy.to_dict(), indent=1).encode()
        where = keep_in_quarantine(self.places, f"imported/{mark}/records/{job}.json", text)
        self.counts["jobs different"] += 1
        self.notes.append(f"job {copy.record.short_id}: {why}; what is here stays, see {where}")

    def _folder(self, folder: ImportedFolder) -> None:
        if not folder.is_whole:
            self.notes.append(f"{folder.kind}/{folder.name} is not whole and was left out")
            return
        if folder.here != folder.name:
            self.notes.append(
                f"{folder.kind}/{folder.name} is something else here; the one of the archive is "
                f"{folder.here}"
            )
        absent, different = folder.missing(self.archive, self.places)
        try:
            if absent:
                folder.write(self.archive, self.places, absent)
        except NeuroqganError as error:
            self.counts["files refused"] += len(absent)
            self.notes.append(f"{folder.kind}/{folder.name} was not imported: {shorten(error)}")
            return
        self.counts["files new"] += len(absent)
        self.counts["files equal"] += len(folder.files) - len(absent) - len(different)
        for name in different:
            self._differs("files", f"{folder.kind}/{folder.here}/{name}", folder.files[name])

    def _differs(self, kind: str, what: str, member: str) -> None:
        wanted = self.places.quarantine / "imported" / self.archive.digest[:12] / member
        where = put_aside(self.archive, member, wanted)
        self.counts[f"{kind} different"] += 1
        self.notes.append(f"{what} is different here and stays; that of the archive is {where}")

    def _set_aside(self) -> None:
        """Keep what had been set aside, and records that could not be read."""
        for member in self.archive.sums:
            if member.startswith(f"{ASIDE}/"):
                put_aside(self.archive, member, self.places.root / member)
        for job, value in self.archive.unreadable():
            text = json.dumps(value.get("raw"), indent=1).encode()
            where = keep_in_quarantine(self.places, f"records/{plain(job)}.json", text)
            self.notes.append(f"a record that could not be read is kept in {where}")


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
