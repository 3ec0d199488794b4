"""Where records and payloads lie, whatever the folder is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import make_url

from neuroqgan.errors import PayloadError
from neuroqgan.jobs.context import JobContext
from neuroqgan.jobs.database import database_url
from neuroqgan.jobs.payload_store import PayloadStore, storage_url
from neuroqgan.jobs.store import JobStore
from tests.jobs.test_store import make_record

NAMES = ["plain", "a space", "é", "what?", "no#1", "50%20", "100%", "%zz", "a::b", "[a]*", "~x"]
NAMES += [] if os.sep == "\\" else ["back\\slash", "C:\\x y"]


@pytest.fixture(params=NAMES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """neuroqgan's folder, below one of that name."""
    folder = tmp_path / request.param / "deeper"
    monkeypatch.setenv("NEUROQGAN_HOME", str(folder))
    return folder


def test_nothing_lands_outside_the_folder(place: Path, tmp_path: Path) -> None:
    context = JobContext()
    record = make_record()
    context.store.create([record])
    context.payloads.write(record.id, "bits.npz", b"bits")
    context.store.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [place.parent.name]
    assert (place / "jobs" / record.id / "bits.npz").read_bytes() == b"bits"
    assert (place / "jobs.sqlite").is_file()
    assert JobContext().store.get(record.id) == record
    assert context.payloads.path(record.id, "bits.npz") == f"{place}/jobs/{record.id}/bits.npz"
    context.payloads.remove(record.id)
    assert list((place / "jobs").iterdir()) == []


def test_what_lies_at_the_quoted_place_is_found(place: Path) -> None:
    quoted = Path((place / "jobs").as_uri().removeprefix("file://"))
    (quoted / "a1").mkdir(parents=True)
    (quoted / "a1" / "layout.json").write_bytes(b"old")
    (quoted / "a1" / "bits.npz").write_bytes(b"bits")
    payloads = PayloadStore()
    assert payloads.exists("a1", "layout.json")
    assert payloads.read("a1", "layout.json") == b"old"
    assert Path(payloads.path("a1", "layout.json")) == quoted / "a1" / "layout.json"
    with pytest.raises(PayloadError, match="not in the storage"):
        payloads.read("a1", "angles.npz")
    # What is written anew is read from then on; nothing is lost before somebody forgets the job.
    payloads.write("a1", "layout.json", b"new")
    assert payloads.read("a1", "layout.json") == b"new"
    assert payloads.read("a1", "bits.npz") == b"bits"
    payloads.remove("a1", "bits.npz")
    assert not payloads.exists("a1", "bits.npz")
    payloads.remove("a1")
    assert not payloads.exists("a1", "layout.json")
    assert list(quoted.iterdir()) == []


def test_a_storage_url_is_quoted_as_urls_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROQGAN_STORAGE_URL", (tmp_path / "my data").as_uri())
    assert storage_url().endswith("my%20data")
    PayloadStore().write("a1", "x", b"1")
    monkeypatch.setenv("NEUROQGAN_STORAGE_URL", f"{tmp_path}/my data")
    assert PayloadStore().read("a1", "x") == b"1"
    assert [entry.name for entry in tmp_path.iterdir()] == ["my data"]


def test_a_database_that_a_question_mark_moved_is_used_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "what?" / "deeper"
    monkeypatch.setenv("NEUROQGAN_HOME", str(folder))
    record = make_record()
    # As an earlier version wrote its address.
    old = JobStore(make_url(f"sqlite:///{folder / 'jobs.sqlite'}"))
    old.create([record])
    old.close()
    assert (tmp_path / "what").is_file()
    assert JobStore().get(record.id) == record
    assert not folder.exists()


@pytest.mark.parametrize("content", [b"", b"not a database at all", None])
def test_other_files_are_not_taken_for_the_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None
) -> None:
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "what?"))
    if content is None:
        (tmp_path / "what").mkdir()
    else:
        (tmp_path / "what").write_bytes(content)
    assert database_url().database == str(tmp_path / "what?" / "jobs.sqlite")
    JobStore().create([make_record()])
    assert content is None or (tmp_path / "what").read_bytes() == content


def test_what_was_left_of_a_file_is_deleted_once_it_is_whole(tmp_path: Path) -> None:
    files = PayloadStore(tmp_path.as_uri())
    half = tmp_path / "3f2a" / f"bits.npz.{32 * '0'}.part"
    half.parent.mkdir()
    half.write_bytes(b"ha")
    files.write("3f2a", "layout.json", b"{}")
    assert half.exists()
    files.write("3f2a", "bits.npz", b"half")
    assert sorted(path.name for path in half.parent.iterdir()) == ["bits.npz", "layout.json"]
