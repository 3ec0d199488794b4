"""Rasters that a group keeps beside the bits of their jobs, for those who do not have the run.

The bits alone say which neuron spiked in which bin. What the neurons are called, and what the
samples saw, is known to the run only, which is on the machine that trained it.
"""

from __future__ import annotations

import io
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from neuroqgan.data.formats.npz import write
from neuroqgan.data.load import load
from neuroqgan.errors import InputError, NotReadyError, PayloadError
from neuroqgan.jobs.request_chain import complete_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster

RASTER = "raster.npz"
"""Name of the file among those of the first job of the raster's last request."""


def keep_raster(
    context: JobContext, jobs: Sequence[JobRecord], raster: SpikeRaster, *, knows_run: bool
) -> str | None:
    """Store a raster beside the bits of its jobs, if several people share the store.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All jobs of one request, retrieved; if the raster takes several requests, of any of them.
    raster
        What they brought.
    knows_run
        Whether it has the labels and covariates of its run. One that has them replaces another.

    Returns
    -------
    str or None
        Where it is, for people to read; None if nobody shares the store.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    if not context.store.is_shared:
        return None
    job = _keeper(context, jobs)
    where = context.payloads.path(job.id, RASTER)
    if job.raster_sha256 is not None and not knows_run:
        return where
    file = io.BytesIO()
    write(file, raster)
    digest = context.payloads.write(job.id, RASTER, file.getvalue())
    if digest != job.raster_sha256:
        # Another process that does the same at the same time has written the same.
        with suppress(NotReadyError):
            context.store.release(job, raster_sha256=digest)
    return where


def kept_raster(context: JobContext, jobs: Sequence[JobRecord]) -> SpikeRaster | None:
    """Return the raster that was stored beside the bits of jobs; None if none was.

    Parameters
    ----------
    context, jobs
        See `keep_raster`.

    Raises
    ------
    PayloadError
        If it is missing or damaged.
    """
    job = _keeper(context, jobs)
    if job.raster_sha256 is None:
        return None
    data = context.payloads.read(job.id, RASTER, job.raster_sha256)
    with tempfile.TemporaryDirectory(prefix="neuroqgan-") as folder:
        path = Path(folder) / RASTER
        path.write_bytes(data)
        try:
            return load(path)
        except InputError as error:
            raise PayloadError(
                f"The raster that is stored with job {job.short_id} cannot be read.",
                expected="a raster that neuroqgan wrote",
                got=error.problem,
                hint=f"restore {context.payloads.path(job.id, RASTER)} from a copy",
            ) from error


def _keeper(context: JobContext, jobs: Sequence[JobRecord]) -> JobRecord:
    """Return the job whose files the raster is among, as it is now."""
    last = None if jobs[0].series is None else complete_request(context, jobs[0])
    return context.store.get(min(last or jobs, key=lambda job: job.part).id)
