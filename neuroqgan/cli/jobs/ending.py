"""``neuroqgan jobs cancel|recover|forget``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import click

from neuroqgan.cli.command import Output, account_option, ask, command, raise_all
from neuroqgan.errors import JobStateError, NeuroqganError, NotReadyError

if TYPE_CHECKING:
    from neuroqgan.backends.remote import RemoteDevice
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@click.command(short_help="Cancel a job that is not finished.")
@click.argument("job_id", metavar="JOB")
@account_option
@command
def cancel(output: Output, job_id: str) -> None:
    """Cancel a job that is not finished; what it used so far may still be charged.

    \b
    Example:
        neuroqgan jobs cancel latest
    """
    from neuroqgan.cli.jobs.display import say_job
    from neuroqgan.jobs.cancelling import cancel as cancel_job
    from neuroqgan.jobs.context import JobContext

    context = JobContext()
    job = cancel_job(context, context.store.get(job_id))
    say_job(output, job)
    output.result(job.to_dict())


@click.command(short_help="Find out what became of interrupted jobs.")
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@click.option("--submit", is_flag=True, help="Send what was never sent, or what no service has.")
@account_option
@command
def recover(output: Output, job_ids: tuple[str, ...], submit: bool) -> None:
    """Find out what became of interrupted jobs: of those named, or of all.

    \b
    Examples:
        neuroqgan jobs recover
        neuroqgan jobs recover 3f2a --submit

    A job that was sent and had no answer is looked for at its service by its tag, and adopted if
    it is there; it is never sent a second time unless the service says that it has none,
    --submit asks for it, and two minutes have passed in which it might have turned up; before
    that the exit code is 3. A simulation that was interrupted is run again, with the same seed and
    so the same bits.
    """
    from neuroqgan.cli.jobs.display import next_step, say_job
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.state import FINAL, JobState

    context = JobContext()
    open_states = set(JobState) - FINAL - {JobState.DONE}
    wanted = [context.store.get(job_id) for job_id in job_ids] or context.store.find(
        states=open_states
    )
    if not wanted:
        output.say("Nothing to recover.")
    rows: list[dict[str, Any]] = []
    unsettled = False
    failures: list[NeuroqganError] = []
    for job in wanted:
        try:
            found = _recover(context, job, output, submit=submit)
        except NeuroqganError as error:
            failures.append(error)
            found = context.store.get(job.id)
        say_job(output, found)
        output.say(f"  {next_step(found, held=context.store.is_held(found))}")
        rows.append(found.to_dict())
        unsettled = unsettled or found.state in {JobState.PLANNED, JobState.UNCERTAIN}
    output.result(rows[0] if len(job_ids) == 1 else rows)
    raise_all(failures)
    if unsettled:
        raise click.exceptions.Exit(NotReadyError.exit_code)


@click.command(short_help="Delete what is known of a job here.")
@click.argument("job_id", metavar="JOB")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--unfinished", is_flag=True, help="Also a job that its service may still run.")
@command
def forget(output: Output, job_id: str, yes: bool, unfinished: bool) -> None:
    """Delete a job's record, circuits and bits here; at the service nothing changes.

    \b
    Example:
        neuroqgan jobs forget 3f2a --yes

    To forget is not to cancel: a job that was sent goes on and is paid for, and its spikes could
    then be had from the service alone. Rasters in the folders of runs stay.
    """
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.owner import in_words
    from neuroqgan.jobs.state import SENT

    context = JobContext()
    job = context.store.get(job_id)
    if job.state in SENT and not unfinished:
        raise JobStateError(
            f"Job {job.short_id} was sent and its spikes are not here.",
            expected="a job that has ended",
            got=str(job.state),
            hint=f"neuroqgan jobs cancel {job.short_id}, retrieve it, or --unfinished",
        )
    if context.store.is_held(job):
        raise JobStateError(
            f"Another process is working on job {job.short_id}.",
            expected="a job that no process is working on",
            got=f"{job.state}, in {in_words(str(job.owner))}",
            hint="Ctrl-C there, or wait for it",
        )
    if not yes:
        what = f"job {job.short_id} on {job.backend} ({job.state}) and its stored bits"
        ask(f"Forget {what}?")
    # The record goes first: should it have changed since the question, nothing is lost.
    context.store.forget(job)
    context.payloads.remove(job.id)
    output.say(f"Forgot job {job.short_id}.")
    output.result({"id": job.id, "forgotten": True})


def _recover(context: JobContext, job: JobRecord, output: Output, *, submit: bool) -> JobRecord:
    from neuroqgan.cli.showing import sampling_bar
    from neuroqgan.jobs.completion import complete
    from neuroqgan.jobs.recovery import refresh
    from neuroqgan.jobs.simulation import simulate
    from neuroqgan.jobs.state import JobState
    from neuroqgan.jobs.submission import send_again

    job = refresh(context, job)
    unsent = {JobState.PLANNED, JobState.UNCERTAIN}
    if context.store.is_held(job):
        return job
    if job.is_simulated and job.state in {JobState.PLANNED, JobState.RUNNING}:
        with sampling_bar(output, job.samples, job.backend) as on_progress:
            return complete(context, job, on_progress=on_progress)
    if submit and job.state in unsent:
        if context.is_remote(job):
            return send_again(context, job, cast("RemoteDevice", context.backend(job)))
        return simulate(context, job)
    return job
