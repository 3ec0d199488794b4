"""``neuroqgan jobs show|status|watch``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, command

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord


@click.command(short_help="Show everything that is known about a job.")
@click.argument("job_id", metavar="[JOB]", default="latest")
@command
def show(output: Output, job_id: str) -> None:
    """Show everything that is known about a job, and its history; no service is contacted.

    \b
    Examples:
        neuroqgan jobs show
        neuroqgan jobs show 3f2a

    Without JOB it is the latest one.
    """
    from neuroqgan.cli.jobs.display import local_time, say_job
    from neuroqgan.jobs.payload_store import PayloadStore
    from neuroqgan.jobs.store import JobStore

    store = JobStore()
    job = store.get(job_id)
    events = store.events(job)
    say_job(output, job)
    figures = {
        "id": job.id,
        "tag": job.tag,
        "user": job.user,
        "account": " ".join(filter(None, (job.account_name, job.account))) or None,
        "run": job.run,
        "samples": _samples(job),
        "bin": job.bin_range.partition(" ")[2] or None,
        "batch": job.session,
        "seed": job.seed,
        "options": _given(job.options),
        "estimate": f"{job.estimate['seconds']:.1f} s of QPU time" if job.estimate else None,
        "QPU time": None
        if job.seconds is None
        else f"{job.seconds:.1f} s, reported by the service",
        "private": "yes: the service returns the result only once" if job.private else None,
        "payloads": PayloadStore().path(job.id, ""),
        "versions": ", ".join(f"{name} {number}" for name, number in job.client.items()),
    }
    for label, value in figures.items():
        if value is not None:
            output.say(f"{label:<10}{value}")
    for event in events:
        output.say(f"{local_time(event.at)}  {event.state:<11} {event.note}")
    history = [{"at": e.at.isoformat(), "state": e.state.value, "note": e.note} for e in events]
    output.result(job.to_dict() | {"history": history})


@click.command(short_help="Ask the service for the state of a job.")
@click.argument("job_id", metavar="[JOB]", default="latest")
@account_option
@command
def status(output: Output, job_id: str) -> None:
    """Ask the service for the state of a job.

    \b
    Examples:
        neuroqgan jobs status
        neuroqgan jobs status 3f2a --json

    The exit code is 0 if the job is finished, 1 if it ended badly and 3 if it is not finished. If
    sending the job was interrupted, the service is asked whether it has the job. Without JOB it is
    the latest one.
    """
    from neuroqgan.cli.jobs.display import exit_code, next_step, say_job
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.recovery import refresh

    context = JobContext()
    job = refresh(context, context.store.get(job_id))
    say_job(output, job)
    output.say(f"  {next_step(job, held=context.store.is_held(job))}")
    output.result(job.to_dict())
    raise click.exceptions.Exit(exit_code(job))


@click.command(short_help="Wait until a job is finished.")
@click.argument("job_id", metavar="[JOB]", default="latest")
@click.option(
    "--every",
    type=click.FloatRange(min=0.1),
    default=2.0,
    metavar="SECONDS",
    show_default=True,
    help="Seconds between the first two status requests; the pauses grow to half a minute.",
)
@account_option
@command
def watch(output: Output, job_id: str, every: float) -> None:
    """Wait until a job is finished, and show how far it is.

    \b
    Examples:
        neuroqgan jobs watch
        neuroqgan jobs watch 3f2a --every 30 && neuroqgan jobs retrieve 3f2a

    Without a terminal, every change of its state is a line. Exit codes are those of neuroqgan jobs
    status. Ctrl-C stops the watching, not the job. Without JOB it is the latest one.
    """
    from neuroqgan.cli.jobs.display import exit_code, next_step, say_job
    from neuroqgan.cli.jobs.live_view import watching_jobs
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.waiting import wait

    context = JobContext()
    job = context.store.get(job_id)
    say_job(output, job)
    with watching_jobs(output, [job], partial(say_job, output)) as (on_change, on_pause):
        (job,) = wait(context, [job], seconds=every, on_change=on_change, on_pause=on_pause)
    output.say(f"  {next_step(job)}")
    output.result(job.to_dict())
    raise click.exceptions.Exit(exit_code(job))


def _samples(job: JobRecord) -> str:
    part = f", part {job.part + 1} of {job.parts}" if job.parts > 1 else ""
    start = f" from sample {job.first_sample}" if job.parts > 1 else ""
    if job.series_samples is None:
        return f"{job.samples}{start}{part}"
    shots_start = f" from shot {job.first_sample}" if job.parts > 1 else ""
    return f"{job.series_samples}, in {job.samples} shots{shots_start}{part}"


def _given(options: dict[str, Any]) -> str | None:
    given = [f"{k} = {v}" for k, v in options.items() if v not in (None, False, "none")]
    return ", ".join(given) or None
