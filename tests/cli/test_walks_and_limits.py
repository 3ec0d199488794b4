"""Rasters that take a job a bin, at a service whose batches age and that limits submissions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import FakeClock, LoopbackService
from neuroqgan.testing.served_job import ServedJob
from tests.cli.conftest import Command
from tests.cli.test_rounds import DEVICE, N_BINS, RUN, _made_up  # noqa: F401  # a fixture

WALK = (*RUN, "--backend", DEVICE)
Begin = Callable[..., LoopbackService]


@pytest.fixture
def begin(monkeypatch: pytest.MonkeyPatch, _made_up: None) -> Iterator[Begin]:  # noqa: F811
    """Start a service that goes by the same clock as the command."""
    with ExitStack() as stack:

        def start(**given: object) -> LoopbackService:
            clock = stack.enter_context(FakeClock().installed())
            monkeypatch.setattr("neuroqgan.backends.ibm.batches._now", clock.now)
            service = stack.enter_context(LoopbackService([DEVICE], clock=clock, **given))
            for name, value in service.environment.items():
                monkeypatch.setenv(name, value)
            return service

        yield start


def completed(service: LoopbackService) -> list[ServedJob]:
    """Return the jobs that ran; none may have been sent twice."""
    tags = Counter(tag for job in service.jobs.values() for tag in job.tags)
    assert set(tags.values()) == {1}
    return [job for job in service.jobs.values() if job.state == "Completed"]


@pytest.mark.slow
def test_a_walk_keeps_its_batch_and_opens_another_when_its_time_is_over(
    begin: Begin, command: Command
) -> None:
    service = begin(delay=90.0)
    outcome = command(*WALK, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    assert len(completed(service)) == service.created == N_BINS
    batches = list(service.state.sessions.values())
    assert len(batches) == 2
    assert [batch.n_deactivated for batch in batches] == [0, 0]
    by_batch = Counter(job.session_id for job in service.jobs.values())
    # Those that can begin within ten minutes of the first.
    assert [by_batch[batch["id"]] for batch in batches] == [7, 1]


@pytest.mark.slow
def test_a_job_whose_batch_closed_before_it_ran_is_sent_again(
    begin: Begin, command: Command
) -> None:
    service = begin(delay=200.0)
    outcome = command(*WALK, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    ran, ended = completed(service), [job for job in service.jobs.values() if job.began is None]
    assert (len(ran), {job.state for job in ended}) == (N_BINS, {"Failed"})
    assert len(ended) >= 1
    assert outcome.err.count("it is sent again") == len(ended)
    # It was agreed to, and is not charged.
    assert outcome.err.count("Allowance") == 1
    charged = service.state.usage()["usage_consumed_seconds"]
    assert charged == pytest.approx(sum(job.seconds for job in ran))
    assert load(Path(outcome.json["raster"])).spikes.shape == (20, N_BINS, 4)


def test_without_waiting_the_same_command_sends_it_again(begin: Begin, command: Command) -> None:
    service = begin(auto=False)
    command(*WALK, "--yes")
    (first,) = service.jobs
    service.finish(first)
    assert command(*WALK).code == 3
    clock = service.state.clock
    assert isinstance(clock, FakeClock)
    clock.advance(601)
    again = command(*WALK)
    assert (again.code, service.created) == (3, 3), again.err
    states = [(job.state, job.began is None) for job in service.jobs.values()]
    assert states == [("Completed", False), ("Failed", True), ("Queued", True)]
    assert len(service.state.sessions) == 2


@pytest.mark.slow
def test_submissions_that_come_too_soon_are_repeated(begin: Begin, command: Command) -> None:
    service = begin(delay=1.0, submissions_per_minute=2)
    outcome = command(*WALK, "--yes", "--wait", "--json")
    assert outcome.code == 0, outcome.err
    assert len(completed(service)) == service.created == N_BINS
    refused = service.state.submissions.n_refused
    assert outcome.err.count("accepts no more jobs for now") == refused > 0
    assert "jobs recover" in outcome.err


def test_what_a_raster_has_used_counts(
    begin: Begin, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = begin()
    run = (*WALK, "--max-qpu-seconds", 17)
    assert command(*WALK, "--yes", "--max-qpu-seconds", 16).code == 2
    assert service.created == 0
    first = command(*run, "--yes")
    assert (first.code, service.created) == (3, 1), first.err
    assert "--max-qpu-seconds 17" in first.out
    monkeypatch.setattr(ServedJob, "seconds", 5.0)
    refused = command(*run)
    assert (refused.code, service.created) == (2, 1)
    assert "5.0 s used so far" in refused.err
    assert "--max-qpu-seconds 20" in refused.err
    further = command(*WALK, "--max-qpu-seconds", 100)
    assert (further.code, service.created) == (3, 2), further.err
