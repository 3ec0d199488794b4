"""The doctor: what it says where all is well, and of each thing that may be wrong."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from importlib import metadata
from pathlib import Path

import psutil
import pytest
from click.testing import CliRunner

from neuroqgan.cli import main
from neuroqgan.doctor import (
    check_registry,
    clocks,
    file_system,
    ibm_account,
    job_store,
    kept_runs,
    known_versions,
    packages,
    threads,
)
from neuroqgan.doctor.finding import Check, Finding, Level, Scope, ok, warning
from neuroqgan.jobs.schema import SCHEMA
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import LoopbackService
from neuroqgan.workers import processors

OFFLINE = Scope()


def _found(check: Callable[[Scope], object], scope: Scope = OFFLINE) -> dict[str, str]:
    """Return what a check says, by level; all lines of one level together."""
    said: dict[str, str] = {}
    for finding in check(scope):  # type: ignore[attr-defined]
        assert isinstance(finding, Finding)
        assert bool(finding.advice) or finding.level is Level.OK
        said[finding.level] = f"{said.get(finding.level, '')}{finding.said} {finding.advice}\n"
    return said


def test_here_nothing_is_a_problem(own_home: Path) -> None:
    outcome = CliRunner().invoke(main, ["doctor"])
    assert outcome.exit_code == 0, outcome.stdout
    for check in check_registry.CHECKS:
        assert check.name in outcome.stdout
    assert not own_home.exists(), "the doctor leaves nothing behind"


def test_exit_code_and_json(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Scope) -> None:
        raise ValueError("x [/] y")

    checks = (
        Check("one", lambda _: iter([ok("well"), warning("so so", "rest")])),
        Check("two", fails),  # type: ignore[arg-type]
    )
    monkeypatch.setattr(check_registry, "CHECKS", checks)
    outcome = CliRunner().invoke(main, ["doctor"])
    assert outcome.exit_code == 1
    assert "warning  one           so so\n" in outcome.stdout
    assert "try: rest" in outcome.stdout
    assert "the check failed: ValueError: x [/] y" in outcome.stdout
    assert "1 problems, 1 warnings." in outcome.stdout
    outcome = CliRunner().invoke(main, ["doctor", "--json"])
    assert outcome.exit_code == 1
    assert '"level": "warning", "said": "so so", "advice": "rest"' in outcome.stdout
    monkeypatch.setattr(check_registry, "CHECKS", checks[:1])
    assert CliRunner().invoke(main, ["doctor"]).exit_code == 0


def _pretend(monkeypatch: pytest.MonkeyPatch, requires: list[str], **installed: str) -> None:
    monkeypatch.setattr(metadata, "requires", lambda _: requires)
    monkeypatch.setattr(packages, "installed_version", installed.get)


def test_requirements_that_are_not_met(monkeypatch: pytest.MonkeyPatch) -> None:
    _pretend(monkeypatch, ["a>=2", "b", "c>=1", 'd; extra == "nwb"'], a="1.9", c="2.0rc1")
    said = _found(packages.check_versions)
    assert "a is 1.9, and neuroqgan needs >=2" in said["problem"]
    assert "b is not installed" in said["problem"]
    assert len(said["problem"].splitlines()) == 2


def test_extras(monkeypatch: pytest.MonkeyPatch) -> None:
    class Metadata:
        def get_all(self, _: str) -> list[str]:
            return ["nwb", "neo", "excel", "test"]

    texts = ['d; extra == "nwb"', 'e>3; extra == "neo"', 'f; extra == "excel"', "g"]
    _pretend(monkeypatch, texts, d="1", e="3")
    monkeypatch.setattr(metadata, "metadata", lambda _: Metadata())
    said = _found(packages.check_extras)
    assert said["ok"] == "installed: neo, nwb; not installed: excel \n"
    assert "e is 3, and neuroqgan needs >3" in said["problem"]
    assert '"neuroqgan[neo]"' in said["problem"]


@pytest.mark.parametrize(
    ("package", "version", "is_faulty"),
    [
        ("qiskit-aer", "0.18.2", True),
        ("qiskit-aer-gpu", "0.15.1", True),
        ("qiskit-aer-gpu", "0.17.0", False),
        ("qiskit-terra", "0.46.3", True),
        ("sqlite", "3.40.1", True),
        ("sqlite", "3.50.7", False),
        ("sqlite", "3.51.3", False),
        ("sqlite", "not a version", False),
    ],
)
def test_faults(
    monkeypatch: pytest.MonkeyPatch, package: str, version: str, is_faulty: bool
) -> None:
    monkeypatch.setattr(known_versions, "version_of", {package: version}.get)
    said = _found(packages.check_known_versions)
    assert any(f"{package} {version}: " in text for text in said.values()) == is_faulty
    assert any("https://" in text for text in said.values()) == is_faulty


def test_accounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "no account" in _found(ibm_account.check_account)["ok"]
    file = tmp_path / ".qiskit" / "qiskit-ibm.json"
    file.parent.mkdir()
    file.write_text("{")
    assert "neuroqgan account save" in _found(ibm_account.check_account)["problem"]
    file.unlink()
    with LoopbackService(["ibm_fez"]) as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        said = _found(ibm_account.check_account)["ok"]
        assert "the environment" in said
        assert service.token not in said
        assert service.requests == []
        said = _found(ibm_account.check_account, Scope(online=True))["ok"]
        assert "accepts it: 1 devices, 600 s of QPU time left" in said
        monkeypatch.setenv("QISKIT_IBM_TOKEN", "another-key-than-that")
        said = _found(ibm_account.check_account, Scope(online=True))
        assert "another-key-than-that" not in said["problem"]


def test_the_job_store(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "is made with the first job" in _found(job_store.check_job_store)["ok"]
    JobStore().close()
    path = own_home / "jobs.sqlite"
    assert f"{path}, 0 jobs, schema {SCHEMA}" in _found(job_store.check_job_store)["ok"]
    for revision, level, word in (("0001", "ok", "brought to"), ("9999", "problem", "later")):
        with closing(sqlite3.connect(path)) as database, database:
            database.execute("UPDATE alembic_version SET version_num = ?", [revision])
        assert word in _found(job_store.check_job_store)[level]
    path.write_bytes(b"no database" * 1000)
    assert "cannot be read" in _found(job_store.check_job_store)["problem"]
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "nonsense")
    assert "not a database URL" in _found(job_store.check_job_store)["problem"]
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "postgresql://me:secret@127.0.0.1:1/x")
    said = _found(job_store.check_job_store)["problem"]
    assert "secret" not in said


@pytest.mark.parametrize(("free", "level"), [(2**35, "ok"), (2**30, "warning"), (2**20, "problem")])
def test_free_space(monkeypatch: pytest.MonkeyPatch, free: int, level: str) -> None:
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(job_store.shutil, "disk_usage", lambda _: usage)
    assert set(_found(job_store.check_free_space)) == {level}


def test_file_systems(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own_home: Path) -> None:
    assert "can be written" in _found(file_system.check_folder)["ok"]
    mounts = [("/", "ext4"), (str(tmp_path), "ext4"), (str(tmp_path), "NFS4"), ("/else", "xfs")]
    parts = [
        type("Part", (), {"mountpoint": at, "fstype": kind, "opts": "rw"}) for at, kind in mounts
    ]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: parts)
    assert "network file system (nfs4)" in _found(file_system.check_folder)["warning"]
    del parts[2]
    assert set(_found(file_system.check_folder)) == {"ok"}
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "OneDrive - Lab" / "x"))
    assert "synchronised by OneDrive - Lab" in _found(file_system.check_folder)["warning"]
    monkeypatch.setattr(file_system.tempfile, "TemporaryDirectory", _no_room)
    assert "cannot be written: No space" in _found(file_system.check_folder)["problem"]
    assert "cannot be locked" in _found(file_system.check_locks)["problem"]


def _no_room(**_: object) -> None:
    raise OSError(28, "No space left on device")


def test_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert set(_found(file_system.check_locks)) == {"ok"}
    monkeypatch.setattr(file_system, "_TRY_LOCK", "print('free')")
    assert "two could write to one run" in _found(file_system.check_locks)["problem"]


def test_damaged_runs(own_home: Path) -> None:
    folder = own_home / "runs" / "mine"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("steps = many")
    said = _found(kept_runs.check_runs)
    assert "the run mine is damaged" in said["warning"]
    assert "1 run in" in said["ok"]


def test_more_threads_than_processors(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert threads.usable_processors() >= 1
    quota = tmp_path / "cpu.max"
    monkeypatch.setattr(processors, "_QUOTA", quota)
    unlimited = threads.usable_processors()
    quota.write_text("max 100000\n")
    assert threads.usable_processors() == unlimited
    quota.write_text("50000 100000\n")
    assert threads.usable_processors() == 1
    monkeypatch.setattr("numba.get_num_threads", lambda: 7)
    assert "7 threads share 1 processors" in _found(threads.check_threads)["warning"]
    monkeypatch.setattr(threads, "usable_processors", lambda: 64)
    assert set(_found(threads.check_threads)) == {"ok"}


def test_several_openmp_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = [{"filepath": f"lib{n}", "user_api": "openmp"} for n in range(2)]
    monkeypatch.setattr("threadpoolctl.threadpool_info", lambda: loaded)
    monkeypatch.setattr(threads.sys, "platform", "linux")
    assert set(_found(threads.check_openmp)) == {"ok"}
    monkeypatch.setattr(threads.sys, "platform", "darwin")
    assert "lib0, lib1" in _found(threads.check_openmp)["warning"]


def test_clocks(monkeypatch: pytest.MonkeyPatch, own_home: Path) -> None:
    assert set(_found(clocks.check_clock)) == {"ok"}
    JobStore().close()
    assert set(_found(clocks.check_clock)) == {"ok"}
    later = datetime.now(UTC) + timedelta(days=3)
    with closing(sqlite3.connect(own_home / "jobs.sqlite")) as database, database:
        database.execute("DROP TABLE jobs")
        database.execute("CREATE TABLE jobs (created TEXT)")
        # As SQLAlchemy writes it.
        database.execute("INSERT INTO jobs VALUES (?)", [f"{later:%Y-%m-%d %H:%M:%S.%f}"])
    assert "made in the future" in _found(clocks.check_clock)["warning"]
    now = time.time()
    monkeypatch.setattr(clocks.time, "time", lambda: now + 3600)
    assert "s behind" in _found(clocks.check_clock)["warning"]
    monkeypatch.setattr(clocks, "_EARLIEST", later)
    assert set(_found(clocks.check_clock)) == {"problem"}
