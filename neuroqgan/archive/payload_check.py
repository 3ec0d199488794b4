"""Whether the payloads of all jobs are here and as they were written."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from neuroqgan.archive.faults import Fault, Repair
from neuroqgan.archive.places import PART
from neuroqgan.archive.quarantine import plain, quarantine_payload
from neuroqgan.archive.store_view import shorten
from neuroqgan.backends.measured import misfit
from neuroqgan.checks import plural
from neuroqgan.errors import (
    MisfitError,
    NeuroqganError,
    PayloadError,
    ResultLostError,
    StorageError,
)
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.checksums import check_pieces
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT, layout_from_bytes
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.kept_rasters import RASTER
from neuroqgan.jobs.refetching import fetch_again
from neuroqgan.jobs.repairs import JobRepairs
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from neuroqgan.archive.store_view import StoreView
    from neuroqgan.jobs.codec import StoredLayout
    from neuroqgan.jobs.payload_store import StoredFile
    from neuroqgan.jobs.record import JobRecord

_TO_SEND = (LAYOUT, CIRCUITS, ANGLES)
_NEEDED = {
    JobState.PLANNED: _TO_SEND,
    JobState.SUBMITTING: _TO_SEND,
    JobState.UNCERTAIN: _TO_SEND,
    JobState.QUEUED: (LAYOUT,),
    JobState.RUNNING: (LAYOUT,),
    JobState.DONE: (LAYOUT,),
    JobState.RETRIEVED: (LAYOUT, BITS),
    JobState.LOST: (LAYOUT,),
}
# If more files than this cannot be read, it is the storage.
_MOST_UNREADABLE = 10


def check_payloads(view: StoreView) -> Iterator[Fault]:
    """Read all payloads of all jobs, and look for files of jobs that nobody knows."""
    known = view.jobs
    if known.error is not None:
        return
    if missing := _all_missing(view):
        # Nothing is repaired: to mark all jobs as lost would be the greater loss.
        yield missing
        return
    n_unreadable = 0
    for done, job in enumerate(known.records.values()):
        view.on_progress("jobs", done, len(known.records))
        try:
            yield from _Job(view, job, view.files.get(job.id, {})).faults()
        except StorageError as error:
            n_unreadable += 1
            if n_unreadable > _MOST_UNREADABLE:
                raise
            yield Fault("payloads", job.short_id, shorten(error), error.hint)
    others = {record.id for record in known.unreadable}
    for job_id, files in view.files.items():
        if job_id not in known.records and job_id not in others:
            yield from _orphan(view, job_id, files)


def _all_missing(view: StoreView) -> Fault | None:
    """Return the fault of a storage without a file of any job, which is likely to be another."""
    jobs = [job for job in view.jobs.records.values() if job.state in _NEEDED]
    if not jobs or any(view.files.get(job.id) for job in jobs):
        return None
    return Fault(
        "storage",
        view.places.payloads.url,
        f"it holds no file of any of {plural(len(jobs), 'job')} that should have some",
        "check NEUROQGAN_STORAGE_URL and NEUROQGAN_HOME, and whether the disk is mounted; if the "
        "files are gone, restore them from a copy",
    )


def _orphan(view: StoreView, job_id: str, files: Mapping[str, StoredFile]) -> Iterator[Fault]:
    if (view.places.quarantine / "records" / f"{plain(job_id)}.json").exists():
        return
    whole = [name for name in files if not name.endswith(PART)]
    if whole:
        yield Fault(
            "orphan",
            plain(job_id),
            f"no record of this job, but its files: {', '.join(map(plain, whole))}",
            "if its service knows it, neuroqgan jobs import ID with the id that its page shows; "
            "otherwise delete the folder",
            is_wrong=BITS in whole,
        )


@dataclass(frozen=True)
class _Job:
    """One job and its files."""

    view: StoreView
    job: JobRecord
    files: Mapping[str, StoredFile]

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong with its files."""
        content: dict[str, bytes] = {}
        for name in self.files.keys() & {LAYOUT, CIRCUITS, ANGLES, BITS}:
            # Another process may drop a file meanwhile, as angles are once bits are stored.
            with suppress(PayloadError):
                content[name] = self.view.places.payloads.read(self.job.id, name)
        for name in _NEEDED.get(self.job.state, ()):
            if name not in content:
                yield self._fault("missing payload", f"{name} is not there", name)
        layout = None
        if LAYOUT in content:
            try:
                layout = layout_from_bytes(content[LAYOUT], self.job.id)
            except PayloadError as error:
                yield self._fault("damaged payload", f"{LAYOUT}: {shorten(error)}", LAYOUT)
        if layout is not None:
            yield from self._pieces(content)
        if BITS in content:
            yield from self._bits(content[BITS], layout)
        if self.job.raster_sha256 is not None:
            yield from self._raster(self.job.raster_sha256)

    def _pieces(self, content: Mapping[str, bytes]) -> Iterator[Fault]:
        """Compare circuits and angles with what the layout says of them."""
        value = json.loads(content[LAYOUT])
        sums = value.get("pieces", {})
        for name in sums:
            if name in content:
                try:
                    check_pieces({"pieces": {name: sums[name]}}, content)
                except PayloadError as error:
                    yield self._fault("damaged payload", shorten(error), name)

    def _bits(self, data: bytes, layout: StoredLayout | None) -> Iterator[Fault]:
        job = self.job
        said = ""
        wanted = job.bits_sha256
        if wanted is not None and hashlib.sha256(data).hexdigest() != wanted:
            said = "not the bits that were retrieved: another SHA-256"
        else:
            try:
                pages = unpack(data)
                if layout is not None:
                    said = misfit(layout.expected(job.samples), layout.measured(pages))
            except PayloadError as error:
                said = shorten(error)
        if said:
            yield self._fault("damaged payload", f"{BITS}: {said}", BITS)

    def _raster(self, digest: str) -> Iterator[Fault]:
        """Yield whether the raster that a group reads is missing or damaged."""
        try:
            self.view.places.payloads.read(self.job.id, RASTER, digest)
        except PayloadError as error:
            yield self._fault("damaged payload", f"{RASTER}: {shorten(error)}", RASTER)

    def _fault(self, kind: str, said: str, name: str) -> Fault:
        plan, act = self._way(name)
        repair = None if act is None else Repair(plan, act)
        advice = "" if repair is not None else plan
        return Fault(kind, self.job.short_id, said, advice, repair)

    def _way(self, name: str) -> tuple[str, Callable[[], str] | None]:
        """Return what can be done about a file that is missing or damaged."""
        state = self.job.state
        if state is JobState.PLANNED:
            return "give the job up, which was never sent", self._abandon
        if name == BITS and state is JobState.DONE:
            return "set the file aside; neuroqgan jobs retrieve fetches it", self._aside(name)
        if name == BITS and state is JobState.RETRIEVED:
            return "fetch it again, or else mark the job as lost", self._fetch
        if name in self.files and name in {CIRCUITS, ANGLES} and state is JobState.RETRIEVED:
            return "set the file aside, which the raster does not need", self._aside(name)
        if name == RASTER:
            again = f"neuroqgan jobs retrieve {self.job.short_id}"
            return f"{again} writes it again, on the machine that has its run", None
        where = self.view.places.payloads.path(self.job.id, name)
        return f"restore {where} from a copy", None

    def _aside(self, name: str) -> Callable[[], str]:
        return lambda: f"set aside in {quarantine_payload(self.view.places, self.job.id, name)}"

    def _abandon(self) -> str:
        store = JobRepairs(self.view.places.database)
        try:
            job = store.get(self.job.id)
            store.transition(job, JobState.ABANDONED, "its files were missing or damaged")
        finally:
            store.close()
        return "given up; neuroqgan run plans it again"

    def _fetch(self) -> str:
        places = self.view.places
        store = JobRepairs(places.database)
        context = JobContext(store, places.payloads)
        kept = ""
        try:
            if BITS in self.files:
                kept = f"; as it was, it is in {quarantine_payload(places, self.job.id, BITS)}"
            job = store.get(self.job.id)
            try:
                fetch_again(context, job)
            except (ResultLostError, MisfitError) as error:
                store.lose(job, f"the stored bits were lost. {shorten(error)}")
                return f"marked as lost: {shorten(error)}{kept}"
            except NeuroqganError as error:
                raise StorageError(f"not fetched yet: {shorten(error)}{kept}") from error
        finally:
            store.close()
        return f"fetched again{kept}"
