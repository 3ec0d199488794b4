"""What works."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from neuroqgan.backends.calibration import Calibration
from neuroqgan.backends.ibm.catalogue import ListedDevice
from neuroqgan.backends.ibm.connection import ibm_service
from neuroqgan.backends.ibm.device import IbmDevice
from neuroqgan.backends.ibm.service import IbmService
from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Execution, JobService, RemoteDevice, Workload
from neuroqgan.errors import (
    BackendNotFoundError,
    JobFailedError,
    JobStateError,
    NotReadyError,
)
from neuroqgan.testing import LoopbackService
from tests.backends.ibm.conftest import Start, check, finished, old_job, workload
from tests.backends.test_devices import pattern_program


def test_the_contract() -> None:
    for kind, contract in ((IbmService, JobService), (IbmDevice, RemoteDevice)):
        promised = {name for name in vars(contract) if not name.startswith("_")}
        assert promised <= set(dir(kind))


def test_a_calibration_is_read_anew_when_that_is_asked_for(start: Start) -> None:
    server = start()
    device = resolve("ibm_brisbane")
    before, n_usable = device.calibrated, Calibration.of(device.target).usable.sum()
    server.recalibrate("ibm_brisbane", "2026-11-29T09:12:00+00:00", faulty=[9])
    assert device.calibrated == before
    device.refresh_calibration()
    assert device.calibrated == datetime(2026, 11, 29, 9, 12, tzinfo=UTC)
    assert Calibration.of(device.target).usable.sum() == n_usable - 1


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
    results = device.service.fetch(job.provider_id)
    assert {(page.n_shots, *page.registers) for page in results} == {(1, "spikes")}
    bits = [page.bits for page in results]
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
    (measured,) = IbmService().fetch(job)
    assert np.array_equal(measured.bits, server.jobs[job].bits[0])
    assert (measured.n_rows, measured.n_shots, measured.registers) == (4, 2, {"c": 2})


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
    assert (running.execution, running.seconds) == (
        Execution.RUNNING,
        pytest.approx(2.00076, abs=1e-5),
    )
    assert running.created is not None
    assert running.created.astimezone(UTC).tzinfo is not None
    server.finish(job)
    other = IbmService()
    assert other.status(job).execution is Execution.DONE
    assert [page.bits.shape for page in other.fetch(job)] == [(3, 2)]
    assert service.allowance().used == pytest.approx(2.00076, abs=1e-5)
    assert service.allowance().left == pytest.approx(600 - 2.00076, abs=1e-5)


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
    check(caught.value, 2, other, "already finished")


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
