"""A job database on a network file system: no shared memory, and a lock that all machines see."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from sqlalchemy import make_url

from neuroqgan import file_systems
from neuroqgan.errors import ConfigError, StorageError
from neuroqgan.file_systems import file_system
from neuroqgan.jobs import lock_file, shared_sqlite
from neuroqgan.jobs.lock_file import LockFile
from neuroqgan.jobs.owner import myself
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from neuroqgan.private_files import StoreWarning
from tests.jobs.test_store import make_record
from tests.network_mount import network_folder, network_mount, why_no_mount

# A process that changes the same record again and again, until it is killed.
_WORK = """
import sys
from sqlalchemy import make_url
from neuroqgan.errors import NotReadyError
from neuroqgan.jobs.store import JobStore
store = JobStore(make_url(sys.argv[1]))
print("ready", flush=True)
for _ in range(int(sys.argv[2])):
    try:
        store.note(store.get("00"), "worked")
    except NotReadyError:
        continue
    print("noted", flush=True)
"""


def jobs_at(folder: Path) -> str:
    return f"sqlite:///{folder / 'jobs.sqlite'}"


def open_store(folder: Path) -> JobStore:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", StoreWarning)
        return JobStore(make_url(jobs_at(folder)))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of which neuroqgan is told that it is shared, and in which WAL fails."""
    network_folder(tmp_path / "home", monkeypatch)
    yield tmp_path / "home"
    lock_file.lock_file.cache_clear()


def journal(folder: Path) -> str:
    with contextlib.closing(sqlite3.connect(folder / "jobs.sqlite")) as database:
        return str(database.execute("PRAGMA journal_mode").fetchone()[0])


def test_what_was_assumed_is_said_once(folder: Path) -> None:
    with pytest.warns(StoreWarning, match="network file system .*=network") as said:
        store = JobStore()
    assert len(said) == 1
    record = make_record()
    store.create([record])
    store.transition(record, JobState.PLANNED, "stored")
    assert journal(folder) == "delete"
    again = JobStore()
    assert [event.note for event in again.events(record)] == ["created", "stored"]
    assert {path.name for path in folder.iterdir()} == {"jobs.sqlite", "jobs.sqlite-shm"}


@pytest.mark.parametrize(
    ("kind", "network"),
    [
        *(("nfs4", True), ("cifs", True), ("lustre", True), ("gpfs", True), ("fuse.sshfs", True)),
        *(("fuse.unheard-of", True), ("ext4", False), ("tmpfs", False), ("fuse.mergerfs", False)),
    ],
)
def test_types(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str, *, network: bool
) -> None:
    part = type("Part", (), {"mountpoint": str(tmp_path), "fstype": kind, "opts": "rw"})
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: [part])
    found = file_system(tmp_path / "not" / "there")
    assert (found.kind, found.is_network) == (kind, network)
    monkeypatch.setenv(file_systems.ENVIRONMENT_VARIABLE, "local" if network else "Network")
    assert file_system(tmp_path).is_network is not network
    assert str(file_system(tmp_path)).startswith(f"{kind}, NEUROQGAN_FILE_SYSTEM=")
    monkeypatch.setenv(file_systems.ENVIRONMENT_VARIABLE, "far away")
    with pytest.raises(ConfigError, match="neither network nor local"):
        JobStore(make_url(jobs_at(tmp_path)))


def test_buckets_shown_as_folders_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(file_systems, "type_of", lambda _: "fuse.s3fs")
    with pytest.raises(StorageError, match="object store") as caught:
        JobStore(make_url(jobs_at(tmp_path)))
    assert "PostgreSQL" in caught.value.hint
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_shared_memory_is_found_by_trying(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(file_systems, "type_of", lambda _: "newfs")
    monkeypatch.setattr(shared_sqlite, "_map", lambda _: False)
    with pytest.warns(StoreWarning, match="without shared memory .newfs."):
        JobStore(make_url(jobs_at(tmp_path)))
    assert journal(tmp_path) == "delete"


def test_a_file_system_on_which_files_are_created_twice_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.open

    def careless(path: str, flags: int, *rest: int, **more: int) -> int:
        return real(path, flags & ~os.O_EXCL, *rest, **more)

    monkeypatch.setattr(os, "open", careless)
    with pytest.raises(StorageError, match="locks do not work"):
        shared_sqlite._check_exclusive(folder)


def test_without_byte_range_locks_ours_is_enough(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_sqlite, "_has_locks", lambda _: False)
    store = open_store(folder)
    counts = [0, 0]

    def work(which: int) -> None:
        own = open_store(folder)
        for _ in range(5):
            own.create([make_record()])
            counts[which] += 1

    threads = [threading.Thread(target=work, args=[which]) for which in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == sum(counts) == 10


def test_a_database_with_a_log_is_moved_safely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    local, shared = tmp_path / "local", tmp_path / "shared"
    store = JobStore(make_url(jobs_at(local)))
    record = make_record()
    store.create([record])
    assert (local / "jobs.sqlite-wal").stat().st_size > 0
    shutil.copytree(local, shared)
    store.close()
    network_folder(tmp_path / "home", monkeypatch)
    assert open_store(shared).find() == [record]
    assert journal(shared) == "delete"
    assert not (shared / "jobs.sqlite-wal").exists()


def test_a_log_that_another_program_uses_is_left_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "jobs.sqlite-shm").rmdir()
    monkeypatch.setattr(shared_sqlite, "_WAIT_SECONDS", 0.0)
    monkeypatch.setattr("neuroqgan.jobs.database._BUSY_SECONDS", 0)
    script = (
        "import sqlite3, sys; d = sqlite3.connect(sys.argv[1]);"
        "d.execute('PRAGMA journal_mode = WAL'); d.execute('CREATE TABLE a (b)');"
        "print('open', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, str(folder / "jobs.sqlite")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as earlier:
        assert earlier.stdout is not None
        earlier.stdout.readline()
        with pytest.raises(StorageError, match="does not work on network") as caught:
            open_store(folder)
        assert "journal mode WAL" in caught.value.got
        earlier.communicate(b"\n")
    assert open_store(folder).count() == 0


def test_the_machine_whose_disk_it_is_does_as_the_others_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_store(folder).create([make_record()])
    monkeypatch.delenv(file_systems.ENVIRONMENT_VARIABLE)
    (folder / "jobs.sqlite-shm").rmdir()
    assert JobStore().count() == 1
    assert journal(folder) == "delete"
    # Until somebody says that no other machine uses it.
    monkeypatch.setenv(file_systems.ENVIRONMENT_VARIABLE, "local")
    store = JobStore()
    assert journal(folder) == "wal"
    store.close()
    monkeypatch.delenv(file_systems.ENVIRONMENT_VARIABLE)
    JobStore().close()
    assert journal(folder) == "wal"


def test_a_lock_is_held_by_one(tmp_path: Path) -> None:
    lock, other = (LockFile(tmp_path / "lock", patience=0.05) for _ in range(2))
    lock.acquire()
    lock.acquire()
    lock.release()
    with pytest.raises(StorageError, match="is locked") as caught:
        other.acquire()
    assert f"process {os.getpid()} on" in caught.value.got
    lock.check()
    lock.release()
    other.acquire()
    with pytest.raises(StorageError, match="took the lock"):
        lock.check()
    # Not the lock of the other.
    lock.acquire = None  # type: ignore[method-assign]
    other.release()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("holder", ["dead", "elsewhere", "empty"])
def test_the_lock_of_a_dead_holder_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holder: str
) -> None:
    place, _, started = myself().rsplit(":", 2)
    texts = {"dead": f"{place}:{2**22 + 1}:{started} {'a' * 32}", "empty": ""}
    (tmp_path / "lock").write_text(texts.get(holder, f"far/x/y:1:2 {'b' * 32}"))
    # Nor does one who died while he removed it keep others from doing so.
    (tmp_path / f"lock.{'a' * 32}").write_text(texts["dead"])
    lock = LockFile(tmp_path / "lock", patience=0.1)
    if holder != "dead":
        with pytest.raises(StorageError, match="is locked"):
            lock.acquire()
        monkeypatch.setattr(lock_file, "LEASE", 0.05)
    lock._patience = 20.0
    lock.acquire()
    lock.check()
    lock.release()
    assert {path.name for path in tmp_path.iterdir()} <= {f"lock.{'a' * 32}"}


def test_a_holder_that_shows_life_keeps_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_file, "LEASE", 0.3)
    monkeypatch.setattr(lock_file, "_BEAT", 0.05)
    monkeypatch.setattr(lock_file, "can_be_judged", lambda _: False)
    lock, other = (LockFile(tmp_path / "lock", patience=0.8) for _ in range(2))
    lock.acquire()
    with pytest.raises(StorageError, match="is locked"):
        other.acquire()
    lock.check()
    lock.release()


def test_nothing_is_changed_after_the_lock_was_lost(folder: Path) -> None:
    store = open_store(folder)
    record = make_record()
    store.create([record])

    def lose(_: object) -> list[object]:
        (folder / "jobs.sqlite.lock").write_text("somebody else")
        return []

    with pytest.raises(StorageError, match="took the lock"):
        store.create_once([make_record()], lose)
    (folder / "jobs.sqlite.lock").unlink()
    assert store.find() == [record]


@pytest.mark.parametrize("mounted", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_killed_processes_of_many_lose_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, mounted: bool
) -> None:
    if mounted and why_no_mount():
        pytest.skip(why_no_mount())
    with contextlib.ExitStack() as stack:
        if mounted:
            shared = stack.enter_context(network_mount(tmp_path / "behind", tmp_path / "home"))
        else:
            network_folder(shared := tmp_path / "home", monkeypatch)
        _work_and_kill(shared, n_processes=4 if mounted else 2, seconds=6.0 if mounted else 1.0)


def _work_and_kill(folder: Path, *, n_processes: int, seconds: float) -> None:
    store = open_store(folder)
    record = make_record(id="0" * 32)
    store.create([record])

    def start() -> subprocess.Popen[str]:
        words = [sys.executable, "-W", "ignore", "-c", _WORK, jobs_at(folder), "1000000"]
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    workers = [start() for _ in range(n_processes)]
    for worker in workers:
        assert worker.stdout is not None
        worker.stdout.readline()
    end = time.monotonic() + seconds
    said = 0
    while time.monotonic() < end:
        time.sleep(seconds / 10)
        if len(workers) > 1:
            worker = workers.pop()
            worker.send_signal(signal.SIGKILL)
            said += worker.communicate()[0].count("noted")
    for worker in workers:
        worker.send_signal(signal.SIGKILL)
        said += worker.communicate()[0].count("noted")
    notes = [event.note for event in store.events(record)].count("worked")
    # What was said was stored; of each that was killed, one more may be.
    assert said <= notes <= said + n_processes
    assert said > 0
    assert store.get(record.id).version == notes + 1
    # A journal in which nothing was written yet stays until the next change.
    store.note(store.get(record.id), "worked")
    left = {path.name for path in folder.iterdir()} - {"jobs.sqlite-shm"}
    assert left == {"jobs.sqlite"}
