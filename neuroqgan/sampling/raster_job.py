"""Sampling for scripts: a raster here and now, a job that brings it, or what it would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.circuits.multi_bin import AUTO
from neuroqgan.escaping.printable import one_line
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.jobs.pacing import warn_of_wait
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.retrieval import retrieve_shared
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.waiting import wait
from neuroqgan.jobs.way import way_picture
from neuroqgan.notebooks.card import card
from neuroqgan.sampling.bins_per_job import choose_bins_per_job
from neuroqgan.sampling.order import RasterOrder
from neuroqgan.sampling.raster_estimate import RasterEstimate, estimate_raster
from neuroqgan.sampling.walk import RasterWalk

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.protocol import Backend, BackendLike
    from neuroqgan.circuits.multi_bin import MultiBinChoice
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.raster import SpikeRaster
    from neuroqgan.sampling.source import RasterSource


class RasterJob:
    """A raster that was requested from a backend; `submit` makes it.

    Jobs are kept in the job store, so they outlive the process: submitting the same raster again
    finds them.

    Parameters
    ----------
    context
        Where jobs are kept.
    walk
        The raster on its way.
    jobs
        Jobs of the step that is under way.
    """

    def __init__(self, context: JobContext, walk: RasterWalk, jobs: list[JobRecord]) -> None:
        self._context = context
        self._walk = walk
        self._jobs = jobs
        self._id = (jobs or walk.jobs)[0].id

    @property
    def id(self) -> str:
        """Id of its first job in the job store, as ``neuroqgan jobs show`` takes it."""
        return self._id

    @property
    def backend(self) -> str:
        """Name of the backend."""
        return str(self._walk.backend.name)

    @property
    def status(self) -> str:
        """State of the job that is under way, such as ``queued``; ``retrieved`` at the end.

        Raises
        ------
        AccountError, ServiceError
            If the service cannot be asked.
        """
        if self._walk.is_finished:
            return JobState.RETRIEVED.value
        jobs = [
            refresh(self._context, job) if self._context.is_remote(job) else job
            for job in self._jobs
        ]
        left = [job for job in jobs if job.state is not JobState.RETRIEVED]
        return (left or jobs)[0].state.value

    def result(
        self,
        on_change: Callable[[JobRecord], None] = lambda _: None,
        on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
    ) -> SpikeRaster:
        """Wait for the raster and return it.

        If its bins depend on each other, all requests that are left are made one after the other.
        Interrupting the wait leaves the job where it is; calling again continues.

        Parameters
        ----------
        on_change
            Called with every job record whose state has changed while waiting.
        on_wait
            Called before every wait for a service that accepts no more jobs for a while, with the
            job that is next and the seconds.

        Returns
        -------
        SpikeRaster
            Of shape ``(n_samples, n_bins, n_neurons)``; it knows what its samples saw. With
            post-selection, only samples that passed are in it.

        Raises
        ------
        JobFailedError
            If a job ended without a result.
        AccountError, ServiceError
            If the service cannot be asked.
        """
        while not self._walk.is_finished:
            jobs = self._jobs or self._walk.step(on_wait=on_wait).jobs
            self._jobs = jobs
            if any(self._context.is_remote(job) for job in jobs):
                jobs = wait(self._context, jobs, on_change=on_change)
            if self._walk.sends_again(jobs):
                self._jobs = []
                continue
            self._walk.take([retrieve_shared(self._context, job) for job in jobs])
            self._jobs = []
        self._walk.close()
        found = decode_raster(self._context, self._walk.jobs)
        seen = self._walk.covariates
        if seen is not None and found.passed is not None:
            seen = seen.take(np.flatnonzero(found.passed))
        return found.raster.with_covariates(seen)

    def __repr__(self) -> str:
        """Return id, backend and progress; no service is asked."""
        return f"RasterJob({self._id[:8]} on {one_line(self.backend)}, {self._progress()})"

    def _repr_html_(self) -> str:
        rows = {"Job": self._id, "Backend": self.backend, "Raster": self._progress()}
        state = JobState.RETRIEVED if self._walk.is_finished else JobState.PLANNED
        if self._jobs:
            state = self._jobs[0].state
        return card("RasterJob", rows, picture=way_picture(state))

    def _progress(self) -> str:
        if self._walk.is_finished:
            return "retrieved"
        state = self._jobs[0].state.value if self._jobs else "not requested"
        if self._walk.n_requests == 1:
            return state
        return f"{self._walk.n_done} of {self._walk.n_bins} bins, {state}"


def submit(
    source: RasterSource,
    n_samples: int,
    backend: BackendLike,
    *,
    seed: int = 0,
    n_bins: int | None = None,
    options: JobOptions = JobOptions(),
    placement: Placement = Placement(),
    bins_per_job: int | None = None,
    multi_bin_circuit: MultiBinChoice = AUTO,
    run: str | None = None,
    max_qpu_seconds: float | None = None,
    over_allowance: bool = False,
    fresh: bool = False,
    context: JobContext | None = None,
    on_progress: Callable[[int], None] = lambda _: None,
    on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
) -> RasterJob:
    """Request a raster from a backend, and return what brings it.

    A simulator runs here and now; a quantum device is sent a job, which may be charged. A raster
    that was requested before is found again and is not paid for twice.

    Parameters
    ----------
    source
        A generator with its weights.
    n_samples
        Number of samples.
    backend
        Name of a backend, or a Qiskit ``BackendV2``.
    seed
        Seed of the raster: its latents, and simulated shots; hardware draws its own.
    n_bins
        Time bins of a sample; None for those of the generator.
    options
        Options of the jobs.
    placement
        How cell circuits are placed on a quantum device.
    bins_per_job
        Time bins measured by one job, if the generator allows several; None for the fastest.
    multi_bin_circuit
        How one circuit measures several bins: ``"lattice"`` or ``"qubit-reuse"``; ``"auto"`` for
        the fastest.
    run
        Name of the run whose generator it is, or None.
    max_qpu_seconds
        Most seconds of a quantum processor for the whole raster; None for any number.
    over_allowance
        Whether jobs are sent even if the instance that pays has less time left.
    fresh
        Whether to resubmit what was requested before.
    context
        Where jobs are kept; None for the user's own job store.
    on_progress
        Called with the number of circuit executions done since the last call.
    on_wait
        Called before every wait for a service that accepts no more jobs for a while, with the job
        that is next and the seconds.

    Raises
    ------
    BackendNotFoundError
        If there is no backend of that name.
    ConfigError
        If a number is out of range.
    PlanError
        If the circuits do not fit on the backend.
    AllowanceError
        If the raster would take more QPU time than ``max_qpu_seconds``, or than is left.
    AccountError
        If a service has no account, or refuses it.
    BackendError
        If the backend or its service fails.
    """
    context = JobContext() if context is None else context
    order = RasterOrder(
        n_samples,
        seed,
        n_bins,
        options,
        placement,
        bins_per_job,
        multi_bin_circuit,
        run,
        max_qpu_seconds=max_qpu_seconds,
        over_allowance=over_allowance,
    )
    device = _resolved(source, backend, options)
    order = choose_bins_per_job(context, source, order, device, fresh=fresh)
    walk = RasterWalk(context, source, order, device, fresh=fresh)
    walk.catch_up()
    jobs = [] if walk.is_finished else walk.step(on_progress, on_wait).jobs
    return RasterJob(context, walk, jobs)


def sample(
    source: RasterSource, n_samples: int, backend: BackendLike, **wanted: Any
) -> SpikeRaster:
    """Return a raster that a backend has sampled; a quantum device is waited for.

    Parameters
    ----------
    source
        A generator with its weights.
    n_samples
        Number of samples.
    backend
        Name of a backend, or a Qiskit ``BackendV2``.
    **wanted
        See `submit`.

    Returns
    -------
    SpikeRaster
        Of shape ``(n_samples, n_bins, n_neurons)``.

    Raises
    ------
    NeuroqganError
        See `submit` and `RasterJob.result`.
    """
    return submit(source, n_samples, backend, **wanted).result()


def estimate(
    source: RasterSource,
    n_samples: int,
    backend: BackendLike,
    *,
    n_bins: int | None = None,
    options: JobOptions = JobOptions(),
    placement: Placement = Placement(),
    bins_per_job: int | None = None,
    multi_bin_circuit: MultiBinChoice = AUTO,
) -> RasterEstimate:
    """Estimate what a raster takes on a quantum device; nothing is sent.

    Parameters
    ----------
    source, n_samples, backend, n_bins, options, placement, bins_per_job, multi_bin_circuit
        See `submit`.

    Raises
    ------
    ConfigError
        If a number is out of range.
    PlanError
        If the circuits do not fit, or the backend is an ideal simulator.
    """
    order = RasterOrder(
        n_samples,
        n_bins=n_bins,
        options=options,
        placement=placement,
        bins_per_job=bins_per_job,
        multi_bin_circuit=multi_bin_circuit,
    )
    return estimate_raster(source, order, _resolved(source, backend, options))


def _resolved(source: RasterSource, backend: BackendLike, options: JobOptions) -> Backend:
    return resolve(
        backend, fractional_gates=options.fractional_gates, min_qubits=source.qubits_needed()
    )
