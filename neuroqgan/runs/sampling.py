"""Rasters of a run: asked for as jobs, collected into the run's folder."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from neuroqgan.circuits.rounds import draw_whole
from neuroqgan.data.formats import write_raster
from neuroqgan.jobs.recovery import settle
from neuroqgan.jobs.request import Request, earlier, prepare
from neuroqgan.jobs.series import decode_raster, whole
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import send
from neuroqgan.runs.stages import make_folder
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.backends.plan import Plan
    from neuroqgan.circuits.generator import Generator
    from neuroqgan.jobs.desk import JobDesk
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.retrieval import Spikes
    from neuroqgan.runs.config import RunConfig
    from neuroqgan.runs.folder import RunFolder


@dataclass(frozen=True)
class Asked:
    """The jobs of a raster.

    Parameters
    ----------
    jobs
        All parts.
    reused
        Whether they were there already.
    """

    jobs: list[JobRecord]
    reused: bool

    @property
    def complete(self) -> bool:
        """Whether all bits are here."""
        return all(job.state is JobState.RETRIEVED for job in self.jobs)


def request_raster(name: str, generator: Generator, asked: RunConfig, backend: str) -> Request:
    """Return the request for a raster of a trained run.

    Parameters
    ----------
    name
        Of the run.
    generator
        Its generator.
    asked
        Samples, seed and options.
    backend
        The backend's own name.
    """
    latents, _ = sampling_streams(asked.seed)
    return Request(
        program=draw_whole(generator, asked.samples, latents),
        backend=backend,
        seed=asked.seed,
        options=asked.job_options,
        placement=asked.placement,
        run=name,
    )


def known_jobs(desk: JobDesk, request: Request) -> list[JobRecord]:
    """Return the jobs that were made for the same request before and brought, or may bring, bits.

    Jobs at a service are brought up to date first; none that has ended badly is returned.

    Raises
    ------
    AccountError, ServiceError
        If the service of such a job cannot be asked.
    """
    jobs = [
        settle(desk, job) if desk.is_remote(job) else job
        for job in earlier(desk, request.identity, after=request.after)
    ]
    return [] if {job.state for job in jobs} & (FINAL - {JobState.RETRIEVED}) else jobs


def is_unsent(desk: JobDesk, jobs: list[JobRecord]) -> bool:
    """Whether something is yet to be sent for these jobs: there are none, or one was left over."""
    return not jobs or any(
        job.state is JobState.PLANNED and not desk.store.is_held(job) for job in jobs
    )


def sample_run(
    desk: JobDesk,
    request: Request,
    backend: Any,
    *,
    known: list[JobRecord],
    plan: Plan | None = None,
    batch: Callable[[], str | None] = lambda: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> Asked:
    """Have a raster sampled: here and now, or by a job that is sent.

    Parameters
    ----------
    desk
        Where jobs are kept.
    request
        What is wanted.
    backend
        The backend of that name.
    known
        Jobs of the same request, see `known_jobs`; they are finished, and nothing is asked for
        twice. Without any, new ones are made.
    plan
        See `neuroqgan.jobs.request.prepare`.
    batch
        Called once if a job is about to be sent; returns the service's id of the batch to send it
        in, or None.
    on_progress
        Called with the number of executions done since the last call.

    Raises
    ------
    PlanError
        If the program does not fit on the backend.
    BackendError
        If the backend or its service fails.
    StorageError
        If jobs cannot be stored.
    """
    finished = []
    jobs = known or prepare(desk, request, backend, plan=plan)
    sends = any(desk.is_remote(job) for job in jobs) and is_unsent(desk, jobs)
    session = batch() if sends else None
    for job in jobs:
        is_planned = job.state is JobState.PLANNED and not desk.store.is_held(job)
        if desk.is_remote(job):
            finished.append(send(desk, job, backend, session=session) if is_planned else job)
        elif is_planned or (job.is_simulated and job.state is JobState.RUNNING):
            finished.append(simulate(desk, job, backend=backend, on_progress=on_progress))
        else:
            # Here already, or in the hands of another process, or of a plugin that may have
            # charged it: `jobs recover` says what can be done.
            finished.append(job)
    return Asked(finished, reused=bool(known))


def collect(desk: JobDesk, jobs: list[JobRecord], folder: RunFolder) -> tuple[Path, Spikes]:
    """Decode the bits of a raster and put it into its run's folder.

    Parameters
    ----------
    desk
        Where the jobs are.
    jobs
        All parts of one request, retrieved; where a raster takes a request a bin, of any bin.
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
    spikes = decode_raster(desk, jobs)
    if labels := folder.labels():
        spikes = replace(spikes, raster=spikes.raster.with_labels(labels))
    last = None if jobs[0].series is None else whole(desk, jobs[0])
    first = (last or jobs)[0]
    path = folder.raster_path(
        first.backend,
        first.seed,
        spikes.raster.n_samples,
        _label(first),
    )
    make_folder(path.parent)
    write_raster(path, spikes.raster, overwrite=True)
    return path, spikes


def _label(job: JobRecord) -> str | None:
    """Return what tells rasters of one backend, seed and size apart, if anything can."""
    if job.kind in {"aer", "exact"}:
        return None
    # A simulated device gives the same raster for the same request, hardware another every time.
    return job.identity[:8] if job.is_simulated else job.short_id
