"""Rasters whose bits are here and that are missing in their runs, as after a process that died."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.cli.streams import echo
from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from neuroqgan.runs.folder import RunFolder


def bring_missing(folder: RunFolder) -> None:
    """Write the rasters that are newer than any in a run's folder and not there, and say so.

    Without them an older raster would pass for the newest.

    Raises
    ------
    PayloadError
        If the bits of one are missing or damaged.
    StorageError
        If it cannot be written.
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
                f"Warning: there may be newer spikes of {folder.name} that could not be "
                f"looked up. {error.problem}"
            ),
            err=True,
        )
        return
    for jobs in missing:
        path, _ = collect(context, jobs, folder)
        echo(
            (
                f"The spikes of job {jobs[0].short_id} had arrived but were not in the "
                f"run yet; wrote {path}"
            ),
            err=True,
        )
