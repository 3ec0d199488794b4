"""From a request to its spikes, with everything that may go wrong on the way."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import numpy as np
import psutil
import pytest

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    AccountError,
    BackendError,
    JobFailedError,
    JobStateError,
    NotReadyError,
    PayloadError,
    RefusedError,
    ResultLostError,
    ServiceError,
    UncertainError,
)
from neuroqgan.jobs import completion
from neuroqgan.jobs.cancelling import cancel
from neuroqgan.jobs.codec import ANGLES, BITS
from neuroqgan.jobs.completion import complete, wait
from neuroqgan.jobs.desk import JobDesk
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.recovery import settle
from neuroqgan.jobs.request import earlier, prepare
from neuroqgan.jobs.retrieval import decode, fetch
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send, send_again
from tests.jobs.conftest import StubService, make_request

AT_ONCE = timedelta(0)


def planned(desk: JobDesk, service: StubService, **changes) -> JobRecord:
    (job,) = prepare(desk, make_request(**changes), service)
    return job


def died(desk: JobDesk, job: JobRecord) -> JobRecord:
    """The record as a process that no longer lives would have left it."""
    host, _, started = myself().rsplit(":", 2)
    changed = replace(job, owner=f"{host}:{2**22 + 1}:{started}")
    desk.store.forget(job)
    desk.store.create([changed])
    return changed


def test_the_record_is_there_before_the_job(desk: JobDesk, service: StubService) -> None:
    seen = []

    def submit(workload, *, tag):
        seen.append(desk.store.find()[0])
        raise RefusedError("No.")

    job = planned(desk, service)
    service.submit = submit  # type: ignore[method-assign]
    with pytest.raises(RefusedError):
        send(desk, job, service)
    assert [(record.id, record.state, record.tag) for record in seen] == [
        (job.id, JobState.SUBMITTING, job.tag)
    ]
    assert desk.store.get(job.id).state is JobState.FAILED


def test_the_raster_is_what_the_service_drew(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service, options=JobOptions(mitigate="readout")), service)
    assert (job.state, job.provider_id, job.seconds) == (JobState.QUEUED, "stub0", 1.5)
    with pytest.raises(NotReadyError, match="not finished"):
        complete(desk, job)
    service.finish()
    job = complete(desk, job)
    assert job.state is JobState.RETRIEVED
    spikes = decode(desk, [job])
    drawn = service.jobs["stub0"].bits
    layout = desk.layout(job)
    n_pages = len(layout.layout.pages)
    assert np.array_equal(spikes.raster.spikes, layout.layout.decode(drawn[:n_pages]).spikes)
    assert len(drawn) > n_pages
    # Random bits calibrate nothing, which costs the correction and not the raster.
    assert spikes.flips is None
    assert "cannot be corrected" in spikes.warning
    # Again, and without the service.
    service.down = ServiceError("Nobody there.")
    assert complete(desk, job) == job
    assert decode(desk, [desk.store.get(job.id)]).raster == spikes.raster
    assert service.fetched == 1
    assert not desk.payloads.exists(job.id, ANGLES)


def test_an_answer_that_was_lost_is_looked_for_at_once(desk: JobDesk, service: StubService) -> None:
    service.lose_answer = True
    job = send(desk, planned(desk, service), service)
    assert (job.state, job.provider_id) == (JobState.QUEUED, "stub0")
    assert service.sent == 1


def test_an_uncertain_job_is_adopted_and_never_sent_twice(
    desk: JobDesk, service: StubService
) -> None:
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    job = send(desk, planned(desk, service), service)
    assert (job.state, job.provider_id) == (JobState.UNCERTAIN, None)
    with pytest.raises(ServiceError):
        settle(desk, job)
    with pytest.raises(NotReadyError, match="may still turn up"):
        send_again(desk, job, service)
    service.down = None
    assert settle(desk, job).provider_id == "stub0"
    assert service.sent == 1


def test_a_request_that_never_arrived_is_sent_again_on_request_alone(
    desk: JobDesk, service: StubService
) -> None:
    service.drop_request = True
    job = send(desk, planned(desk, service), service)
    assert settle(desk, job).state is JobState.UNCERTAIN
    with pytest.raises(NotReadyError):
        complete(desk, job)
    service.drop_request = False
    assert send_again(desk, settle(desk, job), service, settling=AT_ONCE).state is JobState.QUEUED
    assert len(service.jobs) == 1
    with pytest.raises(JobStateError, match="cannot be sent again"):
        send_again(desk, desk.store.get(job.id), service, settling=AT_ONCE)


def test_a_request_that_was_repeated_on_the_way_is_cancelled(
    desk: JobDesk, service: StubService
) -> None:
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    job = send(desk, planned(desk, service), service)
    service.jobs["twin"] = replace(service.jobs["stub0"])
    service.down = None
    assert settle(desk, job).provider_id == "stub0"
    assert service.jobs["twin"].execution is Execution.CANCELLED
    assert service.jobs["stub0"].execution is Execution.QUEUED


@pytest.mark.parametrize("error", [AccountError("No."), ServiceError("Nobody there.")])
def test_what_could_not_be_sent_is_still_planned(
    desk: JobDesk, service: StubService, error: Exception
) -> None:
    service.refuse = error
    job = planned(desk, service)
    with pytest.raises(type(error)):
        send(desk, job, service)
    job = desk.store.get(job.id)
    assert job.state is JobState.PLANNED
    service.refuse = None
    assert send_again(desk, job, service).state is JobState.QUEUED


def test_an_interruption_while_sending_leaves_the_job_uncertain(
    desk: JobDesk, service: StubService
) -> None:
    service.refuse = KeyboardInterrupt()  # type: ignore[assignment]
    job = planned(desk, service)
    with pytest.raises(KeyboardInterrupt):
        send(desk, job, service)
    assert desk.store.get(job.id).state is JobState.UNCERTAIN


@pytest.mark.parametrize("arrived", [True, False])
def test_a_process_that_died_while_sending(
    desk: JobDesk, service: StubService, arrived: bool
) -> None:
    job = planned(desk, service)
    held = desk.store.transition(job, JobState.SUBMITTING, hold=True)
    if arrived:
        parcel = desk.parcel(held)
        circuits = tuple(page.circuit for page in parcel.pages)
        from neuroqgan.backends.remote import Workload

        service.submit(Workload(circuits, parcel.values, JobOptions()), tag=job.tag)
    job = settle(desk, died(desk, held))
    assert job.state is (JobState.QUEUED if arrived else JobState.UNCERTAIN)
    assert service.sent == arrived


def test_a_process_that_died_while_planning(desk: JobDesk, service: StubService) -> None:
    job = planned(desk, service)
    half = died(desk, replace(job, state=JobState.PREPARING))
    assert earlier(desk, job.identity) == []
    assert settle(desk, half).state is JobState.ABANDONED
    assert not desk.payloads.exists(job.id, ANGLES)


def test_a_job_in_other_hands_is_left_alone(desk: JobDesk, service: StubService) -> None:
    job = planned(desk, service)
    host = myself().rsplit(":", 2)[0]
    started = psutil.Process(os.getppid()).create_time()
    parent = replace(job, state=JobState.SUBMITTING, owner=f"{host}:{os.getppid()}:{started:.2f}")
    desk.store.forget(job)
    desk.store.create([parent])
    assert settle(desk, parent) == parent
    with pytest.raises(JobStateError, match="another process"):
        cancel(desk, parent)
    assert earlier(desk, job.identity) == [parent]


def test_failures_say_why(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service), service)
    service.jobs["stub0"].execution = Execution.FAILED
    service.jobs["stub0"].message = "the fridge is warm"
    with pytest.raises(JobFailedError, match="without a result") as caught:
        complete(desk, job)
    assert "the fridge is warm" in str(caught.value)
    assert desk.store.get(job.id).message == "the fridge is warm"
    assert earlier(desk, job.identity) == []
    with pytest.raises(JobFailedError):
        decode(desk, [desk.store.get(job.id)])


def test_another_account_cannot_lose_a_job_or_send_it_twice(
    desk: JobDesk, service: StubService
) -> None:
    sent = send(desk, planned(desk, service), service)
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    uncertain = send(desk, planned(desk, service, n_samples=6), service)
    service.down, service.account = None, "a/1111"
    for job in (sent, uncertain):
        for step in (settle, complete, cancel):
            with pytest.raises(AccountError, match="another account"):
                step(desk, job)
        assert desk.store.get(job.id) == job
    with pytest.raises(AccountError):
        send_again(desk, uncertain, service, settling=AT_ONCE)
    assert service.sent == 2


def test_a_result_that_is_gone_is_lost(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service), service)
    service.finish()
    job = settle(desk, job)
    service.jobs.clear()
    with pytest.raises(ResultLostError):
        fetch(desk, job)
    job = desk.store.get(job.id)
    assert job.state is JobState.LOST
    with pytest.raises(ResultLostError, match="without a result"):
        complete(desk, job)


def test_a_job_that_the_service_forgot_is_lost(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service), service)
    service.jobs.clear()
    assert settle(desk, job).state is JobState.LOST


def test_bits_that_were_stored_before_a_crash_are_not_fetched_again(
    desk: JobDesk, service: StubService
) -> None:
    job = send(desk, planned(desk, service), service)
    service.finish()
    done = settle(desk, job)
    fetched = fetch(desk, done)
    again = died(desk, replace(done, version=done.version))
    assert complete(desk, again).bits_sha256 == fetched.bits_sha256
    assert service.fetched == 1


def test_damaged_bits_are_refused(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service), service)
    service.finish()
    job = complete(desk, job)
    desk.payloads.write(job.id, BITS, b"other bytes")
    with pytest.raises(PayloadError, match="damaged"):
        decode(desk, [job])


def test_cancelling(desk: JobDesk, service: StubService) -> None:
    unsent = planned(desk, service)
    assert cancel(desk, unsent).state is JobState.CANCELLED
    job = send(desk, planned(desk, service, n_samples=6), service)
    job = cancel(desk, job)
    assert job.state is JobState.CANCELLED
    with pytest.raises(JobStateError, match="ended already"):
        cancel(desk, job)
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    lost = send(desk, planned(desk, service, n_samples=7), service)
    service.down = None
    service.jobs.clear()
    with pytest.raises(NotReadyError, match="Nobody knows"):
        cancel(desk, lost)


def test_waiting(desk: JobDesk, service: StubService, monkeypatch: pytest.MonkeyPatch) -> None:
    job = send(desk, planned(desk, service), service)
    steps = [
        lambda: setattr(service, "down", ServiceError("Nobody there.")),
        lambda: setattr(service, "down", None),
        lambda: setattr(service.jobs["stub0"], "execution", Execution.RUNNING),
        service.finish,
    ]
    monkeypatch.setattr(completion.time, "sleep", lambda _: steps.pop(0)())
    seen: list[JobState] = []
    (job,) = wait(desk, [job], on_change=lambda new: seen.append(new.state))
    assert seen == [JobState.RUNNING, JobState.DONE]
    assert not steps
    assert job.state is JobState.DONE


def test_waiting_for_what_was_never_sent(desk: JobDesk, service: StubService) -> None:
    job = desk.store.release(planned(desk, service))
    with pytest.raises(NotReadyError, match="No process works") as caught:
        wait(desk, [job])
    assert "--submit" in caught.value.hint


def test_the_same_request_is_known_again(desk: JobDesk, service: StubService) -> None:
    request = make_request()
    assert earlier(desk, request.identity) == []
    (job,) = prepare(desk, request, service)
    job = send(desk, job, service)
    assert earlier(desk, request.identity) == [job]
    service.finish()
    job = complete(desk, job)
    assert earlier(desk, make_request().identity) == [job]
    others = [
        make_request(n_samples=6),
        make_request(placement=Placement(max_tiles=1)),
        make_request(options=JobOptions(twirling="both")),
        replace(make_request(), seed=8),
        make_request("ibm_other"),
    ]
    assert len({request.identity, *(other.identity for other in others)}) == 6
    assert make_request(options=JobOptions(private=True)).identity == request.identity
    desk.payloads.remove(job.id, BITS)
    assert earlier(desk, request.identity) == []


def test_a_request_beyond_the_limits_is_several_jobs(
    desk: JobDesk, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neuroqgan.backends.estimate.MOST_EXECUTIONS", 5)
    jobs = prepare(desk, make_request(), service)
    assert [(job.first_sample, job.samples, job.parts) for job in jobs] == [
        (0, 2, 3),
        (2, 2, 3),
        (4, 1, 3),
    ]
    jobs = [send(desk, job, service) for job in jobs]
    service.finish()
    first = complete(desk, jobs[0])
    with pytest.raises(NotReadyError):
        decode(desk, [first, *jobs[1:]])
    jobs = [first, *(complete(desk, job) for job in jobs[1:])]
    raster = decode(desk, jobs[::-1]).raster
    assert raster.spikes.shape == (5, 3, 3)
    for job in jobs:
        (stub,) = [stub for stub in service.jobs.values() if stub.tag == job.tag]
        part = desk.layout(job).layout.decode(stub.bits)
        rows = slice(job.first_sample, job.first_sample + job.samples)
        assert np.array_equal(raster.spikes[rows], part.spikes)
    desk.store.forget(jobs[1])
    with pytest.raises(JobStateError, match="forgotten"):
        decode(desk, [jobs[0], jobs[2]])


@pytest.mark.parametrize("backend", ["aer", "fake_nairobi"])
def test_a_simulation_that_was_interrupted_gives_the_same_bits(desk: JobDesk, backend: str) -> None:
    request = make_request(backend, options=JobOptions(mitigate="readout"))
    whole = simulate(desk, prepare(desk, request, resolve(backend))[0])
    (job,) = prepare(desk, request, resolve(backend))

    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        simulate(desk, job, on_progress=interrupt)
    job = desk.store.get(job.id)
    assert (job.state, job.owner) == (JobState.RUNNING, None)
    again = complete(desk, job)
    assert again.state is JobState.RETRIEVED
    assert again.bits_sha256 == whole.bits_sha256
    assert decode(desk, [again]).raster == decode(desk, [whole]).raster
    assert (decode(desk, [again]).flips is None) is (backend == "aer")


def test_a_simulation_and_a_run_at_once_give_the_same_bits(desk: JobDesk) -> None:
    from neuroqgan.seeding import sampling_streams

    request = make_request("fake_nairobi")
    job = simulate(desk, prepare(desk, request, resolve("fake_nairobi"))[0])
    at_once = resolve("fake_nairobi").run(request.program, seed=sampling_streams(request.seed)[1])
    assert decode(desk, [job]).raster == at_once


def test_a_plugin_that_was_interrupted_is_run_again_on_request_alone(
    desk: JobDesk, service: StubService
) -> None:
    job = replace(planned(desk, service), kind="plugin", state=JobState.RUNNING)
    job = settle(desk, died(desk, job))
    assert job.state is JobState.UNCERTAIN
    with pytest.raises(NotReadyError):
        complete(desk, job)
    with pytest.raises(BackendError, match="keeps no jobs"):
        desk.service(job)


def test_a_backend_that_fails(desk: JobDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    (job,) = prepare(desk, make_request("aer"), resolve("aer"))

    def fail(*_, **__):
        raise BackendError("It broke.")

    monkeypatch.setattr("neuroqgan.backends.simulated.SimulatedBackend.run_pages", fail)
    with pytest.raises(BackendError, match="broke"):
        simulate(desk, job)
    job = desk.store.get(job.id)
    assert (job.state, job.message) == (JobState.FAILED, "It broke.")


def test_a_lost_answer_is_an_error_of_its_own() -> None:
    assert issubclass(UncertainError, BackendError)
    assert not issubclass(UncertainError, ServiceError)
