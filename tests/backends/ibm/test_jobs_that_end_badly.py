"""Jobs that end badly, results that are gone."""

from __future__ import annotations

import pytest

from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    JobFailedError,
    ResultLostError,
    ServiceError,
)
from neuroqgan.testing import LoopbackService
from tests.backends.ibm.conftest import check, finished, workload


def test_an_unknown_job(service: IbmService) -> None:
    for ask in (service.status, service.fetch, service.cancel):
        with pytest.raises(ResultLostError) as caught:
            ask("d000")
        check(caught.value, 1, "d000", "no such job")


def test_a_failed_job(server: LoopbackService, device: IbmDevice) -> None:
    job = device.submit(workload(), tag="t").provider_id
    server.fail(job, "The qubits are on fire.", 6050)
    state = device.service.status(job)
    assert state.execution is Execution.FAILED
    assert "on fire" in state.message
    with pytest.raises(JobFailedError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, job, "on fire")


def test_a_job_that_ran_too_long(server: LoopbackService, device: IbmDevice) -> None:
    job = device.submit(workload(), tag="t").provider_id
    server.cancel(job, ran_too_long=True)
    with pytest.raises(JobFailedError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, "longer than maximum")


def test_an_expired_result(server: LoopbackService, device: IbmDevice) -> None:
    job = finished(device)
    server.expire(job)
    with pytest.raises(ResultLostError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, job, "expired")


def test_a_private_result_is_read_once(device: IbmDevice) -> None:
    job = finished(device, private=True)
    assert len(device.service.fetch(job)) == 1
    for service in (device.service, IbmService()):
        with pytest.raises(ResultLostError) as caught:
            service.fetch(job)
        check(caught.value, 1, job, "read only once")


def test_a_result_of_another_program(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiskit_ibm_runtime import RuntimeJobV2

    job = finished(device)
    monkeypatch.setattr(RuntimeJobV2, "result", lambda *_, **__: {"a": 1})
    with pytest.raises(ServiceError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, job, "as a sampler returns them")
