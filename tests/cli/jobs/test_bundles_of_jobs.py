"""Bundles from the command line: made here, checked elsewhere."""

from __future__ import annotations

import io
import socket
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest

from neuroqgan.data.load import load
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import Command
from tests.cli.jobs.conftest import DEVICE, RUN


def _unpacked(data: bytes) -> bytes:
    """All bytes of an archive, and of archives in it."""
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return b"\n".join(_unpacked(archive.read(name)) for name in archive.namelist())


def _refused(*_: object, **__: object) -> NoReturn:
    raise AssertionError("a connection")


def test_a_bundle_is_checked_on_another_machine_without_network(
    service: LoopbackService,
    command: Command,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    undrawn: None,
) -> None:
    # A short name could stand in random bytes by chance.
    monkeypatch.setattr("socket.gethostname", lambda: "machine-of-this-test")
    ran = command(*RUN, "--mitigate", "readout", "--yes", "--wait", "--json")
    assert ran.code == 0, ran.err
    made = command("jobs", "bundle", "latest", "--output", tmp_path / "one.zip", "--json")
    assert made.code == 0, made.err
    assert (
        "exists already"
        in command("jobs", "bundle", "latest", "--output", tmp_path / "one.zip").err
    )

    content = _unpacked((tmp_path / "one.zip").read_bytes())
    account = command("jobs", "show", "latest", "--json").json["account"]
    secrets = [account, socket.gethostname(), str(tmp_path), str(Path.home())]
    secrets += [value for name, value in service.environment.items() if "TOKEN" in name]
    assert len(secrets) == 5
    assert [secret for secret in secrets if secret.encode() in content] == []

    for name in service.environment:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NEUROQGAN_HOME", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("socket.socket", _refused)
    sha256 = made.json["sha256"]
    checked = command(
        "jobs", "verify", "one.zip", "--sha256", sha256, "--raster", "again.npz", "--json"
    )
    assert checked.code == 0, checked.err
    assert (checked.json["ok"], checked.json["backends"]) == (True, [DEVICE])
    assert load(Path("again.npz")) == load(Path(ran.json["raster"]))
    assert not (tmp_path / "elsewhere").exists()

    wrong = command("jobs", "verify", "one.zip", "--sha256", "0" * 64)
    assert (wrong.code, "Wrong     the whole has" in wrong.out) == (1, True)
    assert "no such file" in command("jobs", "verify", "none.zip").err.lower()
