"""A raster sampled from the command line: walked to its end, or left under way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import click

from neuroqgan.errors import NotReadyError

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.cli.command import Output
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.sampling.walk import RasterWalk


def walk_raster(
    context: JobContext,
    walk: RasterWalk,
    output: Output,
    *,
    agree: Callable[[], None],
    wait_for_it: bool,
    keep: Callable[[], None] = lambda: None,
) -> list[JobRecord] | None:
    """Go through all requests of a raster.

    Parameters
    ----------
    context
        Where the jobs are.
    walk
        The raster on its way.
    output
        Where words go.
    agree
        Says what the raster takes and asks, if that costs; called before the first request is
        sent, and before one is sent again that failed.
    wait_for_it
        Whether to wait for jobs at a service.
    keep
        Keeps what goes with the raster; called once it is agreed to, before a request is sent, and
        again when all are here.

    Returns
    -------
    list or None
        The jobs of the last request; None if the only request of the raster is under way.

    Raises
    ------
    click.exceptions.Exit
        With the exit code for what is not ready yet, if one request of several is under way.
    UncertainError
        If it is not known whether a job was made.
    """
    from neuroqgan.cli.job_reports import note_wait, taken
    from neuroqgan.cli.jobs.live_view import waiting
    from neuroqgan.cli.sampling_bar import sampling_bar
    from neuroqgan.jobs.retrieval import retrieve_shared
    from neuroqgan.jobs.state import JobState

    walk.catch_up()
    if walk.n_done:
        _note_known(walk, output)
    with sampling_bar(output, walk.n_executions_left, walk.backend.name) as on_progress:
        while not walk.is_finished:
            if not walk.is_agreed():
                agree()
            keep()
            sampled = walk.step(on_progress, partial(note_wait, output), output.note)
            jobs = sampled.jobs
            if sampled.meanwhile:
                output.note(taken(jobs[0]))
            elif sampled.reused and walk.n_requests == 1:
                output.note(
                    f"This was requested before, as job {jobs[0].short_id}; --fresh resubmits it."
                )
            if wait_for_it:
                jobs = waiting(context, jobs, output)
                if walk.sends_again(jobs):
                    output.note("The batch closed before the job started; it is sent again.")
                    continue
                jobs = [retrieve_shared(context, job) for job in jobs]
            else:
                # What a service has finished since is fetched; nothing is waited for.
                jobs = [
                    retrieve_shared(context, job) if job.state is JobState.DONE else job
                    for job in jobs
                ]
            if any(job.state is not JobState.RETRIEVED for job in jobs):
                _report(context, walk, jobs, output)
                return None
            walk.take(jobs)
    keep()
    walk.close()
    return walk.jobs


def _note_known(walk: RasterWalk, output: Output) -> None:
    if walk.n_requests == 1:
        known = f"as job {walk.jobs[0].short_id}"
    else:
        known = "all of it" if walk.is_finished else f"{walk.n_done} of {walk.n_bins} bins"
    output.note(f"This was sampled before, {known}; --fresh samples anew.")


def _report(context: JobContext, walk: RasterWalk, jobs: list[JobRecord], output: Output) -> None:
    """Say which jobs are under way and how to go on; of several requests, end the command."""
    from neuroqgan.cli.job_reports import check_known, report_jobs
    from neuroqgan.jobs.recovery import refresh
    from neuroqgan.jobs.rerun_command import rerun_command

    # It is not known what a plugin did whose process has died.
    jobs = [job if context.is_remote(job) else refresh(context, job) for job in jobs]
    report_jobs(jobs, output)
    check_known(jobs)
    first = jobs[0]
    if walk.n_requests == 1:
        output.say(f"Retrieve its spikes with: neuroqgan jobs retrieve {first.short_id}")
        return
    output.say(
        f"This raster needs {first.n_requests} requests, one after the other. "
        f"This one measures {first.bin_range}."
    )
    output.say("Continue with:")
    output.say(f"  {rerun_command(first)}")
    output.say("Repeat the command until the raster is complete, or give --wait once.")
    raise click.exceptions.Exit(NotReadyError.exit_code)
