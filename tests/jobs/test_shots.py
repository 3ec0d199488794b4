"""Samples of equal angles as shots of one row: from the request to the raster."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import make_url

from neuroqgan.backends.options import JobOptions
from neuroqgan.backends.protocol import Limits
from neuroqgan.backends.registry import resolve
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.decoding import decode_request
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.preparation import prepare
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.simulation import simulate
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send
from tests.backends.test_devices import pattern_program
from tests.jobs.conftest import DEVICE, StubService
from tests.mid_circuit import certain_program, some_spikes

OLD = Path(__file__).parent / "one_shot_rows"
"""Two jobs with nine equal rows of one shot, as they were before rows had several shots."""


def _grouped(n_neurons: int = 3) -> np.ndarray:
    """Twelve samples of three kinds, mixed: six, four and two."""
    kinds = np.random.default_rng(8).random((3, 2, n_neurons)) < 0.5
    return kinds[np.array([0, 1, 0, 2, 1, 0, 0, 2, 1, 0, 1, 0])]


def _certain(backend: str, spikes: np.ndarray, **changes: object) -> Request:
    return Request(pattern_program(spikes, (3,)), backend, 7, **changes)  # type: ignore[arg-type]


def test_a_memory_job_is_one_circuit_without_angles(
    context: JobContext, service: StubService
) -> None:
    spikes = np.repeat(some_spikes(1), 301, axis=0)
    request = Request(certain_program(spikes), DEVICE, seed=7)
    (job,) = prepare(context, request, service)
    payload = context.payload(job)
    assert (payload.shots, [rows.shape for rows in payload.values]) == (151, [(1, 0)])
    assert (job.samples, job.n_samples) == (151, 301)
    assert job.estimate["executions"] == 151
    job = send(context, job, service)
    service.finish()
    job = retrieve(context, job)
    drawn = service.jobs[str(job.provider_id)].bits[0]
    assert drawn.shape == (151, 20)
    found = decode_request(context, [job]).raster.spikes
    # A shot holds two samples, and the bits of each begin with those of its last bin.
    assert found.shape == spikes.shape
    assert np.array_equal(found.reshape(301, 10), drawn.reshape(302, 10)[:301, ::-1])


def test_a_memory_job_beyond_the_limits_is_split_by_shots(
    context: JobContext, service: StubService
) -> None:
    service.limits = Limits(max_executions=60)
    spikes = np.repeat(some_spikes(1), 301, axis=0)
    jobs = prepare(context, Request(certain_program(spikes), DEVICE, seed=7), service)
    assert [(job.first_sample, job.samples) for job in jobs] == [(0, 51), (51, 51), (102, 51)]
    assert {job.estimate["shots"] for job in jobs} == {51}
    assert all(context.payload(job).values[0].shape == (1, 0) for job in jobs)
    jobs = [send(context, job, service) for job in jobs]
    service.finish()
    jobs = [retrieve(context, job) for job in jobs]
    drawn = np.concatenate([stub.bits[0] for stub in service.jobs.values()]).reshape(306, 10)
    found = decode_request(context, jobs[::-1]).raster.spikes
    assert np.array_equal(found.reshape(301, 10), drawn[:301, ::-1])


@pytest.mark.parametrize("mitigate", ["none", "readout"])
@pytest.mark.parametrize("in_blocks", [False, True])
def test_samples_of_equal_angles_share_rows_and_come_back(
    context: JobContext, service: StubService, mitigate: str, in_blocks: bool
) -> None:
    spikes = _grouped()
    block = BinBlock(0, 4, len(spikes), None, 2) if in_blocks else None
    options = JobOptions(mitigate=mitigate)
    request = _certain(DEVICE, spikes, block=block, options=options)
    (job,) = prepare(context, request, service)
    payload = context.payload(job)
    n_side_by_side = payload.layout.samples_per_shot
    n_rows = len(payload.values[0])
    assert payload.shots > 1
    assert job.samples == n_rows * payload.shots == -(-12 // n_side_by_side)
    # What is sent is answered as the angles of every row say, and then belongs where it should.
    job = send(context, job, service)
    stub = service.jobs[str(job.provider_id)]
    stub.bits = _certain_bits(payload.pages, payload.values, payload.shots)
    service.finish()
    found = decode_request(context, [retrieve(context, job)])
    assert np.array_equal(found.raster.spikes, spikes)
    assert (found.flips is not None) == (mitigate == "readout")


def _certain_bits(pages: object, values: object, shots: int) -> list[np.ndarray]:
    from neuroqgan.backends.local.aer import AerBackend

    return AerBackend().run_pages(pages, values, seed=1, shots=shots)  # type: ignore[arg-type]


def test_jobs_of_grouped_samples_are_cut_between_rows(
    context: JobContext, service: StubService
) -> None:
    service.limits = Limits(max_executions=6)
    spikes = _grouped()
    jobs = prepare(context, _certain(DEVICE, spikes), service)
    assert len(jobs) > 1
    payloads = [context.payload(job) for job in jobs]
    assert all(sum(map(len, one.values)) * one.shots <= 6 for one in payloads)
    jobs = [send(context, job, service) for job in jobs]
    for stub, one in zip(service.jobs.values(), payloads, strict=True):
        stub.bits = _certain_bits(one.pages, one.values, one.shots)
    service.finish()
    jobs = [retrieve(context, job) for job in jobs]
    assert np.array_equal(decode_request(context, jobs).raster.spikes, spikes)


def test_the_same_seed_gives_the_same_raster_on_a_simulated_device(context: JobContext) -> None:
    backend, spikes = resolve("fake_nairobi"), _grouped()
    rasters = []
    for _ in range(2):
        (job,) = prepare(context, _certain("fake_nairobi", spikes), backend)
        assert context.layout(job).layout.shots > 1
        rasters.append(decode_request(context, [simulate(context, job)]).raster.spikes)
    assert np.array_equal(*rasters)
    assert (rasters[0] == spikes).mean() > 0.9


@pytest.fixture
def old(tmp_path: Path) -> JobContext:
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as connection:
        connection.executescript((OLD / "jobs.sql").read_text())
    with zipfile.ZipFile(OLD / "payloads.zip") as payloads:
        payloads.extractall(tmp_path / "payloads")
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    return JobContext(store, PayloadStore((tmp_path / "payloads").as_uri()))


def test_jobs_with_rows_of_one_shot_are_read_and_run_as_before(old: JobContext) -> None:
    expected = np.load(OLD / "expected.npz")
    about = json.loads((OLD / "about.json").read_text())
    for name, state in (("retrieved", JobState.RETRIEVED), ("planned", JobState.PLANNED)):
        job = old.store.get(about[name])
        assert job.state is state
        found = decode_request(old, [retrieve(old, job)])
        assert np.array_equal(found.raster.spikes, expected["spikes"])
        assert found.flips is not None
        assert np.array_equal(found.flips.p01, expected["p01"])
        assert np.array_equal(found.flips.p10, expected["p10"])
