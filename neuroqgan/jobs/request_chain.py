"""The chain of requests of a raster that takes several: one per bin, or one per block of bins.

Each is an ordinary request with a hash, jobs and payloads of its own. Its records name the request
for the bins before, `JobRecord.after`, whose spikes decided the angles. A raster is therefore the
chain that ends in its last bin, whatever else was asked for in between. All requests that go back
to the same first one form a series.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import JobStateError
from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.jobs.state import JobState

if TYPE_CHECKING:
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


def last_retrieved_bin(context: JobContext, series: str) -> int:
    """Return the last bin of a series whose bits are here, counted from 0; -1 if there is none."""
    jobs = context.store.find(series=series, states=[JobState.RETRIEVED])
    return max((job.first_bin + job.n_job_bins - 1 for job in jobs), default=-1)


def request_chain(context: JobContext, last: JobRecord) -> list[list[JobRecord]]:
    """Return the jobs of all requests up to one, in the order of their bins.

    Parameters
    ----------
    context
        Where the jobs are stored.
    last
        A job of the last request.

    Returns
    -------
    list
        All jobs of each request.

    Raises
    ------
    JobStateError
        If the jobs of some bins were forgotten.
    """
    by_request: dict[str, list[JobRecord]] = {}
    for job in context.store.find(series=last.series):
        by_request.setdefault(job.request, []).append(job)
    requests: list[list[JobRecord]] = []
    request: str | None = last.request
    while request is not None:
        jobs = by_request.get(request)
        if jobs is None:
            raise JobStateError(
                "Jobs for earlier bins of the raster were deleted.",
                expected=f"jobs for {last.first_bin + 1} bins of series {str(last.series)[:8]}",
                got=f"jobs of {len(requests)} requests",
                hint=f"{rerun_command(last)} --fresh",
            )
        requests.insert(0, jobs)
        request = jobs[0].after
    return requests


def complete_request(context: JobContext, job: JobRecord) -> list[JobRecord] | None:
    """Return the jobs of the last request of a raster if all its bits are here, else None.

    Parameters
    ----------
    context
        Where the jobs are stored.
    job
        A job of any bin of the raster.
    """
    ends: dict[str, list[JobRecord]] = {}
    for other in context.store.find(series=job.series, states=[JobState.RETRIEVED]):
        if other.is_last:
            ends.setdefault(other.request, []).append(other)
    for jobs in ends.values():
        requests = {jobs_of_bin[0].request for jobs_of_bin in request_chain(context, jobs[0])}
        if len(jobs) == jobs[0].parts and job.request in requests:
            return jobs
    return None


def jobs_of_same_raster(context: JobContext, job: JobRecord) -> list[JobRecord]:
    """Return all jobs that brought the raster of a job, in the order of bins and samples.

    Parameters
    ----------
    context
        Where the jobs are.
    job
        Any of them.

    Raises
    ------
    JobStateError
        If the jobs of some bins were deleted.
    """
    jobs = context.store.find(request=job.request)
    if last := complete_request(context, job) if job.series is not None else None:
        jobs = [part for request in request_chain(context, last[0]) for part in request]
    return sorted(jobs, key=lambda one: (one.first_bin, one.part))
