"""Rasters whose bits have arrived but that are missing in their runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.cli.streams import echo
from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from neuroqgan.runs.folder import RunFolder


def bring_missing(folder: RunFolder) -> None:
    """Write rasters that have arrived but are missing in the folder of a run, and say so.

    This happens if a process dies after storing the bits. Without it, an older raster would be
    mistaken for the newest.

    Raises
    ------
    PayloadError
        If the bits of a raster are missing or damaged.
    StorageError
        If a raster cannot be written.
    """
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.database import database_url
    from neuroqgan.runs.rasters import collect, uncollected

    url = database_url()
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return
    try:
        context = JobContext()
        missing = uncollected(context, folder)
    except StorageError as error:
        echo(
            (
                f"Warning: the job store could not be checked for newer spikes of {folder.name}. "
                f"{error.problem}"
            ),
            err=True,
        )
        return
    for jobs in missing:
        path, _ = collect(context, jobs, folder)
        echo(
            (
                f"The spikes of job {jobs[0].short_id} had arrived but were missing in the run; "
                f"wrote {path}"
            ),
            err=True,
        )
