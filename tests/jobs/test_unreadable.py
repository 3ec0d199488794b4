"""One record that cannot be read: it is named, and everything else works."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, make_url

from neuroqgan.errors import StorageError
from neuroqgan.jobs.copies import JobCopies
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.unreadable import UnreadableRecord, UnreadableRecordWarning
from tests.jobs.test_store import make_record

DAMAGES = {
    "state": (
        "sleeping\x1b[2J",
        "its state is 'sleeping\\x1b[2J', which this version does not know",
    ),
    "seed": ("seven", "its seed is 'seven'"),
    "options": ("{", "its options cannot be read"),
    "estimate": ('{"seconds": NaN}', "its estimate cannot be read"),
    "client": ("[1]", "its client is [1]"),
    "created": ("0001-01-01 00:00:00.000000", "its time created is 0001-01-01"),
    "retrieved": ("99999-01-01", "its retrieved cannot be read"),
    "samples": ("many", "its samples is 'many'"),
    "parts": (0, "its part is 0 of 0"),
    "message": (b"\xff\xfe", "its message is b'\\xff\\xfe'"),
    "seconds": ("inf", "its seconds is 'inf'"),
}


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))


def damage(path: Path, job: str, column: str, value: object) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(f"UPDATE jobs SET {column} = ? WHERE id = ?", (value, job))  # noqa: S608


def test_damaged_records_are_named_and_the_others_are_read(store: JobStore, tmp_path: Path) -> None:
    now, columns = datetime.now(UTC), [None, *DAMAGES, None]
    jobs = [
        make_record(created=now - timedelta(minutes=i), run="mine", request_hash=f"{i:064x}")
        for i in range(13)
    ]
    store.create(jobs)
    bad = {str(column): job for column, job in zip(columns, jobs, strict=True) if column}
    good = [job for column, job in zip(columns, jobs, strict=True) if column is None]
    for column, job in bad.items():
        damage(tmp_path / "jobs.sqlite", job.id, column, DAMAGES[column][0])
    reasons = {record.id: record.reason for record in store.unreadable()}
    assert reasons.keys() == {job.id for job in bad.values()}
    for column, job in bad.items():
        assert reasons[job.id].startswith(DAMAGES[column][1])
        assert reasons[job.id].isprintable()
        with pytest.raises(StorageError, match=f"job {job.short_id} cannot be read"):
            store.get(job.id)
        # What needs this record is refused: it might be paid for a second time.
        with pytest.raises(StorageError, match=job.short_id):
            store.find(request_hash=job.request_hash)
    with pytest.warns(UnreadableRecordWarning, match="neuroqgan store check"):
        assert store.find(run="mine") == good
    with pytest.warns(UnreadableRecordWarning):
        assert [job for (job,) in store.rasters(run="mine")] == good
    assert store.get(good[0].id) == good[0]
    assert store.get("latest") == good[0]
    again = make_record(request_hash=bad["seed"].request_hash)
    with pytest.raises(StorageError, match=bad["seed"].short_id):
        store.create_once([again], lambda found: found)
    assert store.count() == 13


def test_the_newest_that_can_be_read_is_the_latest(store: JobStore, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    jobs = [make_record(created=now - timedelta(minutes=i)) for i in range(12)]
    store.create(jobs)
    for job in jobs[:10]:
        damage(tmp_path / "jobs.sqlite", job.id, "state", "unknown")
    assert store.get("latest") == jobs[10]
    assert len(store.unreadable()) == 10


def test_events_that_cannot_be_read_are_left_out(store: JobStore, tmp_path: Path) -> None:
    store.create([make_record()])
    (job,) = store.find()
    job = store.transition(job, JobState.PLANNED, "stored")
    with closing(sqlite3.connect(tmp_path / "jobs.sqlite")) as database, database:
        database.execute("UPDATE job_events SET state = 'unknown' WHERE note = 'created'")
    assert [event.note for event in store.events(job)] == ["stored"]


def test_one_fault_among_many_takes_few_queries(store: JobStore, tmp_path: Path) -> None:
    """It is found by halving, so that it does not cost a query for every record."""
    first = make_record()
    jobs = [replace(first, id=f"{i:032x}", tag=f"{i}") for i in range(400)]
    store.create(jobs)
    damage(tmp_path / "jobs.sqlite", jobs[77].id, "seed", "x")
    asked: list[str] = []
    copies = JobCopies(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
    event.listen(copies._engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    with copies.reading() as read:
        found = list(read)
    copies.close()
    assert len(found) == 400
    bad = [one for one in found if isinstance(one, UnreadableRecord)]
    assert bad == [UnreadableRecord(jobs[77].id, "its seed is 'x'")]
    assert len(asked) < 80
