"""What many jobs cost, counted in statements, rows and commits rather than in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url, select

from neuroqgan.jobs import tables, unreadable
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.existing_requests import find_existing
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.recovery import abandon_half_stored
from neuroqgan.jobs.rows import named, of_rasters
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from tests.jobs.test_store import make_record

N_JOBS, BINS = 1000, 5


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobStore]:
    """Rasters of five bins each, the newest job first."""
    path = tmp_path_factory.mktemp("store") / "jobs.sqlite"
    opened = JobStore(make_url(f"sqlite:///{path}"))
    opened.create(map(_record, range(N_JOBS)))
    yield opened
    opened.close()


def _record(number: int, **changes: object) -> JobRecord:
    at = datetime(2026, 1, 1, tzinfo=UTC) - timedelta(minutes=number)
    one = {"id": f"{number:032x}", "tag": f"neuroqgan-{number}", "request": f"r{number:031x}"}
    one |= {"series": f"s{number // BINS}", "first_bin": number % BINS, "n_bins": BINS}
    one |= {"provider_id": f"d{number}", "created": at, "updated": at}
    return replace(make_record(), **(one | changes))


@contextmanager
def counted(store: JobStore, what: str) -> Iterator[list[str]]:
    """Collect what the engine of a store does: statements, or commits."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2]) if len(arguments) > 2 else "COMMIT"
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(store._engine, what, note)
    try:
        yield seen
    finally:
        event.remove(store._engine, what, note)


def test_a_list_reads_the_jobs_that_it_shows_and_no_others(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    n_read = 0
    read = unreadable.record_of

    def count(row: object) -> JobRecord:
        nonlocal n_read
        n_read += 1
        return read(row)

    monkeypatch.setattr(unreadable, "record_of", count)
    with counted(store, "before_cursor_execute") as statements:
        rasters = store.rasters(limit=50)
    assert [jobs[0].series for jobs in rasters] == [f"s{i}" for i in range(50)]
    assert {len(jobs) for jobs in rasters} == {BINS}
    assert n_read == 50 * BINS
    assert len(statements) <= 2


def test_few_rasters_among_many_jobs_of_one_are_found(store: JobStore) -> None:
    ids = [jobs[0].series for jobs in store.rasters(limit=N_JOBS)]
    assert len(ids) == N_JOBS // BINS
    wanted = {"run": "mine", "states": [JobState.PLANNED]}
    assert store.count_rasters(**wanted) == len(store.rasters(**wanted))
    assert store.count(backend="nowhere") == 0


@pytest.mark.parametrize(
    "condition", [named("3f2a"), named("d17"), of_rasters(["s1", "s2"])], ids=str
)
def test_ids_are_looked_up_by_indices(store: JobStore, condition: object) -> None:
    query = select(tables.jobs).where(condition)
    text = str(query.compile(store._engine, compile_kwargs={"literal_binds": True}))
    with store._engine.connect() as connection:
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")]
    assert plan
    assert not any(step.startswith("SCAN") for step in plan), plan


def test_repeated_requests_are_compared_in_one_query(
    store: JobStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_bits = [
        _record(N_JOBS + i, series=f"t{i}", first_bin=0, request_hash="same") for i in range(60)
    ]
    later = _record(N_JOBS + 99, series="t7", first_bin=1, request_hash="other")
    store.create(replace(job, state=JobState.RETRIEVED, after=None) for job in [*with_bits, later])
    context = JobContext(store, PayloadStore("memory://at-scale"))
    monkeypatch.setattr(JobContext, "has_bits", lambda *_: True)
    with counted(store, "before_cursor_execute") as statements:
        (found,) = find_existing(context, "same")
    assert found.series == "t7"
    assert len(statements) <= 2


def test_what_a_dead_process_left_is_abandoned_in_two_commits(tmp_path: Path) -> None:
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    context = JobContext(store, PayloadStore("memory://abandoned"))
    store.create(_record(i, state=JobState.PREPARING, provider_id=None) for i in range(40))
    store.create([_record(40, state=JobState.QUEUED)])
    jobs = store.find()
    with counted(store, "commit") as commits:
        found = abandon_half_stored(context, jobs)
    assert len(commits) == 2
    assert [job.id for job in found] == [job.id for job in jobs]
    assert [job.state for job in store.find()] == [job.state for job in found]
    assert {job.state for job in found} == {JobState.ABANDONED, JobState.QUEUED}
    assert store.events(found[0])[-1].state is JobState.ABANDONED
    store.close()


def test_files_of_half_stored_jobs_go_before_their_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process that dies in between leaves jobs that the next one abandons."""
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    context = JobContext(store, PayloadStore("memory://in-between"))
    store.create(_record(i, state=JobState.PREPARING, provider_id=None) for i in range(3))
    removed: list[str] = []

    def remove(job_id: str) -> None:
        removed.append(job_id)
        if len(removed) == 2:
            raise InterruptedError

    monkeypatch.setattr(context.payloads, "remove", remove)
    with pytest.raises(InterruptedError):
        abandon_half_stored(context, store.find())
    assert {job.state for job in store.find()} == {JobState.PREPARING}
    abandon_half_stored(context, store.find())
    assert {job.state for job in store.find()} == {JobState.ABANDONED}
    assert len(set(removed)) == 3
    store.close()


def test_of_jobs_that_are_changed_together_none_is_if_one_is_taken(tmp_path: Path) -> None:
    store = JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    context = JobContext(store, PayloadStore("memory://taken"))
    store.create(_record(i, state=JobState.PREPARING, provider_id=None) for i in range(3))
    jobs = store.find()
    # Another process is faster.
    store.transition(jobs[1], JobState.PLANNED)
    assert abandon_half_stored(context, jobs) == jobs
    assert [job.state for job in store.find()] == ["preparing", "planned", "preparing"]
    assert {len(store.events(job)) for job in (jobs[0], jobs[2])} == {1}
    store.close()
