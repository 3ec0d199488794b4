"""Jobs on the loopback server: states, lists, endings, devices and sessions."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime import Batch, QiskitRuntimeService, SamplerV2, Session
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMRuntimeError,
    RuntimeInvalidStateError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
    RuntimeJobNotFound,
    RuntimeJobTimeoutError,
)
from qiskit_ibm_runtime.executor_sampler import Sampler

from neuroqgan.testing import FakeClock, Fault, ServiceProcess
from tests.backends.loopback.asking import Serve, bits_of, enter, submit

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_states_follow_polls(serve: Serve) -> None:
    serve(polls=1)
    job = submit()
    assert [job.status() for _ in range(3)] == ["RUNNING", "DONE", "DONE"]


def test_states_follow_the_clock(serve: Serve) -> None:
    clock = FakeClock()
    serve(delay=60, clock=clock)
    job = submit()
    found = [job.status()]
    for _ in range(2):
        clock.advance(30)
        found.append(job.status())
    assert found == ["QUEUED", "RUNNING", "DONE"]
    started, finished = (job.metrics()["timestamps"][key] for key in ("created", "finished"))
    assert datetime.fromisoformat(finished) - datetime.fromisoformat(started) == timedelta(0, 60)


def test_a_held_job_waits_for_the_test(serve: Serve) -> None:
    service = serve(auto=False)
    job = submit()
    assert job.status() == "QUEUED"
    with pytest.raises(RuntimeJobTimeoutError):
        job.result(timeout=0.1, poll_interval=0.1)
    service.run(job.job_id())
    assert job.status() == "RUNNING"
    service.finish(job.job_id())
    assert len(job.result()) == 1


def test_another_client_reads_the_result_by_id(serve: Serve) -> None:
    service = serve()
    ids = [submit(kind).job_id() for kind in (SamplerV2, Sampler)]
    for job_id in ids:
        job = QiskitRuntimeService().job(job_id)
        np.testing.assert_array_equal(bits_of(job.result()[0]), service.jobs[job_id].bits[0])
        assert job.usage_estimation["quantum_seconds"] > 2


def test_jobs_are_listed_by_tags_state_and_time(serve: Serve) -> None:
    service = serve(auto=False)
    client = QiskitRuntimeService()
    ids = [
        submit(options={"environment": {"job_tags": ["all", f"n{i}"]}}).job_id() for i in range(3)
    ]
    legacy = submit(SamplerV2).job_id()
    service.finish(ids[0])

    def listed(**filters: Any) -> list[str]:
        return [job.job_id() for job in client.jobs(**filters)]

    assert listed(job_tags=["all"]) == ids[::-1]
    assert listed(job_tags=["all", "n1"], limit=None) == [ids[1]]
    assert listed(job_tags=["n0", "n1"]) == []
    assert listed(limit=2, skip=1, descending=False) == ids[1:3]
    assert listed(pending=False) == [ids[0]]
    assert listed(pending=True, program_id="executor") == ids[:0:-1]
    assert listed(program_id="sampler") == [legacy]
    assert listed(backend_name="ibm_brisbane") == []
    created = client.job(ids[1]).creation_date
    assert listed(created_after=created, limit=None) == [legacy, ids[2], ids[1]]
    assert client.job(ids[2]).tags == ["all", "n2"]
    assert client.job(ids[2]).update_tags(["new"]) == ["new"]
    assert listed(job_tags=["new"]) == [ids[2]]


@pytest.mark.slow
def test_more_jobs_than_a_page(serve: Serve) -> None:
    service = serve()
    backend = QiskitRuntimeService().backend("ibm_fez")
    ids = [submit(mode=backend).job_id() for _ in range(45)]
    found = QiskitRuntimeService().jobs(limit=None)
    assert [job.job_id() for job in found] == ids[::-1]
    assert service.created == 45


def test_cancel_and_delete(serve: Serve) -> None:
    service = serve(auto=False)
    cancelled, done = submit(), submit()
    cancelled.cancel()
    assert service.jobs[cancelled.job_id()].state == "Cancelled"
    with pytest.raises(RuntimeInvalidStateError):
        cancelled.result()
    service.finish(done.job_id())
    with pytest.raises(RuntimeInvalidStateError):
        done.cancel()
    client = QiskitRuntimeService()
    client.delete_job(done.job_id())
    with pytest.raises(RuntimeJobNotFound, match="Job not found"):
        client.job(done.job_id())


def test_failed_and_overlong_jobs(serve: Serve) -> None:
    service = serve(auto=False)
    failed, overlong = submit(), submit()
    service.fail(failed.job_id(), "The circuit is too deep", 1517)
    with pytest.raises(RuntimeJobFailureError, match="Error code 1517; The circuit is too deep"):
        failed.result()
    service.cancel(overlong.job_id(), ran_too_long=True)
    with pytest.raises(RuntimeJobMaxTimeoutError):
        overlong.result()


def test_usage_and_metrics(serve: Serve) -> None:
    service = serve()
    service.set_usage(consumed=100, limit=600)
    job = submit()
    assert job.usage() == 0
    job.result()
    # Five executions: 250 us of delay each, and initialisation, gates and readout of the device.
    charged = 2 + 5 * (250e-6 + 3.443e-6)
    assert job.metrics()["usage"]["quantum_seconds"] == pytest.approx(charged, abs=1e-6)
    usage = QiskitRuntimeService().usage()
    assert usage["usage_consumed_seconds"] == pytest.approx(100 + charged, abs=1e-6)
    assert usage["usage_remaining_seconds"] == pytest.approx(500 - charged, abs=1e-6)
    service.set_usage(700, 600, reached=True)
    assert QiskitRuntimeService().usage()["usage_limit_reached"]


def test_a_private_result_is_given_once(serve: Serve) -> None:
    service = serve()
    job = submit(options={"environment": {"private": True}})
    assert service.jobs[job.job_id()].private
    assert job.result() is not None
    assert job.result() is None
    assert service.jobs[job.job_id()].n_read == 2


def test_a_private_result_is_lost_with_its_answer(serve: Serve) -> None:
    service = serve()
    job = submit(options={"environment": {"private": True}})
    service.faults.order("GET /jobs/{id}/results", Fault.DROP_AFTER)
    assert job.result() is None


def test_expired_results(serve: Serve) -> None:
    service = serve()
    job = submit()
    service.expire(job.job_id())
    with pytest.raises(RequestsApiError, match="expired") as caught:
        job.result()
    assert caught.value.status_code == 404


def test_devices_queues_and_retirement(serve: Serve) -> None:
    service = serve(devices=("ibm_brisbane", "ibm_fez", "ibm_torino"))
    client = QiskitRuntimeService()
    assert [b.name for b in client.backends()] == ["ibm_brisbane", "ibm_fez", "ibm_torino"]
    assert client.backend("ibm_torino").target.num_qubits == 133
    service.set_queue("ibm_brisbane", 0, "offline")
    service.set_queue("ibm_fez", 3)
    service.set_queue("ibm_torino", 30)
    assert QiskitRuntimeService().least_busy().name == "ibm_fez"
    assert client.backend("ibm_fez").status().pending_jobs == 3
    assert not client.backend("ibm_brisbane").status().operational
    job = submit()
    service.retire("ibm_fez")
    fresh = QiskitRuntimeService()
    with pytest.raises(QiskitBackendNotFoundError):
        fresh.backend("ibm_fez")
    old = fresh.job(job.job_id())
    assert type(old.backend()).__name__ == "IBMRetiredBackend"
    assert len(old.result()) == 1


def test_sessions_and_batches(serve: Serve) -> None:
    service = serve()
    backend = QiskitRuntimeService().backend("ibm_fez")
    with Batch(backend=backend) as batch:
        job = submit(mode=batch)
        assert batch.status() == "Pending"
    assert service.jobs[job.job_id()].session_id == batch.session_id
    assert batch.details()["mode"] == "batch"
    assert batch.status() == "Pending"
    job.result()
    assert batch.status() == "Closed"
    session = Session(backend=backend)
    session.cancel()
    assert session.status() == "Closed"
    client = QiskitRuntimeService()
    found = client.jobs(session_id=batch.session_id)
    assert [one.job_id() for one in found] == [job.job_id()]


def test_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with ServiceProcess(auto=False, seed=1) as service:
        enter(service.environment, monkeypatch, tmp_path)
        service.order("POST /jobs", Fault.status(400))
        service.clear_faults()
        service.order("POST /jobs", Fault.DROP_AFTER)
        with pytest.raises(IBMRuntimeError):
            submit(options={"environment": {"job_tags": ["mine"]}})
        (job,) = service.jobs()
        assert (job["tags"], job["state"], service.created) == (["mine"], "Queued", 1)
        service.control("finish", {"job_id": job["id"]})
        result = QiskitRuntimeService().job(job["id"]).result()
        np.testing.assert_array_equal(bits_of(result[0]), service.bits(job["id"])[0])
        assert ("POST", "/jobs") in service.requests()


def test_clients_in_other_processes(serve: Serve) -> None:
    service = serve()
    code = (
        "from qiskit_ibm_runtime import QiskitRuntimeService as Q;"
        "print([b.name for b in Q().backends()])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['ibm_brisbane', 'ibm_fez']"
    assert service.requests.count(("POST", "/identity/token")) == 2
