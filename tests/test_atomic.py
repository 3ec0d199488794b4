"""A name is taken once, whoever else wants it at the same time."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from neuroqgan import atomic
from neuroqgan.atomic import atomic_folder, atomic_write
from neuroqgan.errors import InputError, StorageError


def no_links(_: Path, __: Path) -> None:
    raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))


@pytest.fixture(params=["links", "no links"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on a file system with hard links, and on one without."""
    if request.param == "no links":
        monkeypatch.setattr(Path, "hardlink_to", no_links)
    return tmp_path


def test_of_two_that_write_at_once_the_second_is_told(folder: Path) -> None:
    path = folder / "out.npz"

    def write_while_another_does() -> None:
        with atomic_write(path) as late:
            late.write(b"late")
            with atomic_write(path) as first:
                first.write(b"first")

    with pytest.raises(InputError, match="exists already") as caught:
        write_while_another_does()
    assert "overwrite = True" in caught.value.hint
    assert path.read_bytes() == b"first"
    assert list(folder.iterdir()) == [path]


def test_whoever_may_replace_replaces(folder: Path) -> None:
    path = folder / "out.npz"
    with atomic_write(path, overwrite=True) as late:
        late.write(b"late")
        with atomic_write(path) as first:
            first.write(b"first")
    assert path.read_bytes() == b"late"
    assert list(folder.iterdir()) == [path]


def test_nothing_is_left_of_what_failed(folder: Path) -> None:
    def write(content: bytes) -> None:
        with atomic_write(folder / "out.npz") as file:
            file.write(content)
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(StorageError, match="cannot be written"):
        write(b"half")
    assert list(folder.iterdir()) == []


def test_what_is_written_is_for_the_group(folder: Path) -> None:
    path, plain = folder / "out.npz", folder / "plain"
    plain.touch()
    with atomic_write(path) as file:
        file.write(b"all")
    assert path.stat().st_mode == plain.stat().st_mode
    assert path.stat().st_nlink == 1


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_is_no_file(tmp_path: Path, overwrite: bool) -> None:
    for folder in (tmp_path, Path()):
        with (
            pytest.raises(InputError, match="is a folder"),
            atomic_write(folder, overwrite=overwrite),
        ):
            raise AssertionError("the block was entered")
    assert list(tmp_path.iterdir()) == []


def left(letter: str) -> str:
    return f".out.{32 * letter}.part"


def age(path: Path, seconds: float = 7200.0) -> None:
    """Let a file look as if its process had died some time ago."""
    then = path.stat().st_mtime - seconds
    os.utime(path, (then, then))


@pytest.fixture
def _new_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(atomic, "_swept", set())


@pytest.mark.usefixtures("_new_process")
def test_what_a_killed_process_left_is_deleted_by_the_next_one(tmp_path: Path) -> None:
    (tmp_path / left("a")).write_bytes(b"half")
    (tmp_path / left("b")).mkdir()
    (tmp_path / left("b") / "chunk").write_bytes(b"half")
    mine = tmp_path / ".mine.part"
    mine.touch()
    for path in tmp_path.iterdir():
        age(path)
    recent = tmp_path / left("c")
    recent.touch()
    with atomic_write(tmp_path / "other") as file:
        file.write(b"whole")
    # What is just begun may not be locked yet, and what is not ours is not ours.
    assert sorted(tmp_path.iterdir()) == sorted([mine, recent, tmp_path / "other"])


@pytest.mark.skipif(sys.platform == "win32", reason="files that are open cannot be deleted there")
@pytest.mark.usefixtures("_new_process")
def test_what_a_living_process_writes_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with atomic_write(tmp_path / "slow") as file, atomic_folder(tmp_path / "slow.zarr") as chunks:
        file.write(b"1")
        (chunks / "0").write_bytes(b"1")
        for path in tmp_path.iterdir():
            age(path, 1e6)
        monkeypatch.setattr(atomic, "_swept", set())
        with atomic_write(tmp_path / "quick") as other:
            other.write(b"2")
    assert {path.name for path in tmp_path.iterdir()} == {"slow", "slow.zarr", "quick"}
    assert (tmp_path / "slow.zarr" / "0").read_bytes() == b"1"


@pytest.mark.usefixtures("_new_process")
def test_a_folder_that_lost_its_name_gets_it_back(tmp_path: Path) -> None:
    """The process was killed between two renames, where folders cannot be swapped."""
    new, former = (tmp_path / f".out.zarr.{32 * 'd'}.{end}" for end in ("part", "old"))
    for folder, text in ((new, "new"), (former, "former")):
        folder.mkdir()
        (folder / "0").write_text(text)
        age(folder)
    with atomic_write(tmp_path / "other") as file:
        file.write(b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"out.zarr", "other"}
    assert (tmp_path / "out.zarr" / "0").read_text() == "former"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="two folders are swapped on Linux")
def test_a_folder_that_is_replaced_always_has_its_name(tmp_path: Path) -> None:
    path = tmp_path / "out.zarr"
    with atomic_folder(path) as folder:
        (folder / "0").write_text("former")
    dying = (
        "import os, signal, sys; from pathlib import Path; from neuroqgan.atomic import *\n"
        "path = Path(sys.argv[1])\n"
        "die = lambda name, _: name == 'os.rename' and os.kill(os.getpid(), signal.SIGKILL)\n"
        "sys.addaudithook(die)\n"
        "with atomic_folder(path, overwrite=True) as folder: (folder / '0').write_text('new')\n"
        "os.rename(path, path)"
    )
    killed = subprocess.run([sys.executable, "-c", dying, path], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert (path / "0").read_text() == "new"


@pytest.mark.parametrize("swaps", [True, False])
def test_a_replaced_folder_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, swaps: bool
) -> None:
    if not swaps:
        monkeypatch.setattr(atomic, "_exchange", lambda *_: False)
    for text in ("former", "new"):
        with atomic_folder(tmp_path / "out.zarr", overwrite=True) as folder:
            (folder / "0").write_text(text)
    assert (tmp_path / "out.zarr" / "0").read_text() == "new"
    assert list(tmp_path.iterdir()) == [tmp_path / "out.zarr"]
