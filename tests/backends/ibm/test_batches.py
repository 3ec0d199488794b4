"""Batches: jobs of one raster that follow each other."""

from __future__ import annotations

import pytest

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import AccountError, ServiceError
from neuroqgan.testing import FakeClock, Fault, LoopbackService
from tests.backends.ibm.conftest import Start, check, workload


def session_of(server: LoopbackService, job: str) -> str | None:
    return server.jobs[job].session_id


def test_jobs_are_sent_in_a_batch(server: LoopbackService, device: IbmDevice) -> None:
    batch = device.open_batch()
    assert batch is not None
    assert server.state.sessions[batch]["mode"] == "batch"
    assert device.takes_jobs(batch)
    job = device.submit(workload(), tag="t", session=batch).provider_id
    alone = device.submit(workload(), tag="t").provider_id
    assert (session_of(server, job), session_of(server, alone)) == (batch, None)
    device.close_batch(batch)
    assert not server.state.sessions[batch]["accepting_jobs"]
    assert not device.takes_jobs(batch)


def test_another_process_goes_on_in_the_batch(server: LoopbackService, device: IbmDevice) -> None:
    batch = device.open_batch()
    assert batch is not None
    later = IbmService().device(device.name)
    job = later.submit(workload(), tag="t", session=batch).provider_id
    assert session_of(server, job) == batch
    assert len(server.state.sessions) == 1


def test_a_batch_that_closed_meanwhile_loses_no_job(
    server: LoopbackService, device: IbmDevice
) -> None:
    batch = device.open_batch()
    assert batch is not None
    server.state.sessions[batch]["accepting_jobs"] = False
    job = device.submit(workload(), tag="t", session=batch).provider_id
    assert session_of(server, job) is None
    # Nor does one that the service has forgotten.
    later = IbmService().device(device.name)
    assert not later.takes_jobs("no-such-batch")
    assert session_of(server, later.submit(workload(), tag="t", session="gone").provider_id) is None


@pytest.mark.parametrize("code", [400, 403])
def test_an_account_that_may_have_none(
    server: LoopbackService, device: IbmDevice, code: int
) -> None:
    server.faults.order("POST /sessions", Fault.status(code), times=9)
    assert device.open_batch() is None


@pytest.mark.parametrize("fault", [Fault.status(503), Fault.DROP_BEFORE])
def test_a_service_in_trouble_is_no_answer(
    server: LoopbackService, device: IbmDevice, fault: Fault
) -> None:
    server.faults.order("POST /sessions", fault, times=9)
    with pytest.raises(ServiceError) as caught:
        device.open_batch()
    check(caught.value, 1, "open a batch on ibm_brisbane")


def test_an_account_that_is_refused(server: LoopbackService, device: IbmDevice) -> None:
    server.faults.order("POST /sessions", Fault.status(401), times=9)
    with pytest.raises(AccountError):
        device.open_batch()


def test_a_batch_that_cannot_be_asked_for_sends_nothing(
    server: LoopbackService, device: IbmDevice
) -> None:
    batch = device.open_batch()
    assert batch is not None
    server.faults.order("GET /sessions/{id}", Fault.status(503), times=9)
    with pytest.raises(ServiceError):
        device.submit(workload(), tag="t", session=batch)
    assert server.created == 0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> FakeClock:
    """The clock of the service, and of what reads the times that it reports."""
    clock = FakeClock()
    monkeypatch.setattr("neuroqgan.backends.ibm.batches._now", clock.now)
    return clock


@pytest.mark.parametrize(("plan", "seconds"), [("open", 600), ("premium", 28_800)])
def test_a_batch_lives_as_long_as_the_plan_allows(
    start: Start, clock: FakeClock, plan: str, seconds: int
) -> None:
    server = start(["ibm_brisbane"], clock=clock, delay=2.0, plan=plan)
    device = IbmService().device("ibm_brisbane")
    assert device.batch_seconds() == seconds
    batch = device.open_batch()
    assert batch is not None
    # Its time begins with its first job.
    clock.advance(seconds)
    assert device.takes_jobs(batch)
    job = device.submit(workload(), tag="t", session=batch).provider_id
    clock.advance(2.0)
    assert device.service.status(job).execution is Execution.DONE
    clock.advance(seconds - 100)
    assert device.takes_jobs(batch)
    # A job that is sent just before the end could fail in the queue.
    clock.advance(60)
    assert not device.takes_jobs(batch)
    assert server.state.sessions[batch]["accepting_jobs"]
    last = device.submit(workload(), tag="t", session=batch).provider_id
    assert session_of(server, last) is None
    clock.advance(60)
    assert device.service.status(last).execution is Execution.DONE
    assert server.state.session(batch)["state"] == "closed"


def test_a_job_that_waits_when_its_batch_closes_ends_without_having_run(
    start: Start, clock: FakeClock
) -> None:
    server = start(["ibm_brisbane"], auto=False, clock=clock)
    device = IbmService().device("ibm_brisbane")
    batch = device.open_batch()
    first, second, third = (
        device.submit(workload(), tag="t", session=batch).provider_id for _ in range(3)
    )
    server.finish(first)
    server.fail(third, "the fridge is warm")
    clock.advance(599)
    assert device.service.status(second).execution is Execution.QUEUED
    clock.advance(1)
    found = device.service.status(second)
    assert (found.execution, found.expired, found.seconds) == (Execution.FAILED, True, 0.0)
    # One that ran, and failed, is another matter.
    assert not device.service.status(third).expired


def test_a_batch_without_a_queued_job_is_deactivated_and_goes_on(
    start: Start, clock: FakeClock
) -> None:
    server = start(["ibm_brisbane"], clock=clock, delay=2.0)
    device = IbmService().device("ibm_brisbane")
    batch = device.open_batch()
    assert batch is not None
    for pause in (59, 61, 30):
        device.submit(workload(), tag="t", session=batch)
        clock.advance(2 + pause)
        assert device.takes_jobs(batch)
    states = [change["status"] for change in server.state.session(batch)["timestamps"]]
    assert states == ["active", "inactive", "active"]
