"""``neuroqgan jobs recover``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, cast

import click

from neuroqgan.cli.command import Output, account_option, command, raise_all
from neuroqgan.cli.jobs.all_users import all_users_option
from neuroqgan.errors import NeuroqganError, NotReadyError

if TYPE_CHECKING:
    from neuroqgan.backends.remote import RemoteDevice
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord


@click.command(short_help="Find out what became of interrupted jobs.")
@click.argument("job_ids", metavar="[JOB]...", nargs=-1)
@click.option(
    "--submit",
    is_flag=True,
    help="Send jobs that were never sent, or that their service does not have.",
)
@all_users_option("Also jobs of other people, in a store that several people share.")
@account_option
@command
def recover(output: Output, job_ids: tuple[str, ...], submit: bool, all_users: bool) -> None:
    """Find out what became of interrupted jobs: of those named, or of all.

    \b
    Examples:
        neuroqgan jobs recover
        neuroqgan jobs recover 3f2a --submit

    If a job was sent and no answer came, its service is asked whether it has the job. Such a job is
    sent again only if the service does not have it, you give --submit, and two minutes have passed
    in which it might have turned up; before that the exit code is 3. A simulation that was
    interrupted is run again, with the same seed and therefore the same bits.
    """
    from neuroqgan.cli.jobs.display import next_step, say_job
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.recovery import abandon_half_stored
    from neuroqgan.jobs.state import FINAL, JobState

    context = JobContext()
    open_states = set(JobState) - FINAL - {JobState.DONE}
    mine = context.store.is_shared and not all_users
    wanted = [context.store.get(job_id) for job_id in job_ids] or context.store.find(
        states=open_states, mine=mine
    )
    if not wanted:
        output.say("Nothing to recover.")
    rows: list[dict[str, Any]] = []
    is_open = False
    failures: list[NeuroqganError] = []
    for job in abandon_half_stored(context, wanted):
        try:
            if submit and not all_users:
                context.store.check_mine(job, "send")
            found = _recover(context, job, output, submit=submit)
        except NeuroqganError as error:
            failures.append(error)
            found = context.store.get(job.id)
        say_job(output, found)
        output.say(f"  {next_step(found, held=context.store.is_held(found))}")
        rows.append(found.to_dict())
        is_open = is_open or found.state in {JobState.PLANNED, JobState.UNCERTAIN}
    output.result(rows[0] if len(job_ids) == 1 else rows)
    raise_all(failures)
    if is_open:
        raise click.exceptions.Exit(NotReadyError.exit_code)


def _recover(context: JobContext, job: JobRecord, output: Output, *, submit: bool) -> JobRecord:
    from neuroqgan.cli.job_reports import note_wait
    from neuroqgan.cli.sampling_bar import sampling_bar
    from neuroqgan.jobs.recovery import refresh
    from neuroqgan.jobs.retrieval import retrieve
    from neuroqgan.jobs.simulation import simulate
    from neuroqgan.jobs.state import JobState
    from neuroqgan.jobs.submission import send_again

    job = refresh(context, job)
    unsent = {JobState.PLANNED, JobState.UNCERTAIN}
    if context.store.is_held(job):
        return job
    if job.is_simulated and job.state in {JobState.PLANNED, JobState.RUNNING}:
        with sampling_bar(output, job.samples, job.backend) as on_progress:
            return retrieve(context, job, on_progress=on_progress)
    if submit and job.state in unsent:
        if context.is_remote(job):
            device = cast("RemoteDevice", context.backend(job))
            return send_again(context, job, device, on_wait=partial(note_wait, output))
        return simulate(context, job)
    return job
