"""The service out of reach, in trouble, or silent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.ibm.transport import Patience
from neuroqgan.errors import (
    AccountError,
    ServiceError,
    UncertainError,
)
from neuroqgan.testing import Fault, LoopbackService
from tests.backends.ibm.conftest import Start, check, finished, old_job, workload

ASK: dict[str, Callable[[IbmDevice, str], object]] = {
    "devices": lambda device, job: device.service.devices(),
    "device": lambda device, job: device.service.device("ibm_fez"),
    "queue": lambda device, job: device.queue(),
    "find": lambda device, job: device.service.find("t"),
    "status": lambda device, job: device.service.status(job),
    "fetch": lambda device, job: device.service.fetch(job),
    "cancel": lambda device, job: device.service.cancel(job),
    "allowance": lambda device, job: device.service.allowance(),
    "submit": lambda device, job: device.submit(workload(), tag="t"),
}


@pytest.mark.parametrize("what", ASK)
def test_the_network_is_down(start: Start, what: str) -> None:
    server = start(auto=False)
    device = IbmService().device("ibm_brisbane")
    job = device.submit(workload(), tag="t").provider_id
    server.stop()
    with pytest.raises(ServiceError) as caught:
        ASK[what](device, job)
    check(caught.value, 1, "check the network")
    server.start()
    assert server.created == 1


@pytest.mark.parametrize(
    ("route", "what"),
    [
        ("GET /backends", "devices"),
        ("GET /jobs", "find"),
        ("GET /jobs/{id}", "status"),
        ("POST /jobs/{id}/cancel", "cancel"),
        ("GET /instances/usage", "allowance"),
        ("GET /instances/usage", "submit"),
    ],
)
@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_answers_that_are_errors(start: Start, route: str, what: str, status: int) -> None:
    server = start(auto=False)
    device = IbmService().device("ibm_brisbane")
    job = device.submit(workload(), tag="t").provider_id
    server.faults.order(route, Fault.status(status, "Said by loopback-key."), times=9)
    refused = status in {401, 403}
    with pytest.raises(AccountError if refused else ServiceError) as caught:
        ASK[what](device, job)
    check(caught.value, 2 if refused else 1)
    assert server.created == 1


def test_a_passing_trouble_is_waited_out(server: LoopbackService, service: IbmService) -> None:
    service.connect()
    server.faults.order("GET /backends", Fault.status(503), times=2)
    assert len(service.devices()) == 2


def test_a_configuration_that_cannot_be_had_is_no_unknown_device(
    server: LoopbackService, service: IbmService
) -> None:
    server.faults.order("GET /backends/{name}/configuration", Fault.status(500), times=9)
    with pytest.raises(ServiceError) as caught:
        service.device("ibm_fez")
    check(caught.value, 1, "ibm_fez")


def test_nonsense(server: LoopbackService, device: IbmDevice) -> None:
    job = device.submit(workload(), tag="t").provider_id
    server.faults.order("GET /jobs/{id}", Fault.MALFORMED_BEFORE)
    with pytest.raises(ServiceError) as caught:
        IbmService().status(job)
    check(caught.value, 1, "understands")


@pytest.mark.parametrize("fault", [Fault.MALFORMED, Fault.MALFORMED_BEFORE])
@pytest.mark.parametrize("old", [False, True])
def test_a_result_that_arrives_damaged_can_be_fetched_again(
    server: LoopbackService, device: IbmDevice, fault: Fault, old: bool
) -> None:
    job = old_job(device.service) if old else finished(device)
    server.finish(job)
    server.faults.order("GET /jobs/{id}/results", fault)
    with pytest.raises(ServiceError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, job)
    assert len(device.service.fetch(job)) == 1


def test_a_result_may_lie_elsewhere(server: LoopbackService, device: IbmDevice) -> None:
    job = finished(device)
    server.faults.order("GET /jobs/{id}/results", Fault.REDIRECT)
    assert np.array_equal(device.service.fetch(job)[0].bits, server.jobs[job].bits[0])


def test_a_submission_that_is_sent_elsewhere_is_not_known(
    server: LoopbackService, device: IbmDevice
) -> None:
    server.faults.order("POST /jobs", Fault.REDIRECT)
    with pytest.raises(UncertainError):
        device.submit(workload(), tag="t")


def test_silence(server: LoopbackService) -> None:
    device = IbmService(patience=Patience(read=2.0, retries=0)).device("ibm_brisbane")
    server.faults.order("GET /instances/usage", Fault.slow(9), times=9)
    with pytest.raises(ServiceError) as caught:
        device.service.allowance()
    check(caught.value, 1)
