"""Jobs sent: once, whatever happens to the answer."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import timedelta

import pytest

from neuroqgan.backends.remote import Execution
from neuroqgan.errors import (
    AccountError,
    BackendError,
    BusyError,
    JobStateError,
    NotReadyError,
    RefusedError,
    ServiceError,
    UncertainError,
)
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.rerun_command import rerun_command
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.submission import send, send_again
from neuroqgan.testing import FakeClock
from tests.jobs.conftest import StubService, planned


def test_the_record_is_there_before_the_job(context: JobContext, service: StubService) -> None:
    seen = []

    def submit(workload, *, tag, session=None):
        seen.append(context.store.find()[0])
        raise RefusedError("No.")

    job = planned(context, service)
    service.submit = submit  # type: ignore[method-assign]
    with pytest.raises(RefusedError):
        send(context, job, service)
    assert [(record.id, record.state, record.tag) for record in seen] == [
        (job.id, JobState.SUBMITTING, job.tag)
    ]
    assert context.store.get(job.id).state is JobState.FAILED


def test_an_answer_that_was_lost_is_looked_for_at_once(
    context: JobContext, service: StubService
) -> None:
    service.lose_answer = True
    job = send(context, planned(context, service), service)
    assert (job.state, job.provider_id) == (JobState.QUEUED, "stub0")
    assert service.sent == 1


def test_an_uncertain_job_is_linked_and_never_sent_twice(
    context: JobContext, service: StubService
) -> None:
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    job = send(context, planned(context, service), service)
    assert (job.state, job.provider_id) == (JobState.UNCERTAIN, None)
    with pytest.raises(ServiceError):
        refresh(context, job)
    with pytest.raises(NotReadyError, match="may still turn up"):
        send_again(context, job, service)
    service.down = None
    assert refresh(context, job).provider_id == "stub0"
    assert service.sent == 1


def test_a_request_that_never_arrived_is_sent_again_on_request_alone(
    context: JobContext, service: StubService
) -> None:
    service.drop_request = True
    job = send(context, planned(context, service), service)
    assert refresh(context, job).state is JobState.UNCERTAIN
    with pytest.raises(NotReadyError):
        retrieve(context, job)
    service.drop_request = False
    context = replace(context, answer_grace=timedelta(0))
    assert send_again(context, refresh(context, job), service).state is JobState.QUEUED
    assert len(service.jobs) == 1
    with pytest.raises(JobStateError, match="cannot be sent again"):
        send_again(context, context.store.get(job.id), service)


def test_a_request_that_was_repeated_on_the_way_is_cancelled(
    context: JobContext, service: StubService
) -> None:
    service.lose_answer, service.down = True, ServiceError("Nobody there.")
    job = send(context, planned(context, service), service)
    service.jobs["twin"] = replace(service.jobs["stub0"])
    service.down = None
    assert refresh(context, job).provider_id == "stub0"
    assert service.jobs["twin"].execution is Execution.CANCELLED
    assert service.jobs["stub0"].execution is Execution.QUEUED


@pytest.mark.parametrize("error", [AccountError("No."), ServiceError("Nobody there.")])
def test_what_could_not_be_sent_is_still_planned(
    context: JobContext, service: StubService, error: Exception
) -> None:
    service.refuse = error
    job = planned(context, service)
    with pytest.raises(type(error)):
        send(context, job, service)
    job = context.store.get(job.id)
    assert job.state is JobState.PLANNED
    service.refuse = None
    assert send_again(context, job, service).state is JobState.QUEUED


def test_an_interruption_while_sending_leaves_the_job_uncertain(
    context: JobContext, service: StubService
) -> None:
    service.refuse = KeyboardInterrupt()  # type: ignore[assignment]
    job = planned(context, service)
    with pytest.raises(KeyboardInterrupt):
        send(context, job, service)
    assert context.store.get(job.id).state is JobState.UNCERTAIN


def test_a_lost_answer_is_an_error_of_its_own() -> None:
    assert issubclass(UncertainError, BackendError)
    assert not issubclass(UncertainError, ServiceError)


def test_the_command_that_goes_on_names_the_account(
    context: JobContext, service: StubService
) -> None:
    job = planned(context, service)
    assert "--account" not in rerun_command(job)
    service.account_name = "lab of mine"
    assert rerun_command(send(context, job, service)).endswith(" --account 'lab of mine'")


class Busy:
    """A device that refuses submissions that come too soon."""

    def __init__(self, service: StubService, *waits: float | None) -> None:
        self.times: list[float] = []
        self._accept, self._waits = service.submit, list(waits)

    def submit(self, workload, *, tag, session=None):
        self.times.append(time.monotonic())
        if self._waits:
            error = BusyError("Too soon.", got="HTTP 429")
            error.wait = self._waits.pop(0)
            raise error
        return self._accept(workload, tag=tag, session=session)


def test_a_job_that_comes_too_soon_is_sent_again_when_the_service_says(
    context: JobContext, service: StubService
) -> None:
    busy = Busy(service, 47.0, None, None)
    service.submit = busy.submit  # type: ignore[method-assign]
    told: list[tuple[JobState, bool, float]] = []

    def on_wait(job: JobRecord, seconds: float) -> None:
        kept = context.store.get(job.id)
        told.append((kept.state, kept.owner is not None, seconds))

    with FakeClock().installed():
        job = send(context, planned(context, service), service, on_wait=on_wait)
    assert job.state is JobState.QUEUED
    # It is in nobody's hands but those of this process, and not under way.
    assert told == [(JobState.PLANNED, True, wait) for wait in (47.0, 30.0, 60.0)]
    assert busy.times == [0.0, 47.0, 77.0, 137.0]
    assert len(service.jobs) == 1
    events = [event.state.value for event in context.store.events(job)]
    assert events == [
        "preparing",
        "planned",
        *["submitting", "planned"] * 3,
        "submitting",
        "queued",
    ]


def test_stopping_while_it_waits_leaves_a_job_that_can_be_sent(
    context: JobContext, service: StubService
) -> None:
    busy = Busy(service, 47.0)
    service.submit = busy.submit  # type: ignore[method-assign]

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    job = planned(context, service)
    with pytest.raises(KeyboardInterrupt):
        send(context, job, service, on_wait=stop)
    left = context.store.get(job.id)
    assert (left.state, left.owner, len(service.jobs)) == (JobState.PLANNED, None, 0)
    with FakeClock().installed():
        assert send_again(context, left, service).state is JobState.QUEUED
    assert len(service.jobs) == 1


def test_nobody_waits_for_hours(context: JobContext, service: StubService) -> None:
    service.submit = Busy(service, 7200.0).submit  # type: ignore[method-assign]
    job = planned(context, service)
    with FakeClock().installed() as clock, pytest.raises(BusyError):
        send(context, job, service)
    assert clock.slept == []
    left = context.store.get(job.id)
    assert (left.state, left.owner) == (JobState.PLANNED, None)


def test_after_a_refusal_jobs_are_sent_more_slowly(
    context: JobContext, service: StubService
) -> None:
    with FakeClock().installed() as clock:
        jobs = [planned(context, service, run=f"r{n}") for n in range(14)]
        for job in jobs[:6]:
            send(context, job, service)
        # Nothing is slowed down before there is a reason.
        assert clock.slept == []
        service.submit = Busy(service, 60.0).submit  # type: ignore[method-assign]
        waits: list[float] = []
        for job in jobs[6:]:
            send(context, job, service, on_wait=lambda _, seconds: waits.append(seconds))
    assert waits == [60.0, 60.0]
    assert len(service.jobs) == 14
