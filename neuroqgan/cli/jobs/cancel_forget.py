"""``neuroqgan jobs cancel|forget``."""

from __future__ import annotations

import click

from neuroqgan.cli.command import Output, account_option, ask, command
from neuroqgan.cli.jobs.all_users import all_users_option
from neuroqgan.errors import JobStateError


@click.command(short_help="Cancel a job that is not finished.")
@click.argument("job_id", metavar="JOB")
@all_users_option("Also cancel a job of somebody else, in a store that several people share.")
@account_option
@command
def cancel(output: Output, job_id: str, all_users: bool) -> None:
    """Cancel a job that is not finished; what it has used so far may still be charged.

    \b
    Example:
        neuroqgan jobs cancel latest
    """
    from neuroqgan.cli.jobs.display import say_job
    from neuroqgan.jobs.cancelling import cancel as cancel_job
    from neuroqgan.jobs.context import JobContext

    context = JobContext()
    job = context.store.get(job_id)
    if not all_users:
        context.store.check_mine(job, "cancel")
    job = cancel_job(context, job)
    say_job(output, job)
    output.result(job.to_dict())


@click.command(short_help="Delete a job's record and stored bits here.")
@click.argument("job_id", metavar="JOB")
@click.option("--yes", is_flag=True, help="Delete without asking for confirmation.")
@click.option(
    "--unfinished", is_flag=True, help="Also delete a job that its service may still run."
)
@all_users_option("Also forget a job of somebody else, in a store that several people share.")
@command
def forget(output: Output, job_id: str, yes: bool, unfinished: bool, all_users: bool) -> None:
    """Delete a job's record, circuits and bits here; at the service nothing changes.

    \b
    Example:
        neuroqgan jobs forget 3f2a --yes

    Forgetting is not cancelling: a job that was sent goes on and is charged, and afterwards only
    the service itself can give you its spikes. Rasters in the folders of runs are kept.
    """
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.owner import in_words
    from neuroqgan.jobs.state import SENT

    context = JobContext()
    job = context.store.get(job_id)
    if not all_users:
        context.store.check_mine(job, "forget")
    if job.state in SENT and not unfinished:
        raise JobStateError(
            f"Job {job.short_id} was sent and its spikes have not been retrieved.",
            expected="a job that has ended",
            got=str(job.state),
            hint=f"neuroqgan jobs cancel {job.short_id}, or retrieve it, or forget it with "
            "--unfinished",
        )
    if context.store.is_held(job):
        raise JobStateError(
            f"Another process is working on job {job.short_id}.",
            expected="a job that no process is working on",
            got=f"{job.state}, in {in_words(str(job.owner))}",
            hint="press Ctrl-C there, or wait for it",
        )
    if not yes:
        whose = f" of {job.user}" if all_users and job.user else ""
        what = f"job {job.short_id}{whose} on {job.backend} ({job.state}) and its stored bits"
        ask(f"Forget {what}?")
    # The record goes first: if it has changed since the question, nothing is lost.
    context.store.forget(job)
    context.payloads.remove(job.id)
    output.say(f"Forgot job {job.short_id}.")
    output.result({"id": job.id, "forgotten": True})
