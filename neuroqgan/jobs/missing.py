"""Jobs and results that a service does not have at the moment.

One such answer proves nothing: a service that is being repaired forgets jobs for a while, and
whoever takes one for lost samples it again and pays twice. So the first is written down, and a job
is lost when the service still does not have it some minutes later.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from neuroqgan.errors import ServiceError
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.errors import MissingError
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

PATIENCE = timedelta(minutes=2)
"""How long a service has to be without a job or its result before the job is lost."""

_MISSED = "The service did not have it"
_BACK = "the service has it again"


def missed(context: JobContext, job: JobRecord, error: MissingError) -> JobRecord:
    """Write down that the service does not have a job, or its result.

    Parameters
    ----------
    context
        Where the job is.
    job
        At the service, as far as is known.
    error
        What the service said.

    Returns
    -------
    JobRecord
        ``lost``.

    Raises
    ------
    ServiceError
        If it may have it again: nothing else has changed.
    """
    since = None if not is_missed(job) else _since(context, job)
    now = datetime.now(UTC)
    if since is not None and now - since >= PATIENCE:
        return context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
    if since is None:
        message = f"{_MISSED}: {error.got}"
        context.store.note(job, message, message=message)
        since = now
    else:
        context.store.release(job)
    left = max(1.0, (PATIENCE - (now - since)).total_seconds())
    raise ServiceError(
        error.problem,
        expected=error.expected,
        got=f"{error.got}; it may have it again later, and nothing was changed",
        hint=f"neuroqgan jobs status {job.short_id}, in {left:.0f} s: if it is still not there "
        "then, the job counts as lost",
    ) from error


def is_missed(job: JobRecord) -> bool:
    """Whether the service did not have a job when it was last asked."""
    return job.message.startswith(_MISSED)


def found_again(context: JobContext, job: JobRecord) -> JobRecord:
    """Write down that the service has a job that it did not have."""
    return context.store.note(job, _BACK, message="")


def _since(context: JobContext, job: JobRecord) -> datetime | None:
    """Return when the service did not have the job for the first time since it last had it."""
    missed_at = [e.at for e in context.store.events(job) if e.note.startswith(_MISSED)]
    return missed_at[-1] if missed_at else None
