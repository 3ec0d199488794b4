"""Jobs that never ran because their batch closed while they waited in the queue.

The service charges nothing for them, so the walk over a raster sends them again by itself, in a new
batch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.backends.remote import RemoteJob
    from neuroqgan.jobs.record import JobRecord

_NOTE = "its batch closed before it started"
_ENDS = frozenset({JobState.FAILED, JobState.CANCELLED})

MOST = 3
"""How often the jobs of the same bins are sent again for this reason."""


def note_of(answer: RemoteJob) -> str:
    """Return what the history of a job says about an answer of its service."""
    if answer.expired:
        return f"{_NOTE}: {answer.message}" if answer.message else _NOTE
    return answer.message or "reported by the service"


def is_expired(job: JobRecord) -> bool:
    """Return whether a job ended without having run because its batch closed."""
    return job.state in _ENDS and job.message.startswith(_NOTE)
