"""Eight processes at once on one database."""

from __future__ import annotations

import itertools
import signal
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import URL

from neuroqgan.jobs.state import TRANSITIONS, JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import ServiceProcess
from tests.jobs.databases import full
from tests.jobs.forks import ForkServer
from tests.jobs.lives import DEVICE
from tests.jobs.test_store import make_record

N_PROCESSES, N_JOBS = 8, 5
# Of the events that a submission leaves.
SENT = [JobState.PREPARING, JobState.PLANNED, JobState.SUBMITTING, JobState.QUEUED]


def all_at_once(forks: ForkServer, task: str, *arguments: dict) -> list[int]:
    """Start processes, let all go when the last is ready, and return their exit codes."""
    pids = [forks.start(task, **given) for given in arguments]
    for pid in pids:
        assert forks.await_begin(pid)
    for pid in pids:
        forks.go(pid)
    return [forks.join(pid) for pid in pids]


@pytest.mark.slow
def test_eight_processes_submit_at_once_and_nothing_is_lost(
    forks: ForkServer, loopback: ServiceProcess, database: URL, tmp_path: Path
) -> None:
    # The database has no tables yet: the first thing they all do is to make them.
    before = {job["id"] for job in loopback.jobs()}
    given = {"database": full(database), "home": str(tmp_path / "home"), "device": DEVICE}
    codes = all_at_once(
        forks,
        "submissions",
        *({**given, "count": N_JOBS, "name": f"process{i}"} for i in range(N_PROCESSES)),
    )
    assert codes == [0] * N_PROCESSES
    served = [job for job in loopback.jobs() if job["id"] not in before]
    store = JobStore(database)
    jobs = store.find()
    expected = {f"process{i}-{j}" for i in range(N_PROCESSES) for j in range(N_JOBS)}
    assert Counter(job.run for job in jobs) == Counter(expected)
    assert {job.state for job in jobs} == {JobState.QUEUED}
    assert {job.owner for job in jobs} == {None}
    assert len({job.tag for job in jobs}) == len(jobs) == len(served)
    assert {(job.tag, job.provider_id) for job in jobs} == {
        (job["tags"][0], job["id"]) for job in served
    }
    for job in jobs:
        history = store.events(job)
        assert [event.state for event in history] == SENT
        assert all(a.at <= b.at for a, b in itertools.pairwise(history))
    store.close()


def test_eight_processes_use_an_empty_database_first(
    forks: ForkServer, database: URL, tmp_path: Path
) -> None:
    codes = all_at_once(
        forks, "first_use", *({"database": full(database), "name": f"{i}"} for i in range(8))
    )
    assert codes == [0] * 8
    store = JobStore(database)
    assert sorted(job.run or "" for job in store.find()) == [str(i) for i in range(8)]
    store.close()


def test_of_eight_processes_one_takes_a_step(
    forks: ForkServer, database: URL, tmp_path: Path
) -> None:
    store = JobStore(database)
    records = [make_record(run=f"{i}", state=JobState.PLANNED) for i in range(20)]
    store.create(records)
    codes = all_at_once(forks, "contest", *({"database": full(database)} for _ in range(8)))
    # Every process says how many jobs it won.
    assert sum(codes) == len(records)
    for job in store.find():
        states = [event.state for event in store.events(job)]
        assert states == [JobState.PLANNED, JobState.SUBMITTING]
        assert states[1] in TRANSITIONS[states[0]]
        assert job.version == 2
    store.close()


def test_a_process_that_is_killed_while_it_makes_the_tables_stops_nobody(
    forks: ForkServer, database: URL
) -> None:
    """It dies before its first statement, then before its second, and so on."""
    deaths = 0
    for step in range(100):
        code = forks.run("first_use", database=full(database), name="0", last_step=step, wait=False)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        deaths += 1
    assert deaths > 10
    store = JobStore(database)
    assert store.count() == 1
    store.close()
