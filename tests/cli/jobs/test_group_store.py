"""Two people, one database and one bucket: whose a job is, and the raster that each gets."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import URL

from neuroqgan.data.load import load
from neuroqgan.jobs.store import JobStore
from tests.cli.conftest import Command, serve
from tests.jobs.databases import database, full  # noqa: F401  # a fixture
from tests.jobs.object_store import bucket, s3_server  # noqa: F401  # fixtures


class People:
    """Become one person of the group, or another."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, home: Path) -> None:
        self._monkeypatch = monkeypatch
        self._homes = {"alice": home, "bob": folder / "bob"}

    def become(self, name: str) -> None:
        self._monkeypatch.setenv("NEUROQGAN_USER", name)
        self._monkeypatch.setenv("NEUROQGAN_HOME", str(self._homes[name]))


@pytest.fixture
def people(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tiny: Path,
    database: URL,  # noqa: F811
    bucket: str,  # noqa: F811
) -> People:
    """Alice, who has trained a run, and Bob, who has another of the same name."""
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", full(database))
    monkeypatch.setenv("NEUROQGAN_STORAGE_URL", f"s3://{bucket}/jobs")
    if database.get_backend_name() == "sqlite":
        monkeypatch.setenv("NEUROQGAN_GROUP_STORE", "1")
    found = People(monkeypatch, tmp_path, tiny.parents[1])
    shutil.copytree(tiny.parents[1], tmp_path / "bob")
    found.become("alice")
    return found


def test_each_gets_the_raster_and_keeps_off_the_others_jobs(
    people: People, command: Command, tmp_path: Path, undrawn: None
) -> None:
    done = command("run", "--name", "tiny", "--samples", 20, "--quiet")
    assert done.code == 0, done.err
    (job,) = command("jobs", "list", "--json").json
    assert job["user"] == "alice"
    (raster,) = (tmp_path / "home" / "runs" / "tiny" / "rasters").glob("*.npz")
    expected = load(raster)

    people.become("bob")
    assert command("jobs", "list", "--json").json == []
    assert "Others have 1: neuroqgan jobs list --all-users" in command("jobs", "list").out
    listed = command("jobs", "list", "--all-users")
    assert "user" in listed.out.splitlines()[0]
    assert "alice" in listed.out
    assert "alice" in command("jobs", "show", job["id"]).out
    assert command("jobs", "show", "latest").code == 2
    assert "Nothing to retrieve" in command("jobs", "retrieve").out

    # Bob's run of that name is another one, and gets no raster of Alice's.
    found = command("jobs", "retrieve", job["id"], "--json").json
    assert found["raster"].endswith(f"/jobs/{job['id']}/raster.npz")
    assert found["raster"].startswith("s3://")
    assert not list((tmp_path / "bob" / "runs" / "tiny").glob("rasters/*.npz"))
    assert command("jobs", "export", job["id"], tmp_path / "bobs.npz").code == 0
    assert load(tmp_path / "bobs.npz") == expected

    for what in (("cancel",), ("forget", "--yes")):
        refused = command("jobs", what[0], job["id"], *what[1:])
        assert refused.code == 2
        assert "belongs to alice" in refused.err
        assert "--all-users" in refused.err
    assert command("jobs", "forget", job["id"], "--yes", "--all-users").code == 0
    people.become("alice")
    assert command("jobs", "list", "--json").json == []


def test_a_raster_that_was_changed_is_refused(
    people: People, command: Command, tmp_path: Path, undrawn: None
) -> None:
    from neuroqgan.jobs.kept_rasters import RASTER
    from neuroqgan.jobs.payload_store import PayloadStore

    assert command("run", "--name", "tiny", "--samples", 20, "--quiet").code == 0
    (job,) = command("jobs", "list", "--json").json
    PayloadStore().write(job["id"], RASTER, b"something else")
    people.become("bob")
    refused = command("jobs", "export", job["id"], tmp_path / "bobs.npz")
    assert refused.code == 1
    assert "raster.npz of job" in refused.err
    assert "is damaged" in refused.err
    assert not (tmp_path / "bobs.npz").exists()


def test_a_job_at_a_service_is_cancelled_and_sent_by_its_own_user_only(
    people: People, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ("run", "--name", "tiny", "--backend", "ibm_fez", "--samples", 8, "--yes", "--json")
    with serve(monkeypatch, "ibm_fez") as service:
        service.state.auto = False
        sent = command(*words)
        assert sent.code == 0, sent.err
        (job,) = command("jobs", "list", "--json").json
        people.become("bob")
        assert "belongs to alice" in command("jobs", "cancel", job["id"]).err
        assert "belongs to alice" in command("jobs", "recover", job["id"], "--submit").err
        assert json.loads(command("jobs", "status", job["id"], "--json").out)["state"] == "queued"
        # The same request of Bob is the same job.
        again = command(*words)
        assert again.code in {0, 3}, again.err
        assert len(JobStore().find()) == len(service.jobs) == 1
        cancelled = command("jobs", "cancel", job["id"], "--all-users", "--json")
        assert cancelled.json["state"] == "cancelled"
    assert np.all([record.user == "alice" for record in JobStore().find()])
