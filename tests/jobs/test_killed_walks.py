"""Rasters that take rounds, killed in the middle: walking again goes on and sends nothing twice."""

from __future__ import annotations

import json
import os
import signal
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_raster
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.request_chain import request_chain
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import ServiceProcess
from neuroqgan.testing.control import unpack as unpack_served
from tests.jobs.forks import ForkServer
from tests.jobs.lives import DEVICE

# Over all steps of a walk, evenly; NEUROQGAN_TEST_KILLS=200 meets every one of them.
N_KILLS = max(12, int(os.environ.get("NEUROQGAN_TEST_KILLS", "60")) // 4)
N_BINS = 4


@pytest.fixture
def home(forks: ForkServer, tmp_path: Path) -> Path:
    forks.preload(["neuroqgan.sampling.walk", "tests.jobs.walks"])
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def context(home: Path) -> JobContext:
    store = JobStore(make_url(f"sqlite:///{home / 'jobs.sqlite'}"))
    return JobContext(store, PayloadStore((home / "jobs").as_uri()))


def walk_whole(
    forks: ForkServer, home: Path, backend: str, run: str, seed: int = 0
) -> tuple[list[str], str]:
    """Walk to the end, after whatever was walked before; return the steps and the last job."""
    report = home / f"{run}.json"
    given = {"home": str(home), "backend": backend, "run": run, "seed": seed}
    assert forks.run("walk", **given, report=str(report), recover=True) == 0, run
    told = json.loads(report.read_text())
    return told["steps"], told["last"]


def killed(forks: ForkServer, home: Path, backend: str, n_steps: int) -> list[str]:
    """Begin walks that die at steps all over the way; return their names."""
    runs = []
    for number, step in enumerate(np.linspace(0, n_steps - 1, N_KILLS).astype(int), start=1):
        runs.append(f"killed-{number}")
        given = {"home": str(home), "backend": backend, "run": runs[-1], "seed": number}
        assert forks.run("walk", **given, last_step=int(step)) == -signal.SIGKILL
    return runs


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_at_a_service_no_bin_is_sent_twice(
    forks: ForkServer, loopback: ServiceProcess, home: Path, context: JobContext
) -> None:
    steps, _ = walk_whole(forks, home, DEVICE, "whole")
    runs = killed(forks, home, DEVICE, len(steps))
    died = Counter(len(context.store.find(run=run)) for run in runs)
    # Kills that always come in the same bin would show nothing.
    assert set(died) == set(range(N_BINS + 1)), died
    for number, run in enumerate(runs, start=1):
        _, last = walk_whole(forks, home, DEVICE, run, seed=number)
        check(run, last, context, loopback)


def check(run: str, last: str, context: JobContext, loopback: ServiceProcess) -> None:
    jobs = context.store.find(run=run)
    served = {job["id"]: job for job in loopback.control("jobs?bits=1")["jobs"]}
    tags = Counter(tag for job in served.values() for tag in job["tags"])
    assert [tags[job.tag] for job in jobs if tags[job.tag] > 1] == []
    raster = decode_raster(context, [context.store.get(last)]).raster
    rounds = [jobs_of_bin[0] for jobs_of_bin in request_chain(context, context.store.get(last))]
    sent = [job for job in jobs if tags[job.tag]]
    assert {job.id for job in sent} == {job.id for job in rounds}
    assert len(rounds) == N_BINS
    for number, job in enumerate(rounds):
        layout = context.layout(job).layout
        bits = [unpack_served(circuit) for circuit in served[str(job.provider_id)]["bits"]]
        side_by_side = layout.decode(bits).spikes.reshape(-1, 3)
        assert np.array_equal(side_by_side[: job.n_samples], raster.spikes[:, number])
    ends = Counter(job.state for job in jobs)
    assert ends[JobState.RETRIEVED] == N_BINS
    assert set(ends) <= {JobState.RETRIEVED, JobState.ABANDONED, JobState.PREPARING}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_here_the_raster_is_the_same_bit_for_bit(
    forks: ForkServer, home: Path, context: JobContext
) -> None:
    steps, last = walk_whole(forks, home, "fake_nairobi", "whole")
    expected = decode_raster(context, [context.store.get(last)]).raster
    # Otherwise equal bits would say nothing.
    assert 0 < expected.spikes.mean() < 1
    for step in np.linspace(0, len(steps) - 1, N_KILLS).astype(int):
        own = home / f"step-{step}"
        own.mkdir()
        given = {"home": str(own), "backend": "fake_nairobi", "run": "whole"}
        assert forks.run("walk", **given, last_step=int(step)) == -signal.SIGKILL
        _, last = walk_whole(forks, own, "fake_nairobi", "whole")
        store = JobStore(make_url(f"sqlite:///{own / 'jobs.sqlite'}"))
        again = JobContext(store, PayloadStore((own / "jobs").as_uri()))
        assert decode_raster(again, [store.get(last)]).raster == expected
        done = store.find(states=[JobState.RETRIEVED])
        assert sorted(job.first_bin for job in done) == list(range(N_BINS))
        store.close()
