"""Bringing a job to its end: settled, then run or fetched; and waiting until that is possible."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import NotReadyError, ServiceError
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.retrieval import fetch
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import SETTLING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_MOST_SECONDS = 30.0
_GROWTH = 1.3
# A laptop that moves from one network to another is back within this time.
_PATIENCE = 600.0

_UNFINISHED = frozenset(JobState) - FINAL - {JobState.DONE}


def complete(
    context: JobContext, job: JobRecord, *, on_progress: Callable[[int], None] = lambda _: None
) -> JobRecord:
    """Bring the bits of a job home, whatever happened to it before; nothing is sent.

    Parameters
    ----------
    context
        Where the job is.
    job
        Any.
    on_progress
        Called with the number of executions done since the last call, where it runs here.

    Returns
    -------
    JobRecord
        ``retrieved``.

    Raises
    ------
    NotReadyError, JobFailedError, ResultLostError, MisfitError, AccountError, ServiceError
        See `neuroqgan.jobs.retrieval.fetch`.
    """
    job = refresh(context, job)
    can_run = job.is_simulated and job.state in {JobState.PLANNED, JobState.RUNNING}
    if can_run and not context.store.is_held(job):
        return simulate(context, job, on_progress=on_progress)
    return fetch(context, job)


def wait(
    context: JobContext,
    jobs: Sequence[JobRecord],
    *,
    seconds: float = 2.0,
    on_change: Callable[[JobRecord], None] = lambda _: None,
) -> list[JobRecord]:
    """Wait until jobs are finished at their service, one way or another.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        To wait for.
    seconds
        Between two questions at first; later ones are asked less often.
    on_change
        Called with every record that has changed its state.

    Raises
    ------
    NotReadyError
        If a job was never sent, so that waiting is no use.
    AccountError
        If the service refuses the account.
    ServiceError
        If the service cannot be reached for ten minutes.
    """
    current = list(jobs)
    unreachable_since: float | None = None
    while True:
        try:
            for i, job in enumerate(current):
                if job.state in _UNFINISHED:
                    # Another process may have changed the record since.
                    current[i] = refresh(context, context.store.get(job.id))
                    if current[i].state is not job.state:
                        on_change(current[i])
            unreachable_since = None
        except ServiceError:
            unreachable_since = unreachable_since or time.monotonic()
            if time.monotonic() - unreachable_since > _PATIENCE:
                raise
        except NotReadyError:
            # Another process is changing the record right now.
            pass
        waiting = [job for job in current if job.state in _UNFINISHED]
        if not waiting:
            return current
        for job in waiting:
            _check_worth_waiting(context, job)
        time.sleep(seconds)
        seconds = min(seconds * _GROWTH, max(seconds, _MOST_SECONDS))


def _check_worth_waiting(context: JobContext, job: JobRecord) -> None:
    since = datetime.now(UTC) - (job.submitted or job.updated)
    if job.state is JobState.UNCERTAIN and since > SETTLING:
        raise NotReadyError(
            f"{job.backend} has no job {job.short_id}.",
            expected="a job that was sent and arrived",
            got=f"none, {since.total_seconds():.0f} s after it was sent",
            hint=f"neuroqgan jobs recover {job.short_id} --submit",
        )
    is_dead = job.is_simulated and not context.store.is_held(job)
    if (job.state is JobState.PLANNED and not context.store.is_held(job)) or is_dead:
        flag = "" if job.is_simulated else " --submit"
        raise NotReadyError(
            f"No process works on job {job.short_id}.",
            expected="a job that is under way",
            got=str(job.state),
            hint=f"neuroqgan jobs recover {job.short_id}{flag}",
        )
