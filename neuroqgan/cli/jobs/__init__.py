"""``neuroqgan jobs``: what was asked of backends, how far it is, and its spikes."""

from __future__ import annotations

import click

from neuroqgan.cli.jobs.bundles import bundle, verify
from neuroqgan.cli.jobs.cancel_forget import cancel, forget
from neuroqgan.cli.jobs.importing import import_job
from neuroqgan.cli.jobs.listing import list_jobs
from neuroqgan.cli.jobs.recover import recover
from neuroqgan.cli.jobs.results import export, retrieve
from neuroqgan.cli.jobs.status import show, status, watch


@click.group()
def jobs() -> None:
    """List jobs, retrieve their spikes, cancel, recover and import them.

    \b
    Examples:
        neuroqgan jobs list
        neuroqgan jobs status
        neuroqgan jobs retrieve

    Wherever a command takes a JOB you can give its id, the first digits of its id, the id that the
    service gave it, or "latest".
    """


for _command in (
    list_jobs,
    show,
    status,
    watch,
    retrieve,
    cancel,
    recover,
    export,
    forget,
    bundle,
    verify,
    import_job,
):
    jobs.add_command(_command)
