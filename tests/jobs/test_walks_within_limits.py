"""Walks over bins: batches that close too early, and seconds that may be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from neuroqgan.backends.allowance import Allowance
from neuroqgan.backends.remote import Execution, RemoteJob
from neuroqgan.errors import AllowanceError, JobFailedError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.waiting import wait
from neuroqgan.sampling.raster_job import RasterJob
from neuroqgan.sampling.walk import RasterWalk
from neuroqgan.testing import FakeClock
from tests.jobs.conftest import DEVICE, StubService
from tests.jobs.test_bin_by_bin import N_BINS, walk


class ClosingBatches:
    """Has the first jobs of the second bin end without having run, as if their batches closed."""

    def __init__(self, service: StubService, n_expired: int) -> None:
        self._service, self._answer = service, service.status
        self._left = n_expired
        service.status = self.status  # type: ignore[method-assign]

    def status(self, provider_id: str) -> RemoteJob:
        found = self._answer(provider_id)
        job = self._service.jobs[provider_id]
        if provider_id == "stub0" or job.execution is Execution.DONE:
            self._service.jobs[provider_id].execution = Execution.DONE
            return replace(found, execution=Execution.DONE)
        if job.execution is Execution.QUEUED and self._left:
            self._left -= 1
            self._service.closed.append(str(self._service.sessions[-1]))
            job.execution = Execution.FAILED
            return replace(found, execution=Execution.FAILED, seconds=0.0, expired=True)
        job.execution = Execution.DONE
        return replace(found, execution=Execution.DONE)


def begun(context: JobContext) -> tuple[RasterWalk, RasterJob]:
    raster = walk(context, DEVICE)
    return raster, RasterJob(context, raster, raster.step().jobs)


def test_bins_whose_batch_closed_before_they_ran_are_sent_again(
    context: JobContext, service: StubService
) -> None:
    ClosingBatches(service, 2)
    raster, job = begun(context)
    with FakeClock().installed():
        assert job.result().n_samples == 9
    assert service.sent == N_BINS + 2
    # Each in a new batch.
    assert service.sessions == ["batch0", "batch0", "batch1", "batch2", "batch2", "batch2"]
    failed = context.store.find(states=[JobState.FAILED])
    assert [found.first_bin for found in failed] == [1, 1]
    assert all("its batch closed before it started" in found.message for found in failed)
    # What was agreed to still is.
    assert raster.is_finished


def test_they_are_not_sent_again_for_ever(context: JobContext, service: StubService) -> None:
    ClosingBatches(service, 99)
    _, job = begun(context)
    with FakeClock().installed(), pytest.raises(JobFailedError):
        job.result()
    assert service.sent == 1 + 4


def test_a_bin_that_failed_otherwise_is_agreed_to_again(
    context: JobContext, service: StubService
) -> None:
    raster = walk(context, DEVICE)
    jobs = raster.step().jobs
    service.finish()
    raster.take([retrieve(context, job) for job in jobs])
    (second,) = raster.step().jobs
    service.jobs[str(second.provider_id)].execution = Execution.FAILED
    with FakeClock().installed():
        jobs = wait(context, [second])
    assert not raster.sends_again(jobs)
    later = walk(context, DEVICE)
    later.catch_up()
    assert not later.is_agreed()


def test_a_batch_is_asked_for_often_enough(context: JobContext, service: StubService) -> None:
    raster = walk(context, DEVICE)
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if sum(pauses) > 300:
            service.finish()

    with FakeClock().installed():
        while not raster.is_finished:
            pauses.clear()
            jobs = wait(context, raster.step().jobs, on_pause=pause)
            # Half a minute more, and the next bin would come too late for its batch.
            assert max(pauses) == (10.0 if raster.n_done < N_BINS - 1 else 30.0)
            raster.take([retrieve(context, job) for job in jobs])


@pytest.mark.parametrize("n_done", [0, 1])
def test_the_budget_is_of_the_whole_raster(
    context: JobContext, service: StubService, n_done: int
) -> None:
    raster = walk(context, DEVICE, max_qpu_seconds=100.0)
    for _ in range(n_done):
        jobs = raster.step().jobs
        service.finish()
        raster.take([retrieve(context, job) for job in jobs])
    budget = raster.budget()
    # Two seconds a job and little else; the service says that it charged 1.5.
    assert budget.needed == pytest.approx(2.0 * (N_BINS - n_done), abs=0.1)
    assert budget.used == 1.5 * n_done


def test_nothing_is_stored_or_sent_beyond_the_maximum(
    context: JobContext, service: StubService
) -> None:
    with pytest.raises(AllowanceError, match="allowed for it"):
        walk(context, DEVICE, max_qpu_seconds=5.0).step()
    assert (service.sent, service.batches, context.store.find()) == (0, [], [])


@pytest.mark.parametrize(
    ("allowance", "is_refused"),
    [
        (Allowance(590.0, 600.0), False),
        (Allowance(595.0, 600.0), True),
        (Allowance(10.0, 600.0, reached=True), True),
        (Allowance(None, None), False),
    ],
)
def test_the_allowance_of_the_instance(
    context: JobContext, service: StubService, allowance: Allowance, is_refused: bool
) -> None:
    service.allowance = lambda: allowance  # type: ignore[method-assign]
    raster = walk(context, DEVICE)
    if is_refused:
        with pytest.raises(AllowanceError):
            raster.step()
        assert service.sent == 0
    walk(context, DEVICE, over_allowance=True).step()
    assert service.sent == 1
