"""A store in one file and back: equal, whatever the database, and nothing is overwritten."""

from __future__ import annotations

import json
import os
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import URL

from neuroqgan.archive import importing_store
from neuroqgan.archive.archive_members import MANIFEST
from neuroqgan.archive.examination import find_faults
from neuroqgan.archive.exporting import export_store
from neuroqgan.archive.imported_folders import ImportedFolder
from neuroqgan.archive.importing_store import import_store
from neuroqgan.archive.places import StorePlaces
from neuroqgan.archive.store_view import StoreView
from neuroqgan.errors import StorageError
from neuroqgan.jobs.copies import JobCopies
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.state import JobState
from neuroqgan.jobs.store import JobStore
from tests.archive.stores import add_run, content_of, fill, one_job, places_in
from tests.jobs.conftest import StubService

# NEUROQGAN_TEST_STORE_JOBS=3000 is the full measure.
N_JOBS = int(os.environ.get("NEUROQGAN_TEST_STORE_JOBS", "14"))


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with jobs of all states, a run and a campaign."""
    folder = tmp_path_factory.mktemp("filled") / "store"
    places = places_in(folder)
    fill(places, StubService(), N_JOBS)
    add_run(places)
    return folder


@pytest.fixture
def source(filled: Path, tmp_path: Path) -> StorePlaces:
    """A copy of it."""
    shutil.copytree(filled, tmp_path / "source")
    return places_in(tmp_path / "source")


def test_a_store_goes_to_another_database_and_back(
    source: StorePlaces, tmp_path: Path, database: URL
) -> None:
    before = content_of(source)
    assert len(before.jobs) == N_JOBS
    assert {copy.record.state for copy in before.jobs.values()} == set(JobState)
    there = places_in(tmp_path / "there", database)
    made = export_store(tmp_path / "there.zip", source)
    assert made.counts["jobs"] == N_JOBS
    assert made.notes == ()
    done = import_store(tmp_path / "there.zip", there)
    assert done.notes == ()
    assert done.counts["jobs new"] == N_JOBS
    assert content_of(there) == before
    assert [fault for fault in find_faults(StoreView(there)) if fault.is_wrong] == []
    back = places_in(tmp_path / "back")
    export_store(tmp_path / "back.zip", there)
    import_store(tmp_path / "back.zip", back)
    assert content_of(back) == before
    assert [fault for fault in find_faults(StoreView(back)) if fault.is_wrong] == []


def test_a_store_whose_payloads_are_in_an_object_store(
    source: StorePlaces, tmp_path: Path, bucket: str
) -> None:
    before = content_of(source)
    payloads = PayloadStore(f"s3://{bucket}/group/jobs")
    there = replace(places_in(tmp_path / "there"), payloads=payloads)
    export_store(tmp_path / "there.zip", source)
    assert import_store(tmp_path / "there.zip", there).notes == ()
    assert content_of(there) == before
    assert [fault for fault in find_faults(StoreView(there)) if fault.is_wrong] == []
    export_store(tmp_path / "back.zip", there)
    back = places_in(tmp_path / "back")
    import_store(tmp_path / "back.zip", back)
    assert content_of(back) == before
    # Damage is seen there as anywhere.
    job = next(id_ for id_, copy in before.jobs.items() if copy.record.bits_sha256)
    bits = payloads.read(job, "bits.npz")
    payloads.write(job, "bits.npz", bits[:-1] + bytes([bits[-1] ^ 1]))
    found = [fault for fault in find_faults(StoreView(there)) if fault.is_wrong]
    assert [fault.subject for fault in found] == [job[:8]]


def test_an_import_that_was_interrupted_is_repeated(
    source: StorePlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive, there = tmp_path / "store.zip", places_in(tmp_path / "there")
    export_store(archive, source)
    for step in (
        (PayloadStore, "write"),
        (JobCopies, "take_in"),
        (ImportedFolder, "write"),
        (importing_store, "imported_folders"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(*step, _interrupted(getattr(*step)))
            with pytest.raises(KeyboardInterrupt):
                import_store(archive, there)
    done = import_store(archive, there)
    assert done.notes == ()
    assert done.counts["jobs equal"] == N_JOBS
    assert content_of(there) == content_of(source)


def _interrupted(work: Callable[..., Any]) -> Callable[..., Any]:
    """Work once more, and then stop as Ctrl-C does."""

    def stopping(*given: Any, **named: Any) -> None:
        work(*given, **named)
        raise KeyboardInterrupt

    return stopping


def test_what_is_here_stays_and_the_other_is_kept_beside(
    source: StorePlaces, tmp_path: Path
) -> None:
    archive, there = tmp_path / "store.zip", places_in(tmp_path / "there")
    export_store(archive, source)
    import_store(archive, there)
    store = JobStore(there.database)
    queued = store.find(states=[JobState.QUEUED])[0]
    running = store.transition(queued, JobState.RUNNING, "as the service says")
    run = there.root / "runs" / "mine"
    (run / "provenance.json").write_text('{"other": "run"}')
    damaged = store.find(states=[JobState.RETRIEVED])[0].id
    there.payloads.write(damaged, "bits.npz", b"other bits")
    here = content_of(there)
    for _ in range(2):
        done = import_store(archive, there)
        assert store.get(running.id) == running
        assert there.payloads.read(damaged, "bits.npz") == b"other bits"
        assert (run / "provenance.json").read_text() == '{"other": "run"}'
        notes = "\n".join(done.notes)
        assert f"job {running.short_id}: its record here is another one (running here" in notes
        assert f"bits.npz of job {damaged[:8]} is different here and stays" in notes
        assert "runs/mine is something else here; the one of the archive is mine-" in notes
    store.close()
    after = content_of(there)
    assert after.jobs == here.jobs
    assert here.files.items() <= after.files.items()
    (beside,) = (path for path in (there.root / "runs").iterdir() if path.name.startswith("mine-"))
    assert (beside / "generator.safetensors").read_bytes() == (
        source.root / "runs" / "mine" / "generator.safetensors"
    ).read_bytes()
    kept = [path for path in there.quarantine.rglob("*") if path.is_file()]
    assert {path.name for path in kept} == {"bits.npz", f"{running.id}.json"}


def test_files_that_a_run_lacks_are_added(source: StorePlaces, tmp_path: Path) -> None:
    there = places_in(tmp_path / "there")
    export_store(tmp_path / "first.zip", source)
    import_store(tmp_path / "first.zip", there)
    run = source.root / "runs" / "mine"
    (run / "evaluation.json").write_text("{}")
    (run / "config.toml").write_text((run / "config.toml").read_text() + "# moved\n")
    export_store(tmp_path / "second.zip", source)
    done = import_store(tmp_path / "second.zip", there)
    assert (there.root / "runs" / "mine" / "evaluation.json").read_text() == "{}"
    assert [note for note in done.notes if "config.toml is different here and stays" in note]
    assert [run.name for run in there.runs.list()] == ["mine"]


def test_jobs_of_a_run_whose_name_is_taken_go_with_it(tmp_path: Path, service: StubService) -> None:
    source, there = places_in(tmp_path / "source"), places_in(tmp_path / "there")
    job = one_job(source, service)
    store = JobStore(source.database)
    store.release(store.get(job.id), run="mine")
    store.close()
    add_run(source)
    add_run(there)
    (there.root / "runs" / "mine" / "provenance.json").write_text('{"other": "run"}')
    export_store(tmp_path / "store.zip", source)
    for _ in range(2):
        import_store(tmp_path / "store.zip", there)
        store = JobStore(there.database)
        name = str(store.get(job.id).run)
        store.close()
        assert name.startswith("mine-")
        assert (there.root / "runs" / name / "generator.safetensors").exists()


def test_a_record_that_the_database_refuses_is_kept_beside(
    tmp_path: Path, service: StubService
) -> None:
    source, there = places_in(tmp_path / "source"), places_in(tmp_path / "there")
    job = one_job(source, service)
    export_store(tmp_path / "store.zip", source)
    store = JobStore(there.database)
    store.create([replace(job, id="a" * 32)])
    done = import_store(tmp_path / "store.zip", there)
    assert [copy.id for copy in store.find()] == ["a" * 32]
    store.close()
    assert "the database refuses it" in done.notes[0]
    (kept,) = there.quarantine.rglob("*.json")
    assert json.loads(kept.read_text())["job"]["id"] == job.id


def test_writers_do_not_disturb_an_export(
    source: StorePlaces, tmp_path: Path, service: StubService, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While records are read, a job comes and another goes."""
    store = JobStore(source.database)
    gone = store.find(states=[JobState.RETRIEVED])[-1]
    listed = PayloadStore.files

    def changing(self: PayloadStore):
        store.forget(gone)
        found = listed(self)
        self.remove(gone.id)
        one_job(source, service)
        return found

    service.jobs.clear()
    for other in store.find():
        if (other.provider_id or "").startswith("stub"):
            store.release(other, provider_id="elsewhere")
    with monkeypatch.context() as patch:
        patch.setattr(PayloadStore, "files", changing)
        made = export_store(tmp_path / "store.zip", source)
    store.close()
    assert made.counts["jobs"] == N_JOBS
    there = places_in(tmp_path / "there")
    import_store(tmp_path / "store.zip", there)
    # The record was of the moment when the job was still here.
    wrong = {fault.subject for fault in find_faults(StoreView(there)) if fault.is_wrong}
    assert wrong <= {gone.short_id}


def test_an_archive_holds_no_password_and_appears_whole(
    source: StorePlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = "hunter2-and-more"  # noqa: S105
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", f"postgresql://me:{secret}@127.0.0.1:1/x")
    monkeypatch.setenv("QISKIT_IBM_TOKEN", secret)
    (source.root / "runs" / "mine" / ".secret").write_text(secret)
    (source.root / "runs" / "mine" / "link").symlink_to("/etc/passwd")
    made = export_store(tmp_path / "store.zip", source)
    assert [note for note in made.notes if "runs/mine/link was left out" in note]
    with zipfile.ZipFile(made.path) as archive:
        assert not any(secret.encode() in archive.read(name) for name in archive.namelist())
        assert not any("link" in name for name in archive.namelist())
        assert json.loads(archive.read(MANIFEST))["counts"]["jobs"] == N_JOBS

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(JobCopies, "reading", full_disk)
    with pytest.raises(StorageError):
        export_store(tmp_path / "second.zip", source)
    assert {path.name for path in tmp_path.iterdir()} == {"source", "store.zip"}
