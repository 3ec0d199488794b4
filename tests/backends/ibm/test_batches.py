"""Batches: jobs of one raster that follow each other."""

from __future__ import annotations

import pytest

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.errors import AccountError, ServiceError
from neuroqgan.testing import Fault, LoopbackService
from tests.backends.ibm.conftest import check, workload


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
