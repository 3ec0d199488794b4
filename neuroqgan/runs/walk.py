"""Rasters that take rounds: a walk from bin to bin, each a request with jobs of its own.

Where several bins fit into one circuit, the walk goes from block to block of bins.

A walk begins at the first bin every time. Bins whose bits are here are read, a job that is under
way is waited for, and what was never asked for is asked for; so whatever died, walking again goes
on where it stopped, and nothing is paid twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from neuroqgan.backends.remote import is_remote
from neuroqgan.errors import AccountError, ServiceError
from neuroqgan.jobs.decoding import decode_bins
from neuroqgan.jobs.planning import plan_request
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.models.rounds import first_past, next_bins
from neuroqgan.runs.sampling import Asked, is_unsent, known_jobs, sample_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.backends.placement.plan import Plan
    from neuroqgan.backends.protocol import Backend
    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.models.rounds import RoundGenerator
    from neuroqgan.runs.config import RunConfig


class RasterWalk:
    """A raster on its way, bin by bin.

    Parameters
    ----------
    context
        Where jobs are kept.
    name
        Of the run.
    generator
        Its generator.
    asked
        Samples, seed and options.
    backend
        Where it is sampled.
    fresh
        Whether to begin anew, whatever was sampled before.
    bins_per_job
        Bins that a request measures; more than one where the generator has a lattice.
    """

    def __init__(
        self,
        context: JobContext,
        name: str,
        generator: RoundGenerator,
        asked: RunConfig,
        backend: Backend,
        *,
        fresh: bool = False,
        bins_per_job: int = 1,
    ) -> None:
        self.backend = backend
        self.total = generator.spec.n_bins
        self.done = 0
        self.jobs: list[JobRecord] = []
        """Of the last bin whose bits are here."""
        self._context = context
        self._name = name
        self._generator = generator
        self._asked = asked
        self._fresh = fresh
        self._bins = bins_per_job
        past = first_past(generator, asked.samples, asked.seed)
        self._n_before = past.shape[1]
        # With room for all bins, so that none is copied when the next one comes.
        self._spikes = np.empty((len(past), self._n_before + self.total, past.shape[2]), bool)
        self._spikes[:, : self._n_before] = past
        self._plan: Plan | None = None
        self._next: Request | None = None
        self._has_stepped = False

    @property
    def finished(self) -> bool:
        """Whether the bits of all bins are here."""
        return self.done == self.total

    @property
    def executions_left(self) -> int:
        """Circuit executions of the bins that are not here."""
        requests = -(-(self.total - self.done) // self._bins)
        return self._asked.samples * len(self._generator.spec.groups) * requests

    def known(self) -> list[JobRecord]:
        """Return the jobs of the next bin that brought, or may bring, its bits.

        Raises
        ------
        AccountError, ServiceError
            If the service of such a job cannot be asked.
        """
        return [] if self._fresh and not self.jobs else known_jobs(self._context, self._request())

    def catch_up(self) -> None:
        """Go through the bins whose bits are here."""
        while not self.finished:
            jobs = self.known()
            if not jobs or any(job.state is not JobState.RETRIEVED for job in jobs):
                return
            self.take(jobs)

    def is_agreed(self) -> bool:
        """Whether the raster was agreed to when its first bin was sent, and nothing failed since.

        What a raster takes is said and asked once, for all of its bins.
        """
        if not self.jobs:
            return not is_unsent(self._context, self.known())
        failed = FINAL - {JobState.RETRIEVED, JobState.ABANDONED}
        return not any(
            job.state in failed and job.after == self.jobs[0].request
            for job in self._context.store.find(request_hash=self._request().request_hash)
        )

    def step(self, on_progress: Callable[[int], None] = lambda _: None) -> Asked:
        """Have the next bin sampled, here and now or by a job that is sent.

        Parameters
        ----------
        on_progress
            Called with the number of executions done since the last call.

        Raises
        ------
        PlanError, BackendError, StorageError
            See `neuroqgan.runs.sampling.sample_run`.
        """
        self._has_stepped = True
        request, known = self._request(), self.known()
        if not known and self._plan is None:
            self._plan, _ = plan_request(request, self.backend)
        return sample_run(
            self._context,
            request,
            self.backend,
            known=known,
            fresh=self._fresh and not self.jobs,
            plan=self._plan,
            batch=self._batch,
            on_progress=on_progress,
        )

    def take(self, jobs: list[JobRecord]) -> None:
        """Add a bin, or a block of bins, to the raster.

        Parameters
        ----------
        jobs
            Of the request, retrieved.

        Raises
        ------
        PayloadError
            If stored bits are missing or damaged.
        """
        spikes = decode_bins(self._context, jobs)
        before = self._n_before + self.done
        self._spikes[:, before : before + spikes.shape[1]] = spikes
        self.done += spikes.shape[1]
        self.jobs, self._next = jobs, None

    def close(self) -> None:
        """Close the batch of the last bin; if that fails, it closes by itself later."""
        # Nothing is asked of a service for a raster that was here already.
        session = self.jobs[0].session if self.jobs and self._has_stepped else None
        if session is not None and is_remote(self.backend):
            try:
                self.backend.close_batch(session)
            except (AccountError, ServiceError):
                return

    def _request(self) -> Request:
        if self._next is None:
            asked, past = self._asked, self._spikes[:, : self._n_before + self.done]
            self._next = Request(
                program=next_bins(self._generator, past, asked.seed, self._bins),
                backend=self.backend.name,
                seed=asked.seed,
                options=asked.job_options,
                placement=asked.placement,
                run=self._name,
                block=BinBlock(
                    self.done,
                    self.total,
                    asked.samples,
                    self.jobs[0] if self.jobs else None,
                    self._bins,
                ),
            )
        return self._next

    def _batch(self) -> str | None:
        """Return the batch of the bin before, or a new one; None where there can be none."""
        if not is_remote(self.backend):
            return None
        before = self.jobs[0].session if self.jobs else None
        if before is not None and self.backend.takes_jobs(before):
            return before
        return self.backend.open_batch()
