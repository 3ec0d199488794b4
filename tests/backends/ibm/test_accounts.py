"""Accounts."""

from __future__ import annotations

import pytest

from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.registry import resolve
from neuroqgan.errors import (
    AccountError,
    BackendNotFoundError,
    ServiceError,
)
from neuroqgan.testing import Fault, LoopbackService
from tests.backends.ibm.conftest import check


def test_no_account() -> None:
    with pytest.raises(AccountError) as caught:
        IbmService().devices()
    check(caught.value, 2, "neuroqgan account save")
    with pytest.raises(AccountError) as named:
        resolve("ibm_brisbane")
    check(named.value, 2, "neuroqgan account save", "fake_brisbane")


@pytest.mark.parametrize("key", ["wrong", "   ", '"quoted"'])
def test_a_token_that_is_refused(
    server: LoopbackService, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setenv("QISKIT_IBM_TOKEN", key)
    with pytest.raises(AccountError) as caught:
        IbmService().devices()
    check(caught.value, 2, "neuroqgan account save")
    assert key.strip() == "" or key not in str(caught.value)


def test_the_identity_service_out_of_reach(
    server: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IAM_URL", "http://127.0.0.1:9")
    with pytest.raises(ServiceError) as caught:
        IbmService().devices()
    check(caught.value, 1, "check the network")


def test_the_identity_service_in_trouble(server: LoopbackService) -> None:
    server.faults.order("POST /identity/token", Fault.status(500), times=9)
    with pytest.raises(ServiceError) as caught:
        IbmService().devices()
    check(caught.value, 1, "HTTP 500")


def test_an_instance_of_another_account(
    server: LoopbackService, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:2222::"
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", other)
    with pytest.raises(AccountError) as caught:
        IbmService().devices()
    check(caught.value, 2, other, "--instance")


@pytest.mark.parametrize("instance", ["crn:v1:bluemix", "crn", " name"])
def test_an_instance_that_is_none(
    server: LoopbackService, monkeypatch: pytest.MonkeyPatch, instance: str
) -> None:
    monkeypatch.setenv("QISKIT_IBM_INSTANCE", instance)
    with pytest.raises(AccountError) as caught:
        IbmService().devices()
    check(caught.value, 2, "not a complete CRN", instance.strip())
    assert server.requests == []


def test_an_unknown_device(service: IbmService) -> None:
    with pytest.raises(BackendNotFoundError) as caught:
        service.device("ibm_fezz")
    check(caught.value, 2, "ibm_brisbane, ibm_fez", "try: `backend = fake_")
