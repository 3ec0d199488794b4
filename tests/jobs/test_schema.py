"""Databases of other versions: brought up to date after a copy was made, or refused in a line."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command, op
from sqlalchemy import URL, make_url

from neuroqgan.errors import StorageError
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.schema import SCHEMA
from neuroqgan.jobs.store import JobStore
from tests.jobs.test_databases import differences, migrate
from tests.jobs.test_store import make_record


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "jobs.sqlite"


def url_of(path: Path) -> URL:
    return make_url(f"sqlite:///{path}")


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute(statement)


def older(path: Path) -> list[JobRecord]:
    """Make a database of an earlier version with a job."""
    store = JobStore(url_of(path))
    store.create([make_record()])
    # Earlier versions did not know whose jobs they are.
    found = [replace(job, user=None) for job in store.find()]
    store.close()
    migrate(url_of(path), command.downgrade, "0002")
    return found


def copies(path: Path) -> list[Path]:
    return sorted(path.parent.glob("jobs.sqlite.*before*"))


def test_an_empty_file_gets_tables(path: Path) -> None:
    path.touch()
    store = JobStore(url_of(path))
    assert store.find() == []
    store.close()
    assert copies(path) == []


def test_an_earlier_version_is_copied_before_it_is_changed(path: Path) -> None:
    jobs = older(path)
    store = JobStore(url_of(path))
    assert store.find() == jobs
    store.close()
    (copy,) = copies(path)
    assert copy.name == f"jobs.sqlite.before-{SCHEMA}"
    assert copy.stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(copy)) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchall() == [("0002",)]
        assert database.execute("SELECT count(*) FROM jobs").fetchone() == (1,)


def test_a_copy_that_was_interrupted_is_not_left_behind(path: Path) -> None:
    older(path)
    half = path.with_name(f"jobs.sqlite.before-{SCHEMA}.{32 * '0'}.part")
    half.write_bytes(b"half")
    JobStore(url_of(path)).close()
    assert [copy.name for copy in copies(path)] == [f"jobs.sqlite.before-{SCHEMA}"]
    assert not half.exists()


def test_an_interrupted_change_begins_again(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    jobs = older(path)
    add = op.add_column

    def dying(table: str, column: object) -> None:
        add(table, column)
        if getattr(column, "name", "") == "account_name":
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(op, "add_column", dying)
        with pytest.raises(KeyboardInterrupt):
            JobStore(url_of(path))
    with closing(sqlite3.connect(path)) as database:
        columns = {row[1] for row in database.execute("PRAGMA table_info(jobs)")}
        assert not {"collected", "account_name"} & columns
    store = JobStore(url_of(path))
    assert store.find() == jobs
    store.close()
    assert differences(url_of(path)) == []
    assert len(copies(path)) == 1


def test_without_room_for_the_copy_nothing_is_changed(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(path)
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.jobs.schema.make_private_file", full)
        with pytest.raises(StorageError, match="cannot be copied before it is changed"):
            JobStore(url_of(path))
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "later version"),
        ("UPDATE alembic_version SET version_num = 'ae10f\x1b'", "cannot be told which version"),
        ("UPDATE alembic_version SET version_num = '0000'", "cannot be told which version"),
        ("INSERT INTO alembic_version VALUES ('0003')", "cannot be told which version"),
        ("DELETE FROM alembic_version", "cannot be told which version"),
        ("DROP TABLE alembic_version", "cannot be told which version"),
    ],
)
def test_an_unknown_version_is_refused_and_left_alone(
    path: Path, statement: str, said: str
) -> None:
    store = JobStore(url_of(path))
    store.create([make_record()])
    store.close()
    execute(path, statement)
    with pytest.raises(StorageError, match=said) as caught:
        JobStore(url_of(path))
    assert str(caught.value).replace("\n", " ").isprintable()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM jobs").fetchone() == (1,)
