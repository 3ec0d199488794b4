"""A whole use of the package leaves the token and passwords nowhere but in the account file."""

from __future__ import annotations

import base64
import gzip
import io
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from neuroqgan.testing import Fault, LoopbackService
from tests.cli.conftest import call
from tests.helpers import TRAINING
from tests.security.byte_search import found_in, needles

# As a real API key: 44 letters, digits, - and _. None of them looks like a word.
TOKEN = "Zx7Qm_9-kT4vB2nR8wLpY6sD1fGhJ3cA0eUiOoKl5tNb"  # noqa: S105
PASSWORD = "pW-8rXz4Qk2LmV9tYs3BcN7h"  # noqa: S105
DEVICE = "ibm_nairobi"


def _planted(folder: Path, text: str) -> None:
    """Hide a text in all the ways that the search has to see through."""
    raw = text.encode()
    (folder / "plain.log").write_bytes(b"x" + raw)
    (folder / "base64.json").write_bytes(base64.b64encode(b"ab" + raw + b"c"))
    (folder / "half.txt").write_bytes(raw[:20])
    (folder / "page.html.gz").write_bytes(gzip.compress(raw))
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("a", raw)
    with zipfile.ZipFile(folder / "bundle.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("inner.npz", inner.getvalue())
    with closing(sqlite3.connect(folder / "jobs.sqlite")) as database:
        database.execute("CREATE TABLE a (b TEXT)")
        database.execute("INSERT INTO a VALUES (?)", (text,))
        database.commit()
    (folder / raw[:30].decode()).touch()


def test_the_search_sees_what_is_hidden(tmp_path: Path) -> None:
    _planted(tmp_path, TOKEN)
    found = found_in(tmp_path, needles(TOKEN))
    assert len({line.partition(" > ")[0] for line in found}) == 7
    assert found_in(tmp_path, needles(PASSWORD)) == []


@pytest.fixture
def service(own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackService]:
    """A service that knows the token alone; temporary files go where the search looks."""
    folder = own_home.parent / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(own_home.parent / "cache"))
    with LoopbackService([DEVICE], polls=0) as running:
        running.state.token = TOKEN
        for name, value in running.environment.items():
            monkeypatch.setenv(name, value)
        yield running


class Transcript:
    """Calls commands and keeps all that they print in files, as a shell or a log would."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._n = folder, 0
        folder.mkdir()

    def __call__(self, *arguments: object, code: int = 0, given: str | None = None) -> str:
        outcome = call(*arguments, "--debug", input=given)
        self._n += 1
        (self._folder / f"{self._n}.txt").write_text(outcome.out + outcome.err)
        assert outcome.code == code, outcome.err
        return outcome.out


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_token_is_left_nowhere(
    service: LoopbackService,
    recording: Path,
    own_home: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    say = Transcript(tmp_path / "said")
    run = ("run", "--name", "mine", "--backend", DEVICE, "--samples", 8, "--yes")
    say("train", "--data", recording, "--name", "mine", *TRAINING)
    # From the environment: a failure whose text quotes the token, a job that fails, one that works.
    service.faults.order("POST /jobs", Fault.status(400, f"The key {TOKEN} may not do this."))
    say(*run, code=1)
    service.faults.order("GET /instances/usage", Fault.status(400, f"No {TOKEN}."), times=9)
    say("account", "status", "--check", code=1)
    service.faults.clear()
    say(*run, "--wait")
    # From an account file.
    monkeypatch.delenv("QISKIT_IBM_TOKEN")
    monkeypatch.delenv("QISKIT_IBM_CHANNEL")
    saved = ("account", "save", "--token-stdin", "--account", "lab", "--default")
    say(*saved, "--instance", service.state.instance, given=TOKEN)
    account = tmp_path / ".qiskit" / "qiskit-ibm.json"
    # Where the service is cannot be said to `save`; a site of its own is written into the file.
    entries = json.loads(account.read_text())
    entries["lab"]["url"] = service.environment["QISKIT_IBM_URL"]
    account.write_text(json.dumps(entries))
    say("account", "list")
    say("account", "status", "--check")
    say(*run, "--fresh", "--sample-seed", 5)
    service.faults.order("GET /jobs/{id}/results", Fault.status(500, f"Bearer {TOKEN}"), times=20)
    with monkeypatch.context() as hasty:
        hasty.setattr(time, "sleep", lambda _: None)
        say("jobs", "retrieve", "latest", code=1)
    service.faults.clear()
    say("jobs", "retrieve", "latest")
    for command in ("show", "status", "bundle", "export"):
        target = {"bundle": ("--output", tmp_path / "b.zip"), "export": (tmp_path / "r.npz",)}
        say("jobs", command, "latest", *target.get(command, ()))
    say("jobs", "list", "--json")
    say("runs", "show", "mine", "--json")
    say("report", "mine")
    call("doctor", "--debug")
    with monkeypatch.context() as broken:
        broken.setattr("neuroqgan.jobs.queries.JobQueries.__init__", _crash)
        say("jobs", "list", code=1)
    titles = _command_line_while_it_runs(tmp_path / "said" / "process.txt")
    assert TOKEN in account.read_text()
    assert stat.S_IMODE(account.stat().st_mode) == 0o600
    account.unlink()
    assert titles
    # Something was left indeed: a database, payloads, a report, pictures, a bundle.
    left = {path.suffix for path in tmp_path.rglob("*")}
    assert left >= {".sqlite", ".npz", ".qpy", ".html", ".png", ".zip", ".json", ".txt"}
    assert service.created == 2
    assert found_in(tmp_path, needles(TOKEN)) == []


def _crash(*_: object, **__: object) -> None:
    token = TOKEN
    raise RuntimeError(f"a bug, while {len(token)} letters lay in a variable")


def _command_line_while_it_runs(log: Path) -> list[str]:
    """Start a command that logs in, and return what others see of it; its words go to a file."""
    command = [sys.executable, "-m", "neuroqgan", "account", "status", "--check", "--debug"]
    seen: list[str] = []
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        while process.poll() is None:
            try:
                seen += [
                    Path(f"/proc/{process.pid}/{name}").read_bytes().decode(errors="replace")
                    for name in ("cmdline", "comm", "stat")
                ]
            except OSError:
                break
            time.sleep(0.2)
        assert process.wait() == 0
    log.with_suffix(".seen.txt").write_text("\n".join(seen))
    return seen


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("NEUROQGAN_DATABASE_URL", f"postgresql://me:{PASSWORD}@127.0.0.1:1/jobs"),
        ("NEUROQGAN_DATABASE_URL", f"postgresql://127.0.0.1:1/jobs?user=me&password={PASSWORD}"),
        ("NEUROQGAN_DATABASE_URL", f"mysql://me:{PASSWORD}@127.0.0.1:1/jobs"),
        ("NEUROQGAN_DATABASE_URL", f"postgresql://me:{PASSWORD}@127.0.0.1:port/jobs"),
        ("NEUROQGAN_STORAGE_URL", f"nothing://me:{PASSWORD}@127.0.0.1:1/jobs"),
        ("NEUROQGAN_STORAGE_URL", f"ftp://me:{PASSWORD}@127.0.0.1:1/jobs"),
    ],
)
def test_a_password_in_a_url_is_left_nowhere(
    variable: str, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, url)
    said = tmp_path / "said.txt"
    outcomes = [call("jobs", "list", "--debug"), call("jobs", "show", "3f2a", "--debug")]
    said.write_text("".join(outcome.out + outcome.err for outcome in outcomes))
    assert outcomes[1].code != 0
    assert found_in(tmp_path, needles(PASSWORD)) == []
    assert os.environ[variable] == url
