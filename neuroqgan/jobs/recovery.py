"""Updating records from the service, and after processes that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import MissingError, NotReadyError, ResultLostError
from neuroqgan.jobs.expired_batches import note_of
from neuroqgan.jobs.missing_results import is_missing, record_found_again, record_missing
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import STATES, check_account, link_remote_job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_TRIES = 5
_NEVER_SENT = "the process died before anything was sent"


def refresh(context: JobContext, job: JobRecord) -> JobRecord:
    """Find out what has become of a job; nothing is ever sent.

    - If a process died while it stored a job, the job is ``abandoned``, since nothing was sent.
    - If one died while it sent a job, or its request had no answer, the service is asked for the
      tag of the job and the record is linked to what it has. If it has none, the job stays
      ``uncertain``.
    - If the service has the job, its state is asked for. A job that it does not have by its id is
      looked for by its tag.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        Any job.

    Returns
    -------
    JobRecord
        The job as it is now. If another living process holds it, it is left alone.

    Raises
    ------
    AccountError, ServiceError
        If the service cannot be asked; nothing has changed.
    NotReadyError
        If other processes keep changing the job.
    JobNotFoundError
        If it was forgotten in the meantime.
    """
    for _ in range(_TRIES):
        try:
            return _refresh_once(context, job)
        except NotReadyError:
            # Another process has just updated the record, or taken the job.
            job = context.store.get(job.id)
    return _refresh_once(context, job)


def abandon_half_stored(context: JobContext, jobs: Sequence[JobRecord]) -> list[JobRecord]:
    """Abandon all jobs whose process died while it stored them, in two transactions.

    `refresh` does the same for one job. A process that died may have left thousands.

    Parameters
    ----------
    context
        Where the jobs are stored.
    jobs
        Any jobs.

    Returns
    -------
    list
        The same jobs, in the same order, as they are now.
    """
    half_stored = [job for job in jobs if job.state is JobState.PREPARING]
    held = context.store.held(half_stored)
    left = [job for job in half_stored if job.id not in held]
    try:
        # Files go before the state: a job that is abandoned is never looked at again.
        taken = context.store.hold_all(left)
        for job in taken:
            context.payloads.remove(job.id)
        abandoned = context.store.transition_all(taken, JobState.ABANDONED, _NEVER_SENT)
    except NotReadyError:
        # Another process is at it; one by one it is seen which are left.
        return list(jobs)
    now = {job.id: job for job in abandoned}
    return [now.get(job.id, job) for job in jobs]


def _refresh_once(context: JobContext, job: JobRecord) -> JobRecord:
    if job.state in FINAL or context.store.is_held(job):
        return job
    if job.state is JobState.PREPARING:
        # Files go before the state: a job that is abandoned is never looked at again.
        job = context.store.hold(job)
        context.payloads.remove(job.id)
        return context.store.transition(job, JobState.ABANDONED, _NEVER_SENT)
    if job.state is JobState.RUNNING and not context.is_remote(job) and not job.is_simulated:
        note = f"the process died while {job.backend} ran it"
        return context.store.transition(job, JobState.UNCERTAIN, note)
    if not context.is_remote(job):
        return job
    if job.state is JobState.SUBMITTING:
        note = "the process died while it sent the job"
        job = context.store.transition(job, JobState.UNCERTAIN, note)
    if job.state is JobState.UNCERTAIN:
        found = check_account(context, job).find(job.tag)
        return link_remote_job(context, job, found, "found by its tag") if found else job
    if job.state in {JobState.QUEUED, JobState.RUNNING}:
        return _ask(context, job)
    return job


def _ask(context: JobContext, job: JobRecord) -> JobRecord:
    try:
        answer = check_account(context, job).status(str(job.provider_id))
    except MissingError as error:
        found = check_account(context, job).find(job.tag)
        if not found or found[0].provider_id == job.provider_id:
            return record_missing(context, job, error)
        # The answer to its submission named another job, or none that there ever was.
        answer = found[0]
        note = f"found by its tag, not as {job.provider_id}"
        job = context.store.note(job, note, provider_id=answer.provider_id)
    except ResultLostError as error:
        return context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
    state = STATES[answer.execution]
    if is_missing(job):
        job = record_found_again(context, job)
    if state is job.state:
        return job
    note = note_of(answer)
    seconds = job.seconds if answer.seconds is None else answer.seconds
    job = context.store.transition(job, state, note, seconds=seconds)
    if state in FINAL:
        context.drop_angles(job)
    return job
