"""A raster on its way: requests one after the other, each for the next time bins.

A raster whose bins do not depend on each other is a walk of one step. If every bin needs the spikes
before it, each step is a request for one bin, or for as many bins as fit into one circuit.

A walk begins at the first bin every time. Bins whose bits are here are read, a job that is under
way is waited for, and only what was never requested is requested. So a walk that was interrupted
continues where it stopped, and nothing is paid for twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.remote import is_remote
from neuroqgan.circuits.multi_bin import AUTO
from neuroqgan.errors import AccountError, ServiceError
from neuroqgan.jobs.decoding import decode_bins
from neuroqgan.jobs.expired_batches import MOST, is_expired
from neuroqgan.jobs.pacing import warn_of_wait
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.sampling.budget import Budget, seconds_of_known, seconds_of_new, used_seconds
from neuroqgan.sampling.calibration_watch import CalibrationWatch, warn_of_calibration
from neuroqgan.sampling.sampled_jobs import SampledJobs, is_unsent, known_jobs, sample_request
from neuroqgan.seeding import sampling_streams

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.sampling.order import RasterOrder
    from neuroqgan.sampling.source import RasterSource


class RasterWalk:
    """A raster on its way, request by request.

    Parameters
    ----------
    context
        Where jobs are kept.
    source
        The generator.
    order
        Which raster; see `neuroqgan.sampling.bins_per_job.choose_bins_per_job` for its
        ``bins_per_job``, of which None is 1, and its ``multi_bin_circuit``.
    backend
        Where it is sampled.
    fresh
        Whether to start from the first bin again, even if it was sampled before.
    """

    def __init__(
        self,
        context: JobContext,
        source: RasterSource,
        order: RasterOrder,
        backend: Backend,
        *,
        fresh: bool = False,
    ) -> None:
        self.backend = backend
        self.n_bins = order.n_bins_of(source)
        """Time bins of the raster."""
        self.n_done = 0
        """Time bins whose bits are here."""
        self.jobs: list[JobRecord] = []
        """Jobs of the last step whose bits are here."""
        self._context = context
        source = order.measured_source(source)
        self._source = source
        self._order = order
        self._fresh = fresh
        is_whole = source.bins_at_once is None
        self._step_bins = self.n_bins if is_whole else order.bins_per_job or 1
        self.covariates = (
            None if source.covariates is None else source.covariates.take(slice(order.n_samples))
        )
        """What the samples see; None if nothing drives the generator but itself."""
        self._covariates = None if self.covariates is None else self.covariates.sha256
        self._latents, _ = sampling_streams(order.seed)
        past = source.initial_past(order.n_samples, self._latents)
        self._n_past = past.shape[1]
        # With room for all bins that a later step needs, so that none is copied when more come.
        room = self._n_past + (0 if is_whole else self.n_bins)
        self._spikes = np.empty((len(past), room, past.shape[2]), bool)
        self._spikes[:, : self._n_past] = past
        self._is_whole = is_whole
        self._plan: Plan | None = None
        self._watch = CalibrationWatch(backend, order.calibration)
        self._request: Request | None = None
        self._known: list[JobRecord] | None = None
        self._has_stepped = False
        self._n_expired = 0

    @property
    def is_finished(self) -> bool:
        """Whether the bits of all bins are here."""
        return self.n_done == self.n_bins

    @property
    def n_requests(self) -> int:
        """Requests that the raster takes."""
        return -(-self.n_bins // self._step_bins)

    @property
    def n_executions_left(self) -> int:
        """Circuit executions of the bins that are not here."""
        if self.is_finished:
            return 0
        n_left = -(-(self.n_bins - self.n_done) // self._step_bins)
        return self.request.program.n_executions * n_left

    @property
    def request(self) -> Request:
        """The request of the next bins."""
        if self._request is None:
            order = self._order
            program = self._source.next_program(
                self._spikes[:, : self._n_past + self.n_done],
                self.n_done,
                self._step_bins,
                self._latents,
            )
            self._request = Request(
                program=program,
                backend=self.backend.name,
                seed=order.seed,
                options=order.options,
                placement=order.placement,
                run=order.run,
                block=None if self._is_whole else self._block(),
                covariates=self._covariates,
                settings=order.kept_settings,
            )
        return self._request

    def known(self) -> list[JobRecord]:
        """Return the jobs of the next bins that brought, or may bring, their bits.

        Raises
        ------
        AccountError, ServiceError
            If the service of such a job cannot be asked.
        """
        is_new = self._fresh and not self.jobs
        return [] if is_new else known_jobs(self._context, self.request)

    def catch_up(self) -> None:
        """Go through the bins whose bits are here.

        Raises
        ------
        AccountError, ServiceError
            If the service of a job cannot be asked.
        PayloadError
            If stored bits are missing or damaged.
        """
        while not self.is_finished:
            jobs = self.known()
            if not jobs or any(job.state is not JobState.RETRIEVED for job in jobs):
                # The service need not be asked once more for the step that follows.
                self._known = jobs
                return
            self.take(jobs)

    def is_agreed(self) -> bool:
        """Return whether the raster was agreed to before, and nothing has failed since.

        What a raster takes is said and asked once, before its first bins are sent.
        """
        if not self.jobs:
            return not is_unsent(self._context, self._known_now())
        failed = FINAL - {JobState.RETRIEVED, JobState.ABANDONED}
        return not any(
            job.state in failed and not is_expired(job) and job.after == self.jobs[0].request
            for job in self._context.store.find(request_hash=self.request.request_hash)
        )

    def budget(self) -> Budget:
        """Return what the bins that are not here need, and what they may use.

        Raises
        ------
        PlanError
            If the circuits do not fit on the backend.
        AccountError, ServiceError
            If a service cannot be asked.
        """
        order, known = self._order, self._known_now()
        if known:
            now, later = seconds_of_known(known)
        else:
            self._plan, program = plan_request(self.request, self.backend, self._plan)
            now, later = seconds_of_new(
                self._plan,
                (program.shape[0], program.shots),
                self.backend,
                order.options,
                is_first=not self.n_done,
            )
        n_later = -(-(self.n_bins - self.n_done) // self._step_bins) - 1
        before = [] if not self.jobs else self._context.store.find(series=self.jobs[0].series)
        return Budget(
            needed=now + n_later * later,
            used=used_seconds(before or known),
            maximum=order.max_qpu_seconds,
            allowance=self.backend.service.allowance() if is_remote(self.backend) else None,
            over_allowance=order.over_allowance,
        )

    def step(
        self,
        on_progress: Callable[[int], None] = lambda _: None,
        on_wait: Callable[[JobRecord, float], None] = warn_of_wait,
        on_note: Callable[[str], None] = warn_of_calibration,
    ) -> SampledJobs:
        """Have the next bins sampled, here and now or by jobs that are sent.

        Parameters
        ----------
        on_progress
            Called with the number of executions done since the last call.
        on_wait
            Called before every wait for a service that accepts no more jobs for a while, with the
            job that is next and the seconds.
        on_note
            Called with what people should know about the calibration of the device.

        Raises
        ------
        AllowanceError
            If the raster would take more QPU time than it may use, or than is left.
        PlanError, BackendError, StorageError
            See `neuroqgan.sampling.sampled_jobs.sample_request`.
        """
        self._has_stepped = True
        request, known = self.request, self._known_now()
        if not known:
            self._plan, note = self._watched_plan()
            if note:
                on_note(note)
        if self.backend.charges and is_unsent(self._context, known):
            self.budget().check()
        self._known = None
        if not known and self._plan is None and self.n_requests > 1:
            self._plan, _ = plan_request(request, self.backend)
        return sample_request(
            self._context,
            request,
            self.backend,
            known=known,
            fresh=self._fresh and not self.jobs,
            plan=self._plan,
            batch=lambda: None if self._is_whole else self._batch(),
            on_progress=on_progress,
            on_wait=on_wait,
        )

    def take(self, jobs: list[JobRecord]) -> None:
        """Add the bins of a step to the raster.

        Parameters
        ----------
        jobs
            Of its request, retrieved.

        Raises
        ------
        PayloadError
            If stored bits are missing or damaged.
        """
        first = self._n_past + self.n_done
        n_bins = min(self._step_bins, self.n_bins - self.n_done)
        if not self._is_whole:
            self._spikes[:, first : first + n_bins] = decode_bins(self._context, jobs)
        self.n_done += n_bins
        self.jobs, self._request, self._known = jobs, None, None
        self._n_expired = 0

    def sends_again(self, jobs: list[JobRecord]) -> bool:
        """Return whether the next step sends the jobs of this one again, in another batch.

        That is so if one of them never ran, and was not charged, because its batch closed first;
        but not if that happens again and again.

        Parameters
        ----------
        jobs
            Of the step that was taken last.
        """
        if not any(map(is_expired, jobs)):
            return False
        self._n_expired += 1
        return self._n_expired <= MOST

    def close(self) -> None:
        """Close the batch of the last step; if that fails, it closes by itself later."""
        # Nothing is asked of a service for a raster that was here already.
        session = self.jobs[0].session if self.jobs and self._has_stepped else None
        if session is not None and is_remote(self.backend):
            try:
                self.backend.close_batch(session)
            except (AccountError, ServiceError):
                return

    def _watched_plan(self) -> tuple[Plan | None, str]:
        """Return the plan that there is if it still holds, and what to say about it."""
        if not self._watch.has_looked and self.jobs and is_remote(self.backend):
            self._watch.knows(self._context.layout(self.jobs[0]))
        return self._watch.look(self._plan, self.n_done)

    def _known_now(self) -> list[JobRecord]:
        """Return what `catch_up` has just found, or look again."""
        return self.known() if self._known is None else self._known

    def _block(self) -> BinBlock:
        return BinBlock(
            self.n_done,
            self.n_bins,
            self._order.n_samples,
            self.jobs[0] if self.jobs else None,
            self._step_bins,
            "" if self._order.multi_bin_circuit == AUTO else self._order.multi_bin_circuit,
        )

    def _batch(self) -> str | None:
        """Return the batch of the step before, or a new one; None if there can be none."""
        if not is_remote(self.backend):
            return None
        before = self.jobs[0].session if self.jobs else None
        if before is not None and self.backend.takes_jobs(before):
            return before
        return self.backend.open_batch()
