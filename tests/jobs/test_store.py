from __future__ import annotations

import os
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import make_url

import neuroqgan.jobs.state as life_cycle
from neuroqgan.errors import (
    ConfigError,
    JobNotFoundError,
    JobStateError,
    NotReadyError,
    StorageError,
)
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.database import database_url
from neuroqgan.jobs.new_records import new_records
from neuroqgan.jobs.owner import myself, owner_of
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import FINAL, SENT, TRANSITIONS, JobState
from neuroqgan.jobs.store import JobStore
from tests.jobs.conftest import make_request


def make_record(**changes) -> JobRecord:
    request = make_request()
    record = new_records(request, "ibm_stub", "ibm", 1, {}, request.program)[0]
    return replace(record, owner=None, **changes)


def test_the_life_cycle_is_closed() -> None:
    assert set(TRANSITIONS) == set(JobState)
    assert all(not TRANSITIONS[state] for state in FINAL - {JobState.LOST, JobState.FAILED})
    assert TRANSITIONS[JobState.FAILED] == {JobState.RETRIEVED}
    reached = {JobState.PREPARING}
    while more := {to for state in reached for to in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(JobState)
    # From everywhere there is a way to an end.
    ends = set(FINAL)
    while more := {state for state in JobState if TRANSITIONS[state] & ends} - ends:
        ends |= more
    assert ends == set(JobState)
    assert not SENT & FINAL


def test_every_state_is_explained() -> None:
    explained = set(re.findall(r"``(\w+)``", life_cycle.__doc__ or ""))
    assert explained == {state.value for state in JobState}


@pytest.mark.parametrize("state", JobState)
def test_only_the_steps_of_the_life_cycle_are_taken(context: JobContext, state: JobState) -> None:
    for to in JobState:
        record = make_record(state=state)
        context.store.create([record])
        if to in TRANSITIONS[state]:
            changed = context.store.transition(record, to, "because")
            assert (changed.state, changed.version) == (to, record.version + 1)
            assert changed == context.store.get(record.id)
            assert [event.state for event in context.store.events(changed)] == [state, to]
        else:
            with pytest.raises(JobStateError, match=f"cannot become {to}"):
                context.store.transition(record, to)
            assert context.store.get(record.id) == record


def test_a_record_comes_back_as_it_was_written(context: JobContext) -> None:
    record = make_record(
        seed=2**100,
        seconds=1.25,
        submitted=datetime(2026, 1, 2, 3, 4, 5, 6789, tzinfo=UTC),
        estimate={"jobs": 1},
        message="Grüße, 神経",
    )
    context.store.create([record])
    assert context.store.get(record.id) == record
    assert context.store.count() == 1


def test_of_two_that_change_a_record_one_is_told(context: JobContext) -> None:
    record = make_record(state=JobState.PLANNED)
    context.store.create([record])
    context.store.transition(record, JobState.SUBMITTING)
    with pytest.raises(NotReadyError, match="Another process"):
        context.store.transition(record, JobState.SUBMITTING)
    assert len(context.store.events(record)) == 2


def test_a_job_that_a_living_process_holds_is_left_alone(context: JobContext) -> None:
    parent = owner_of(os.getppid())
    record = replace(make_record(state=JobState.PLANNED), owner=parent)
    context.store.create([record])
    assert context.store.is_held(record)
    with pytest.raises(NotReadyError):
        context.store.transition(record, JobState.CANCELLED)
    mine = replace(make_record(state=JobState.PLANNED), owner=myself())
    context.store.create([mine])
    assert not context.store.is_held(mine)
    assert context.store.transition(mine, JobState.CANCELLED).owner is None


def test_jobs_are_found_by_the_beginning_of_their_id(context: JobContext) -> None:
    now = datetime.now(UTC)
    one = make_record(id="ab" + "0" * 30, tag="one", created=now - timedelta(hours=1))
    two = make_record(id="ac" + "0" * 30, tag="two", provider_id="d4ql", created=now)
    context.store.create([one, two])
    assert context.store.get("ab").id == one.id
    assert context.store.get("AC").id == two.id
    assert context.store.get("d4ql").id == two.id
    assert context.store.get("latest").id == two.id
    with pytest.raises(JobNotFoundError, match="Several"):
        context.store.get("a")
    for name in ("f", "", "%", "ab_", "a%"):
        with pytest.raises(JobNotFoundError, match="no job"):
            context.store.get(name)


def test_filters(context: JobContext) -> None:
    now = datetime.now(UTC)
    old = make_record(created=now - timedelta(days=3), run="a", state=JobState.RETRIEVED)
    new = make_record(created=now, run="b", backend="ibm_fez", state=JobState.QUEUED)
    context.store.create([old, new])

    def found(**filters) -> list[str]:
        return [job.id for job in context.store.find(**filters)]

    assert found() == [new.id, old.id]
    assert found(limit=1) == [new.id]
    assert found(states=[JobState.QUEUED, JobState.RUNNING]) == [new.id]
    assert found(backend="ibm_fez") == found(run="b") == found(request=new.request) == [new.id]
    assert found(newer=timedelta(days=1)) == [new.id]
    assert found(older=timedelta(days=1)) == [old.id]
    assert found(request_hash=old.request_hash) == [new.id, old.id]
    assert found(run="c") == []


def test_nothing_is_forgotten_that_another_process_has_changed_or_holds(
    context: JobContext,
) -> None:
    record = make_record(state=JobState.PLANNED)
    context.store.create([record])
    sent = context.store.transition(record, JobState.SUBMITTING, hold=True)
    with pytest.raises(NotReadyError):
        context.store.forget(record)
    held = replace(make_record(state=JobState.PLANNED), owner=owner_of(os.getppid()))
    context.store.create([held])
    with pytest.raises(NotReadyError):
        context.store.forget(held)
    assert context.store.count() == 2
    context.store.forget(sent)


def test_a_sign_of_life_keeps_others_off(context: JobContext) -> None:
    elsewhere = f"{myself().rsplit(':', 2)[0]}0:1:1"
    past = datetime.now(UTC) - timedelta(hours=1)
    seen = make_record(state=JobState.RUNNING)
    seen = replace(seen, owner=elsewhere, updated=past)
    context.store.create([seen])
    assert not context.store.is_held(seen)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("neuroqgan.jobs.store.myself", lambda: elsewhere)
        context.store.renew()
    # As it was read it seemed dead.
    with pytest.raises(NotReadyError):
        context.store.transition(seen, JobState.UNCERTAIN)
    again = context.store.get(seen.id)
    assert context.store.is_held(again)
    assert (again.version, again.state) == (seen.version, JobState.RUNNING)


def test_forgetting_takes_the_history_along(context: JobContext) -> None:
    record = make_record()
    context.store.create([record])
    context.store.forget(record)
    assert context.store.count() == 0
    assert context.store.events(record) == []


def test_where_the_database_is(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    assert database_url().database == str(own_home / "jobs.sqlite")
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "postgresql://me:secret@127.0.0.1/spikes")
    assert database_url().drivername == "postgresql+psycopg"
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "no url")
    with pytest.raises(ConfigError, match="not a database URL"):
        database_url()
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "oracle+nothing://me:secret@here/x")
    with pytest.raises(ConfigError, match="driver") as caught:
        JobStore()
    assert "secret" not in str(caught.value)


def test_a_database_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(b"not a database" * 100)
    with pytest.raises(StorageError, match="cannot be used"):
        JobStore(make_url(f"sqlite:///{path}"))
    assert path.read_bytes() == b"not a database" * 100
