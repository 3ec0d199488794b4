"""Records brought up to date: with the service, and after processes that died."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    AccountError,
    BackendError,
    JobStateError,
    NotReadyError,
    ServiceError,
)
from neuroqgan.jobs import completion
from neuroqgan.jobs.cancelling import cancel
from neuroqgan.jobs.codec import ANGLES
from neuroqgan.jobs.completion import complete, wait
from neuroqgan.jobs.context import JobDesk
from neuroqgan.jobs.owner import owner_of
from neuroqgan.jobs.recovery import settle
from neuroqgan.jobs.request import earlier
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send, send_again
from tests.jobs.conftest import StubService, died, planned

AT_ONCE = timedelta(0)


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
    parent = replace(job, state=JobState.SUBMITTING, owner=owner_of(os.getppid()))
    desk.store.forget(job)
    desk.store.create([parent])
    assert settle(desk, parent) == parent
    with pytest.raises(JobStateError, match="another process"):
        cancel(desk, parent)
    assert earlier(desk, job.identity) == [parent]


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


def test_a_job_that_the_service_forgot_is_lost(desk: JobDesk, service: StubService) -> None:
    job = send(desk, planned(desk, service), service)
    service.jobs.clear()
    assert settle(desk, job).state is JobState.LOST


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
