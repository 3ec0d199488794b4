"""The same request from several processes that have all looked before any has asked: one job."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL, make_url

from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.request_chain import request_chain
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import Fault, ServiceProcess
from tests.jobs.databases import full
from tests.jobs.forks import ForkServer
from tests.jobs.lives import DEVICE

AT_ONCE = (0.0,) * 3


def ask(
    forks: ForkServer,
    home: Path,
    database: URL,
    delays: Sequence[float],
    *,
    code: int = 0,
    **given: Any,
) -> list[dict[str, Any]]:
    """Have all come to the question, then let them go; return what they tell."""
    home.mkdir(exist_ok=True)
    reports = [home / f"report-{i}.json" for i in range(len(delays))]
    pids = [
        forks.start(
            "same",
            home=str(home),
            database=full(database),
            backend=DEVICE,
            report=str(report),
            **given,
        )
        for report in reports
    ]
    for pid in pids:
        assert forks.await_begin(pid)
    began = time.monotonic()
    for pid, delay in zip(pids, delays, strict=True):
        time.sleep(max(0.0, began + delay - time.monotonic()))
        forks.go(pid)
    assert sum(forks.join(pid) for pid in pids) == code
    return [json.loads(report.read_text()) for report in reports]


def served(loopback: ServiceProcess, store: JobStore) -> list[int]:
    """How many jobs the service has of every job of the store."""
    tags = Counter(tag for job in loopback.jobs() for tag in job["tags"])
    return [tags[job.tag] for job in store.find()]


# The first is planning, or sending, or done when the others come.
@pytest.mark.parametrize("delays", [AT_ONCE, (0.0, 0.1, 0.5)], ids=["at once", "staggered"])
def test_one_of_them_sends_and_the_others_go_on_with_its_job(
    forks: ForkServer, loopback: ServiceProcess, database: URL, tmp_path: Path, delays: Any
) -> None:
    loopback.order("POST /jobs", Fault.slow(0.3))
    told = ask(forks, tmp_path / "home", database, delays)
    store = JobStore(database)
    (job,) = store.find()
    assert [one["jobs"] for one in told] == [[job.id]] * 3
    assert sorted(one["meanwhile"] for one in told) == [False, True, True]
    assert {state for one in told for state in one["states"]} <= {"queued", "running", "done"}
    assert served(loopback, store) == [1]
    store.close()


def test_on_purpose_there_may_be_several(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    database = make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    told = ask(forks, tmp_path / "home", database, (0.0, 0.0), fresh=True)
    store = JobStore(database)
    assert {one["jobs"][0] for one in told} == {job.id for job in store.find()}
    assert served(loopback, store) == [1, 1]
    store.close()


def test_a_request_of_several_jobs_is_sent_once_and_all_bring_it_home(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    database = make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    told = ask(forks, tmp_path / "home", database, AT_ONCE, parts_of=5, to_the_end=True)
    store = JobStore(database)
    assert [job.part for job in store.find()] == [0, 1, 2]
    assert {job.state for job in store.find()} == {JobState.RETRIEVED}
    assert [one["jobs"] for one in told] == [[job.id for job in store.find()]] * 3
    assert served(loopback, store) == [1, 1, 1]
    store.close()


def test_where_the_first_is_refused_the_next_asks_for_itself(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    database = make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    loopback.order("POST /jobs", Fault.status(413))
    told = ask(forks, tmp_path / "home", database, AT_ONCE, code=1)
    store = JobStore(database)
    sent, refused = store.find()
    assert refused.state is JobState.FAILED
    assert sent.state in {JobState.QUEUED, JobState.DONE}
    assert [one["jobs"] for one in told if "jobs" in one] == [[sent.id]] * 2
    assert served(loopback, store) == [1, 0]
    store.close()


def test_a_raster_of_several_bins_is_walked_by_all_and_sent_once(
    forks: ForkServer, loopback: ServiceProcess, tmp_path: Path
) -> None:
    forks.preload(["neuroqgan.sampling.walk", "tests.jobs.walks"])
    reports = [tmp_path / f"{i}.json" for i in range(3)]
    pids = [
        forks.start(
            "walk",
            home=str(tmp_path),
            backend=DEVICE,
            run="mine",
            report=str(report),
            together=True,
        )
        for report in reports
    ]
    for pid in pids:
        assert forks.await_begin(pid)
    for pid in pids:
        forks.go(pid)
    assert [forks.join(pid) for pid in pids] == [0, 0, 0]
    (last,) = {json.loads(report.read_text())["last"] for report in reports}
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    context = JobContext(store, PayloadStore((tmp_path / "jobs").as_uri()))
    rounds = request_chain(context, context.store.get(last))
    assert len(rounds) == store.count() == 4
    assert served(loopback, store) == [1] * 4
    store.close()
