"""Finding the jobs of a request that was made before, so that nothing is paid for twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.jobs.state import FINAL, JobState

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def find_existing(
    context: JobContext, request_hash: str, *, after: str | None = None
) -> list[JobRecord]:
    """Return the jobs of the newest request with a hash whose bits are here or may still come.

    A request whose bits are all here is preferred to one that is still under way. If several
    rasters begin with the same request, the one with the most bins is taken.

    Parameters
    ----------
    context
        Where the jobs are stored.
    request_hash
        See `neuroqgan.jobs.request.Request.request_hash`.
    after
        Id of the request for the bins before these, if the raster takes several requests.

    Returns
    -------
    list
        All jobs of one request, or none.
    """
    return choose_usable(context, context.store.find(request_hash=request_hash), after)


def choose_usable(
    context: JobContext, found: list[JobRecord], after: str | None
) -> list[JobRecord]:
    """Choose from all records with one hash, newest first, what `find_existing` returns."""
    by_request: dict[str, list[JobRecord]] = {}
    for job in found:
        if job.after == after:
            by_request.setdefault(job.request, []).append(job)
    held = context.store.held(job for job in found if job.state is JobState.PREPARING)
    under_way: list[JobRecord] = []
    complete: list[list[JobRecord]] = []
    for jobs in by_request.values():
        states = {job.state for job in jobs}
        if len(jobs) < jobs[0].parts or states & (FINAL - {JobState.RETRIEVED}):
            continue
        if states == {JobState.RETRIEVED}:
            if all(map(context.has_bits, jobs)):
                if jobs[0].series is None:
                    return jobs
                complete.append(jobs)
            continue
        # A record whose process died before everything was stored will never be sent.
        half_made = {job.id for job in jobs if job.state is JobState.PREPARING}
        if not under_way and half_made <= held:
            under_way = jobs
    if len(complete) > 1:
        bins = context.store.newest_bins(str(jobs[0].series) for jobs in complete)
        return max(complete, key=lambda jobs: bins[str(jobs[0].series)])
    return complete[0] if complete else under_way
