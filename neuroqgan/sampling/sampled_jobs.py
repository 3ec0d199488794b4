"""Jobs of one request: found if they were made before, or else made, and run or sent."""

from __future__ import annotations

import time
from contextlib import nullcontext
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from neuroqgan.backends.remote import is_remote
from neuroqgan.errors import NotReadyError
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.heartbeat import heartbeat
from neuroqgan.jobs.pacing import patiently, warn_of_wait
from neuroqgan.jobs.preparation import prepare, prepare_once
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import send

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.request import Request

# A job in one of these is on its way from a process to its backend.
_ON_THE_WAY = frozenset({JobState.PREPARING, JobState.PLANNED, JobState.SUBMITTING})
_SECONDS = 0.2
_MOST_SECONDS = 60.0


@dataclass(frozen=True)
class SampledJobs:
    """The jobs of a request.

    Parameters
    ----------
    jobs
        All parts.
    reused
        Whether they existed already.
    meanwhile
        Whether another process made them after this one had looked for them.
    """

    jobs: list[JobRecord]
    reused: bool
    meanwhile: bool = False

    @property
    def complete(self) -> bool:
        """Whether all bits are here."""
        return all(job.state is JobState.RETRIEVED for job in self.jobs)


def known_jobs(context: JobContext, request: Request) -> list[JobRecord]:
    """Return the jobs that an identical request made before and that brought, or may bring, bits.

    Jobs at a service are brought up to date first; none that has ended badly is returned. If
    another living process is storing or sending them, the outcome is waited for, for a minute at
    most.

    Parameters
    ----------
    context
        Where jobs are kept.
    request
        What is wanted.

    Raises
    ------
    AccountError, ServiceError
        If the service of such a job cannot be asked.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    while True:
        jobs = [
            refresh(context, job) if context.is_remote(job) else job
            for job in find_existing(context, request.request_hash, after=request.after)
        ]
        if {job.state for job in jobs} & (FINAL - {JobState.RETRIEVED}):
            # The service has just said so; there may be others.
            continue
        in_between = [
            job for job in jobs if job.state in _ON_THE_WAY and context.store.is_held(job)
        ]
        if not in_between or time.monotonic() > deadline:
            return jobs
        time.sleep(_SECONDS)


def is_unsent(context: JobContext, jobs: list[JobRecord]) -> bool:
    """Return whether something is yet to be sent: there are no jobs, or one was left over.

    Parameters
    ----------
    context
        Where jobs are kept.
    jobs
        Of one request.
    """
    return not jobs or any(
        job.state is JobState.PLANNED and not context.store.is_held(job) for job in jobs
    )


def sample_request(
    context: JobContext,
    request: Request,
    backend: Backend,
    *,
    known: list[JobRecord],
    fresh: bool = False,
    plan: Plan | None = None,
    batch: Callable[[], str | None] = lambda: None,
    on_progress: Callable[[int], None] = lambda _: None,
    on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
) -> SampledJobs:
    """Have a request sampled: here and now, or by jobs that are sent.

    Parameters
    ----------
    context
        Where jobs are kept.
    request
        What is wanted.
    backend
        The backend of that name.
    known
        Jobs of an identical request, see `known_jobs`; they are finished, and nothing is requested
        twice. Without any, new ones are made, unless another process has done so since.
    fresh
        Whether to make new jobs even if others exist.
    plan
        See `neuroqgan.jobs.preparation.prepare`.
    batch
        Called once if a job is about to be sent; returns the service's id of the batch to send it
        in, or None.
    on_progress
        Called with the number of executions done since the last call.
    on_wait
        Called before every wait for a service that accepts no more jobs for a while, with the job
        that is next and the seconds.

    Raises
    ------
    PlanError
        If the program does not fit on the backend.
    BackendError
        If the backend or its service fails.
    StorageError
        If jobs cannot be stored.
    """
    jobs, meanwhile = known, False
    while True:
        if not jobs:
            if fresh:
                jobs, is_mine = prepare(context, request, backend, plan=plan), True
            else:
                jobs, is_mine = prepare_once(context, request, backend, plan=plan)
            if not is_mine:
                # Their process may fail or die just now.
                jobs = known_jobs(context, request)
                meanwhile = bool(jobs)
                continue
        reused = meanwhile or (bool(known) and jobs is known)
        try:
            finished = _finish(context, jobs, backend, batch, on_progress, on_wait)
        except _TakenError:
            jobs, fresh = known_jobs(context, request), False
            meanwhile = bool(jobs)
        else:
            return SampledJobs(finished, reused, meanwhile)


class _TakenError(Exception):
    """Another process has taken a job that was about to be sent."""


def _finish(
    context: JobContext,
    jobs: list[JobRecord],
    backend: Backend,
    batch: Callable[[], str | None],
    on_progress: Callable[[int], None],
    on_wait: Callable[[JobRecord, float], None],
) -> list[JobRecord]:
    """Send or run the jobs that are left to this process."""
    finished = []
    sends = any(context.is_remote(job) for job in jobs) and is_unsent(context, jobs)
    with heartbeat(context.store) if sends else nullcontext():
        tell = partial(on_wait, jobs[0])
        session = patiently(context.pace, batch, tell) if sends else None
        for job in jobs:
            is_planned = job.state is JobState.PLANNED and not context.store.is_held(job)
            if is_remote(backend) and is_planned:
                try:
                    finished.append(send(context, job, backend, session=session, on_wait=on_wait))
                except NotReadyError as error:
                    raise _TakenError from error
            elif context.is_remote(job):
                finished.append(job)
            elif is_planned or (job.is_simulated and job.state is JobState.RUNNING):
                finished.append(simulate(context, job, backend=backend, on_progress=on_progress))
            else:
                # Here already, or in the hands of another process, or of a plugin that may have
                # charged it: `jobs recover` says what can be done.
                finished.append(job)
    return finished
