"""A job store of the first release: all that it holds is read, continued and not paid for again.

``released/`` was written by that release: the tables as SQL, the payloads as they lay in their
folder, the spikes that it decoded from them, and the hashes that it gave to some requests. Its
circuits are in a version of QPY that the oldest supported Qiskit reads. Jobs: three that are
retrieved (one with a calibrated readout, one measured midway), a simulation that was interrupted,
one that was planned for a service, one that was running there, a raster of four bins in as many
requests, and another of which two bins are done.
"""

from __future__ import annotations

import json
import sqlite3
import zipfile
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import JSON, URL, Boolean, DateTime, MetaData, Table, create_engine, insert

from neuroqgan.backends.options import JobOptions, Placement
from neuroqgan.backends.registry import resolve
from neuroqgan.backends.remote import Execution
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.database import connect
from neuroqgan.jobs.decoding import decode_raster, decode_request
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.preparation import prepare_once
from neuroqgan.jobs.recovery import refresh
from neuroqgan.jobs.request import BinBlock, Request
from neuroqgan.jobs.request_chain import request_chain
from neuroqgan.jobs.retrieval import retrieve
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.submission import send_again
from tests.jobs.conftest import DEVICE, StubJob, StubService, make_request
from tests.jobs.test_bin_by_bin import walk
from tests.jobs.walks import to_the_end
from tests.mid_circuit import certain_program, some_spikes

FOLDER = Path(__file__).parent / "released"
ABOUT = json.loads((FOLDER / "about.json").read_text())
JOBS: dict[str, str] = ABOUT["jobs"]
SPIKES = np.load(FOLDER / "expected.npz")
N_SAMPLES = 8


@pytest.fixture
def released(database: URL, tmp_path: Path, service: StubService) -> Iterator[JobContext]:
    """The jobs of the released store, in an SQLite file as it was, or in PostgreSQL."""
    file = tmp_path / "released.sqlite"
    with closing(sqlite3.connect(file)) as connection:
        connection.executescript((FOLDER / "jobs.sql").read_text())
    if database.get_backend_name() == "sqlite":
        database = database.set(database=str(file))
    else:
        _copy(file, database)
    with zipfile.ZipFile(FOLDER / "payloads.zip") as payloads:
        payloads.extractall(tmp_path / "payloads")

    def find(name: str, **options: Any) -> Any:
        return service if name == DEVICE else resolve(name, **options)

    store = JobStore(database)
    yield JobContext(
        store, PayloadStore((tmp_path / "payloads").as_uri()), find, {"ibm": lambda: service}
    )
    store.close()


def _copy(file: Path, database: URL) -> None:
    """Copy all rows into a database of another kind, whose tables are those of the release."""
    connect(database).dispose()
    engine = create_engine(database)
    with closing(sqlite3.connect(file)) as source, engine.begin() as connection:
        source.row_factory = sqlite3.Row
        for name in ("jobs", "job_events"):
            table = Table(name, MetaData(), autoload_with=engine)
            rows = [dict(row) for row in source.execute(f"SELECT * FROM {name} ORDER BY rowid")]  # noqa: S608
            connection.execute(insert(table), [_typed(table, row) for row in rows])
    engine.dispose()


def _typed(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    # Events are numbered by the database itself.
    made = {column: value for column, value in row.items() if column != "number"}
    for column, value in made.items():
        kind = table.c[column].type
        if isinstance(kind, Boolean):
            made[column] = bool(value)
        elif isinstance(kind, JSON):
            made[column] = json.loads(value)
        elif isinstance(kind, DateTime) and value is not None:
            made[column] = datetime.fromisoformat(value).replace(tzinfo=UTC)
    return made


def test_retrieved_jobs_are_decoded_to_the_same_spikes(released: JobContext) -> None:
    assert released.store.count() == ABOUT["count"]
    for name in ("retrieved", "calibrated", "midway"):
        job = released.store.get(JOBS[name])
        assert job.state is JobState.RETRIEVED
        assert [event.state for event in released.store.events(job)][-1] is JobState.RETRIEVED
        found = decode_request(released, [job])
        assert np.array_equal(found.raster.spikes, SPIKES[name])
        if name == "calibrated":
            assert found.flips is not None
            assert np.array_equal(found.flips.p01, SPIKES["p01"])
            assert np.array_equal(found.flips.p10, SPIKES["p10"])


def test_an_interrupted_simulation_is_run_to_the_same_bits(released: JobContext) -> None:
    job = released.store.get(JOBS["interrupted"])
    assert job.state is JobState.RUNNING
    job = retrieve(released, job)
    assert np.array_equal(decode_request(released, [job]).raster.spikes, SPIKES["interrupted"])


def test_a_planned_job_is_sent_and_a_running_one_brought_home(
    released: JobContext, service: StubService
) -> None:
    running = released.store.get(JOBS["running"])
    assert running.state is JobState.RUNNING
    sizes = np.cumsum([np.prod(shape) for shape in ABOUT["served"]])[:-1]
    parts = zip(np.split(SPIKES["served"], sizes), ABOUT["served"], strict=True)
    bits = [part.reshape(shape) for part, shape in parts]
    service.jobs["stub0"] = StubJob(running.tag, bits, Execution.DONE)
    running = retrieve(released, running)
    layout = released.layout(running).layout
    wanted = layout.decode(bits[: len(layout.pages)])
    assert decode_request(released, [running]).raster == wanted
    planned = released.store.get(JOBS["planned"])
    assert planned.state is JobState.PLANNED
    planned = send_again(released, refresh(released, planned), service)
    assert (planned.state, service.sent) == (JobState.QUEUED, 1)
    service.finish()
    planned = retrieve(released, planned)
    assert decode_request(released, [planned]).raster.spikes.shape == (4, 3, 3)


def test_a_raster_in_several_requests_is_decoded_and_not_sampled_again(
    released: JobContext,
) -> None:
    last = released.store.get(JOBS["walk"])
    assert [jobs[0].first_bin for jobs in request_chain(released, last)] == [0, 1, 2, 3]
    assert (last.n_bins, last.bin_range) == (4, "bin 4 of 4")
    assert np.array_equal(decode_raster(released, [last]).raster.spikes, SPIKES["walk"])
    again = walk(released, "aer", n_samples=N_SAMPLES)
    again.catch_up()
    assert again.is_finished
    assert released.store.count() == ABOUT["count"]


def test_a_walk_that_was_begun_goes_on_to_the_same_bits(released: JobContext) -> None:
    raster = walk(released, "fake_nairobi", n_samples=N_SAMPLES)
    raster.catch_up()
    assert raster.n_done == 2
    spikes = to_the_end(released, raster).raster.spikes
    assert np.array_equal(spikes, SPIKES["begun"])
    assert released.store.count() == ABOUT["count"] + 2


def test_the_same_request_is_not_sent_twice(released: JobContext, service: StubService) -> None:
    same = {
        "retrieved": make_request("aer"),
        "calibrated": make_request("fake_nairobi", options=JobOptions(mitigate="readout")),
        "midway": Request(certain_program(some_spikes(4)), "fake_nairobi", seed=7),
        "planned": make_request(n_samples=4),
        "running": make_request(
            n_samples=6, options=JobOptions(mitigate="readout", twirling="both")
        ),
    }
    for name, request in same.items():
        job = released.store.get(JOBS[name])
        assert request.request_hash == job.request_hash
        assert find_existing(released, request.request_hash) == [job]
        backend = released.resolve(request.backend)
        assert prepare_once(released, request, backend) == ([job], False)
    assert released.store.count() == ABOUT["count"]
    assert service.sent == 0


def test_hashes_are_those_of_the_release() -> None:
    given = JobOptions(
        mitigate="readout",
        twirling="measure",
        dynamical_decoupling="XY4",
        rep_delay=1e-4,
        fractional_gates=True,
        max_execution_time=60,
        private=True,
    )
    requests = {
        "plain": make_request("aer"),
        "tiles": make_request("fake_nairobi", placement=Placement(max_tiles=1)),
        "readers": make_request("fake_nairobi", placement=Placement(redundant_readout=2)),
        "options": make_request("ibm_fez", options=given),
        "midway": Request(certain_program(some_spikes(4)), "ibm_fez", seed=7),
        "bin": make_request("ibm_fez", block=BinBlock(3, 16, 5)),
        "block": make_request("ibm_fez", block=BinBlock(3, 16, 5, bins_per_job=3)),
    }
    assert {name: r.request_hash for name, r in requests.items()} == ABOUT["hashes"]
