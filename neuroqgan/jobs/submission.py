"""Sending a job to a service once, and never a second time by accident."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.remote import Execution, RemoteDevice, Workload
from neuroqgan.errors import (
    AccountError,
    BusyError,
    ConfigError,
    JobStateError,
    NotReadyError,
    PlanError,
    RefusedError,
    ServiceError,
    UncertainError,
)
from neuroqgan.jobs.codec import LAYOUT
from neuroqgan.jobs.pacing import patiently, pause, warn_of_wait
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.travelling import travelling_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.remote import JobService, RemoteJob
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.payload import JobPayload
    from neuroqgan.jobs.record import JobRecord

STATES = {
    Execution.QUEUED: JobState.QUEUED,
    Execution.RUNNING: JobState.RUNNING,
    Execution.DONE: JobState.DONE,
    Execution.FAILED: JobState.FAILED,
    Execution.CANCELLED: JobState.CANCELLED,
}


def send(
    context: JobContext,
    job: JobRecord,
    device: RemoteDevice,
    *,
    session: str | None = None,
    on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
) -> JobRecord:
    """Send a job that was never sent, or that the service has said it does not have.

    If the service accepts no more jobs for a while, the job is ``planned`` until it is sent again;
    this process holds it meanwhile.

    Parameters
    ----------
    context
        Where the job is stored; its `pace` says how long to wait.
    job
        A job that is ``planned`` or ``uncertain``.
    device
        The job's backend.
    session
        The service's id of a batch to send it in, instead of the one that the record names.
    on_wait
        Called before every wait, with the job and the seconds until it is sent.

    Returns
    -------
    JobRecord
        The job, now ``queued`` or further; ``uncertain`` if no answer came and the service, asked
        once, does not know the job yet.

    Raises
    ------
    RefusedError
        If the service refused it; the job has failed.
    PlanError, ConfigError
        If the device cannot run it, for example because its calibration has changed since; the
        job is ``abandoned``.
    AccountError, ServiceError
        If it could not be sent; the job is still ``planned``.
    """
    text = travelling_text(job, context.payloads.read(job.id, LAYOUT))
    options = JobOptions.from_dict(job.options)
    workload = replace(workload_of(context.payload(job), options), text=text)
    try:
        device.check(workload)
    except (PlanError, ConfigError) as error:
        context.store.transition(job, JobState.ABANDONED, error.problem)
        context.drop_angles(job)
        raise
    wait = context.pace.wait
    if wait > 0:
        job = context.store.hold(job)

    def tell(seconds: float) -> None:
        on_wait(job, seconds)

    def once() -> JobRecord:
        nonlocal job
        try:
            return _send_once(context, job, device, workload, session or job.session)
        except BusyError:
            job = context.store.get(job.id)
            raise

    try:
        pause(wait, tell)
        return patiently(context.pace, once, tell)
    except BaseException:
        # Interrupted, or out of patience, while it was waiting: it is free for whoever sends it.
        if job.state is JobState.PLANNED and job.owner is not None:
            with suppress(NotReadyError):
                context.store.release(job)
        raise


def workload_of(payload: JobPayload, options: JobOptions) -> Workload:
    """Return what a device is sent.

    Parameters
    ----------
    payload
        Pages and angles of a job.
    options
        Of the job.
    """
    circuits = tuple(page.circuit for page in payload.pages if page.circuit is not None)
    return Workload(circuits, payload.values, options, payload.shots)


def _send_once(
    context: JobContext,
    job: JobRecord,
    device: RemoteDevice,
    workload: Workload,
    session: str | None,
) -> JobRecord:
    job = context.store.transition(
        job,
        JobState.SUBMITTING,
        f"sending to {device.name}",
        hold=True,
        account=device.service.account,
        account_name=device.service.account_name,
        session=session,
    )
    try:
        answer = device.submit(workload, tag=job.tag, session=job.session)
    except RefusedError as error:
        context.store.transition(job, JobState.FAILED, _in_words(error))
        context.drop_angles(job)
        raise
    except BusyError as error:
        note = f"not sent: {error.got}"
        context.store.transition(job, JobState.PLANNED, note, hold=True)
        raise
    except (AccountError, ServiceError) as error:
        context.store.transition(job, JobState.PLANNED, f"not sent: {error.problem}")
        raise
    except UncertainError as error:
        job = context.store.transition(job, JobState.UNCERTAIN, _in_words(error), hold=True)
        return _ask_once(context, job, device)
    except BaseException as error:
        # Interrupted while the request was under way: only the service knows what became of it.
        context.store.transition(job, JobState.UNCERTAIN, f"interrupted: {type(error).__name__}")
        raise
    context.pace.sent()
    return link_remote_job(context, job, [answer], "the service has it")


def _in_words(error: RefusedError | UncertainError) -> str:
    return f"{error.problem} {error.got}".strip()


def _ask_once(context: JobContext, job: JobRecord, device: RemoteDevice) -> JobRecord:
    try:
        found = device.service.find(job.tag)
    except (AccountError, ServiceError):
        found = []
    if found:
        return link_remote_job(context, job, found, "found by its tag")
    return context.store.release(job)


def link_remote_job(
    context: JobContext, job: JobRecord, found: list[RemoteJob], note: str
) -> JobRecord:
    """Record which job of the service a job is.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        A job that is ``submitting`` or ``uncertain``.
    found
        Jobs of the service with its tag, oldest first. The first is taken. If there are more, as
        when a proxy has repeated the request, they are cancelled.
    note
        How it was found, for the history.
    """
    first = found[0]
    linked = context.store.transition(
        job,
        STATES[first.execution],
        note if not first.message else f"{note}: {first.message}",
        provider_id=first.provider_id,
        seconds=first.seconds,
    )
    for other in found[1:]:
        try:
            check_account(context, job).cancel(other.provider_id)
        except JobStateError:
            continue
    return linked


def check_account(context: JobContext, job: JobRecord) -> JobService:
    """Return the service of a job that was sent, if the account in use can see the job there.

    Raises
    ------
    AccountError
        If it was sent with another account: for this one the job does not seem to exist.
    ServiceError
        If the service cannot be reached.
    """
    service = context.service(job)
    if job.account is not None and service.account != job.account:
        raise AccountError(
            f"Job {job.short_id} was sent with another account.",
            expected=f"account {job.account_name or ''} {job.account}".replace("  ", " "),
            got=f"{service.account_name or 'the environment'}: {service.account}",
            hint="use the account that it was sent with; neuroqgan account list shows those that "
            "are saved",
        )
    return service


def send_again(
    context: JobContext,
    job: JobRecord,
    device: RemoteDevice,
    *,
    on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
) -> JobRecord:
    """Send a job because somebody asks for it: it was never sent, or the service does not have it.

    Parameters
    ----------
    context
        Where the job is stored; `JobContext.answer_grace` is how long after the lost request the
        service has to be without the job.
    job
        The job as `neuroqgan.jobs.recovery.refresh` returned it.
    device
        The job's backend.
    on_wait
        See `send`.

    Raises
    ------
    NotReadyError
        If the lost request may still become a job.
    JobStateError
        If the job was sent, or has ended.
    RefusedError, AccountError, ServiceError
        See `send`.
    """
    if job.state is JobState.UNCERTAIN:
        if context.is_remote(job):
            check_account(context, job)
        since = datetime.now(UTC) - (job.submitted or job.updated)
        grace = context.answer_grace
        if since < grace:
            left = (grace - since).total_seconds()
            raise NotReadyError(
                f"Job {job.short_id} may still turn up at the service.",
                expected=f"{grace.total_seconds():.0f} s since it was sent",
                got=f"{since.total_seconds():.0f} s",
                hint=f"neuroqgan jobs recover {job.short_id} --submit, in {left:.0f} s",
            )
    elif job.state is not JobState.PLANNED:
        raise JobStateError(
            f"Job {job.short_id} cannot be sent again.",
            expected="a job that was never sent, or that the service does not have",
            got=str(job.state),
            hint=f"neuroqgan jobs status {job.short_id}",
        )
    return send(context, job, device, on_wait=on_wait)
