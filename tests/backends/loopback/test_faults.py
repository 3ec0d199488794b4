"""The loopback server's refusals and faults, as the unmodified client takes them."""

from __future__ import annotations

import time

import pytest
import requests
from ibm_cloud_sdk_core import ApiException
from qiskit_ibm_runtime import QiskitRuntimeService
from qiskit_ibm_runtime.accounts.exceptions import InvalidAccountError
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMNotAuthorizedError,
    IBMRuntimeError,
)

from neuroqgan.testing import Fault
from tests.backends.loopback.asking import Serve, submit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_wrong_credentials(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    service = serve()
    with pytest.raises(InvalidAccountError) as caught:
        QiskitRuntimeService(token="wrong")  # noqa: S106
    assert isinstance(caught.value.__cause__, ApiException)
    assert caught.value.__cause__.status_code == 400
    job = submit()
    service.faults.order("GET /jobs/{id}", Fault.status(401))
    with pytest.raises(IBMNotAuthorizedError):
        job.status()


@pytest.mark.parametrize("code", [400, 403, 413, 429])
def test_refused_submissions(code: int, serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", Fault.status(code, "Not like this."))
    with pytest.raises(IBMRuntimeError, match="Not like this") as caught:
        submit()
    assert str(code) in str(caught.value)
    assert service.created == 0
    assert service.requests.count(("POST", "/jobs")) == 1


@pytest.mark.parametrize("code", [500, 503])
def test_the_client_repeats_a_submission_after_5xx(code: int, serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", Fault.status(code))
    submit()
    assert service.requests.count(("POST", "/jobs")) == 2
    assert service.created == 1


def test_a_5xx_after_the_job_was_made_makes_two(serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", Fault.status_after(503))
    job = submit(options={"environment": {"job_tags": ["mine"]}})
    assert service.created == 2
    found = QiskitRuntimeService().jobs(job_tags=["mine"])
    assert len(found) == 2
    assert found[0].job_id() == job.job_id()


@pytest.mark.parametrize(("fault", "created"), [(Fault.DROP_BEFORE, 0), (Fault.DROP_AFTER, 1)])
def test_a_dropped_submission_is_not_repeated(fault: Fault, created: int, serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", fault)
    with pytest.raises(IBMRuntimeError, match="Connection aborted"):
        submit()
    assert service.created == created
    assert service.requests.count(("POST", "/jobs")) == 1


def test_a_dropped_look_is_repeated(serve: Serve) -> None:
    service = serve()
    job = submit()
    service.faults.order("GET /jobs/{id}", Fault.DROP_BEFORE, times=2)
    assert job.status() == "DONE"
    assert service.faults.left("GET /jobs/{id}") == 0


def test_slow_answers(serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", Fault.slow_before(0.3))
    start = time.monotonic()
    job = submit()
    assert time.monotonic() - start > 0.3
    service.faults.order("GET /jobs/{id}", Fault.slow(0.3))
    start = time.monotonic()
    assert job.status() == "DONE"
    assert time.monotonic() - start > 0.3


def test_broken_json(serve: Serve) -> None:
    service = serve()
    service.faults.order("POST /jobs", Fault.MALFORMED)
    with pytest.raises(requests.exceptions.JSONDecodeError):
        submit()
    assert service.created == 1
    job = submit()
    service.faults.order("GET /jobs/{id}/results", Fault.MALFORMED)
    with pytest.raises(TypeError):
        job.result()
    service.faults.order("GET /jobs/{id}/results", Fault.REDIRECT)
    assert len(job.result()) == 1


def test_faults_wait_their_turn(serve: Serve) -> None:
    service = serve()
    job = submit()
    service.faults.order("GET /jobs/{id}/results", Fault.status(403), skip=1)
    job.result()
    with pytest.raises(RequestsApiError):
        job.result()
    job.result()
    with pytest.raises(ValueError, match="No such route"):
        service.faults.order("GET /job", Fault.DROP_BEFORE)
    assert Fault.parse("status:503") == Fault.status(503)
    assert Fault.parse(Fault.status(429, retry_after=1).to_json()) == Fault.status(
        429, retry_after=1
    )


def test_a_service_that_goes_away_and_comes_back(serve: Serve) -> None:
    service = serve()
    job = submit()
    service.stop()
    with pytest.raises(RequestsApiError) as caught:
        job.status()
    assert caught.value.status_code == -1
    service.start()
    assert job.status() == "DONE"
