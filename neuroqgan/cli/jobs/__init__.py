"""``neuroqgan jobs``: what was asked of backends, how far it is, and its spikes."""

from __future__ import annotations

import click

from neuroqgan.cli.jobs.ending import cancel, forget, recover
from neuroqgan.cli.jobs.looking import list_jobs, show, status, watch
from neuroqgan.cli.jobs.results import export, retrieve


@click.group()
def jobs() -> None:
    """List jobs, bring their spikes home, cancel and recover them.

    \b
    Examples:
        neuroqgan jobs list
        neuroqgan jobs status
        neuroqgan jobs retrieve

    A job is known by its id, by its first digits, by the id that the service gave it, or as
    latest.
    """


for _command in (list_jobs, show, status, watch, retrieve, cancel, recover, export, forget):
    jobs.add_command(_command)
