"""A step on its way: what of it is here, what is left, and the next move towards its raster."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from neuroqgan.errors import NeuroqganError, NotReadyError, ServiceError
from neuroqgan.jobs.request_chain import request_chain
from neuroqgan.jobs.retrieval import retrieve_shared
from neuroqgan.jobs.state import FINAL, JobState
from neuroqgan.sampling.bins_per_job import choose_bins_per_job
from neuroqgan.sampling.walk import RasterWalk

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from neuroqgan.jobs.context import JobContext
    from neuroqgan.jobs.record import JobRecord
    from neuroqgan.models.base import Generator
    from neuroqgan.runs.campaign.planned_step import PlannedStep

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 2.0, 30.0, 1.3
# A laptop that moves from one network to another is back within this time.
_SECONDS_UNREACHABLE = 600.0
_FAILED = FINAL - {JobState.RETRIEVED, JobState.ABANDONED}
_SENT = {JobState.QUEUED, JobState.RUNNING, JobState.DONE}
_STUCK = {JobState.UNCERTAIN, JobState.PLANNED}


@dataclass
class StepWalk:
    """A step on its way.

    Parameters
    ----------
    context
        Where jobs are kept.
    planned
        The step.
    walk
        Its raster, as far as it is here.
    under_way
        Jobs that are being measured.
    error
        Why it came to an end without a raster; None if it did not.
    failed_before
        What became of an earlier attempt at the next jobs; empty if there was none.
    """

    context: JobContext
    planned: PlannedStep
    walk: RasterWalk
    under_way: list[JobRecord] = field(default_factory=list)
    error: NeuroqganError | None = None
    failed_before: str = ""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.walk.is_finished or self.error is not None

    @property
    def jobs(self) -> list[JobRecord]:
        """All jobs whose bits are here, in the order of their bins."""
        if not self.walk.jobs:
            return []
        if self.walk.jobs[0].series is None:
            return [*self.walk.jobs]
        requests = request_chain(self.context, self.walk.jobs[0])
        return [job for jobs in requests for job in jobs]

    @property
    def seconds_used(self) -> float:
        """Seconds of the quantum processor so far, as its service reports them."""
        return sum(job.seconds or 0.0 for job in self.jobs)

    @property
    def seconds_left(self) -> float:
        """Estimated seconds of what is to be sent, or was sent and is not here yet."""
        estimate = self.planned.estimate
        if estimate is None or self.walk.is_finished:
            return 0.0
        return estimate.seconds * (1 - self.walk.n_done / self.walk.n_bins)

    @property
    def state(self) -> str:
        """How far it is, in words."""
        if self.walk.is_finished:
            return "here"
        if self.error is not None:
            return "failed"
        if self.under_way:
            return self.under_way[0].state.value
        if self.failed_before:
            return "to repeat"
        return f"{self.walk.n_done} of {self.walk.n_bins} bins" if self.walk.n_done else "to do"

    def advance(self, on_progress: Callable[[int], None] = lambda _: None) -> bool:
        """Do what can be done without waiting, and return whether anything was.

        Parameters
        ----------
        on_progress
            Called with the number of executions done here since the last call.

        Raises
        ------
        ServiceError
            If a service cannot be reached.
        """
        planned = self.planned
        planned.samples.keep(planned.selection.folder, planned.selection.bin_width)
        try:
            moved = not self.under_way
            jobs = self.under_way or self.walk.step(on_progress).jobs
            self.under_way, self.failed_before = jobs, ""
            jobs = [retrieve_shared(self.context, job) for job in jobs]
        except NotReadyError as error:
            self._look(error)
            return moved
        except ServiceError:
            raise
        except NeuroqganError as error:
            self.error = error
            return True
        self.walk.take(jobs)
        self.under_way = []
        if self.walk.is_finished:
            self.walk.close()
        return True

    def _look(self, error: NeuroqganError) -> None:
        """Read the jobs under way again; those that nobody will finish end the step."""
        self.under_way = [self.context.store.get(job.id) for job in self.under_way]
        for job in self.under_way:
            since = datetime.now(UTC) - (job.submitted or job.updated)
            is_stuck = job.state in _STUCK and not self.context.store.is_held(job)
            if is_stuck and since > self.context.answer_grace:
                self.error = error


def begin(context: JobContext, planned: PlannedStep, generator: Generator) -> StepWalk:
    """Find what of a step is here already; jobs under way are asked for.

    Parameters
    ----------
    context
        Where jobs are kept.
    planned
        The step.
    generator
        With its weights.

    Raises
    ------
    NeuroqganError
        If stored bits are damaged, or a service cannot be asked.
    """
    source = planned.samples.source(generator)
    order = choose_bins_per_job(context, source, planned.order, planned.backend, fresh=False)
    walk = RasterWalk(context, source, order, planned.backend)
    walk.catch_up()
    known = [] if walk.is_finished else walk.known()
    failed = "" if walk.is_finished or known else _failure(context, walk)
    is_sent = all(job.state in _SENT for job in known)
    return StepWalk(context, planned, walk, known if is_sent else [], failed_before=failed)


def _failure(context: JobContext, walk: RasterWalk) -> str:
    """Return why the next jobs of a raster failed when they were sent before."""
    failed = context.store.find(request_hash=walk.request.request_hash, states=_FAILED)
    return f"Job {failed[0].short_id}: {failed[0].message or failed[0].state}" if failed else ""


def go_on(
    walks: Sequence[StepWalk],
    *,
    wait: bool,
    on_change: Callable[[StepWalk], None] = lambda _: None,
    on_progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Go on with all steps until they are over, or until all that is left has to be waited for.

    Jobs of all steps are sent first, so that they queue together; then what runs in this process is
    run, and the others are asked for in turn.

    Parameters
    ----------
    walks
        The steps.
    wait
        Whether to wait for jobs at a service.
    on_change
        Called with a step whose state has changed.
    on_progress
        Called with the number of executions done here since the last call.

    Raises
    ------
    ServiceError
        If a service cannot be reached for ten minutes.
    """
    pause, unreachable_since = _FIRST_PAUSE, None
    # What is sent to a device takes longest to come back.
    left = sorted(
        (walk for walk in walks if not walk.is_over), key=lambda w: w.planned.backend.simulates
    )
    while left:
        moved = False
        try:
            for walk in left:
                before = walk.state
                moved = walk.advance(on_progress) or moved
                if walk.state != before:
                    on_change(walk)
            unreachable_since = None
        except ServiceError:
            unreachable_since = unreachable_since or time.monotonic()
            if not wait or time.monotonic() - unreachable_since > _SECONDS_UNREACHABLE:
                raise
        left = [walk for walk in left if not walk.is_over]
        if moved:
            pause = _FIRST_PAUSE
        elif left and not wait:
            return
        elif left:
            time.sleep(pause)
            pause = min(pause * _GROWTH, _LONGEST_PAUSE)
