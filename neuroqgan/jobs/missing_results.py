"""Jobs and results that a service does not have at the moment.

One such answer proves nothing: a service that is being repaired forgets jobs for a while, and
treating one of them as lost would mean sampling it again and paying twice. So the first answer is
only recorded, and a job is lost if the service still does not have it some minutes later.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import ServiceError
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.errors import MissingError
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

# Records of earlier versions begin with this as well.
_MISSED = "The service did not have it"
_BACK = "the service has it again"


def record_missing(context: JobContext, job: JobRecord, error: MissingError) -> JobRecord:
    """Record that the service does not have a job, or its result.

    Parameters
    ----------
    context
        Where the job is stored; `JobContext.missing_grace` is how long the service has to be
        without it before it is lost.
    job
        A job that is at the service, as far as is known.
    error
        What the service answered.

    Returns
    -------
    JobRecord
        The job, now ``lost``.

    Raises
    ------
    ServiceError
        If the service may have it again; nothing else has changed.
    """
    grace = context.missing_grace
    since = None if not is_missing(job) else _since(context, job)
    now = datetime.now(UTC)
    if since is not None and now - since >= grace:
        return context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
    if since is None:
        message = f"{_MISSED}: {error.got}"
        context.store.note(job, message, message=message)
        since = now
    else:
        context.store.release(job)
    left = max(1.0, (grace - (now - since)).total_seconds())
    raise ServiceError(
        error.problem,
        expected=error.expected,
        got=f"{error.got}; the service may have it again later, and nothing was changed",
        hint=f"neuroqgan jobs status {job.short_id}, in {left:.0f} s: if the service still does "
        "not have it then, the job counts as lost",
    ) from error


def is_missing(job: JobRecord) -> bool:
    """Whether the service did not have a job when it was last asked."""
    return job.message.startswith(_MISSED)


def record_found_again(context: JobContext, job: JobRecord) -> JobRecord:
    """Record that the service has a job that it did not have before."""
    return context.store.note(job, _BACK, message="")


def _since(context: JobContext, job: JobRecord) -> datetime | None:
    """Return since when the service has not had the job."""
    missed_at = [e.at for e in context.store.events(job) if e.note.startswith(_MISSED)]
    return missed_at[-1] if missed_at else None
