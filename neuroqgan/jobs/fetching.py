"""Fetching the raw bits of a job from its service.

They are stored as they came, even if they do not fit the plan; then they are never decoded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import (
    DamagedError,
    JobFailedError,
    MissingError,
    NotReadyError,
    ResultLostError,
)
from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import BITS, MISFIT
from neuroqgan.jobs.missing_results import record_missing
from neuroqgan.jobs.result_errors import not_finished, without_result
from neuroqgan.jobs.result_storage import store_bits
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import STATES, check_account

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_READ_ONCE = (
    "run the same command again; but a private result can be read only once, and the service may "
    "have counted this attempt"
)


def fetch(context: JobContext, job: JobRecord) -> JobRecord:
    """Fetch the bits of a job from its service and store them.

    The service is also asked again for a job that is lost, or whose result did not fit its plan.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        The job as `neuroqgan.jobs.recovery.refresh` returned it.

    Returns
    -------
    JobRecord
        The job, now ``retrieved``.

    Raises
    ------
    NotReadyError
        If the job is not finished, or another process is fetching it.
    JobFailedError
        If it ended without a result.
    ResultLostError
        If the service no longer has the result.
    MisfitError
        If the result is not what was planned; it is stored, and the job has failed.
    PayloadError
        If the layout of the job is damaged; nothing was fetched.
    AccountError, ServiceError
        If the service cannot be reached, or its answer makes no sense; nothing has changed.
    """
    if job.state is JobState.RETRIEVED:
        return job
    if job.state in FINAL:
        if not _may_turn_up(context, job):
            raise without_result(job)
        return _ask_again(context, context.store.hold(job))
    if job.state is not JobState.DONE:
        raise not_finished(job)
    # Read before anything is fetched: a private result comes only once, and has to be checked.
    context.layout(job)
    job = context.store.hold(job)
    if context.has_bits(job):
        # Fetched by a process that died before it could update the record.
        stored = unpack(context.payloads.read(job.id, BITS))
        return store_bits(context, job, context.layout(job).measured(stored))
    try:
        results = check_account(context, job).fetch(str(job.provider_id))
    except MissingError as error:
        record_missing(context, job, error)
        raise
    except ResultLostError as error:
        context.store.transition(job, JobState.LOST, f"{error.problem} {error.got}")
        raise
    except JobFailedError as error:
        context.store.transition(job, JobState.FAILED, f"{error.problem} {error.got}")
        raise
    except DamagedError as error:
        context.store.release(job)
        if job.private:
            raise DamagedError(
                error.problem, expected=error.expected, got=error.got, hint=_READ_ONCE
            ) from error
        raise
    except BaseException:
        context.store.release(job)
        raise
    return store_bits(context, job, results)


def _may_turn_up(context: JobContext, job: JobRecord) -> bool:
    """Whether the service may still return the result of a job that has ended without one."""
    if not context.is_remote(job) or job.provider_id is None:
        return False
    failed = job.state is JobState.FAILED
    return job.state is JobState.LOST or (failed and context.payloads.exists(job.id, MISFIT))


def _ask_again(context: JobContext, job: JobRecord) -> JobRecord:
    """Fetch the result of a job that was lost or did not fit; without a better one it stays so."""
    is_lost = job.state is JobState.LOST
    try:
        context.layout(job)
        service = check_account(context, job)
        try:
            results = service.fetch(str(job.provider_id))
        except (NotReadyError, JobFailedError) as error:
            state = STATES[service.status(str(job.provider_id)).execution]
            if is_lost and state is not JobState.DONE:
                note = f"the service has it again: {error.got}"
                message = "" if state not in FINAL else f"{error.problem} {error.got}"
                job = context.store.transition(job, state, note, hold=True, message=message)
            raise
    except BaseException:
        context.store.release(job)
        raise
    return store_bits(context, job, results)
