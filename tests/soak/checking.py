"""What has to be true after a soak: nothing lost, nothing twice."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import BITS
from neuroqgan.jobs.state import JobState
from neuroqgan.testing.control import unpack as unpack_drawn

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.testing import ServiceProcess

_N_COMPARED = 100


def faults_of(context: JobContext, service: ServiceProcess) -> dict[str, list[str]]:
    """Return the jobs that were lost, sent twice or altered, by what happened to them.

    Parameters
    ----------
    context
        Where the clients kept their jobs.
    service
        The service that had them.
    """
    records = context.store.find()
    served: list[dict[str, Any]] = service.jobs()
    by_tag = Counter(tag for job in served for tag in job["tags"])
    known = {record.tag for record in records}
    ended = {JobState.RETRIEVED, JobState.CANCELLED}
    compared = [job for job in records if job.state is JobState.RETRIEVED][:_N_COMPARED]
    drawn = {job["id"]: job["bits"] for job in service.control("jobs?bits=1")["jobs"]}
    return {
        "at the service, not in the store": sorted(set(by_tag) - known),
        "in the store as sent, not at the service": [
            job.id for job in records if job.provider_id is not None and not by_tag[job.tag]
        ],
        "sent twice": [tag for tag, number in by_tag.items() if number > 1],
        "asked for twice": [
            hash_
            for hash_, number in Counter(job.request_hash for job in records).items()
            if number > 1
        ],
        "without an end": [job.id for job in records if job.state not in ended],
        "altered": [
            job.id for job in compared if not _is_same(context, job, drawn[str(job.provider_id)])
        ],
    }


def _is_same(context: JobContext, job: JobRecord, drawn: list[dict[str, Any]]) -> bool:
    """Whether the stored bits are those that the service drew."""
    stored = unpack(context.payloads.read(job.id, BITS, job.bits_sha256))
    return all(map(np.array_equal, stored, map(unpack_drawn, drawn)))
