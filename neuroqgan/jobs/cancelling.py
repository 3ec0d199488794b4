"""Cancelling a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import JobStateError, NotReadyError
from neuroqgan.jobs.owner import in_words
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import check_account

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def cancel(context: JobContext, job: JobRecord) -> JobRecord:
    """Cancel a job that has not ended.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        Any job.

    Returns
    -------
    JobRecord
        The job, now ``cancelled``, or in the state that the service reports: it may have finished
        in the meantime.

    Raises
    ------
    JobStateError
        If it has ended already, or another process is working on it.
    NotReadyError
        If it is not known whether its service has it.
    AccountError, ServiceError
        If the service cannot be reached; nothing has changed.
    """
    job = refresh(context, job)
    if job.state in FINAL or job.state is JobState.DONE:
        raise JobStateError(
            f"Job {job.short_id} has already ended.",
            expected="a job that is queued or running",
            got=str(job.state),
            hint=f"neuroqgan jobs {'retrieve' if job.state is JobState.DONE else 'show'} "
            f"{job.short_id}",
        )
    if context.store.is_held(job):
        raise JobStateError(
            f"Another process is working on job {job.short_id}.",
            expected="a job that no process is working on",
            got=f"{job.state}, in {in_words(str(job.owner))}",
            hint="press Ctrl-C there",
        )
    if job.state is JobState.UNCERTAIN:
        raise NotReadyError(
            f"It is not known yet whether {job.backend} has job {job.short_id}.",
            expected="a job whose sending was confirmed, or that was never sent",
            got="one that was sent without an answer",
            hint=f"neuroqgan jobs recover {job.short_id}, a little later",
        )
    if context.is_remote(job) and job.state is not JobState.PLANNED:
        check_account(context, job).cancel(str(job.provider_id))
        return refresh(context, job)
    cancelled = context.store.transition(job, JobState.CANCELLED, "cancelled here")
    context.drop_angles(job)
    return cancelled
