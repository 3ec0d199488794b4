"""What the command line says of the jobs of a raster that is not here yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.cli.streams import echo
from neuroqgan.errors import UncertainError

if TYPE_CHECKING:
    from neuroqgan.cli.command import Output
    from neuroqgan.jobs.record import JobRecord


def taken(job: JobRecord) -> str:
    """Say that another process has just made the same request, and that nothing was sent."""
    of = f", {job.bin_range}" if job.bin_range else ""
    return (
        "Another process has just requested the same raster, as job "
        f"{job.short_id}{of}; nothing was sent twice."
    )


def note_wait(output: Output, job: JobRecord, seconds: float) -> None:
    """Say that a job is sent later because its service accepts no more for a while."""
    from neuroqgan.jobs.pacing import in_words

    output.note(in_words(job, seconds))


def report_jobs(jobs: list[JobRecord], output: Output) -> None:
    """Say which jobs are under way."""
    first = jobs[0]
    for job in jobs:
        # Even with --quiet: without its id a job is hard to find.
        bin_ = f", {job.bin_range}" if job.bin_range else ""
        echo(
            job.id if output.quiet else f"Job {job.id} on {job.backend}{bin_}: {job.state}",
            err=output.as_json,
        )
    output.result(
        {
            "run": first.run,
            "backend": first.backend,
            "job": first.id,
            "state": first.state.value,
            "jobs": [job.to_dict() for job in jobs],
        }
    )


def check_known(jobs: list[JobRecord]) -> None:
    """Check that every job is known to exist, or not to.

    Raises
    ------
    UncertainError
        If not.
    """
    from neuroqgan.jobs.state import JobState

    for job in jobs:
        if job.state is JobState.UNCERTAIN:
            raise UncertainError(
                f"Job {job.short_id} was sent, and no answer came.",
                expected=f"an answer of {job.backend}",
                got="none; the service may have the job or not",
                hint=f"neuroqgan jobs recover {job.short_id}, which asks and sends nothing twice",
            )
