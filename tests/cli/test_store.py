"""``neuroqgan store``, as people use it."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.archive.places import StorePlaces
from tests.archive.stores import add_run, one_job
from tests.jobs.conftest import StubService


@pytest.fixture
def places(own_home: Path) -> StorePlaces:
    found = StorePlaces()
    one_job(found, StubService())
    add_run(found)
    return found


def test_a_store_is_saved_and_restored(
    command, places: StorePlaces, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "backup.zip"
    made = command("store", "export", file)
    assert made.code == 0
    assert f"1 job with 4 payloads, and 4 files of runs, campaigns and sweeps in {file}" in made.out
    assert command("store", "export", file).code == 2
    assert command("store", "export", file, "--overwrite", "--json").json["counts"]["jobs"] == 1
    assert "zip file" in command("store", "export", tmp_path / "backup.tar").err
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "second"))
    done = command("store", "import", file)
    assert done.code == 0
    assert done.out.split() == ["jobs", "1", "new", "payloads", "4", "new", "files", "4", "new"]
    again = command("store", "import", file, "--json")
    assert again.json["counts"]["jobs equal"] == 1
    assert command("runs", "list", "--json").json[0]["run"] == "mine"
    assert len(command("jobs", "list", "--json").json) == 1
    assert "nothing is wrong" in command("store", "check").out


def test_faults_are_listed_and_mended(command, places: StorePlaces) -> None:
    assert command("store", "check", "--json").json["faults"] == []
    assert "Nothing had to be repaired." in command("store", "repair").out
    evaluation = places.root / "runs" / "mine" / "evaluation.json"
    evaluation.write_text("\x1b[2J")
    found = command("store", "check")
    assert found.code == 1
    assert "mine/evaluation.json: damaged" in found.out
    assert "repair would: set the file aside" in found.out
    assert "1 fault, of which neuroqgan store repair can repair 1." in found.out
    dry = command("store", "repair", "--dry-run")
    assert dry.code == 0
    assert "would set the file aside" in dry.out
    assert evaluation.exists()
    assert command("store", "repair", "--json").json[0]["done"].startswith("set aside in")
    assert not evaluation.exists()
    assert command("store", "check").code == 0


def test_an_empty_home_is_a_store(command, own_home: Path, tmp_path: Path) -> None:
    checked = command("store", "check")
    assert checked.code == 0
    assert not own_home.exists()
    assert command("store", "export", tmp_path / "empty.zip").code == 0
    assert command("store", "import", tmp_path / "empty.zip").code == 0
    missing = command("store", "import", tmp_path / "none.zip")
    assert missing.code == 2
    assert "Error: " in missing.err
    (tmp_path / "none.zip").write_bytes(b"no zip")
    broken = command("store", "import", tmp_path / "none.zip")
    assert broken.code == 1
    assert "not an archive of a store" in broken.err
