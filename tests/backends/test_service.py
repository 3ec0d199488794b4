"""The loopback server that stands in for IBM Quantum, asked by the unmodified client."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from ibm_cloud_sdk_core import ApiException
from qiskit import QuantumCircuit
from qiskit.circuit import ParameterVector
from qiskit.providers.exceptions import QiskitBackendNotFoundError
from qiskit_ibm_runtime import Batch, QiskitRuntimeService, SamplerV2, Session
from qiskit_ibm_runtime.accounts.exceptions import InvalidAccountError
from qiskit_ibm_runtime.api.exceptions import RequestsApiError
from qiskit_ibm_runtime.exceptions import (
    IBMNotAuthorizedError,
    IBMRuntimeError,
    RuntimeInvalidStateError,
    RuntimeJobFailureError,
    RuntimeJobMaxTimeoutError,
    RuntimeJobNotFound,
    RuntimeJobTimeoutError,
)
from qiskit_ibm_runtime.executor_sampler import Sampler

from tests.service import Fault, LoopbackService, ServiceProcess

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

TWIRLED = {
    "twirling": {
        "enable_gates": True,
        "enable_measure": True,
        "num_randomizations": 1,
        "shots_per_randomization": 1,
    }
}
Serve = Callable[..., LoopbackService]


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Serve]:
    """Start services that the client will find, and nothing of a real account."""
    started: list[LoopbackService] = []

    def start(**options: Any) -> LoopbackService:
        service = LoopbackService(**{"polls": 0, **options})
        service.start()
        started.append(service)
        enter(service.environment, monkeypatch, tmp_path)
        return service

    yield start
    for service in started:
        service.stop()


def enter(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    for name in [name for name in os.environ if name.startswith("QISKIT_IBM")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)


def make_circuit(chains: tuple[range, ...] = (range(4), range(20, 24))) -> QuantumCircuit:
    """Chains of ibm_fez in its own gates; an angle of 0 or pi a qubit sets the bits."""
    n_bits = sum(map(len, chains))
    angles = ParameterVector("angle", n_bits)
    circuit = QuantumCircuit(156, n_bits)
    bit = 0
    for chain in chains:
        for i, qubit in enumerate(chain):
            circuit.sx(qubit)
            circuit.rz(angles[bit + i] + np.pi, qubit)
            circuit.sx(qubit)
        for qubit in chain[:-1]:
            circuit.cz(qubit, qubit + 1)
        circuit.measure(list(chain), list(range(bit, bit + len(chain))))
        bit += len(chain)
    return circuit


def submit(
    kind: type = Sampler, rows: int = 5, options: dict[str, Any] | None = None, mode: Any = None
) -> Any:
    mode = mode or QiskitRuntimeService().backend("ibm_fez")
    values = np.random.default_rng(rows).random((rows, 8))
    return kind(mode=mode, options=options).run([(make_circuit(), values)], shots=1)


def bits_of(pub: Any, register: str = "c") -> np.ndarray:
    bits = pub.data[register].to_bool_array(order="little")
    return bits.reshape(-1, bits.shape[-1])


@pytest.mark.parametrize("draw", ["random", "simulate"])
@pytest.mark.parametrize("options", [None, TWIRLED])
@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_results_are_the_bits_served(
    kind: type, options: dict[str, Any] | None, draw: str, serve: Serve
) -> None:
    service = serve(draw=draw)
    backend = QiskitRuntimeService().backend("ibm_fez")
    random = np.random.default_rng(0)
    wanted = [random.random((rows, 8)) < 0.5 for rows in (6, 3)]
    pubs = [(make_circuit(), np.pi * bits) for bits in wanted]
    job = kind(mode=backend, options=options).run(pubs, shots=1)
    result = job.result()
    served = service.jobs[job.job_id()]
    assert served.program == ("sampler" if kind is SamplerV2 else "executor")
    assert served.shots == 1
    for pub, bits, expected in zip(result, served.bits, wanted, strict=True):
        assert pub.data.c.num_shots == 1
        assert pub.data.c.shape == (len(expected),)
        np.testing.assert_array_equal(bits_of(pub), bits)
        if draw == "simulate":
            np.testing.assert_array_equal(bits, expected)


@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_an_x_on_the_first_qubit_sets_the_first_bit(kind: type, serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156)
    circuit.x(0)
    circuit.sx(1)
    circuit.cz(0, 1)
    circuit.measure_all()
    job = kind(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=300)
    result = job.result()[0]
    bits = service.jobs[job.job_id()].bits[0]
    assert bits.shape == (300, 156)
    assert bits[:, 0].all()
    assert 100 < bits[:, 1].sum() < 200
    assert not bits[:, 2:].any()
    np.testing.assert_array_equal(bits_of(result, "meas"), bits)


def test_parts_of_a_circuit_keep_their_correlations(serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156, 5)
    for first in (0, 20):
        circuit.rz(np.pi / 2, [first, first + 1])
        circuit.sx([first, first + 1])
        circuit.rz(np.pi / 2, [first, first + 1])
        circuit.cz(first, first + 1)
        circuit.rz(np.pi / 2, first + 1)
        circuit.sx(first + 1)
        circuit.rz(np.pi / 2, first + 1)
    circuit.measure([0, 1, 20, 21], [4, 1, 0, 2])
    job = Sampler(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=400)
    job.result()
    bits = service.jobs[job.job_id()].bits[0]
    np.testing.assert_array_equal(bits[:, 4], bits[:, 1])
    np.testing.assert_array_equal(bits[:, 0], bits[:, 2])
    assert not bits[:, 3].any()
    assert 60 < (bits[:, 4] & bits[:, 0]).sum() < 140


@pytest.mark.parametrize("kind", [SamplerV2, Sampler])
def test_several_shots_registers_and_axes(kind: type, serve: Serve) -> None:
    from qiskit import ClassicalRegister, QuantumRegister

    service = serve(draw="simulate")
    qubits = QuantumRegister(156, "q")
    circuit = QuantumCircuit(qubits, ClassicalRegister(1, "one"), ClassicalRegister(2, "two"))
    angle = ParameterVector("a", 1)[0]
    circuit.sx(2)
    circuit.rz(angle + np.pi, 2)
    circuit.sx(2)
    circuit.measure([0, 1, 2], [0, 1, 2])
    values = np.pi * np.array([[0, 1, 0], [1, 1, 0]])[..., None]
    options = {"twirling": {**TWIRLED["twirling"], "num_randomizations": 3}}
    for settings in (None, options):
        job = kind(mode=QiskitRuntimeService().backend("ibm_fez"), options=settings).run(
            [(circuit, values)], shots=3
        )
        result = job.result()[0]
        assert result.data.two.shape == (2, 3)
        bits = service.jobs[job.job_id()].bits[0]
        assert bits.shape == (18, 3)
        np.testing.assert_array_equal(bits_of(result, "one"), bits[:, :1])
        np.testing.assert_array_equal(bits_of(result, "two"), bits[:, 1:])
        np.testing.assert_array_equal(bits[:, 2], np.repeat(values.ravel() > 0, 3))


def test_feedback_within_a_circuit(serve: Serve) -> None:
    service = serve(draw="simulate")
    circuit = QuantumCircuit(156, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    circuit.reset(0)
    with circuit.if_test((circuit.clbits[0], True)):
        circuit.x(1)
    circuit.measure(1, 1)
    job = Sampler(mode=QiskitRuntimeService().backend("ibm_fez")).run([circuit], shots=4)
    job.result()
    assert service.jobs[job.job_id()].bits[0].all()


def test_random_bits_follow_from_seed_and_job(serve: Serve) -> None:
    service = serve(seed=3)
    first, second = (service.jobs[submit().job_id()] for _ in range(2))
    assert not np.array_equal(first.bits[0], second.bits[0])
    twin = type(first)(first.id, second.body, seed=3)
    np.testing.assert_array_equal(first.bits[0], twin.bits[0])


def test_states_follow_polls(serve: Serve) -> None:
    serve(polls=1)
    job = submit()
    assert [job.status() for _ in range(3)] == ["RUNNING", "DONE", "DONE"]


def test_states_follow_the_clock(serve: Serve) -> None:
    serve(delay=0.4)
    job = submit()
    assert job.status() == "QUEUED"
    time.sleep(0.45)
    assert job.status() == "DONE"


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
    assert job.metrics()["usage"]["quantum_seconds"] == pytest.approx(2.0015)
    usage = QiskitRuntimeService().usage()
    assert usage["usage_consumed_seconds"] == pytest.approx(102.0015)
    assert usage["usage_remaining_seconds"] == pytest.approx(497.9985)
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
