"""Rasters of a run: asked for as jobs, collected into the run's folder."""

from __future__ import annotations

import time
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from neuroqgan.data.save import save
from neuroqgan.errors import CheckpointError, NotReadyError, StorageError
from neuroqgan.jobs.heartbeat import heartbeat
from neuroqgan.jobs.recovery import settle
from neuroqgan.jobs.request import Request, earlier, prepare, prepare_once
from neuroqgan.jobs.series import chain, decode_raster, whole
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.jobs.submission import send
from neuroqgan.models.rounds import draw_whole
from neuroqgan.runs.stages import make_folder
from neuroqgan.runs.store import RunStore
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.jobs.context import JobDesk
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.jobs.retrieval import Spikes
    from neuroqgan.models.base import Generator
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
    meanwhile
        Whether another process asked for them after this one had looked whether somebody had.
    """

    jobs: list[JobRecord]
    reused: bool
    meanwhile: bool = False

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

    Jobs at a service are brought up to date first; none that has ended badly is returned. While
    another living process stores or sends them, what becomes of that is waited for, a minute at
    most.

    Raises
    ------
    AccountError, ServiceError
        If the service of such a job cannot be asked.
    """
    deadline = time.monotonic() + _MOST_SECONDS
    while True:
        jobs = [
            settle(desk, job) if desk.is_remote(job) else job
            for job in earlier(desk, request.identity, after=request.after)
        ]
        if {job.state for job in jobs} & (FINAL - {JobState.RETRIEVED}):
            # As the service says just now; there may be others.
            continue
        in_between = [job for job in jobs if job.state in _ON_THE_WAY and desk.store.is_held(job)]
        if not in_between or time.monotonic() > deadline:
            return jobs
        time.sleep(_SECONDS)


# Where a job is on its way from a process to its backend, and how often to look.
_ON_THE_WAY = frozenset({JobState.PREPARING, JobState.PLANNED, JobState.SUBMITTING})
_SECONDS = 0.2
_MOST_SECONDS = 60.0


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
    fresh: bool = False,
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
        twice. Without any, new ones are made, unless another process has done so since.
    fresh
        Whether to make new ones whatever others there are.
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
    jobs, meanwhile = known, False
    while True:
        if not jobs:
            if fresh:
                jobs, is_mine = prepare(desk, request, backend, plan=plan), True
            else:
                jobs, is_mine = prepare_once(desk, request, backend, plan=plan)
            if not is_mine:
                # What becomes of them, should their process fail or die just now.
                jobs = known_jobs(desk, request)
                meanwhile = bool(jobs)
                continue
        reused = meanwhile or (bool(known) and jobs is known)
        try:
            return Asked(_finish(desk, jobs, backend, batch, on_progress), reused, meanwhile)
        except _TakenError:
            jobs, fresh = known_jobs(desk, request), False
            meanwhile = bool(jobs)


class _TakenError(Exception):
    """Another process has taken a job that was about to be sent."""


def _finish(
    desk: JobDesk,
    jobs: list[JobRecord],
    backend: Any,
    batch: Callable[[], str | None],
    on_progress: Callable[[int], None],
) -> list[JobRecord]:
    """Send or run the jobs that are left to this process."""
    finished = []
    sends = any(desk.is_remote(job) for job in jobs) and is_unsent(desk, jobs)
    with heartbeat(desk.store) if sends else nullcontext():
        session = batch() if sends else None
        for job in jobs:
            is_planned = job.state is JobState.PLANNED and not desk.store.is_held(job)
            if desk.is_remote(job) and is_planned:
                try:
                    finished.append(send(desk, job, backend, session=session))
                except NotReadyError as error:
                    raise _TakenError from error
            elif desk.is_remote(job):
                finished.append(job)
            elif is_planned or (job.is_simulated and job.state is JobState.RUNNING):
                finished.append(simulate(desk, job, backend=backend, on_progress=on_progress))
            else:
                # Here already, or in the hands of another process, or of a plugin that may have
                # charged it: `jobs recover` says what can be done.
                finished.append(job)
    return finished


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
    spikes = with_labels_of(folder, decode_raster(desk, jobs))
    last = None if jobs[0].series is None else whole(desk, jobs[0])
    first = (last or jobs)[0]
    path = folder.raster_path(
        first.backend,
        first.seed,
        spikes.raster.n_samples,
        _label(first),
    )
    make_folder(path.parent)
    save(path, spikes.raster, overwrite=True)
    of_raster = [job for bins in chain(desk, last[0]) for job in bins] if last else jobs
    # Should that fail, the same raster is written once more.
    with suppress(StorageError):
        desk.store.collect(of_raster)
    return path, spikes


def with_labels_of(folder: RunFolder | None, spikes: Spikes) -> Spikes:
    """Return the spikes of a job with the labels of its run's neurons, if they are known."""
    labels = () if folder is None else folder.labels()
    if len(labels) != spikes.raster.n_neurons:
        return spikes
    return replace(spikes, raster=spikes.raster.with_labels(labels))


def run_of(job: JobRecord) -> RunFolder | None:
    """Return the folder of the run that a job samples; None if it is not here.

    A run that was made after the job has taken the name of another one.
    """
    folder = None if job.run is None else RunStore().find(job.run)
    if folder is None:
        return None
    try:
        made = datetime.fromisoformat(folder.provenance()["created"])
    except (CheckpointError, KeyError, TypeError, ValueError):
        return folder
    return folder if made.tzinfo is None or made <= job.created else None


def uncollected(desk: JobDesk, folder: RunFolder) -> list[list[JobRecord]]:
    """Return the jobs of rasters that are here, but not in their run, and newer than all in it.

    Parameters
    ----------
    desk
        Where the jobs are.
    folder
        Of the run.

    Returns
    -------
    list
        Of lists, all parts of one request each; oldest first. Where a raster takes a request a
        bin, it is that of the last one.
    """
    newest = max((p.stat().st_mtime for p in folder.rasters_path.glob("*.npz")), default=0.0)
    return [
        jobs
        for jobs in _without_raster(desk, folder.name)
        if run_of(jobs[0]) and max(_retrieved(job) for job in jobs) > newest
    ]


def waiting_for_raster(desk: JobDesk) -> list[JobRecord]:
    """Return a job of every raster that is here, but not in its run; oldest first."""
    return [jobs[0] for jobs in _without_raster(desk, None) if run_of(jobs[0])]


def _without_raster(desk: JobDesk, run: str | None) -> list[list[JobRecord]]:
    by_request: dict[str, list[JobRecord]] = {}
    for job in desk.store.find(run=run, states=[JobState.RETRIEVED], uncollected=True):
        is_last = job.series is None or job.round + job.bins == job.rounds
        if job.run is not None and is_last:
            by_request.setdefault(job.request, []).append(job)
    complete = [jobs for jobs in by_request.values() if len(jobs) == jobs[0].parts]
    return sorted(complete, key=lambda jobs: max(map(_retrieved, jobs)))


def _retrieved(job: JobRecord) -> float:
    return (job.retrieved or job.updated).timestamp()


def _label(job: JobRecord) -> str | None:
    """Return what tells rasters of one backend, seed and size apart, if anything can."""
    if job.kind in {"aer", "exact"}:
        return None
    # A simulated device gives the same raster for the same request, hardware another every time.
    return job.identity[:8] if job.is_simulated else job.short_id
