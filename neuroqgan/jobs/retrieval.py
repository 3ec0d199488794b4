"""Retrieving a job: updating its record, then running it here or fetching its bits."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from neuroqgan.errors import NotReadyError
from neuroqgan.jobs.fetching import fetch
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord

_SECONDS_BETWEEN_LOOKS = 0.2


def retrieve(
    context: JobContext, job: JobRecord, *, on_progress: Callable[[int], None] = lambda _: None
) -> JobRecord:
    """Retrieve the bits of a job, whatever happened to it before; nothing is sent.

    A simulation that was interrupted is run again.

    Parameters
    ----------
    context
        Where the job is stored.
    job
        Any job.
    on_progress
        Called with the number of executions done since the last call, if the job runs here.

    Returns
    -------
    JobRecord
        The job, now ``retrieved``.

    Raises
    ------
    NotReadyError, JobFailedError, ResultLostError, MisfitError, AccountError, ServiceError
        See `neuroqgan.jobs.fetching.fetch`.
    """
    job = refresh(context, job)
    can_run = job.is_simulated and job.state in {JobState.PLANNED, JobState.RUNNING}
    if can_run and not context.store.is_held(job):
        return simulate(context, job, on_progress=on_progress)
    return fetch(context, job)


def retrieve_shared(
    context: JobContext, job: JobRecord, *, on_progress: Callable[[int], None] = lambda _: None
) -> JobRecord:
    """Retrieve the bits of a job, or wait until another process that is fetching them has done so.

    Parameters, result and errors are those of `retrieve`. It waits only for a job that is finished
    at its service, and only while the other process lives.
    """
    while True:
        try:
            return retrieve(context, job, on_progress=on_progress)
        except NotReadyError:
            before, job = job, context.store.get(job.id)
            is_fetched = job.state is JobState.DONE and context.store.is_held(job)
            if not is_fetched and job.version == before.version:
                raise
            if is_fetched:
                time.sleep(_SECONDS_BETWEEN_LOOKS)
