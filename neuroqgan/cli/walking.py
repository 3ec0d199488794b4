"""Rasters that take rounds, from the command line: walked to the end, or told how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from neuroqgan.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.cli.command import Output
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.runs.walk import RasterWalk


def walk(
    context: JobContext,
    raster: RasterWalk,
    output: Output,
    *,
    agree: Callable[[], None],
    wait_for_it: bool,
) -> list[JobRecord]:
    """Walk through all bins of a raster, and return the jobs of the last one.

    Parameters
    ----------
    context
        Where the jobs are.
    raster
        On its way.
    output
        Where words go.
    agree
        Says what the raster takes and asks, where that costs; called before the first bin is sent,
        and before one is sent again that failed.
    wait_for_it
        Whether to wait for jobs at a service.

    Raises
    ------
    click.exceptions.Exit
        With the exit code for what is not ready yet, where a job is under way and nobody waits.
    UncertainError
        If nobody knows whether a job was made.
    """
    from neuroqgan.cli.finishing import taken
    from neuroqgan.cli.jobs.display import waiting
    from neuroqgan.cli.showing import sampling_bar
    from neuroqgan.jobs.state import JobState
    from neuroqgan.jobs.together import complete_together

    raster.catch_up()
    if raster.done:
        known = "all of it" if raster.finished else f"{raster.done} of {raster.total} bins"
        output.note(f"This was sampled before, {known}; --fresh asks anew.")
    with sampling_bar(output, raster.executions_left, raster.backend.name) as on_progress:
        while not raster.finished:
            if not raster.is_agreed():
                agree()
            asked = raster.step(on_progress)
            jobs = asked.jobs
            if asked.meanwhile:
                output.note(taken(jobs[0]))
            if wait_for_it:
                jobs = [complete_together(context, job) for job in waiting(context, jobs, output)]
            else:
                # What a service has finished since is fetched; nothing is waited for.
                jobs = [
                    complete_together(context, job) if job.state is JobState.DONE else job
                    for job in jobs
                ]
            if any(job.state is not JobState.RETRIEVED for job in jobs):
                _tell(context, jobs, output)
            raster.take(jobs)
    raster.close()
    return raster.jobs


def _tell(context: JobContext, jobs: list[JobRecord], output: Output) -> None:
    """Say which bin is under way and what goes on with it, and end the command."""
    from neuroqgan.cli.finishing import check_known, report_jobs
    from neuroqgan.jobs.again import run_again
    from neuroqgan.jobs.recovery import refresh

    # Of a plugin whose process has died nobody knows what it did.
    jobs = [job if context.is_remote(job) else refresh(context, job) for job in jobs]
    report_jobs(jobs, output)
    check_known(jobs)
    first = jobs[0]
    output.say(
        f"The raster takes {first.n_requests} rounds, and this is {first.place}. Go on with:"
    )
    output.say(f"  {run_again(first)}")
    output.say("as often as it takes, or once with --wait.")
    raise click.exceptions.Exit(NotReadyError.exit_code)
