"""Archives that come from strangers: refused before anything is written."""

from __future__ import annotations

import io
import json
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neuroqgan.archive.archive_members import JOBS, MANIFEST, most_of
from neuroqgan.archive.exporting import export_store
from neuroqgan.archive.importing_store import import_store
from neuroqgan.data.untrusted import sealed_zip
from neuroqgan.data.untrusted.sealed_zip import SUMS, SealedWriter
from neuroqgan.errors import InputError, PayloadError
from neuroqgan.escaping.printable import one_line
from neuroqgan.jobs.codec import BITS
from tests.archive.stores import add_run, one_job, places_in
from tests.jobs.conftest import StubService

Members = dict[str, bytes]
Change = Callable[[Members], object]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("archive")
    places = places_in(folder / "store")
    one_job(places, StubService())
    add_run(places)
    return export_store(folder / "store.zip", places).path.read_bytes()


def read(archive: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(archive)) as members:
        return {name: members.read(name) for name in members.namelist() if name != SUMS}


def sealed(path: Path, members: Members) -> Path:
    """Write members with checksums that fit them."""
    with path.open("wb") as file, SealedWriter(file) as writer:
        for name, data in members.items():
            writer.add(name, [data], len(data))
        writer.seal()
    return path


def _job(members: Members, **changes: object) -> None:
    job = json.loads(members[JOBS])
    job["job"] |= changes
    members[JOBS] = json.dumps(job).encode()


def _manifest(members: Members, **changes: object) -> None:
    members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | changes).encode()


def _adds(name: str) -> Change:
    return lambda members: members.update({name: b"x"})


CHANGES: list[tuple[Change, str]] = [
    *((_adds(f"runs/{name}"), "a member") for name in ("../../evil", "a/../../b", "/etc/passwd")),
    *((_adds(name), "a member") for name in ("../evil", "/evil", "evil", "jobs.sqlite", "runs/a/")),
    *((_adds(f"runs/a/{name}"), "a member") for name in (".lock", "a\\b", "a\x1b[2J", "a.", "C:x")),
    (_adds("payloads/3f2a/bits.npz"), "a member"),
    (lambda members: members.pop(MANIFEST), f"no {MANIFEST}"),
    (lambda members: _manifest(members, format=2), "format 2"),
    (lambda members: _manifest(members, schema="9999"), "schema 9999"),
    (lambda members: members.update({MANIFEST: b"[" * 100_000}), "not JSON"),
    (lambda members: _job(members, id="../../evil"), "the id"),
    (lambda members: _job(members, state="sleeping"), "its state is 'sleeping'"),
    (lambda members: _job(members, seed="seven"), "its seed"),
    (lambda members: _job(members, unknown=1), "line 1"),
    (lambda members: _job(members, created="2026-01-01"), "no zone"),
    (lambda members: _job(members, samples="many"), "its samples is 'many'"),
    (lambda members: _job(members, backend=7), "its backend is 7"),
    (lambda members: _job(members, options=[1]), "its options is [1]"),
    (lambda members: members.update({JOBS: members[JOBS] * 2}), "there twice"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
def test_what_no_export_writes_is_refused(
    archive: bytes, tmp_path: Path, change: Change, said: str
) -> None:
    members = read(archive)
    change(members)
    file = sealed(tmp_path / "changed.zip", members)
    there = places_in(tmp_path / "there")
    with pytest.raises(PayloadError) as caught:
        import_store(file, there)
    assert said in caught.value.got
    assert one_line(caught.value.got) == caught.value.got
    assert list(there.root.iterdir()) == []


def test_a_changed_member_is_found(archive: bytes, tmp_path: Path) -> None:
    name = next(name for name in read(archive) if name.endswith("bits.npz"))
    file = tmp_path / "changed.zip"
    with zipfile.ZipFile(io.BytesIO(archive)) as before, zipfile.ZipFile(file, "w") as after:
        for info in before.infolist():
            data = before.read(info)
            after.writestr(info, data + b"x" if info.filename == name else data)
    there = places_in(tmp_path / "there")
    with pytest.raises(PayloadError) as caught:
        import_store(file, there)
    assert f"{name} was changed" in caught.value.got
    assert list(there.root.iterdir()) == []


def test_a_bomb_is_refused(archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.archive.archive_members._ANY_SIZE", 10_000_000)
    members = read(archive) | {f"runs/a/{i}.txt": bytes(4_000_000) for i in range(12)}
    file = sealed(tmp_path / "bomb.zip", members)
    with pytest.raises(PayloadError) as caught:
        import_store(file, places_in(tmp_path / "there"))
    assert "bytes; at most" in caught.value.got
    monkeypatch.setattr(sealed_zip, "_MOST_PACKED", 10)
    monkeypatch.setattr(sealed_zip, "CHUNK", 10)
    with pytest.raises(PayloadError) as caught:
        import_store(file, places_in(tmp_path / "there"))
    assert "packed more tightly than is possible" in caught.value.got


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.floats(0, 1), value=st.integers(0, 255), cut=st.booleans())
def test_noise_is_refused_or_harmless(
    archive: bytes, tmp_path: Path, at: float, value: int, cut: bool
) -> None:
    where = int(at * (len(archive) - 1))
    data = archive[:where] if cut else archive[:where] + bytes([value]) + archive[where + 1 :]
    file, there = tmp_path / "noise.zip", places_in(tmp_path / "there")
    file.write_bytes(data)
    try:
        import_store(file, there)
    except PayloadError as error:
        assert one_line(error.got) == error.got  # noqa: PT017  # whatever was refused


def test_no_file(tmp_path: Path) -> None:
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(InputError, match="cannot be read"):
            import_store(path, places_in(tmp_path / "there"))
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(PayloadError, match="not an archive of a store"):
        import_store(tmp_path / "text.zip", places_in(tmp_path / "there"))


@pytest.mark.parametrize("name", ["runs/mine/config.toml", "sweeps/a/b/c.json", "jobs.jsonl"])
def test_names_that_are_used(name: str) -> None:
    assert most_of(name)


def test_bits_are_not_put_beside_a_job_that_is_still_open_here(
    tmp_path: Path, service: StubService
) -> None:
    places = places_in(tmp_path / "store")
    job = one_job(places, service)
    archive = export_store(tmp_path / "store.zip", places).path
    with closing(sqlite3.connect(str(places.database.database))) as database, database:
        database.execute("UPDATE jobs SET state = 'done', bits_sha256 = NULL")
    (tmp_path / "store" / "jobs" / job.id / BITS).unlink()
    outcome = import_store(archive, places)
    assert not places.payloads.exists(job.id, BITS)
    assert any(BITS in note for note in outcome.notes)
