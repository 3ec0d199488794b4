"""A name is taken once, whoever else wants it at the same time."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from neuroqgan.atomic import atomic_write
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
