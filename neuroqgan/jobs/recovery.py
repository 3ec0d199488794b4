"""Bringing records up to date: with the service, and with processes that died."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import MissingError, NotReadyError, ResultLostError
from neuroqgan.jobs.missing import found_again, is_missed, missed
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import STATES, adopt, check_account

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.record import JobRecord

_TRIES = 5


def settle(desk: JobDesk, job: JobRecord) -> JobRecord:
    """Find out how far a job is; nothing is ever sent.

    - A process that died while it stored a job: ``abandoned``, since nothing was sent.
    - One that died while it sent a job, or whose request had no answer: the service is asked for
      the job's tag, and what it has is adopted. If it has none the job stays ``uncertain``.
    - A job that the service has: its state is asked for.

    Parameters
    ----------
    desk
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
            return _settle(desk, job)
        except NotReadyError:
            # Another process has just brought it up to date, or taken it.
            job = desk.store.get(job.id)
    return _settle(desk, job)


def _settle(desk: JobDesk, job: JobRecord) -> JobRecord:
    if job.state in FINAL or desk.store.is_held(job):
        return job
    if job.state is JobState.PREPARING:
        note = "the process died before anything was sent"
        job = desk.store.transition(job, JobState.ABANDONED, note)
        desk.payloads.remove(job.id)
        return job
    if job.state is JobState.RUNNING and not desk.is_remote(job) and not job.is_simulated:
        note = f"the process died while {job.backend} ran it"
        return desk.store.transition(job, JobState.UNCERTAIN, note)
    if not desk.is_remote(job):
        return job
    if job.state is JobState.SUBMITTING:
        note = "the process died while it sent the job"
        job = desk.store.transition(job, JobState.UNCERTAIN, note)
    if job.state is JobState.UNCERTAIN:
        found = check_account(desk, job).find(job.tag)
        return adopt(desk, job, found, "found by its tag") if found else job
    if job.state in {JobState.QUEUED, JobState.RUNNING}:
        return _ask(desk, job)
    return job


def _ask(desk: JobDesk, job: JobRecord) -> JobRecord:
    try:
        answer = check_account(desk, job).status(str(job.provider_id))
    except MissingError as error:
        return missed(desk, job, error)
    except ResultLostError as error:
        return desk.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
    state = STATES[answer.execution]
    if is_missed(job):
        job = found_again(desk, job)
    if state is job.state:
        return job
    note = answer.message or "as the service says"
    seconds = job.seconds if answer.seconds is None else answer.seconds
    job = desk.store.transition(job, state, note, seconds=seconds)
    if state in FINAL:
        desk.drop_angles(job)
    return job
