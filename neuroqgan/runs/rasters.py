"""Rasters of a run: put together from their jobs, and kept in the run's folder."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.atomic import make_folder
from neuroqgan.backends.kinds import kind_of
from neuroqgan.data.save import save
from neuroqgan.errors import CheckpointError, PayloadError, StorageError
from neuroqgan.jobs.database import database_url, serves_several
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.jobs.kept_rasters import RASTER, keep_raster, kept_raster
from neuroqgan.jobs.request_chain import complete_request, request_chain
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.users import is_mine
from neuroqgan.runs.sampled import SampledRaster
from neuroqgan.runs.seen import with_seen
from neuroqgan.runs.store import RunStore

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.decoding import RetrievedRaster
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.runs.folder import RunFolder


def collect(
    context: JobContext, jobs: list[JobRecord], folder: RunFolder
) -> tuple[Path, RetrievedRaster]:
    """Decode the bits of a raster and put it into its run's folder.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        All parts of one request, retrieved; if a raster takes several requests, of any of them.
    folder
        Of the run.

    Returns
    -------
    tuple
        The raster's file, and what it holds.

    Raises
    ------
    PayloadError
        If stored bits are missing or damaged.
    StorageError
        If the raster cannot be written.
    """
    spikes = as_of_run(folder, decode_raster(context, jobs), jobs[0])
    last = None if jobs[0].series is None else complete_request(context, jobs[0])
    first = (last or jobs)[0]
    path = folder.raster_path(
        first.backend,
        first.seed,
        spikes.raster.n_samples + spikes.n_dropped,
        _label(first),
    )
    make_folder(path.parent)
    save(path, spikes.raster, overwrite=True)
    sampled = SampledRaster.of(spikes.raster, last or jobs, n_dropped=spikes.n_dropped)
    sampled.write(folder.sampled_path(path))
    of_raster = [job for bins in request_chain(context, last[0]) for job in bins] if last else jobs
    if context.store.is_shared:
        # Others, whose request it was first, collect it themselves.
        of_raster = [job for job in of_raster if is_mine(job)]
        keep_raster(context, jobs, spikes.raster, knows_run=True)
    # Should that fail, the same raster is written once more.
    with suppress(StorageError):
        context.store.collect(of_raster)
    return path, spikes


def jobs_of_raster(context: JobContext, folder: RunFolder, path: Path) -> list[JobRecord]:
    """Return the jobs that a raster of a run came from, oldest first; none if they were deleted.

    Parameters
    ----------
    context
        Where the jobs are.
    folder
        Of the run.
    path
        File of the raster.

    Raises
    ------
    StorageError
        If the job store cannot be read.
    """
    mine = context.store.is_shared
    for jobs in context.store.rasters(run=folder.name, states=[JobState.RETRIEVED], mine=mine):
        last = [job for job in jobs if job.is_last]
        if not last or run_of(last[0]) is None:
            continue
        first = min(last, key=lambda job: job.part)
        n_samples = first.series_samples or sum(
            job.samples for job in last if job.request == first.request
        )
        if folder.raster_path(first.backend, first.seed, n_samples, _label(first)) == path:
            return sorted(jobs, key=lambda job: (job.created, job.first_bin, job.part))
    return []


def raster_of(context: JobContext, jobs: Sequence[JobRecord], job: JobRecord) -> RetrievedRaster:
    """Decode the bits of a raster, with labels and covariates as far as anybody knows them.

    Parameters
    ----------
    context
        Where the jobs are.
    jobs
        See `neuroqgan.jobs.decoding.decode_raster`, which also says what is raised.
    job
        Any of them.
    """
    folder, spikes = run_of(job), decode_raster(context, jobs)
    if folder is None and (kept := kept_raster(context, jobs)) is not None:
        if not np.array_equal(kept.spikes, spikes.raster.spikes):
            raise PayloadError(
                f"The raster that is stored with job {job.short_id} is not that of its bits.",
                expected="the same spikes",
                got="others",
                hint=f"restore {RASTER} and the bits from a copy",
            )
        return replace(spikes, raster=kept)
    return as_of_run(folder, spikes, job)


def as_of_run(folder: RunFolder | None, spikes: RetrievedRaster, job: JobRecord) -> RetrievedRaster:
    """Return the spikes of a job with labels and covariates, as far as its run knows them.

    Parameters
    ----------
    folder
        Of the run; None if it is gone.
    spikes
        Of the raster.
    job
        Any of the raster.

    Warns
    -----
    RecordingWarning
        If the covariates of its samples are missing in the run.
    """
    if folder is None:
        return spikes
    raster = with_seen(folder, spikes.raster, job.covariates, passed=spikes.passed)
    labels = folder.labels()
    if len(labels) == raster.n_neurons:
        raster = raster.with_labels(labels)
    return replace(spikes, raster=raster)


def run_of(job: JobRecord) -> RunFolder | None:
    """Return the folder of the run that a job samples; None if it is not here.

    Runs of several people may have the same name; and a run that was made after the job has taken
    the name of another one.
    """
    if not is_mine(job) and serves_several(database_url()):
        # A run of this name is another one.
        return None
    folder = None if job.run is None else RunStore().find(job.run)
    if folder is None:
        return None
    try:
        made = datetime.fromisoformat(folder.provenance()["created"])
    except (CheckpointError, KeyError, TypeError, ValueError):
        return folder
    return folder if made.tzinfo is None or made <= job.created else None


def uncollected(context: JobContext, folder: RunFolder) -> list[list[JobRecord]]:
    """Return the jobs of rasters that are here, but not in their run, and newer than all in it.

    Parameters
    ----------
    context
        Where the jobs are.
    folder
        Of the run.

    Returns
    -------
    list
        Of lists, all parts of one request each; oldest first. If a raster takes several requests,
        it is the last one.
    """
    newest = max((p.stat().st_mtime for p in folder.rasters_path.glob("*.npz")), default=0.0)
    return [
        jobs
        for jobs in _without_raster(context, folder.name)
        if run_of(jobs[0]) and max(_retrieved(job) for job in jobs) > newest
    ]


def waiting_for_raster(context: JobContext) -> list[JobRecord]:
    """Return a job of every raster that is here, but not in its run; oldest first."""
    return [jobs[0] for jobs in _without_raster(context, None) if run_of(jobs[0])]


def _without_raster(context: JobContext, run: str | None) -> list[list[JobRecord]]:
    by_request: dict[str, list[JobRecord]] = {}
    mine, states = context.store.is_shared, [JobState.RETRIEVED]
    for job in context.store.find(run=run, states=states, uncollected=True, mine=mine):
        if job.run is not None and job.is_last:
            by_request.setdefault(job.request, []).append(job)
    complete = [jobs for jobs in by_request.values() if len(jobs) == jobs[0].parts]
    return sorted(complete, key=lambda jobs: max(map(_retrieved, jobs)))


def _retrieved(job: JobRecord) -> float:
    return (job.retrieved or job.updated).timestamp()


def _label(job: JobRecord) -> str | None:
    """Return what tells rasters of one backend, seed and size apart, if anything can."""
    words = ["trials"] if "trials" in job.options else []
    if "covariates" in job.options:
        words.append(str(job.covariates)[:8])
    if not kind_of(job.kind).ideal:
        # A simulated device gives the same raster for the same request, hardware another every
        # time.
        words.append(job.request_hash[:8] if job.is_simulated else job.short_id)
    return "-".join(words) or None
