"""The store on SQLite and on PostgreSQL: its tables, their migrations, and what errors say."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from click.testing import CliRunner
from sqlalchemy import URL, create_engine, inspect, make_url, text

import neuroqgan.jobs
from neuroqgan.cli import main
from neuroqgan.errors import (
    ConfigError,
    JobNotFoundError,
    JobStateError,
    NeuroqganError,
    NotReadyError,
    StorageError,
)
from neuroqgan.jobs.database import ENVIRONMENT_VARIABLE, connect, database_url
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.schema import SCHEMA
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.jobs.tables import metadata
from tests.jobs.databases import full, postgres_server
from tests.jobs.test_store import make_record

SECRET = "hunter2-and-more"  # noqa: S105


@pytest.fixture
def store(database: URL) -> Iterator[JobStore]:
    opened = JobStore(database)
    yield opened
    opened.close()


def config() -> Config:
    made = Config()
    folder = Path(neuroqgan.jobs.__file__).parent / "migrations"
    made.set_main_option("script_location", str(folder))
    return made


def migrate(url: URL, step: Callable[[Config, str], None], to: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        configuration = config()
        configuration.attributes["connection"] = connection
        step(configuration, to)
    engine.dispose()


def differences(url: URL) -> list[object]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), metadata)
    engine.dispose()
    return list(found)


def tables(url: URL) -> set[str]:
    engine = create_engine(url)
    names = set(inspect(engine).get_table_names())
    engine.dispose()
    return names


def test_migrations_make_the_tables_that_the_store_uses(database: URL) -> None:
    assert len(differences(database)) > 2
    connect(database).dispose()
    assert differences(database) == []


def test_the_newest_migration_is_the_one_that_is_expected() -> None:
    assert ScriptDirectory.from_config(config()).get_heads() == [SCHEMA]


def test_migrations_go_back_and_forth(database: URL) -> None:
    connect(database).dispose()
    migrate(database, command.downgrade, "base")
    assert tables(database) == {"alembic_version"}
    store = JobStore(database)
    store.create([make_record()])
    assert store.count() == 1
    store.close()
    assert differences(database) == []


def test_records_of_an_earlier_version_stay_with_their_history(database: URL) -> None:
    store = JobStore(database)
    record = make_record()
    store.create([record])
    planned = store.transition(record, JobState.PLANNED, "stored")
    store.close()
    migrate(database, command.downgrade, "0001")
    store = JobStore(database)
    # Who asked for it was not written down then.
    assert store.find() == [dataclasses.replace(planned, user=None)]
    assert (planned.series, planned.first_bin, planned.n_bins) == (None, 0, 1)
    assert [event.note for event in store.events(planned)] == ["created", "stored"]
    store.close()
    assert differences(database) == []


def test_a_database_of_a_later_version_is_refused_and_left_alone(database: URL) -> None:
    store = JobStore(database)
    store.create([make_record()])
    store.close()
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="later version") as caught:
        JobStore(database)
    assert "schema 9999" in str(caught.value)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM jobs")).scalar() == 1
        assert (
            connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == "9999"
        )
    engine.dispose()


def test_records_come_back_as_they_were(store: JobStore) -> None:
    now = datetime(2026, 7, 1, 12, 30, 5, 123456, timezone(timedelta(hours=9)))
    record = make_record(
        seed=2**70,
        created=now,
        updated=now,
        options={"rep_delay": 0.00025, "nested": [None, {"a": "ü"}]},
        message="100 % of Ωs failed\n'; DROP TABLE jobs; --",
        seconds=1.25,
    )
    store.create([record])
    (found,) = store.find()
    assert found == record
    assert found.created.tzinfo is UTC
    assert found.created == now


def test_steps_are_taken_once(store: JobStore) -> None:
    store.create([make_record()])
    (job,) = store.find()
    planned = store.transition(job, JobState.PLANNED, "stored", hold=True)
    with pytest.raises(NotReadyError):
        store.transition(job, JobState.PLANNED, "stored a second time")
    with pytest.raises(JobStateError):
        store.transition(planned, JobState.RETRIEVED)
    sent = store.transition(planned, JobState.SUBMITTING, "sending")
    assert sent.submitted is not None
    assert [event.note for event in store.events(sent)] == ["created", "stored", "sending"]
    store.forget(sent)
    assert store.count() == 0
    assert store.events(sent) == []


def test_records_are_found(store: JobStore) -> None:
    now = datetime.now(UTC)
    jobs = [
        make_record(
            id=f"{digit}{'a_' * 15}b", tag=f"tag-{digit}", created=now - timedelta(days=day)
        )
        for day, digit in enumerate("0123")
    ]
    jobs[1] = dataclasses.replace(jobs[1], state=JobState.QUEUED, provider_id="d123", run="mine")
    store.create(jobs)

    def found(**conditions: object) -> list[str]:
        return [job.id[0] for job in store.find(**conditions)]  # type: ignore[arg-type]

    assert found() == ["0", "1", "2", "3"]
    assert found(limit=2) == ["0", "1"]
    assert found(states=[JobState.QUEUED, JobState.DONE]) == ["1"]
    assert found(run="mine") == found(backend="ibm_stub")[1:2] == ["1"]
    assert found(newer=timedelta(days=1.5)) == ["0", "1"]
    assert found(older=timedelta(days=1.5)) == ["2", "3"]
    assert store.get("latest").id[0] == "0"
    assert store.get("d123").id == store.get("1A_").id == jobs[1].id
    # Neither of the two characters that SQL reads as "anything" is one.
    for odd in ("%", "_", "0%", "0_", "0a%"):
        with pytest.raises(JobNotFoundError):
            store.get(odd)


@pytest.mark.parametrize("twice", ["id", "tag", "provider_id"])
def test_what_has_to_be_unique_is(store: JobStore, twice: str) -> None:
    first, second = (make_record(provider_id=f"d{i}") for i in range(2))
    store.create([first])
    with pytest.raises(StorageError):
        store.create([dataclasses.replace(second, **{twice: getattr(first, twice)})])
    # All or none, with their events.
    assert store.count() == 1
    assert len(store.events(first)) == 1


def test_whoever_waits_for_another_sees_what_that_one_has_written(database: URL) -> None:
    if database.get_backend_name() == "postgresql":
        # A server's own level would otherwise let the second see the past.
        engine = create_engine(database, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            level = "SET default_transaction_isolation = 'repeatable read'"
            connection.execute(text(f"ALTER DATABASE {database.database} {level}"))
        engine.dispose()
    first, second = make_record(), make_record()
    assert first.request_hash == second.request_hash
    stores, seen = [JobStore(database), JobStore(database)], []

    def ask_too() -> None:
        seen.append(stores[1].create_once([second], lambda jobs: jobs))

    late = threading.Thread(target=ask_too)

    def look(jobs: list[JobRecord]) -> list[JobRecord]:
        late.start()
        late.join(0.3)
        assert not seen
        return jobs

    assert stores[0].create_once([first], look) == []
    late.join()
    assert seen == [[first]]
    assert stores[0].find() == [first]
    for opened in stores:
        opened.close()


def test_plain_postgresql_urls_mean_the_driver_that_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for written in ("postgresql://user@host/jobs", "postgres://user@host/jobs"):
        monkeypatch.setenv(ENVIRONMENT_VARIABLE, written)
        assert database_url().drivername == "postgresql+psycopg", written


@pytest.mark.parametrize(
    "written",
    [
        "no-url-{}",
        "postgresql://user:{}@127.0.0.1:none/jobs",
        "postgresql://user:{}/2@127.0.0.1:1/jobs",
        "postgresql://user:{}@127.0.0.1:1/jobs",
        "postgresql://user:{}@127.0.0.1:1/jobs?no_such_option=1",
        "postgresql://127.0.0.1:1/jobs?user=somebody&password={}",
        "nodatabase://user:{}@127.0.0.1/jobs",
        "mysql://user:{}@127.0.0.1/jobs",
    ],
)
def test_errors_never_show_a_password(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, written.format(SECRET))
    with pytest.raises(NeuroqganError) as caught:
        JobStore()
    check_discretion(caught.value)


@pytest.mark.postgres
def test_errors_of_a_server_never_show_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres_server()
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, full(url.set(password=SECRET)))
    with pytest.raises(StorageError, match="password authentication failed") as caught:
        JobStore()
    check_discretion(caught.value)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, full(url.set(database="none")))
    with pytest.raises(StorageError, match="does not exist") as caught:
        JobStore()
    assert str(url.password) not in str(caught.value)


def check_discretion(error: NeuroqganError) -> None:
    assert isinstance(error, (ConfigError, StorageError))
    assert SECRET not in str(error)
    for more in ([], ["--json"], ["--debug"]):
        result = CliRunner().invoke(main, ["jobs", "list", *more])
        assert result.exit_code == error.exit_code
        assert error.problem in result.output
        assert "Internal error" not in result.output
        assert SECRET not in result.output


def test_a_folder_that_cannot_be_made_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    url = make_url(f"sqlite:///{tmp_path / 'file' / 'jobs.sqlite'}")
    with pytest.raises(StorageError, match="cannot be used"):
        JobStore(url)


def test_a_file_that_is_no_database_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "jobs.sqlite").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StorageError, match="not a database"):
        JobStore(make_url(f"sqlite:///{tmp_path / 'jobs.sqlite'}"))
