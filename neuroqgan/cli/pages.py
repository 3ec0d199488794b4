"""Writing the page of judged rasters."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.evaluation.evaluation import Evaluation
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.runs.folder import RunFolder
    from neuroqgan.runs.recording import PreparedRecording

    Judged = tuple[RunFolder, PreparedRecording, Path, SpikeRaster, Evaluation]


def draw_page(path: Path, judged: Sequence[Judged], context: JobContext | None = None) -> Path:
    """Write the page of judged rasters, and return its path.

    Parameters
    ----------
    path
        The file; one of that name is replaced.
    judged
        Runs with their recordings, the files of rasters, their windows, and what was found.
    context
        Where the jobs are; by default the user's store, if there is one.

    Raises
    ------
    StorageError
        If it cannot be written.
    CheckpointError
        If a run is damaged.
    """
    from neuroqgan import __version__
    from neuroqgan.report.page.document import write_page
    from neuroqgan.report.page.view import PageView
    from neuroqgan.runs.page_view import run_view

    context = context or _store_of_jobs()
    views = [run_view(*entry, context) for entry in judged]
    return write_page(path, PageView.of(views, __version__))


def _store_of_jobs() -> JobContext | None:
    """Return the user's store of jobs; None if there is none, which a page does not create."""
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.database import database_url

    url = database_url()
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    try:
        return JobContext()
    except StorageError:
        return None
