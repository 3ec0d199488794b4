"""``neuroqgan jobs list|show|status|watch``."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from neuroqgan.cli.command import Output, account_option, command
from neuroqgan.errors import InputError

if TYPE_CHECKING:
    from neuroqgan.jobs.record import JobRecord

_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}
_LONGEST = 36525 * 86400


class Age(click.ParamType[timedelta]):
    """A length of time such as 90s, 15min, 12h, 7d or 2w."""

    name = "age"

    def convert(self, value: Any, param: Any, ctx: Any) -> timedelta:
        """Turn text into a length of time."""
        found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(s|min|h|d|w)", str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no length of time such as 90s, 15min, 12h, 7d or 2w")
        seconds = float(found[1]) * _UNITS[found[2]]
        if seconds > _LONGEST:
            self.fail(f"{value!r} is longer ago than any job; a century, 36525d, is the most")
        return timedelta(seconds=seconds)


@click.command("list", short_help="List jobs, newest first.")
@click.option("--state", multiple=True, metavar="STATE", help="In this state; may be repeated.")
@click.option("--backend", metavar="NAME", help="On this backend.")
@click.option("--run", metavar="RUN", help="Of this run.")
@click.option("--newer", type=Age(), metavar="AGE", help="Made within this time, such as 7d.")
@click.option("--older", type=Age(), metavar="AGE", help="Made before that.")
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    help=(
        "Maximum number of rasters, or of jobs with --all or --json. [50 in a "
        "table, all with --json]"
    ),
)
@click.option("--all", "every", is_flag=True, help="One row per job instead of one per raster.")
@command
def list_jobs(
    output: Output,
    state: tuple[str, ...],
    backend: str | None,
    run: str | None,
    newer: timedelta | None,
    older: timedelta | None,
    limit: int | None,
    every: bool,
) -> None:
    """List jobs, newest first, as they were when they were last looked at.

    \b
    Examples:
        neuroqgan jobs list
        neuroqgan jobs list --state queued --state running --backend ibm_fez
        neuroqgan jobs list --run mine --newer 7d --json

    The jobs of one raster, which may take one per bin, share a row: id and state are those of the
    newest job, and the last columns say how many jobs there are and how much of the raster has
    arrived. --all shows every job, as does --json. No service is contacted; neuroqgan jobs status
    and retrieve do that.
    """
    from neuroqgan.cli.jobs.display import print_jobs, print_rasters
    from neuroqgan.jobs.store import JobStore

    store = JobStore()
    wanted: dict[str, Any] = {
        "states": [_state(name) for name in state],
        "backend": backend,
        "run": run,
        "newer": newer,
        "older": older,
    }
    if output.as_json:
        output.result([job.to_dict() for job in store.find(**wanted, limit=limit)])
        return
    shown = limit or 50
    jobs = store.find(**wanted, limit=shown + 1) if every else []
    rasters = [] if every else store.rasters(**wanted, limit=shown + 1)
    if not (jobs or rasters):
        filters = (state, backend, run, newer, older)
        output.say(
            "No such jobs."
            if any(map(_is_given, filters))
            else "No jobs yet. Make one with: neuroqgan run"
        )
        return
    if every:
        print_jobs(output, jobs[:shown])
    else:
        print_rasters(output, rasters[:shown])
    if len(jobs) + len(rasters) > shown:
        of = f"{store.count()} jobs" if every else f"{store.count_rasters()} rasters"
        output.say(f"The newest {shown} of {of}; --limit shows more.")


@click.command(short_help="Show all that is known of a job.")
@click.argument("job_id", metavar="[JOB]", default="latest")
@command
def show(output: Output, job_id: str) -> None:
    """Show everything that is known of a job, and its history; no service is asked.

    \b
    Examples:
        neuroqgan jobs show
        neuroqgan jobs show 3f2a
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
        "account": " ".join(filter(None, (job.account_name, job.account))) or None,
        "run": job.run,
        "samples": _samples(job),
        "bin": job.place.partition(" ")[2] or None,
        "batch": job.session,
        "seed": job.seed,
        "options": _given(job.options),
        "estimate": f"{job.estimate['seconds']:.1f} s of QPU" if job.estimate else None,
        "QPU time": None if job.seconds is None else f"{job.seconds:.1f} s, as the service says",
        "private": "yes: the service gives the result once" if job.private else None,
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


@click.command(short_help="Ask how far a job is.")
@click.argument("job_id", metavar="[JOB]", default="latest")
@account_option
@command
def status(output: Output, job_id: str) -> None:
    """Ask how far a job is; exit code 0 finished, 1 ended badly, 3 not finished.

    \b
    Examples:
        neuroqgan jobs status
        neuroqgan jobs status 3f2a --json

    A job whose sending was interrupted is looked for at the service, and adopted if it is there.
    Without JOB it is the latest one.
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
    help="Between two questions at first; later ones are asked less often.",
)
@account_option
@command
def watch(output: Output, job_id: str, every: float) -> None:
    """Wait until a job is finished, and say when it changes; exit codes as of status.

    \b
    Examples:
        neuroqgan jobs watch
        neuroqgan jobs watch 3f2a --every 30 && neuroqgan jobs retrieve 3f2a

    Ctrl-C stops the watching and not the job. Without JOB it is the latest one.
    """
    from neuroqgan.cli.jobs.display import exit_code, next_step, say_job
    from neuroqgan.jobs.completion import wait
    from neuroqgan.jobs.context import JobContext

    context = JobContext()
    job = context.store.get(job_id)
    say_job(output, job)
    with output.progress.status("Watching; Ctrl-C stops the watching and not the job ..."):
        (job,) = wait(context, [job], seconds=every, on_change=lambda new: say_job(output, new))
    output.say(f"  {next_step(job)}")
    output.result(job.to_dict())
    raise click.exceptions.Exit(exit_code(job))


def _is_given(value: object) -> bool:
    return value is not None and value != ()


def _state(name: str) -> Any:
    from neuroqgan.jobs.state import JobState

    try:
        return JobState(name.lower())
    except ValueError as error:
        raise InputError(
            f"There is no state {name!r}.",
            expected=", ".join(JobState),
            got=name,
            hint="neuroqgan jobs list --state queued",
        ) from error


def _samples(job: JobRecord) -> str:
    text = f"{job.samples}, from {job.first_sample}, part {job.part + 1} of {job.parts}"
    return text if job.series_samples is None else f"{job.series_samples}, in rows {text}"


def _given(options: dict[str, Any]) -> str | None:
    given = [f"{k} = {v}" for k, v in options.items() if v not in (None, False, "none")]
    return ", ".join(given) or None
