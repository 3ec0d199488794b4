"""A home that may only be read: what only reads works, and the rest says why it does not."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from alembic import command as alembic_command
from sqlalchemy import make_url

from neuroqgan.errors import StorageError
from neuroqgan.jobs.store import JobStore
from tests.cli.conftest import Command, Outcome
from tests.helpers import files_below
from tests.jobs.test_databases import migrate
from tests.jobs.test_store import make_record

# Of Linux: to read and write whatever the permissions say (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH).
_OVERRIDE = 1 << 1 | 1 << 2
_VERSION = 0x20080522


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Data(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_uint32) for name in ("effective", "permitted", "inheritable"))


@contextmanager
def somebody_else() -> Iterator[None]:
    """Be held back by permissions, as root is not."""
    if os.geteuid() != 0:
        yield
        return
    libc = ctypes.CDLL(None, use_errno=True)
    header, data = _Header(_VERSION, 0), (_Data * 2)()
    assert libc.capget(ctypes.byref(header), data) == 0
    before = data[0].effective
    data[0].effective = before & ~_OVERRIDE
    assert libc.capset(ctypes.byref(header), data) == 0
    try:
        yield
    finally:
        data[0].effective = before
        assert libc.capset(ctypes.byref(header), data) == 0


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user can get to."""
    path = Path(tempfile.mkdtemp(prefix="neuroqgan-test-"))
    yield path
    for folder in (path, *path.rglob("*")):
        if folder.is_dir():
            folder.chmod(0o755)
    shutil.rmtree(path)


Seal = Callable[[Path], "Reader"]


class Reader:
    """Calls commands on a home that may only be read."""

    def __init__(self, command: Command, home: Path) -> None:
        self._command = command
        self.home = home

    def __call__(self, *words: object) -> Outcome:
        with somebody_else():
            return self._command(*words)


@pytest.fixture
def seal(open_folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Seal:
    """Return what copies a home and takes the right to write."""

    def make(home: Path) -> Reader:
        copy = open_folder / "home"
        shutil.copytree(home, copy)
        for path in (*copy.rglob("*"), copy):
            path.chmod(0o555 if path.is_dir() else 0o444)
        open_folder.chmod(0o755)
        monkeypatch.setenv("NEUROQGAN_HOME", str(copy))
        return Reader(command, copy)

    return make


def test_a_home_without_jobs_has_none(own_home: Path, command: Command, seal: Seal) -> None:
    own_home.mkdir(parents=True)
    reader = seal(own_home)
    found = reader("jobs", "list", "--json")
    assert found.code == 0, found.err
    assert json.loads(found.out) == []
    with somebody_else(), pytest.raises(StorageError, match="database is read-only"):
        JobStore().check_writable()
    assert files_below(reader.home) == {}


def test_what_only_reads_works(
    tiny: Path, own_home: Path, command: Command, seal: Seal, tmp_path: Path
) -> None:
    assert command("run", "--name", "tiny", "--samples", 20, "--quiet").code == 0
    reading = (
        ("jobs", "list", "--json"),
        ("jobs", "show", "--json"),
        ("jobs", "status", "--json"),
        ("runs", "list", "--json"),
        ("runs", "show", "tiny", "--json"),
    )
    expected = [command(*words) for words in reading]
    assert [outcome.code for outcome in expected] == [0] * len(reading)
    export = ("jobs", "export", "latest")
    assert command(*export, tmp_path / "out.npz").code == 0
    reader = seal(own_home)
    before = files_below(reader.home)
    for words, wanted in zip(reading, expected, strict=True):
        found = reader(*words)
        assert found.code == 0, found.err
        assert found.out.replace(str(reader.home), str(own_home)) == wanted.out
    assert "tiny" in reader("jobs", "list").out
    target = reader.home.parent / "out"
    target.mkdir()
    target.chmod(0o777)
    found = reader(*export, target / "out.npz")
    assert found.code == 0, found.err
    assert (target / "out.npz").read_bytes() == (tmp_path / "out.npz").read_bytes()
    for words, why in (
        (("jobs", "forget", "latest", "--yes"), "database is read-only"),
        (("jobs", "retrieve", "latest"), "cannot be written"),
    ):
        refused = reader(*words)
        assert refused.code == 1
        assert why in refused.err
        assert "unforeseen" not in refused.err
    assert files_below(reader.home) == before


def test_what_was_written_last_is_read_too(own_home: Path, seal: Seal, tmp_path: Path) -> None:
    # A process that died leaves it beside the database, where SQLite may overlook it.
    store = JobStore()
    store.create([make_record(run="first")])
    store.close()
    path = own_home / "jobs.sqlite"
    living = sqlite3.connect(path)
    living.execute("UPDATE jobs SET run = 'last'")
    living.commit()
    left = tmp_path / "left"
    left.mkdir()
    for name in ("jobs.sqlite", "jobs.sqlite-wal"):
        shutil.copyfile(own_home / name, left / name)
    living.close()
    reader = seal(left)
    (job,) = reader("jobs", "list", "--json").json
    assert job["run"] == "last"


def test_tables_of_an_earlier_version_are_read(own_home: Path, seal: Seal) -> None:
    store = JobStore()
    store.create([make_record(run="mine")])
    store.close()
    migrate(make_url(f"sqlite:///{own_home / 'jobs.sqlite'}"), alembic_command.downgrade, "0001")
    reader = seal(own_home)
    (job,) = reader("jobs", "list", "--json").json
    assert job["run"] == "mine"
