"""Submissions."""

from __future__ import annotations

from typing import Any

import pytest
from requests import RequestException
from urllib3.exceptions import ProtocolError

from neuroqgan.backends.ibm.damage import in_words
from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.ibm.transport import Patience, guard
from neuroqgan.errors import (
    AccountError,
    BusyError,
    RefusedError,
    ServiceError,
    UncertainError,
)
from neuroqgan.testing import Fault, LoopbackService
from neuroqgan.testing.api_error import ApiError
from tests.backends.ibm.conftest import check, workload


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_a_refused_submission(server: LoopbackService, device: IbmDevice, status: int) -> None:
    server.faults.order("POST /jobs", Fault.status(status, "No, loopback-key."), times=9)
    with pytest.raises(RefusedError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 1, f"HTTP {status}: No, ***.", "no job was created")
    assert caught.value.hint
    assert server.created == 0


@pytest.mark.parametrize(
    ("fault", "wait"),
    [
        (Fault.status(429), None),
        (Fault.status(429, retry_after=47), 47.0),
        (Fault("status", 429, headers=(("Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT"),)), 0.0),
        (Fault("status", 429, headers=(("Retry-After", "soon"),)), None),
    ],
)
def test_a_submission_that_comes_too_soon(
    server: LoopbackService, device: IbmDevice, fault: Fault, wait: float | None
) -> None:
    server.faults.order("POST /jobs", fault)
    with pytest.raises(BusyError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 1, "HTTP 429", "no job was created")
    assert caught.value.wait == wait
    assert server.created == 0
    assert [seen.method for seen in server.requests if seen.path == "/jobs"] == ["POST"]


def test_too_many_jobs_in_the_queue_are_no_refusal(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise ApiError(403, 3458, "You have reached the limit of 3 pending jobs.")

    monkeypatch.setattr("neuroqgan.testing.service_state.ServiceState.create", full)
    with pytest.raises(BusyError):
        device.submit(workload(), tag="t")


@pytest.mark.parametrize("status", [401, 403])
def test_a_submission_that_the_account_may_not_make(
    server: LoopbackService, device: IbmDevice, status: int
) -> None:
    server.faults.order("POST /jobs", Fault.status(status), times=9)
    with pytest.raises(AccountError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 2, f"HTTP {status}", "no job was created")
    assert server.created == 0


@pytest.mark.parametrize(
    ("fault", "n_made"),
    [
        (Fault.DROP_BEFORE, 0),
        (Fault.DROP_AFTER, 1),
        (Fault.status(500), 0),
        (Fault.status_after(503), 1),
        (Fault.status_after(504, retry_after=1), 1),
        (Fault.status(408), 0),
        (Fault.MALFORMED, 1),
        (Fault.MALFORMED_BEFORE, 0),
        (Fault.slow(9), 1),
        (Fault.slow_before(9), 0),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
def test_a_submission_of_unknown_outcome_is_sent_once(
    server: LoopbackService,
    fault: Fault,
    n_made: int,
) -> None:
    device = IbmService(patience=Patience(submit=0.3)).device("ibm_brisbane")
    server.faults.order("POST /jobs", fault)
    with pytest.raises(UncertainError) as caught:
        device.submit(workload(), tag="unique-tag")
    check(caught.value, 1, "not known", "unique-tag")
    assert [seen.method for seen in server.requests if seen.path == "/jobs"] == ["POST"]
    assert server.created == n_made
    assert [job.provider_id for job in IbmService().find("unique-tag")] == list(server.jobs)


def test_what_the_client_stumbles_over_after_the_answer_loses_no_job(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiskit_ibm_runtime.api.client import RuntimeClient

    run = RuntimeClient.program_run
    monkeypatch.setattr(RuntimeClient, "program_run", lambda *a, **b: {"id": run(*a, **b)["id"]})
    job = device.submit(workload(), tag="t")
    assert list(server.jobs) == [job.provider_id]


def test_what_the_client_does_not_take_is_refused(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiskit_ibm_runtime.executor_sampler import Sampler

    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("no such boxes")

    monkeypatch.setattr(Sampler, "run", fail)
    with pytest.raises(RefusedError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 1, "no such boxes")
    assert server.created == 0


def test_an_unknown_client_must_not_submit() -> None:
    with pytest.raises(ServiceError) as caught:
        guard(type("Client", (), {})())
    check(caught.value, 1, "qiskit-ibm-runtime")


@pytest.mark.parametrize("told", ["", " ", None, 5])
def test_an_id_that_is_none_is_no_answer(
    server: LoopbackService, device: IbmDevice, told: object
) -> None:
    server.faults.order("POST /jobs", Fault.edited("id", told))
    with pytest.raises(UncertainError) as caught:
        device.submit(workload(), tag="t")
    assert "the job's id" in str(caught.value)
    (made,) = server.jobs
    assert [job.provider_id for job in device.service.find("t")] == [made]


@pytest.mark.parametrize("cause", [ConnectionResetError(104, "Cut."), EOFError("Cut.")])
def test_a_connection_that_was_cut_is_told_in_words(cause: Exception) -> None:
    assert in_words(RequestException(ProtocolError("Connection aborted.", cause))) == "Cut."
