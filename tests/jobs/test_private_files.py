"""Files of jobs are open to their owner alone, or to the group that says so."""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.errors import ConfigError
from neuroqgan.jobs.lock_file import LockFile
from neuroqgan.jobs.payload_store import PayloadStore
from neuroqgan.jobs.store import JobStore
from neuroqgan.private_files import StoreWarning, is_group_store, make_private_folder
from neuroqgan.runs.store import RunStore
from tests.jobs.test_store import make_record

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no permissions of this kind")


@pytest.fixture(autouse=True)
def _everybody() -> Iterator[None]:
    """A mask that lets everybody read, as most have."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }


def fill(home: Path) -> JobStore:
    store = JobStore()
    store.create([make_record()])
    PayloadStore().write("3f2a", "circuits.qpy", b"x")
    return store


def test_nobody_else_can_read(own_home: Path) -> None:
    home = own_home / "deeper"
    os.environ["NEUROQGAN_HOME"] = str(home)
    store = fill(home)
    lock = LockFile(home / "lock")
    lock.acquire()
    with RunStore().staged("mine"):
        pass
    found = modes(own_home)
    folders = {name for name in found if (own_home / name).is_dir()}
    assert {"deeper", "deeper/jobs", "deeper/jobs/3f2a", "deeper/runs"} < folders
    assert {"deeper/jobs.sqlite", "deeper/jobs.sqlite-wal", "deeper/lock"} < found.keys()
    assert {oct(found[name]) for name in folders} == {"0o700"}
    assert {oct(found[name]) for name in found.keys() - folders} == {"0o600"}
    lock.release()
    store.close()


def test_a_group_can_read_and_write_if_it_is_said(
    own_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROQGAN_GROUP_STORE", "1")
    store = fill(own_home)
    found = modes(own_home)
    folders = {name for name in found if (own_home / name).is_dir()}
    # What is made in such a folder belongs to the group as well.
    assert {oct(found[name]) for name in folders} == {"0o2770"}
    assert {oct(found[name]) for name in found.keys() - folders} == {"0o660"}
    store.close()


def test_what_was_open_is_closed_with_a_note(own_home: Path) -> None:
    fill(own_home).close()
    (own_home / "jobs.sqlite").chmod(0o644)
    (own_home / "jobs").chmod(0o755)
    own_home.chmod(0o755)
    with pytest.warns(StoreWarning, match="Others could read .*jobs.sqlite; now only you can"):
        JobStore().close()
    with pytest.warns(StoreWarning, match="Others could read .*jobs; now only you can"):
        PayloadStore().write("3f2a", "angles.npz", b"x")
    found = modes(own_home)
    assert [oct(found[name]) for name in ("jobs.sqlite", "jobs")] == ["0o600", "0o700"]
    # Results of runs in it may be meant for others.
    assert oct(found["."]) == "0o755"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        JobStore().close()
        PayloadStore().write("3f2a", "angles.npz", b"x")


def test_a_group_keeps_what_it_has(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEUROQGAN_GROUP_STORE", "yes")
    fill(own_home).close()
    (own_home / "jobs.sqlite").chmod(0o664)
    with pytest.warns(StoreWarning):
        JobStore().close()
    assert oct(modes(own_home)["jobs.sqlite"]) == "0o660"
    monkeypatch.setenv("NEUROQGAN_GROUP_STORE", "perhaps")
    with pytest.raises(ConfigError, match="neither yes nor no"):
        is_group_store()


def test_folders_that_exist_stay(tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    make_private_folder(tmp_path / "shared" / "mine")
    found = modes(tmp_path)
    assert [oct(found[name]) for name in ("shared", "shared/mine")] == ["0o755", "0o700"]
    (tmp_path / "file").touch()
    with pytest.raises(FileExistsError):
        make_private_folder(tmp_path / "file")
