"""Bringing records up to date: with the service, and with processes that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import MissingError, NotReadyError, ResultLostError
from neuroqgan.jobs.missing import found_again, is_missed, missed
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import STATES, check_account, link_remote_job

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_TRIES = 5


def refresh(context: JobContext, job: JobRecord) -> JobRecord:
    """Find out how far a job is; nothing is ever sent.

    - A process that died while it stored a job: ``abandoned``, since nothing was sent.
    - One that died while it sent a job, or whose request had no answer: the service is asked for
      the job's tag, and what it has is adopted. If it has none the job stays ``uncertain``.
    - A job that the service has: its state is asked for.

    Parameters
    ----------
    context
        Where the job is.
    job
        Any.

    Returns
    -------
    JobRecord
        As it is now. A job that another living process holds is left alone.

    Raises
    ------
    AccountError, ServiceError
        If the service cannot be asked; nothing has changed.
    NotReadyError
        If other processes change the job all the time.
    JobNotFoundError
        If it was forgotten in the meantime.
    """
    for _ in range(_TRIES):
        try:
            return _refresh_once(context, job)
        except NotReadyError:
            # Another process has just brought it up to date, or taken it.
            job = context.store.get(job.id)
    return _refresh_once(context, job)


def _refresh_once(context: JobContext, job: JobRecord) -> JobRecord:
    if job.state in FINAL or context.store.is_held(job):
        return job
    if job.state is JobState.PREPARING:
        note = "the process died before anything was sent"
        job = context.store.transition(job, JobState.ABANDONED, note)
        context.payloads.remove(job.id)
        return job
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
        return missed(context, job, error)
    except ResultLostError as error:
        return context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
    state = STATES[answer.execution]
    if is_missed(job):
        job = found_again(context, job)
    if state is job.state:
        return job
    note = answer.message or "as the service says"
    seconds = job.seconds if answer.seconds is None else answer.seconds
    job = context.store.transition(job, state, note, seconds=seconds)
    if state in FINAL:
        context.drop_angles(job)
    return job
