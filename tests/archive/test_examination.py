"""What a check of a store finds, and what a repair does: nothing that was paid for is deleted."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from neuroqgan.archive import payload_check
from neuroqgan.archive.examination import find_faults, repair_faults
from neuroqgan.archive.faults import Fault
from neuroqgan.archive.places import StorePlaces
from neuroqgan.archive.store_view import StoreView
from neuroqgan.errors import ServiceError, StorageError
from neuroqgan.jobs.codec import ANGLES, BITS, CIRCUITS, LAYOUT
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.record import JobRecord
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from tests.archive.stores import add_run, one_job, other_bits, places_in
from tests.jobs.conftest import StubService, planned


@dataclass
class Damaged:
    """A store with a retrieved job and a run, of which something is to be damaged."""

    places: StorePlaces
    job: JobRecord
    service: StubService

    def wrong(self) -> list[Fault]:
        return [fault for fault in find_faults(StoreView(self.places)) if fault.is_wrong]

    def repair(self) -> list[str]:
        return [act.done or act.failed for act in repair_faults(StoreView(self.places))]

    def record(self) -> JobRecord:
        store = JobStore(self.places.database)
        try:
            return store.get(self.job.id)
        finally:
            store.close()

    def execute(self, statement: str) -> None:
        with closing(sqlite3.connect(str(self.places.database.database))) as database, database:
            database.execute(statement)

    @property
    def run(self) -> Path:
        return self.places.root / "runs" / "mine"

    def kept(self) -> list[str]:
        aside = self.places.quarantine
        return sorted(str(p.relative_to(aside)) for p in aside.rglob("*") if p.is_file())


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Damaged:
    """A store of which nothing is wrong."""
    places, service = places_in(tmp_path_factory.mktemp("made") / "home"), StubService()
    job = one_job(places, service)
    add_run(places)
    return Damaged(places, job, service)


@pytest.fixture
def damaged(made: Damaged, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Damaged:
    """A copy of it, and of its service."""
    shutil.copytree(made.places.root, tmp_path / "home")
    service = deepcopy(made.service)
    monkeypatch.setattr(
        payload_check,
        "JobContext",
        lambda store, payloads: JobContext(store, payloads, services={"ibm": lambda: service}),
    )
    return Damaged(places_in(tmp_path / "home"), made.job, service)


def _age(path: Path) -> None:
    past = time.time() - 7200
    os.utime(path, (past, past))


def test_a_store_of_which_nothing_is_wrong(damaged: Damaged) -> None:
    assert list(find_faults(StoreView(damaged.places))) == []
    assert damaged.repair() == []


def test_missing_bits_are_fetched_again(damaged: Damaged) -> None:
    payloads = damaged.places.payloads
    bits = payloads.read(damaged.job.id, BITS)
    payloads.remove(damaged.job.id, BITS)
    (fault,) = damaged.wrong()
    assert (fault.kind, fault.subject) == ("missing payload", damaged.job.short_id)
    assert damaged.repair() == ["fetched again"]
    assert payloads.read(damaged.job.id, BITS) == bits
    assert damaged.record() == damaged.job
    assert damaged.wrong() == []


def test_damaged_bits_are_kept_and_the_job_is_marked_as_lost(damaged: Damaged) -> None:
    payloads = damaged.places.payloads
    bits = other_bits(payloads.read(damaged.job.id, BITS))
    payloads.write(damaged.job.id, BITS, bits)
    (fault,) = damaged.wrong()
    assert "another SHA-256" in fault.description
    (act,) = repair_faults(StoreView(damaged.places), dry_run=True)
    assert act.done.startswith("would fetch it again")
    assert payloads.read(damaged.job.id, BITS) == bits
    damaged.service.jobs.clear()
    (done,) = damaged.repair()
    assert done.startswith("marked as lost")
    assert damaged.record().state is JobState.LOST
    assert damaged.kept() == [f"payloads/{damaged.job.id}/bits.npz"]
    assert (damaged.places.quarantine / damaged.kept()[0]).read_bytes() == bits
    assert damaged.wrong() == []


def test_a_service_that_cannot_be_reached_changes_nothing(damaged: Damaged) -> None:
    damaged.places.payloads.remove(damaged.job.id, BITS)
    damaged.service.down = ServiceError("The service cannot be reached.")
    (act,) = repair_faults(StoreView(damaged.places))
    assert (act.done, act.failed) == ("", "not fetched yet: The service cannot be reached.")
    assert damaged.record() == damaged.job


def test_a_storage_that_holds_nothing_is_taken_for_another_one(
    damaged: Damaged, tmp_path: Path
) -> None:
    places = replace(damaged.places, payloads=PayloadStore((tmp_path / "other").as_uri()))
    (act,) = repair_faults(StoreView(places))
    assert (act.fault.kind, act.done, act.failed) == ("storage", "", "")
    assert "NEUROQGAN_STORAGE_URL" in act.fault.advice
    assert damaged.record() == damaged.job


def test_a_file_that_cannot_be_read_hides_no_other_fault(
    damaged: Damaged, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(self: PayloadStore, job: str, name: str, sha256: str | None = None) -> bytes:
        raise StorageError("The job storage cannot be used.")

    damaged.places.payloads.write("0" * 32, BITS, b"")
    monkeypatch.setattr(PayloadStore, "read", read)
    kinds = [(fault.kind, fault.subject) for fault in damaged.wrong()]
    assert kinds == [("payloads", damaged.job.short_id), ("orphan", "0" * 32)]


def test_other_bits_than_before_are_not_taken(damaged: Damaged) -> None:
    damaged.places.payloads.remove(damaged.job.id, BITS)
    for job in damaged.service.jobs.values():
        job.bits[0][0, 0] ^= True
    (done,) = damaged.repair()
    assert "other bits than those that were retrieved before" in done
    assert not damaged.places.payloads.exists(damaged.job.id, BITS)


def test_payloads_that_were_changed_are_named(damaged: Damaged) -> None:
    payloads, job = damaged.places.payloads, damaged.job.id
    for name in (CIRCUITS, ANGLES):
        payloads.write(job, name, payloads.read(job, name) + b"x")
    assert {fault.description.split()[0] for fault in damaged.wrong()} == {CIRCUITS, ANGLES}
    damaged.repair()
    assert damaged.kept() == [f"payloads/{job}/{ANGLES}", f"payloads/{job}/{CIRCUITS}"]
    assert damaged.wrong() == []
    payloads.write(job, LAYOUT, payloads.read(job, LAYOUT).replace(b"1", b"2", 1))
    (fault,) = damaged.wrong()
    assert fault.description.startswith(LAYOUT)
    assert fault.advice.startswith("restore")
    assert damaged.repair() == [""]


def test_a_job_that_cannot_be_sent_any_more_is_given_up(
    damaged: Damaged, service: StubService
) -> None:
    mine = JobContext(JobStore(damaged.places.database), damaged.places.payloads)
    job = planned(mine, service, n_samples=6)
    mine.payloads.remove(job.id, ANGLES)
    assert damaged.repair() == ["given up; neuroqgan run plans it again"]
    assert mine.store.get(job.id).state is JobState.ABANDONED
    mine.store.close()


def test_a_record_that_cannot_be_read_is_set_aside(damaged: Damaged) -> None:
    damaged.execute("UPDATE jobs SET options = '{'")
    (fault,) = damaged.wrong()
    assert fault.kind == "record"
    (done,) = damaged.repair()
    assert f"neuroqgan jobs import {damaged.job.provider_id} takes it over again" in done
    assert damaged.kept() == [f"records/{damaged.job.id}.json"]
    raw = json.loads((damaged.places.quarantine / damaged.kept()[0]).read_text())
    assert raw["job"]["provider_id"] == damaged.job.provider_id
    assert raw["job"]["options"] == "{"
    assert raw["events"][-1]["state"] == "retrieved"
    assert damaged.places.payloads.exists(damaged.job.id, BITS)
    assert damaged.wrong() == []


def test_a_state_that_is_unknown_is_taken_from_the_history(damaged: Damaged) -> None:
    damaged.execute("UPDATE jobs SET state = 'sleeping'")
    (done,) = damaged.repair()
    assert done.startswith("its state is retrieved, as its history says")
    assert damaged.record() == damaged.job
    assert damaged.wrong() == []


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("UPDATE alembic_version SET version_num = '9999'", "database"),
        ("DROP TABLE alembic_version", "database"),
        ("DELETE FROM job_events", None),
    ],
)
def test_a_schema_of_another_version(damaged: Damaged, statement: str, kind: str | None) -> None:
    damaged.execute(statement)
    before = Path(str(damaged.places.database.database)).read_bytes()
    assert [fault.kind for fault in damaged.wrong()] == ([] if kind is None else [kind])
    damaged.repair()
    assert Path(str(damaged.places.database.database)).read_bytes() == before


def test_files_of_killed_processes_are_removed_once_they_are_old(damaged: Damaged) -> None:
    root, payloads = damaged.places.root, Path(damaged.places.root / "jobs")
    parts = [
        payloads / damaged.job.id / "bits.npz.3f2a.part",
        damaged.run / ".evaluation.json.3f2a.part",
        root / "campaigns" / "all" / ".campaign.json.3f2a.part",
        root / ".store.zip.3f2a.part",
    ]
    for part in parts:
        part.write_bytes(b"half")
    assert damaged.wrong() == []
    for part in parts:
        _age(part)
    (root / "runs" / ".removed-old-1").mkdir()
    (root / "runs" / ".removed-old-1" / "generator.safetensors").write_bytes(b"x")
    assert sorted(fault.kind for fault in damaged.wrong()) == ["leftover"] + ["part file"] * 4
    assert set(damaged.repair()) == {"deleted"}
    assert not any(part.exists() for part in parts)
    assert not (root / "runs" / ".removed-old-1").exists()
    assert damaged.wrong() == []


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


@pytest.mark.parametrize(
    ("name", "change", "kind"),
    [
        ("generator.safetensors", _truncate, "damaged file"),
        ("evaluation.json", lambda path: path.write_text("{"), "damaged file"),
        ("rasters/a.npz", lambda path: path.write_bytes(b"PK"), "damaged file"),
        ("config.toml", lambda path: path.write_text("= 3"), "run"),
        ("provenance.json", lambda path: path.write_text("[]"), "run"),
        ("config.toml", Path.unlink, "no run"),
        ("generator.safetensors", Path.unlink, "no weights"),
    ],
)
def test_runs_of_which_something_is_wrong(
    damaged: Damaged, name: str, change: Callable[[Path], object], kind: str
) -> None:
    file = damaged.run / name
    file.parent.mkdir(exist_ok=True)
    change(file)
    (fault,) = damaged.wrong()
    assert fault.kind == kind
    whole = sorted(path.name for path in damaged.places.root.rglob("*") if path.is_file())
    damaged.repair()
    after = sorted(path.name for path in damaged.places.root.rglob("*") if path.is_file())
    assert after == whole
    assert bool(damaged.kept()) == (fault.repair is not None)


def test_bits_of_a_job_that_nobody_knows(damaged: Damaged) -> None:
    damaged.execute("DELETE FROM job_events")
    damaged.execute("DELETE FROM jobs")
    (fault,) = damaged.wrong()
    assert (fault.kind, fault.subject) == ("orphan", damaged.job.id)
    assert damaged.repair() == [""]
    assert damaged.places.payloads.exists(damaged.job.id, BITS)
