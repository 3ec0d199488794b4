"""Rasters of a run: asked for as jobs, collected into the run's folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.data.formats import write_raster
from neuroqgan.jobs.request import Request, earlier, prepare
from neuroqgan.jobs.retrieval import Spikes, decode
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send
from neuroqgan.runs.stages import make_folder
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from neuroqgan.circuits.generator import Generator
    from neuroqgan.jobs.desk import JobDesk
    from neuroqgan.jobs.record import JobRecord
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
        Whether they were there already, so that nothing was sent or run for them now.
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
        program=generator.draw(asked.samples, latents),
        backend=backend,
        seed=asked.seed,
        options=asked.job_options,
        max_tiles=asked.tiles,
        run=name,
    )


def sample_run(
    desk: JobDesk,
    request: Request,
    backend: Any,
    *,
    fresh: bool = False,
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
    fresh
        Whether to ask anew even if the same request was made before.
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
    jobs = [] if fresh else earlier(desk, request.identity)
    reused = bool(jobs)
    if not jobs:
        jobs = prepare(desk, request, backend)
    finished = []
    for job in jobs:
        if job.state is JobState.RETRIEVED:
            finished.append(job)
        elif desk.is_remote(job):
            finished.append(job if reused else send(desk, job, backend))
        elif reused and not job.is_simulated:
            # A plugin may have run and charged it; `jobs recover` says what can be done.
            finished.append(job)
        else:
            finished.append(simulate(desk, job, on_progress=on_progress))
    return Asked(finished, reused)


def collect(desk: JobDesk, jobs: list[JobRecord], folder: RunFolder) -> tuple[Path, Spikes]:
    """Decode the bits of a request and put the raster into its run's folder.

    Parameters
    ----------
    desk
        Where the jobs are.
    jobs
        All parts of one request, retrieved.
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
    spikes = decode(desk, jobs)
    first = jobs[0]
    path = folder.raster_path(
        first.backend,
        first.seed,
        spikes.raster.n_samples,
        None if first.is_simulated else first.short_id,
    )
    make_folder(path.parent)
    write_raster(path, spikes.raster, overwrite=True)
    return path, spikes
