"""Spikes that are here and not in their run, as where a process dies between the two."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from neuroqgan.data.load import load
from neuroqgan.jobs.store import JobStore
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import RUN


def interrupt(*_: object, **__: object) -> Any:
    raise KeyboardInterrupt


@pytest.fixture
def interrupted(
    service: LoopbackService, tiny: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> str:
    """A run with a raster, and a newer job whose retrieval died before its own was written."""
    assert command(*RUN, "--yes").code == 0
    assert command("jobs", "retrieve").code == 0
    newer = command(*RUN, "--yes", "--seed", 5, "--json").json["job"]
    with monkeypatch.context() as patch:
        patch.setattr("neuroqgan.runs.rasters.save", interrupt)
        assert command("jobs", "retrieve").code == 130
    assert len(list((tiny / "rasters").iterdir())) == 1
    assert command("jobs", "show", newer, "--json").json["state"] == "retrieved"
    return str(newer)


def test_the_next_retrieval_writes_the_raster(
    interrupted: str, service: LoopbackService, tiny: Path, command: Command, tmp_path: Path
) -> None:
    (row,) = command("jobs", "retrieve", "--json").json
    assert row["id"] == interrupted
    command("jobs", "export", interrupted, tmp_path / "out.npz")
    assert load(Path(row["raster"])) == load(tmp_path / "out.npz")
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    assert command("jobs", "show", interrupted, "--json").json["collected"] is not None
    # Deleted on purpose it stays away.
    Path(row["raster"]).unlink()
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    assert service.created == 2


def test_no_older_raster_is_judged_in_its_place(
    interrupted: str, service: LoopbackService, tiny: Path, command: Command
) -> None:
    judged = command("evaluate", "tiny", "--json")
    assert judged.code == 0, judged.err
    assert "seed5" in Path(judged.json["raster"]).name
    assert interrupted[:8] in judged.err
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")


def test_a_run_that_took_the_name_since_gets_nothing(
    interrupted: str, service: LoopbackService, tiny: Path, command: Command
) -> None:
    provenance = json.loads((tiny / "provenance.json").read_text())
    provenance["created"] = "2999-01-01T00:00:00+00:00"
    (tiny / "provenance.json").write_text(json.dumps(provenance))
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    named = command("jobs", "retrieve", interrupted, "--json")
    assert (named.code, named.json["raster"]) == (0, None)
    assert len(list((tiny / "rasters").iterdir())) == 1


def test_rasters_of_earlier_versions_are_not_written_again(
    service: LoopbackService, tiny: Path, command: Command, own_home: Path
) -> None:
    from alembic import command as alembic_command
    from sqlalchemy import make_url

    from tests.jobs.test_databases import migrate

    assert command(*RUN, "--yes").code == 0
    assert command("jobs", "retrieve").code == 0
    (path,) = (tiny / "rasters").iterdir()
    path.unlink()
    migrate(make_url(f"sqlite:///{own_home / 'jobs.sqlite'}"), alembic_command.downgrade, "0002")
    assert command("jobs", "retrieve").out.startswith("Nothing to retrieve")
    store = JobStore()
    (job,) = store.find()
    store.close()
    assert job.collected == job.retrieved
