"""Commands beside the folder of a run that may not be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.archive.places import StorePlaces
from neuroqgan.errors import StorageError
from neuroqgan.runs.folder import RunState
from neuroqgan.runs.store import RunStore
from tests.archive.stores import add_run
from tests.cli.jobs.test_read_only import somebody_else


def test_a_run_that_may_not_be_read_is_one_line(command, own_home: Path, tmp_path: Path) -> None:
    places = StorePlaces()
    add_run(places, "mine")
    locked = add_run(places, "locked")
    locked.chmod(0)
    try:
        with somebody_else():
            runs = RunStore()
            assert [(run.name, run.state) for run in runs.list()] == [
                ("locked", RunState.UNREADABLE),
                ("mine", RunState.TRAINED),
            ]
            with pytest.raises(StorageError, match="The run locked cannot be read"):
                runs.get("locked")
            listed = command("runs", "list")
            assert listed.code == 0
            assert "mine" in listed.out
            assert "unreadable" in listed.out
            assert listed.err.startswith("Warning: The run locked cannot be read.")
            rows = {row["run"]: row["state"] for row in command("runs", "list", "--json").json}
            assert rows == {"locked": "unreadable", "mine": "trained"}
            for words in (("runs", "show"), ("runs", "remove", "--yes"), ("evaluate",)):
                done = command(*words, "locked")
                assert done.code == 1
                assert done.err.startswith("Error: The run locked cannot be read.")
            checked = command("store", "check")
            assert "locked: it cannot be read" in checked.out
            saved = command("store", "export", tmp_path / "store.zip")
            assert saved.code == 1
            assert saved.err.startswith(f"Error: {locked} cannot be read.")
            assert not (tmp_path / "store.zip").exists()
    finally:
        locked.chmod(0o700)
