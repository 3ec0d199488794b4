"""Processes that are killed, at any moment: no job is lost, none is sent twice."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from sqlalchemy import make_url

from neuroqgan.jobs.bits import unpack
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT, layout_from_bytes
from neuroqgan.jobs.owner import is_alive, owner_of
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import TRANSITIONS, JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import Fault, ServiceProcess
from neuroqgan.testing.control import unpack as unpack_served
from tests.jobs.forks import ForkServer
from tests.jobs.lives import DEVICE, measure

# As many as a minute or two allows; NEUROQGAN_TEST_KILLS=200 is the full measure.
N_KILLS = int(os.environ.get("NEUROQGAN_TEST_KILLS", "60"))
SEED = int(os.environ.get("NEUROQGAN_TEST_SEED", "2409"))
SLOW_CREATION = 0.4
# How long users wait before they send a job again that the service does not have. It has to be
# longer than any creation takes, here as at the real loopback.
GRACE = 1.0

# Of a simulation: how much of it is done when it dies.
MOMENTS = (0.1, 0.4, 0.7, 1.0)
N_SIMULATED = 400

FAULTS_OF_SUBMISSIONS = (
    Fault.DROP_BEFORE,
    Fault.DROP_AFTER,
    Fault.status(500),
    Fault.status(503),
    Fault.status_after(500),
    Fault.status_after(503),
    Fault.slow(0.3),
    Fault.slow_before(SLOW_CREATION),
    Fault.MALFORMED,
    Fault.MALFORMED_BEFORE,
    Fault.status(429, retry_after=1),
)
FAULTS_OF_OTHERS = (*FAULTS_OF_SUBMISSIONS[:6], Fault.slow(0.2), *FAULTS_OF_SUBMISSIONS[8:])
OTHER_ROUTES = (
    "POST /identity/token",
    "POST /v3/resources/search",
    "GET /backends",
    "GET /backends/{name}/properties",
    "GET /jobs",
    "GET /jobs",
    "GET /jobs/{id}",
    "GET /jobs/{id}",
    "GET /jobs/{id}/results",
    "GET /jobs/{id}/results",
    "GET /jobs/{id}/metrics",
)


@dataclass
class Try:
    """One life that is cut short: when, and what else goes wrong."""

    name: str
    route: str | None
    fault: Fault | None
    skip: int
    moment: float | None
    step: int | None
    died: str = ""
    requested: bool = False
    said: list[dict[str, Any]] = field(default_factory=list)

    def describe(self) -> str:
        when = f"step {self.step}" if self.moment is None else f"{1000 * self.moment:.0f} ms"
        fault = "no fault" if self.fault is None else f"{self.fault.kind} {self.fault.code}"
        return f"{self.name}: {fault} on {self.route}, killed at {when} when {self.died}"


def draw_try(number: int, seconds: float, n_steps: int) -> Try:
    """Every try follows from the seed and its number alone."""
    chance = random.Random(SEED * 100_000 + number)
    kind = chance.random()
    route, fault, skip = None, None, 0
    if kind < 0.5:
        route, fault = "POST /jobs", chance.choice(FAULTS_OF_SUBMISSIONS)
    elif kind < 0.9:
        route, fault = chance.choice(OTHER_ROUTES), chance.choice(FAULTS_OF_OTHERS)
        # After a second token that is damaged, IBM's SDK waits for a minute before it goes on.
        skip = 0 if "token" in route else chance.randrange(2)
    moment = step = None
    if number % 2:
        moment = chance.uniform(0.0, seconds + lasts(fault))
    else:
        step = chance.randrange(n_steps)
    return Try(f"try-{number}", route, fault, skip, moment, step)


def lasts(fault: Fault | None) -> float:
    """Return by how many seconds a fault makes a life longer."""
    if fault is None:
        return 0.0
    return fault.seconds + sum(float(value) for name, value in fault.headers if "Retry" in name)


def kill(forks: ForkServer, loopback: ServiceProcess, home: Path, one: Try) -> None:
    """Begin a life, order its fault, and end it by SIGKILL."""
    pid = forks.start("life", home=str(home), device=DEVICE, run=one.name, last_step=one.step)
    assert forks.await_begin(pid)
    if one.route is not None and one.fault is not None:
        loopback.order(one.route, one.fault, skip=one.skip)
    forks.go(pid)
    if one.moment is not None:
        time.sleep(one.moment)
        forks.kill(pid)
    forks.join(pid)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_kills_at_random_moments_lose_nothing_and_send_nothing_twice(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path, record_property: Any
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    others = {job["id"] for job in loopback.jobs()}
    measure(forks, home, "warm")
    seconds, n_steps = measure(forks, home, "whole")
    store = JobStore(make_url(f"sqlite:///{home / 'jobs.sqlite'}"))
    tries = [draw_try(number, seconds, n_steps) for number in range(N_KILLS)]
    for one in tries:
        kill(forks, loopback, home, one)
        jobs = store.find(run=one.name)
        assert len(jobs) <= 1
        one.died = jobs[0].state.value if jobs else "unrecorded"
        report = tmp_path / "user.json"
        code = forks.run("user", home=str(home), run=one.name, grace=GRACE, report=str(report))
        assert code == 0, one.describe()
        one.said = json.loads(report.read_text())["said"]
        loopback.clear_faults()
    served = [job for job in loopback.control("jobs?bits=1")["jobs"] if job["id"] not in others]
    deaths = Counter(one.died for one in tries)
    ends = Counter(job.state.value for job in store.find())
    figures = {"kills": len(tries), "seed": SEED, "deaths": dict(deaths), "ends": dict(ends)}
    print(json.dumps(figures))  # noqa: T201
    payloads = PayloadStore((home / "jobs").as_uri())
    for one in tries:
        check_try(one, store, payloads, served)
    assert {tag for job in served for tag in job["tags"]} <= {job.tag for job in store.find()}
    check_database(home / "jobs.sqlite")
    store.close()
    # Kills that always come at the same place would show nothing.
    assert N_KILLS >= 60
    expected = {"preparing", "planned", "submitting", "uncertain", "queued", "done"}
    assert expected <= set(deaths), figures


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_kill_while_the_service_accepts_no_more_jobs(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    store = JobStore(make_url(f"sqlite:///{home / 'jobs.sqlite'}"))
    n_before = loopback.created
    loopback.order("POST /jobs", Fault.status(429, retry_after=300))
    pid = forks.start("life", home=str(home), device=DEVICE, run="busy")
    assert forks.await_begin(pid)
    forks.go(pid)
    deadline = time.monotonic() + 120
    while not any("429" in event.note for job in store.find() for event in store.events(job)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    (job,) = store.find()
    # Others see that it is in good hands, and leave it alone.
    assert (job.state, store.is_held(job)) == (JobState.PLANNED, True)
    forks.kill(pid)
    assert forks.join(pid) == -signal.SIGKILL
    assert not store.is_held(store.get(job.id))
    assert loopback.created == n_before
    report = home / "user.json"
    assert forks.run("user", home=str(home), run="busy", grace=0, report=str(report)) == 0
    assert store.get(job.id).state is JobState.RETRIEVED
    assert loopback.created == n_before + 1
    check_history(store.get(job.id), store)
    store.close()


def check_try(
    one: Try, store: JobStore, payloads: PayloadStore, served: list[dict[str, Any]]
) -> None:
    where = one.describe()
    jobs = store.find(run=one.name)
    if not jobs:
        assert one.died == "unrecorded", where
        return
    (job,) = jobs
    mine = [other for other in served if job.tag in other["tags"]]
    assert len(mine) <= 1, f"{where}: submitted {len(mine)} times"
    check_history(job, store)
    match job.state:
        case JobState.ABANDONED:
            assert one.died == "preparing", where
            assert not mine, where
            assert not any(payloads.exists(job.id, name) for name in (LAYOUT, CIRCUITS, ANGLES))
        case JobState.RETRIEVED:
            assert [other["id"] for other in mine] == [job.provider_id], where
            bits = unpack(payloads.read(job.id, BITS, job.bits_sha256))
            expected = [unpack_served(circuit) for circuit in mine[0]["bits"]]
            assert len(bits) == len(expected) > 0, where
            for ours, theirs in zip(bits, expected, strict=True):
                np.testing.assert_array_equal(ours, theirs, where)
            stored = layout_from_bytes(payloads.read(job.id, LAYOUT), job.id)
            assert stored.layout.decode(bits).spikes.shape[0] == job.samples, where
            assert payloads.read(job.id, CIRCUITS)[:6] == b"QISKIT", where
        case state:
            pytest.fail(f"{where}: stuck in {state}\n{json.dumps(one.said, indent=1)}")


def check_history(job: JobRecord, store: JobStore) -> None:
    states = [event.state for event in store.events(job)]
    assert states[0] is JobState.PREPARING
    assert states[-1] is job.state
    for before, after in itertools.pairwise(states):
        assert after in TRANSITIONS[before], states


def check_database(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


@pytest.mark.slow
def test_a_bad_answer_before_the_submission_fails_no_job(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    ends = []
    for skip in range(4):
        for number, fault in enumerate([Fault.MALFORMED, Fault.DROP_BEFORE, Fault.status(503)]):
            run = f"{skip}-{number}"
            pid = forks.start("life", home=str(tmp_path), device=DEVICE, run=run)
            assert forks.await_begin(pid)
            loopback.order("GET /backends", fault, skip=skip)
            forks.go(pid)
            ends.append(forks.join(pid))
            loopback.clear_faults()
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    for job in store.find():
        assert job.state in {JobState.PLANNED, JobState.RETRIEVED}, job.message
    # Some of the answers were needed, and some faults were passed over by a repetition.
    assert set(ends) == {0, 1}
    store.close()


@pytest.mark.slow
def test_a_simulation_that_is_killed_is_run_again_to_the_same_bits(
    forks: ForkServer, tmp_path: Path
) -> None:
    given = {"home": str(tmp_path), "backend": "fake_nairobi", "n_samples": N_SIMULATED}
    assert forks.run("simulated_life", **given, run="whole") == 0
    for moment in MOMENTS:
        given["run"] = f"killed-{moment}"
        assert forks.run("simulated_life", **given, at_progress=moment) == -signal.SIGKILL
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    whole = store.get(next(job.id for job in store.find(run="whole")))
    killed = [job for job in store.find() if job.run != "whole"]
    assert {job.state for job in killed} == {JobState.RUNNING}
    payloads = PayloadStore((tmp_path / "jobs").as_uri())
    assert not any(payloads.exists(job.id, BITS) for job in killed)
    report = tmp_path / "report.json"
    code = forks.run(
        "command", home=str(tmp_path), arguments=["jobs", "recover"], report=str(report)
    )
    assert code == 0
    again = [store.get(job.id) for job in killed]
    assert len(again) == len(MOMENTS)
    assert {job.state for job in again} == {JobState.RETRIEVED}
    for job in again:
        ours = unpack(payloads.read(job.id, BITS, job.bits_sha256))
        theirs = unpack(payloads.read(whole.id, BITS, whole.bits_sha256))
        for one, other in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(one, other)
        assert [event.note for event in store.events(job)][-2:] == ["started again", "bits stored"]
    # Otherwise equal bits would say nothing.
    assert 0 < np.mean(theirs[0]) < 1
    store.close()


def test_a_killed_process_that_nobody_has_looked_at_yet_holds_nothing(tmp_path: Path) -> None:
    """Its parent may take its time, or for ever: in a container the first process often does."""
    process = subprocess.Popen(["sleep", "60"])
    owner = owner_of(process.pid)
    now = datetime.now(UTC)
    assert is_alive(owner, now, now)
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    assert not is_alive(owner, now, now)
    process.wait()
    assert not is_alive(owner, now, now)
