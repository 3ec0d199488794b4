"""Stores for tests: jobs of all states with files that fit them, a run and a campaign."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import URL, make_url

from neuroqgan.archive.places import FOLDERS, StorePlaces, is_hidden, walk
from neuroqgan.jobs.bits import pack, unpack
from neuroqgan.jobs.checksums import with_checksums
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.copies import JobCopies, JobCopy
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.record import JobEvent
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send
from neuroqgan.runs import pretrained
from neuroqgan.runs.config_file import build_config
from tests.jobs.conftest import DEVICE, StubService, planned

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord

_KEEPS = {
    JobState.PLANNED: (LAYOUT, CIRCUITS, ANGLES),
    JobState.SUBMITTING: (LAYOUT, CIRCUITS, ANGLES),
    JobState.UNCERTAIN: (LAYOUT, CIRCUITS, ANGLES),
    JobState.QUEUED: (LAYOUT, CIRCUITS, ANGLES),
    JobState.RUNNING: (LAYOUT, CIRCUITS, ANGLES),
    JobState.DONE: (LAYOUT, CIRCUITS, ANGLES),
    JobState.RETRIEVED: (LAYOUT, CIRCUITS, ANGLES, BITS),
    JobState.LOST: (LAYOUT, CIRCUITS),
}


def places_in(folder: Path, database: URL | None = None) -> StorePlaces:
    """An empty store in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    url = make_url(f"sqlite:///{folder / 'jobs.sqlite'}") if database is None else database
    return StorePlaces(url, PayloadStore((folder / "jobs").as_uri()), folder)


def one_job(places: StorePlaces, service: StubService) -> JobRecord:
    """Send a job to the stub, and retrieve its bits."""
    context = _context(places, service)
    job = send(context, planned(context, service), service)
    service.finish()
    job = retrieve(context, job)
    context.store.close()
    return job


def fill(places: StorePlaces, service: StubService, n_jobs: int) -> None:
    """Put jobs of all states into a store, the files of which are those of one real job."""
    first = one_job(places, service)
    read = places.payloads.read
    pieces = {name: read(first.id, name) for name in (LAYOUT, CIRCUITS, ANGLES, BITS)}
    layout = json.loads(pieces[LAYOUT])
    plain = {key: value for key, value in layout.items() if key not in ("sha256", "job", "pieces")}
    now, states, copies = datetime.now(UTC), list(JobState), []
    for i in range(n_jobs - 1):
        state, job = states[i % len(states)], uuid.uuid4().hex
        signed = with_checksums(plain, {name: pieces[name] for name in (CIRCUITS, ANGLES)}, job)
        content = {**pieces, LAYOUT: json.dumps(signed, indent=1).encode()}
        for name in _KEEPS.get(state, ()):
            places.payloads.write(job, name, content[name])
        at = now - timedelta(seconds=1.5 * i)
        record = replace(
            first,
            id=job,
            tag=f"neuroqgan-{job}",
            request=uuid.uuid4().hex,
            request_hash=uuid.uuid4().hex * 2,
            state=state,
            provider_id=f"d{i}",
            seed=2**80 + i,
            options={**first.options, "nested": [None, {"a": "ü"}]},
            message="100 % of Ωs" if state is JobState.FAILED else "",
            bits_sha256=first.bits_sha256 if state is JobState.RETRIEVED else None,
            created=at,
            updated=at,
            retrieved=at if state is JobState.RETRIEVED else None,
        )
        events = [JobEvent(at, JobState.PREPARING, "created"), JobEvent(at, state, "so it is")]
        copies.append(JobCopy(record, tuple(events)))
    store = JobCopies(places.database)
    for i in range(0, len(copies), 500):
        assert store.take_in(copies[i : i + 500]) == []
    store.close()


def add_run(places: StorePlaces, name: str = "mine") -> Path:
    """Put a trained run into a store, and a campaign."""
    entry = pretrained.available()[0]
    config = entry.run_config(build_config({"name": name}))
    with places.runs.staged(name) as draft:
        pretrained.install(entry, draft, config, None)
    (places.root / "campaigns" / "all").mkdir(parents=True, exist_ok=True)
    (places.root / "campaigns" / "all" / "campaign.json").write_text('{"format": 1}')
    return places.root / "runs" / name


@dataclass(frozen=True)
class Content:
    """Everything in a store."""

    jobs: dict[str, JobCopy]
    payloads: dict[tuple[str, str], bytes]
    files: dict[str, tuple[bytes, float]]


def content_of(places: StorePlaces) -> Content:
    """Read everything in a store."""
    store = JobCopies(places.database)
    with store.reading() as copies:
        jobs = {copy.record.id: copy for copy in copies if isinstance(copy, JobCopy)}
    store.close()
    read = places.payloads.read
    payloads = {(f.job, f.name): read(f.job, f.name) for f in places.payloads.files()}
    files = {
        path.relative_to(places.root).as_posix(): (path.read_bytes(), path.stat().st_mtime)
        for name in FOLDERS
        if (places.root / name).is_dir()
        for path in walk(places.root / name)
        if not is_hidden(path.name)
    }
    return Content(jobs, payloads, files)


def other_bits(data: bytes) -> bytes:
    """Bits of the same shape, all but equal."""
    pages = [page.copy() for page in unpack(data)]
    pages[0][0, 0] ^= True
    return pack(pages)


def _context(places: StorePlaces, service: StubService) -> JobContext:
    def find(name: str, **_: object) -> StubService:
        assert name == DEVICE
        return service

    store = JobStore(places.database)
    return JobContext(store, places.payloads, find, {"ibm": lambda: service})
