"""``neuroqgan store``: everything that is kept here, checked, repaired, saved and restored."""

from __future__ import annotations

import click

from neuroqgan.cli.store.archives import export, import_archive
from neuroqgan.cli.store.checking import check, repair


@click.group()
def store() -> None:
    """Check, repair, back up and restore everything that is kept here.

    A store is all jobs with what they sent and measured, and all runs, campaigns and sweeps: the
    folder NEUROQGAN_HOME, or the database and the storage that NEUROQGAN_DATABASE_URL and
    NEUROQGAN_STORAGE_URL name.

    \b
    Examples:
        neuroqgan store check
        neuroqgan store repair --dry-run
        neuroqgan store export backup.zip
        neuroqgan store import backup.zip
    """


for _command in (check, repair, export, import_archive):
    store.add_command(_command)
