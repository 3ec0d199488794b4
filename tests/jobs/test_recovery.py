"""Records brought up to date: with the service, and after processes that died."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    AccountError,
    BackendError,
    JobStateError,
    MissingError,
    NotReadyError,
    ServiceError,
)
from neuroqgan.jobs import waiting
from neuroqgan.jobs.cancelling import cancel
from neuroqgan.jobs.codec import ANGLES
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.owner import owner_of
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send, send_again
from neuroqgan.jobs.waiting import wait
from neuroqgan.testing import FakeClock
from tests.jobs.conftest import StubService, died, planned

AT_ONCE = timedelta(0)


@pytest.mark.parametrize("arrived", [True, False])
def test_a_process_that_died_while_sending(
    context: JobContext, service: StubService, arrived: bool
) -> None:
    job = planned(context, service)
    held = context.store.transition(job, JobState.SUBMITTING, hold=True)
    if arrived:
        payload = context.payload(held)
        circuits = tuple(page.circuit for page in payload.pages)
        from neuroqgan.backends.remote import Workload

        service.submit(Workload(circuits, payload.values, JobOptions()), tag=job.tag)
    job = refresh(context, died(context, held))
    assert job.state is (JobState.QUEUED if arrived else JobState.UNCERTAIN)
    assert service.sent == arrived


def test_a_process_that_died_while_planning(context: JobContext, service: StubService) -> None:
    job = planned(context, service)
    half = died(context, replace(job, state=JobState.PREPARING))
    assert find_existing(context, job.request_hash) == []
    assert refresh(context, half).state is JobState.ABANDONED
    assert not context.payloads.exists(job.id, ANGLES)


def test_a_job_in_other_hands_is_left_alone(context: JobContext, service: StubService) -> None:
    job = planned(context, service)
    parent = replace(job, state=JobState.SUBMITTING, owner=owner_of(os.getppid()))
    context.store.forget(job)
    context.store.create([parent])
    assert refresh(context, parent) == parent
    with pytest.raises(JobStateError, match="Another process"):
        cancel(context, parent)
    assert find_existing(context, job.request_hash) == [parent]


def test_another_account_cannot_lose_a_job_or_send_it_twice(
    context: JobContext, service: StubService
) -> None:
    sent = send(context, planned(context, service), service)
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    uncertain = send(context, planned(context, service, n_samples=6), service)
    service.down, service.account = None, "a/1111"
    for job in (sent, uncertain):
        for step in (refresh, retrieve, cancel):
            with pytest.raises(AccountError, match="another account"):
                step(context, job)
        assert context.store.get(job.id) == job
    with pytest.raises(AccountError):
        send_again(replace(context, answer_grace=timedelta(0)), uncertain, service)
    assert service.sent == 2


def test_a_job_that_the_service_forgot_is_lost(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service), service)
    service.jobs.clear()
    assert refresh(context, job).state is JobState.LOST


def test_a_job_that_was_given_a_wrong_id_is_found_by_its_tag(
    context: JobContext, service: StubService
) -> None:
    job = send(context, planned(context, service), service)
    job = context.store.note(job, "a wrong answer", provider_id="nobody")
    service.status = _missing(service.status)  # type: ignore[method-assign]
    found = refresh(context, job)
    assert (found.state, found.provider_id) == (JobState.QUEUED, "stub0")
    service.finish()
    assert retrieve(context, found).state is JobState.RETRIEVED
    assert service.sent == 1
    notes = [event.note for event in context.store.events(job)]
    assert "found by its tag, not as nobody" in notes


def _missing(status: Any) -> Any:
    def ask(provider_id: str) -> Any:
        if provider_id == "nobody":
            raise MissingError("The service does not know the job.")
        return status(provider_id)

    return ask


def test_cancelling(context: JobContext, service: StubService) -> None:
    unsent = planned(context, service)
    assert cancel(context, unsent).state is JobState.CANCELLED
    job = send(context, planned(context, service, n_samples=6), service)
    job = cancel(context, job)
    assert job.state is JobState.CANCELLED
    with pytest.raises(JobStateError, match="already ended"):
        cancel(context, job)
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    lost = send(context, planned(context, service, n_samples=7), service)
    service.down = None
    service.jobs.clear()
    with pytest.raises(NotReadyError, match="not known yet"):
        cancel(context, lost)


def test_waiting(
    context: JobContext, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = send(context, planned(context, service), service)
    steps = [
        lambda: setattr(service, "down", ServiceError("Nobody there.")),
        lambda: setattr(service, "down", None),
        lambda: setattr(service.jobs["stub0"], "execution", Execution.RUNNING),
        service.finish,
    ]
    monkeypatch.setattr(waiting.time, "sleep", lambda _: steps.pop(0)())
    seen: list[JobState] = []
    (job,) = wait(context, [job], on_change=lambda new: seen.append(new.state))
    assert seen == [JobState.RUNNING, JobState.DONE]
    assert not steps
    assert job.state is JobState.DONE


def test_waiting_for_a_service_that_stays_away(context: JobContext, service: StubService) -> None:
    job = send(context, planned(context, service), service)
    service.down = ServiceError("Nobody there.")
    clock = FakeClock()
    with clock.installed(), pytest.raises(ServiceError, match="Nobody there"):
        wait(context, [job])
    assert 600 < clock.monotonic() < 640
    assert max(clock.slept) < 40


def test_waiting_for_what_was_never_sent(context: JobContext, service: StubService) -> None:
    job = context.store.release(planned(context, service))
    with pytest.raises(NotReadyError, match="No process is working") as caught:
        wait(context, [job])
    assert "--submit" in caught.value.hint


def test_a_plugin_that_was_interrupted_is_run_again_on_request_alone(
    context: JobContext, service: StubService
) -> None:
    job = replace(planned(context, service), kind="plugin", state=JobState.RUNNING)
    job = refresh(context, died(context, job))
    assert job.state is JobState.UNCERTAIN
    with pytest.raises(NotReadyError):
        retrieve(context, job)
    with pytest.raises(BackendError, match="keeps no jobs"):
        context.service(job)
