"""IBM Quantum, over HTTP to a server of our own: what comes back, and what every failure says."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from qiskit import QuantumCircuit
from qiskit.circuit import Parameter

from neuroqgan.backends.ibm import transport
from neuroqgan.backends.ibm.catalogue import ListedDevice
from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import ibm_service, resolve
from neuroqgan.backends.remote import Execution, JobService, RemoteDevice, Workload
from neuroqgan.errors import (
    AccountError,
    BackendNotFoundError,
    ConfigError,
    JobFailedError,
    JobStateError,
    NeuroqganError,
    NotReadyError,
    PlanError,
    RefusedError,
    ResultLostError,
    ServiceError,
    UncertainError,
)
from tests.backends.test_devices import pattern_program
from tests.service import Fault, LoopbackService


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No account of the user's, and no waiting between repeated requests."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("QISKIT_IBM"):
            monkeypatch.delenv(name)
    monkeypatch.setattr("urllib3.util.retry.time.sleep", lambda _: None)


Start = Callable[..., LoopbackService]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Start a server and point the client to it."""
    started = []

    def begin(*arguments: Any, **named: Any) -> LoopbackService:
        server = LoopbackService(*arguments, **named)
        server.start()
        started.append(server)
        for name, value in server.environment.items():
            monkeypatch.setenv(name, value)
        return server

    yield begin
    for server in started:
        server.stop()


@pytest.fixture
def server(start: Start) -> LoopbackService:
    return start()


@pytest.fixture
def service(server: LoopbackService) -> IbmService:
    return IbmService()


@pytest.fixture
def device(service: IbmService) -> IbmDevice:
    return service.device("ibm_brisbane")


def workload(n_rows: int = 3, options: JobOptions | None = None, qubit: int = 0) -> Workload:
    """One small circuit in gates of the devices."""
    circuit = QuantumCircuit(127, 2)
    circuit.rz(Parameter("angle"), qubit)
    circuit.sx(qubit)
    circuit.measure([qubit, qubit + 1], [0, 1])
    return Workload((circuit,), (np.zeros((n_rows, 1)),), options or JobOptions())


def finished(device: IbmDevice, **options: Any) -> str:
    """Submit a job and look at it until it is done."""
    job = device.submit(workload(options=JobOptions(**options)), tag="t").provider_id
    while device.service.status(job).execution is not Execution.DONE:
        pass
    return job


def old_job(service: IbmService) -> str:
    """Submit a job by the client's deprecated sampler, two shots a row."""
    from qiskit_ibm_runtime import SamplerV2

    work = workload(4)
    with pytest.warns(DeprecationWarning, match="Sampler"):
        sampler = SamplerV2(mode=service.connect().backend("ibm_brisbane"))
    return str(sampler.run([(work.circuits[0], work.values[0])], shots=2).job_id())


def check(error: NeuroqganError, code: int, *texts: str) -> None:
    """An error has all its parts, an exit code, and no token."""
    assert error.exit_code == code
    assert error.expected
    assert error.got
    for text in texts:
        assert text in str(error)
    shown = "".join(traceback.format_exception(error))
    assert "loopback-key" not in str(error)
    assert "loopback-key" not in shown


# What works


def test_the_contract() -> None:
    for kind, contract in ((IbmService, JobService), (IbmDevice, RemoteDevice)):
        promised = {name for name in vars(contract) if not name.startswith("_")}
        assert promised <= set(dir(kind))


def test_the_account_is_known_by_its_number(service: IbmService) -> None:
    assert service.account == "a/0000"


@pytest.mark.parametrize(
    "options",
    [
        JobOptions(),
        JobOptions(dynamical_decoupling="XY4"),
        JobOptions(twirling="gates", rep_delay=100e-6),
        JobOptions(twirling="both", max_execution_time=60),
        JobOptions(private=True),
    ],
    ids=str,
)
def test_bits_come_back_to_their_bins_and_neurons(start: Start, options: JobOptions) -> None:
    server = start(draw="simulate")
    device = resolve("ibm_brisbane")
    assert isinstance(device, IbmDevice)
    pattern = np.random.default_rng(5).random((3, 4, 5)) < 0.4
    program = pattern_program(pattern, (3, 2), n_layers=2)
    plan = device.plan(program, Placement(max_tiles=3))
    work = Workload(
        tuple(page.circuit for page in plan.pages if page.circuit is not None),
        tuple(plan.values(program, page) for page in plan.pages),
        options,
    )
    device.check(work)
    job = device.submit(work, tag="tag-of-mine")
    assert job.execution is Execution.QUEUED
    assert [found.provider_id for found in device.service.find("tag-of-mine")] == [job.provider_id]
    server.finish(job.provider_id)
    bits = device.service.fetch(job.provider_id)
    assert np.array_equal(plan.layout.decode(bits).spikes, pattern)

    body = server.jobs[job.provider_id].body
    assert body["program_id"] == "executor"
    assert body["tags"] == ["tag-of-mine"]
    assert body.get("cost") == options.max_execution_time
    assert body.get("private", False) == options.private
    assert body["params"]["options"]["rep_delay"] == options.rep_delay


def test_bits_of_the_old_sampler(server: LoopbackService, service: IbmService) -> None:
    job = old_job(service)
    server.finish(job)
    assert server.jobs[job].program == "sampler"
    (bits,) = IbmService().fetch(job)
    assert np.array_equal(bits, server.jobs[job].bits[0])


def test_a_job_from_beginning_to_end(start: Start) -> None:
    server = start(auto=False)
    service = ibm_service()
    assert ibm_service() is service
    device = service.device("ibm_fez")
    job = device.submit(workload(), tag="t").provider_id
    assert service.status(job).execution is Execution.QUEUED
    with pytest.raises(NotReadyError) as caught:
        service.fetch(job)
    check(caught.value, 3, job, "queued")
    server.run(job)
    running = service.status(job)
    assert (running.execution, running.seconds) == (Execution.RUNNING, pytest.approx(2.0009))
    assert running.created is not None
    assert running.created.astimezone(UTC).tzinfo is not None
    server.finish(job)
    other = IbmService()
    assert other.status(job).execution is Execution.DONE
    assert [bits.shape for bits in other.fetch(job)] == [(3, 2)]
    assert service.allowance().used == pytest.approx(2.0009)
    assert service.allowance().left == pytest.approx(600 - 2.0009)


def test_cancelling(start: Start) -> None:
    server = start(auto=False)
    service = IbmService()
    job = service.device("ibm_fez").submit(workload(), tag="t").provider_id
    service.cancel(job)
    assert service.status(job).execution is Execution.CANCELLED
    with pytest.raises(JobFailedError) as failed:
        service.fetch(job)
    check(failed.value, 1, "cancelled")
    service.cancel(job)
    other = service.device("ibm_fez").submit(workload(), tag="t").provider_id
    server.finish(other)
    with pytest.raises(JobStateError) as caught:
        service.cancel(other)
    check(caught.value, 2, other, "finished already")


def test_the_oldest_of_many_tagged_jobs_comes_first(start: Start) -> None:
    start(auto=False)
    device = IbmService().device("ibm_fez")
    jobs = [device.submit(workload(), tag="same").provider_id for _ in range(3)]
    device.submit(workload(), tag="other")
    assert [job.provider_id for job in device.service.find("same")] == jobs
    assert device.service.find("none") == []


def test_jobs_of_a_retired_device(server: LoopbackService, device: IbmDevice) -> None:
    job = finished(device)
    server.retire("ibm_brisbane")
    service = IbmService()
    assert service.status(job).execution is Execution.DONE
    assert len(service.fetch(job)) == 1
    with pytest.raises(BackendNotFoundError) as caught:
        service.device("ibm_brisbane")
    check(caught.value, 2, "retired", "ibm_fez", "fake_brisbane")


def test_the_least_busy_device(server: LoopbackService) -> None:
    server.set_queue("ibm_brisbane", 3)
    server.set_queue("ibm_fez", 7)
    service = IbmService()
    assert service.devices() == [
        ListedDevice("ibm_brisbane", 127, 3, "online"),
        ListedDevice("ibm_fez", 156, 7, "online"),
    ]
    assert service.device("least-busy").name == "ibm_brisbane"
    assert resolve("ibm:least-busy", min_qubits=130).name == "ibm_fez"
    server.set_queue("ibm_brisbane", 0, "paused")
    assert service.device("least-busy").name == "ibm_fez"
    with pytest.raises(BackendNotFoundError) as caught:
        service.device("least-busy", min_qubits=1000)
    check(caught.value, 2, "1000 qubits", "ibm_brisbane (127 qubits, paused)")


def test_the_client_adds_no_words_of_its_own(
    device: IbmDevice, capfd: pytest.CaptureFixture[str]
) -> None:
    finished(device)
    assert capfd.readouterr() == ("", "")


# What the device cannot run


def test_gates_of_other_devices_are_refused(server: LoopbackService, device: IbmDevice) -> None:
    circuit = QuantumCircuit(1, 1)
    circuit.h(0)
    circuit.measure(0, 0)
    with pytest.raises(PlanError) as caught:
        device.check(Workload((circuit,), (np.zeros((1, 0)),), JobOptions()))
    check(caught.value, 2, "instruction h", "ibm_brisbane")
    assert server.created == 0


def test_faulty_qubits_are_refused(device: IbmDevice, monkeypatch: pytest.MonkeyPatch) -> None:
    device.check(workload(qubit=5))
    properties = device._backend.properties()
    monkeypatch.setattr(properties, "faulty_qubits", lambda: [6])
    with pytest.raises(PlanError) as caught:
        device.check(workload(qubit=5))
    check(caught.value, 2, "faulty qubit 6")


@pytest.mark.parametrize(
    ("circuits", "values", "says"),
    [
        (lambda c: (), (), "needs circuits"),
        (lambda c: (c,), (), "needs circuits"),
        (lambda c: (c,), (np.zeros((2, 2)),), "do not fit"),
        (lambda c: (c,), (np.zeros((0, 1)),), "do not fit"),
        (lambda c: (c,), (np.full((2, 1), np.nan),), "no numbers"),
        (lambda c: (c.assign_parameters([0.0]),), (np.zeros((2, 0)),), "runs once only"),
        (lambda c: (QuantumCircuit(2),), (np.zeros((1, 0)),), "read out"),
    ],
)
def test_workloads_that_are_none(
    device: IbmDevice, circuits: Any, values: tuple[np.ndarray, ...], says: str
) -> None:
    with pytest.raises(PlanError) as caught:
        device.check(Workload(circuits(workload().circuits[0]), values, JobOptions()))
    check(caught.value, 2, says)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"rep_delay": 1.0}, ("0 to 500 us", "--rep-delay 0.0005")),
        ({"max_execution_time": 0}, ("1 second",)),
        ({"fractional_gates": True}, ("without fractional gates",)),
    ],
)
def test_options_out_of_range(device: IbmDevice, options: Any, says: tuple[str, ...]) -> None:
    with pytest.raises(ConfigError) as caught:
        device.check(workload(options=JobOptions(**options)))
    check(caught.value, 2, *says)


def test_fractional_gates_where_there_are_none(server: LoopbackService) -> None:
    with pytest.raises(ConfigError) as caught:
        resolve("ibm_brisbane", fractional_gates=True)
    check(caught.value, 2, "ibm_brisbane has no fractional gates")


def test_fractional_gates_and_their_range(start: Start) -> None:
    server = start(devices=("ibm_fractional",), draw="simulate")
    plain = resolve("ibm_fractional")
    assert "rx" not in plain.target.operation_names
    device = resolve("ibm_fractional", fractional_gates=True)
    assert isinstance(device, IbmDevice)
    pattern = np.random.default_rng(1).random((3, 2, 4)) < 0.4
    program = pattern_program(pattern, (2, 2), n_layers=2)
    plan = device.plan(program)
    circuits = tuple(page.circuit for page in plan.pages if page.circuit is not None)
    assert "rx" in circuits[0].count_ops()
    values = tuple(plan.values(program, page) for page in plan.pages)
    work = Workload(circuits, values, JobOptions(fractional_gates=True, twirling="measure"))
    device.check(work)
    job = device.submit(work, tag="t").provider_id
    server.finish(job)
    assert np.array_equal(plan.layout.decode(device.service.fetch(job)).spikes, pattern)
    with pytest.raises(ConfigError):
        resolve("ibm_fractional").check(work)  # type: ignore[union-attr]

    circuit = QuantumCircuit(2, 1)
    circuit.rzz(Parameter("angle"), 0, 1)
    circuit.measure(0, 0)
    device.check(Workload((circuit,), (np.array([[1.0]]),), JobOptions()))
    with pytest.raises(PlanError) as caught:
        device.check(Workload((circuit,), (np.array([[1.0], [3.0]]),), JobOptions()))
    check(caught.value, 2, "rzz")


# Accounts


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
    check(caught.value, 2, "not a whole CRN", instance.strip())
    assert server.requests == []


def test_an_unknown_device(service: IbmService) -> None:
    with pytest.raises(BackendNotFoundError) as caught:
        service.device("ibm_fezz")
    check(caught.value, 2, "ibm_brisbane, ibm_fez", "try: --backend fake_")


# The service out of reach, in trouble, or silent


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
    assert np.array_equal(device.service.fetch(job)[0], server.jobs[job].bits[0])


def test_a_submission_that_is_sent_elsewhere_is_not_known(
    server: LoopbackService, device: IbmDevice
) -> None:
    server.faults.order("POST /jobs", Fault.REDIRECT)
    with pytest.raises(UncertainError):
        device.submit(workload(), tag="t")


def test_silence(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    monkeypatch.setattr("neuroqgan.backends.ibm.translate.READ_SECONDS", 0.2)
    server.faults.order("GET /instances/usage", Fault.slow(9), times=9)
    with pytest.raises(ServiceError) as caught:
        device.service.allowance()
    check(caught.value, 1)


# Submissions


@pytest.mark.parametrize("status", [400, 404, 413, 422, 429])
def test_a_refused_submission(server: LoopbackService, device: IbmDevice, status: int) -> None:
    server.faults.order("POST /jobs", Fault.status(status, "No, loopback-key."), times=9)
    with pytest.raises(RefusedError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 1, f"HTTP {status}: No, ***.", "no job was made")
    assert caught.value.hint
    assert server.created == 0


@pytest.mark.parametrize("status", [401, 403])
def test_a_submission_that_the_account_may_not_make(
    server: LoopbackService, device: IbmDevice, status: int
) -> None:
    server.faults.order("POST /jobs", Fault.status(status), times=9)
    with pytest.raises(AccountError) as caught:
        device.submit(workload(), tag="t")
    check(caught.value, 2, f"HTTP {status}", "no job was made")
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
    device: IbmDevice,
    monkeypatch: pytest.MonkeyPatch,
    fault: Fault,
    n_made: int,
) -> None:
    monkeypatch.setattr(transport, "SUBMIT_SECONDS", 0.3)
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
        transport.guard(type("Client", (), {})())
    check(caught.value, 1, "qiskit-ibm-runtime")


# Jobs that end badly, results that are gone


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
        check(caught.value, 1, job, "read once")


def test_a_result_of_another_program(
    server: LoopbackService, device: IbmDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiskit_ibm_runtime import RuntimeJobV2

    job = finished(device)
    monkeypatch.setattr(RuntimeJobV2, "result", lambda *_, **__: {"a": 1})
    with pytest.raises(ServiceError) as caught:
        device.service.fetch(job)
    check(caught.value, 1, job, "as a sampler returns them")


# Several instances


class _Listed:
    """An instance's connection that lists jobs, and says a total that is too high."""

    def __init__(self, jobs: list[str], error: Exception | None = None) -> None:
        self.jobs, self.error = jobs, error

    def jobs_get(self, *, limit: int, skip: int, job_tags: list[str]) -> dict[str, Any]:
        if self.error is not None:
            raise self.error
        page = [{"id": job} for job in self.jobs[skip : skip + limit]]
        return {"jobs": page, "count": len(self.jobs) + 5}


def test_tags_are_looked_for_in_all_instances(monkeypatch: pytest.MonkeyPatch) -> None:
    from qiskit_ibm_runtime.api.exceptions import RequestsApiError

    service = object.__new__(transport.GuardedService)
    monkeypatch.setattr(transport.GuardedService, "active_instance", lambda _: "one")
    many = [f"job{i}" for i in range(120)]
    clients = {"one": _Listed([]), "two": _Listed(many)}
    service._api_clients = clients
    assert service.tagged("t") == many
    clients["three"] = _Listed([], RequestsApiError("no access", 403))
    assert service.tagged("t") == many
    clients["three"].error = RequestsApiError("down", -1)
    with pytest.raises(RequestsApiError):
        service.tagged("t")
    clients["one"].error = RequestsApiError("no access", 403)
    with pytest.raises(RequestsApiError, match="no access"):
        service.tagged("t")
