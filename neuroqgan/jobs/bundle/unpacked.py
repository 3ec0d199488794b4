"""The jobs of a bundle, in stores of their own, so that they are decoded like all others."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import make_url

from neuroqgan.backends.circuits_apart import check_version
from neuroqgan.data.damage import DAMAGE
from neuroqgan.errors import PayloadError
from neuroqgan.jobs.bundle.container import check_arrays, refused
from neuroqgan.jobs.bundle.members import FORMAT, MANIFEST, OPTIONAL, REQUIRED, of_job
from neuroqgan.jobs.bundle.public_record import record_from_public
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT, layout_from_bytes
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.store import JobStore
from neuroqgan.schemas import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neuroqgan.jobs.record import JobRecord


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself.

    Parameters
    ----------
    versions
        Versions of the packages that wrote it.
    raster
        Shape of the raster and names of its neurons.
    jobs
        Records of its jobs.
    """

    versions: dict[str, str | None]
    raster: dict[str, Any]
    jobs: tuple[JobRecord, ...]


def read_manifest(members: Mapping[str, bytes]) -> Manifest:
    """Read the manifest of a bundle.

    Parameters
    ----------
    members
        Content of the bundle by name.

    Raises
    ------
    PayloadError
        If there is none, or it is damaged or of a later version.
    """
    if MANIFEST not in members:
        raise refused(f"no {MANIFEST}")
    try:
        values = parse_json(members[MANIFEST])
        version = values["format"]
        if version != FORMAT:
            raise PayloadError(
                "The bundle was written by another version of neuroqgan.",
                expected=f"format {FORMAT}",
                got=f"format {str(version)[:40]}",
                hint="pip install --upgrade neuroqgan",
            )
        jobs = tuple(record_from_public(job) for job in values["jobs"])
        if not jobs:
            raise ValueError("no jobs")
        return Manifest(dict(values["versions"]), dict(values["raster"]), jobs)
    except DAMAGE as error:
        raise refused(f"{MANIFEST} is damaged: {type(error).__name__}: {error}") from error


@contextmanager
def unpacked(members: Mapping[str, bytes], jobs: tuple[JobRecord, ...]) -> Iterator[JobContext]:
    """Put the jobs of a bundle into stores in memory, after checking what they claim.

    Parameters
    ----------
    members
        Content of the bundle by name.
    jobs
        Records of its jobs.

    Yields
    ------
    JobContext
        Where they are, until the end of the block.

    Raises
    ------
    PayloadError
        If a file of a job is missing, or claims more than it holds.
    """
    _check_order(jobs)
    store = JobStore(make_url("sqlite://"))
    payloads = PayloadStore(f"memory://bundle-{uuid4().hex}")
    try:
        try:
            store.create(jobs)
        except DAMAGE as error:
            raise refused(f"a record that cannot be stored: {type(error).__name__}") from error
        for job in jobs:
            _check_files(members, job)
            for name in (*REQUIRED, *OPTIONAL):
                if of_job(job.id, name) in members:
                    payloads.write(job.id, name, members[of_job(job.id, name)])
        yield JobContext(store, payloads)
    finally:
        for job in jobs:
            payloads.remove(job.id)
        store.close()


def _check_order(jobs: tuple[JobRecord, ...]) -> None:
    """Check that every request goes back to one for earlier bins, so that the chain ends."""
    if len({job.id for job in jobs}) != len(jobs):
        raise refused("two jobs of the same id")
    first_bins = {job.request: job.first_bin for job in jobs}
    for job in jobs:
        if job.after is not None and first_bins.get(job.after, job.first_bin) >= job.first_bin:
            raise refused(f"job {job.short_id} goes back to a job for later bins, or to none")


def _check_files(members: Mapping[str, bytes], job: JobRecord) -> None:
    for name in REQUIRED:
        if of_job(job.id, name) not in members:
            raise refused(f"{of_job(job.id, name)} is missing")
    for name in (BITS, ANGLES):
        if of_job(job.id, name) in members:
            check_arrays(of_job(job.id, name), members[of_job(job.id, name)])
    check_version(of_job(job.id, CIRCUITS), members[of_job(job.id, CIRCUITS)])
    layout = layout_from_bytes(members[of_job(job.id, LAYOUT)], job.id).layout
    # Every bin of every neuron was read by at least one bit, and stored bits are not compressed.
    n_bits = 8 * len(members[of_job(job.id, BITS)])
    if max(job.samples * layout.n_bins * layout.n_neurons, job.n_samples) > n_bits:
        raise refused(f"job {job.short_id} claims more spikes than bits were measured")
