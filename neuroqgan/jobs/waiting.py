"""Waiting until jobs are finished at their service."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import NotReadyError, ServiceError
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.state import FINAL, JobState

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_LONGEST_PAUSE = 30.0
# If nothing of a batch is queued for a minute, it is deactivated. The next bins have to be decoded,
# planned and sent within that minute.
_LONGEST_PAUSE_IN_BATCH = 10.0
_GROWTH = 1.3
# A service that is asked too often may say when to come back.
_MOST_ASKED = 120.0
# A laptop that moves from one network to another is back within this time.
_SECONDS_UNREACHABLE = 600.0

_UNFINISHED = frozenset(JobState) - FINAL - {JobState.DONE}


def wait(
    context: JobContext,
    jobs: Sequence[JobRecord],
    *,
    seconds: float = 2.0,
    on_change: Callable[[JobRecord], None] = lambda _: None,
    on_pause: Callable[[float], None] = lambda _: None,
) -> list[JobRecord]:
    """Wait until jobs are finished at their service, successfully or not.

    Parameters
    ----------
    context
        Where the jobs are stored.
    jobs
        Jobs to wait for.
    seconds
        Seconds between the first two status requests; the pauses grow to half a minute, or to ten
        seconds if a batch waits for the jobs that follow.
    on_change
        Called with every record whose state has changed.
    on_pause
        Called with the seconds until the next status request, before each pause.

    Returns
    -------
    list
        The same jobs, in the same order, as they are now.

    Raises
    ------
    NotReadyError
        If a job was never sent, so that waiting is of no use.
    AccountError
        If the service refuses the account.
    ServiceError
        If the service cannot be reached for ten minutes.
    """
    current = list(jobs)
    unreachable_since: float | None = None
    longest = max(seconds, _longest_pause(current))
    while True:
        asked_to_wait = 0.0
        try:
            for i, job in enumerate(current):
                if job.state in _UNFINISHED:
                    # Another process may have changed the record since.
                    current[i] = refresh(context, context.store.get(job.id))
                    if current[i].state is not job.state:
                        on_change(current[i])
            unreachable_since = None
        except ServiceError as error:
            asked_to_wait = error.wait or 0.0
            unreachable_since = unreachable_since or time.monotonic()
            if time.monotonic() - unreachable_since > _SECONDS_UNREACHABLE:
                raise
        except NotReadyError:
            # Another process is changing the record right now.
            pass
        waiting = [job for job in current if job.state in _UNFINISHED]
        if not waiting:
            return current
        for job in waiting:
            _check_worth_waiting(context, job)
        pause = max(seconds, min(asked_to_wait, _MOST_ASKED))
        on_pause(pause)
        time.sleep(pause)
        seconds = min(seconds * _GROWTH, longest)


def _longest_pause(jobs: Sequence[JobRecord]) -> float:
    follows = any(job.session is not None and not job.is_last for job in jobs)
    return _LONGEST_PAUSE_IN_BATCH if follows else _LONGEST_PAUSE


def _check_worth_waiting(context: JobContext, job: JobRecord) -> None:
    since = datetime.now(UTC) - (job.submitted or job.updated)
    if job.state is JobState.UNCERTAIN and since > context.answer_grace:
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
            f"No process is working on job {job.short_id}.",
            expected="a job that is under way",
            got=str(job.state),
            hint=f"neuroqgan jobs recover {job.short_id}{flag}",
        )
