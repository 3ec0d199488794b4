"""Accounts from the command line, and IBM's devices in the lists: no token in any output."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from neuroqgan.cli.account import account
from tests.cli.conftest import Outcome
from tests.service import Fault, LoopbackService

TOKEN = "a-secret-of-mine"  # noqa: S105
INSTANCE = "crn:v1:bluemix:public:quantum-computing:us-east:a/0000:1111::"
Account = Callable[..., Outcome]


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The account file of nobody, not there yet."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in list(os.environ):
        if name.startswith("QISKIT_IBM"):
            monkeypatch.delenv(name)
    return tmp_path / ".qiskit" / "qiskit-ibm.json"


@pytest.fixture
def call(file: Path) -> Iterator[Account]:
    """Call a command of the group; none may ever show a token."""
    said = []

    def run(*arguments: str, input: str | None = None) -> Outcome:  # noqa: A002
        result = CliRunner().invoke(account, list(arguments), input=input)
        assert result.exception is None or isinstance(result.exception, SystemExit), result
        said.append(result.stdout + result.stderr)
        return Outcome(result.exit_code, result.stdout, result.stderr)

    yield run
    assert TOKEN not in "".join(said)
    assert "loopback-key" not in "".join(said)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackService]:
    with LoopbackService() as service:
        for name, value in service.environment.items():
            monkeypatch.setenv(name, value)
        yield service


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_saved_account_is_private(call: Account, file: Path) -> None:
    before = os.umask(0)
    try:
        outcome = call("save", "--token-stdin", "--instance", INSTANCE, "--json", input=TOKEN)
    finally:
        os.umask(before)
    assert outcome.code == 0, outcome.err
    assert outcome.json["file"] == str(file)
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert list(file.parent.iterdir()) == [file]
    (saved,) = json.loads(file.read_text()).values()
    assert (saved["token"], saved["instance"]) == (TOKEN, INSTANCE)
    shown = call("status", "--json").json
    assert (shown["source"], shown["instance"]) == ("file", INSTANCE)
    assert str(file) in call("status").out


def test_the_token_never_lies_in_a_readable_file(
    call: Account, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = []
    dump = json.dump

    def watched(value: object, stream: object, **options: object) -> None:
        modes.append(stat.S_IMODE(os.fstat(stream.fileno()).st_mode))  # type: ignore[attr-defined]
        dump(value, stream, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("json.dump", watched)
    assert call("save", "--token-stdin", input=TOKEN).code == 0
    assert modes == [0o600]


def test_the_token_is_asked_for(call: Account, file: Path) -> None:
    outcome = call("save", input=f"{TOKEN}\n")
    assert outcome.code == 0, outcome.err
    assert "Token" in outcome.err
    assert TOKEN in file.read_text()
    assert call("save", "--token", TOKEN[:3]).code == 2


def test_other_accounts_are_kept_and_their_file_tightened(call: Account, file: Path) -> None:
    file.parent.mkdir()
    other = {"other": {"channel": "ibm_cloud", "token": "of-theirs", "url": "https://x"}}
    file.write_text(json.dumps(other))
    file.chmod(0o644)
    assert call("save", "--token-stdin", input=TOKEN).code == 0
    assert mode(file) == 0o600
    saved = json.loads(file.read_text())
    assert saved["other"] == other["other"]
    assert len(saved) == 2
    again = call("save", "--token-stdin", input="a-new-one")
    assert again.code == 2
    assert "try: neuroqgan account save --overwrite" in again.err
    assert json.loads(file.read_text()) == saved
    assert call("save", "--token-stdin", "--overwrite", input="a-new-one").code == 0
    assert "a-new-one" in file.read_text()
    assert call("remove", "--yes").code == 0
    assert json.loads(file.read_text()) == other


@pytest.mark.parametrize("token", ["", "\n", "two words", '"quoted"', "{key}"])
def test_tokens_that_are_none(call: Account, file: Path, token: str) -> None:
    outcome = call("save", "--token-stdin", input=token)
    assert outcome.code == 2
    assert "cannot be a token" in outcome.err
    assert token.strip() == "" or token not in outcome.err
    assert not file.exists()


def test_an_instance_that_is_none(call: Account, file: Path) -> None:
    outcome = call("save", "--token-stdin", "--instance", "crn:v1", input=TOKEN)
    assert outcome.code == 2
    assert "not a whole CRN" in outcome.err
    assert not file.exists()


def test_without_an_account(call: Account, file: Path) -> None:
    for arguments in (("status",), ("status", "--check")):
        outcome = call(*arguments)
        assert outcome.code == 2
        assert "try: neuroqgan account save" in outcome.err
    assert call("remove", "--yes").code == 2
    assert not file.parent.exists()


def test_removing_asks(call: Account, file: Path) -> None:
    call("save", "--token-stdin", input=TOKEN)
    assert call("remove", input="n\n").code != 0
    assert TOKEN in file.read_text()
    assert call("remove", input="y\n").code == 0
    assert json.loads(file.read_text()) == {}
    assert mode(file) == 0o600


@pytest.mark.parametrize("text", ["", "{", "[1]", f'{{"a": {{"token": "{TOKEN}"}}}}', '{"a": 3}'])
def test_a_damaged_account_file(call: Account, file: Path, text: str) -> None:
    file.parent.mkdir()
    file.write_text(text)
    outcome = call("status")
    assert outcome.code == 2
    assert "try: " in outcome.err
    assert "unforeseen" not in outcome.err
    assert file.read_text() == text


def test_a_folder_that_cannot_be_written(call: Account, file: Path) -> None:
    file.parent.write_text("a file where the folder should be")
    outcome = call("save", "--token-stdin", input=TOKEN)
    assert outcome.code != 0
    assert "try: " in outcome.err
    assert "unforeseen" not in outcome.err


def test_status_looks_into_the_environment_first(server: LoopbackService, call: Account) -> None:
    shown = call("status", "--json").json
    assert (shown["source"], shown["instance"]) == ("environment", INSTANCE)
    assert server.requests == []
    server.set_usage(consumed=100, limit=600)
    checked = call("status", "--check", "--json").json["check"]
    assert checked == {
        "instance": INSTANCE,
        "used": 100.0,
        "limit": 600.0,
        "left": 500.0,
        "devices": 2,
    }
    assert "100 s used, 500 s left" in call("status", "--check").out


def test_debugging_shows_no_token(
    server: LoopbackService, call: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.faults.order("GET /instances/usage", Fault.status(400, "No loopback-key."), times=9)
    outcome = call("status", "--check", "--debug")
    assert outcome.code == 1
    assert "Traceback" in outcome.err


def test_devices_of_ibm_in_the_list(server: LoopbackService, command) -> None:
    server.set_queue("ibm_fez", 12)
    rows = {row["backend"]: row for row in command("backends", "list", "--json").json}
    assert rows["ibm_fez"] == {
        "backend": "ibm_fez",
        "qubits": 156,
        "kind": "device of IBM",
        "queue": 12,
        "status": "online",
    }
    assert rows["fake_fez"]["queue"] is None
    server.faults.order("GET /backends", Fault.status(403), times=99)
    outcome = command("backends", "list", "--json")
    assert outcome.code == 0
    assert "cannot be listed" in outcome.err
    assert command("backends", "list", "--ibm").code == 2


def test_the_list_without_an_account(command) -> None:
    outcome = command("backends", "list", "--json")
    assert "neuroqgan account save" in outcome.err
    assert all(not row["backend"].startswith("ibm") for row in outcome.json)
    assert command("backends", "list", "--ibm").code == 2


def test_the_list_with_a_damaged_account(command, file: Path) -> None:
    file.parent.mkdir()
    file.write_text("{")
    outcome = command("backends", "list", "--json")
    assert outcome.code == 0
    assert len(outcome.json) > 60
    assert "cannot be read" in outcome.err
    assert command("backends", "list", "--ibm").code == 2


def test_showing_a_device_of_ibm(server: LoopbackService, command, tiny: Path) -> None:
    server.set_queue("ibm_brisbane", 4)
    server.set_queue("ibm_fez", 9)
    outcome = command("backends", "show", "ibm:least-busy", "--run", tiny.name, "--json")
    assert outcome.code == 0, outcome.err
    shown = outcome.json
    assert (shown["backend"], shown["qubits"], shown["queue"]) == ("ibm_brisbane", 127, 4)
    assert shown["run"]["pages"] >= 1
    assert "4 jobs, active" in command("backends", "show", "ibm_brisbane").out
    wrong = command("backends", "show", "ibm_kyiv")
    assert wrong.code == 2
    assert "fake_kyiv" in wrong.err
