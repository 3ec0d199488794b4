"""Accounts from the command line, and IBM's devices in the lists: no token in any output."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from neuroqgan.cli import main
from neuroqgan.testing import Fault, LoopbackService
from tests.cli.conftest import Outcome

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
        result = CliRunner().invoke(main, ["account", *arguments], input=input)
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
    assert "token" in outcome.err
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
    assert "default-ibm-quantum-platform" in again.err
    assert json.loads(file.read_text()) == saved
    assert call("save", "--token-stdin", "--overwrite", input="a-new-one").code == 0
    assert "a-new-one" in file.read_text()
    assert call("remove", "--yes", "--account", "default-ibm-quantum-platform").code == 0
    assert json.loads(file.read_text()) == other


@pytest.mark.parametrize("token", ["", "\n", "two words", '"quoted"', "{key}"])
def test_tokens_that_are_none(call: Account, file: Path, token: str) -> None:
    outcome = call("save", "--token-stdin", input=token)
    assert outcome.code == 2
    assert "not a valid token" in outcome.err
    assert token.strip() == "" or token not in outcome.err
    assert not file.exists()


def test_an_instance_that_is_none(call: Account, file: Path) -> None:
    outcome = call("save", "--token-stdin", "--instance", "crn:v1", input=TOKEN)
    assert outcome.code == 2
    assert "not a complete CRN" in outcome.err
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
    assert "Internal error" not in outcome.err
    assert file.read_text() == text


def test_a_folder_that_cannot_be_written(call: Account, file: Path) -> None:
    file.parent.write_text("a file where the folder should be")
    outcome = call("save", "--token-stdin", input=TOKEN)
    assert outcome.code != 0
    assert "try: " in outcome.err
    assert "Internal error" not in outcome.err


def entry(**values: object) -> dict[str, object]:
    return {"channel": "ibm_quantum_platform", "token": TOKEN, "instance": INSTANCE} | values


def write(file: Path, **entries: object) -> dict[str, object]:
    file.parent.mkdir(exist_ok=True)
    file.write_text(json.dumps(entries))
    return entries


PROXIES = {"urls": {"https": "http://me:hidden-word@proxy.lab:3128"}}


def test_replacing_a_token_keeps_the_rest_and_says_so(call: Account, file: Path) -> None:
    settings = {"proxies": PROXIES, "verify": False, "tags": ["lab"], "region": "eu-de"}
    write(file, mine=entry(**settings))
    outcome = call("save", "--token-stdin", "--overwrite", input="a-new-one")
    assert outcome.code == 0, outcome.err
    (saved,) = json.loads(file.read_text()).items()
    assert saved[0] == "mine"
    assert saved[1]["token"] == "a-new-one"  # noqa: S105
    assert {key: saved[1][key] for key in settings} == settings
    assert saved[1]["instance"] == INSTANCE
    for word in (INSTANCE, "proxy.lab:3128", "verify: off", "tags: lab", "region: eu-de"):
        assert word in outcome.out
    assert "hidden-word" not in outcome.out + outcome.err
    other = INSTANCE.replace("1111", "2222")
    anew = call("save", "--token-stdin", "--overwrite", "--instance", other, "--json", input=TOKEN)
    assert anew.json["instance"] == other
    assert set(anew.json["kept"]) == {"proxies", "verify", "tags", "region"}


def test_of_several_accounts_one_is_chosen_by_name(
    call: Account, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = INSTANCE.replace("1111", "2222")
    written = write(file, **{"lab-a": entry(), "lab-b": entry(instance=second)})
    shown = call("status")
    assert "Account     lab-b" in shown.out
    assert "lab-a; choose one with --account NAME" in shown.out
    assert call("status", "--account", "lab-a", "--json").json["instance"] == INSTANCE
    rows = {row["account"]: row for row in call("list", "--json").json}
    assert {name: row["used"] for name, row in rows.items()} == {"lab-a": False, "lab-b": True}
    monkeypatch.setenv("NEUROQGAN_ACCOUNT", "lab-a")
    monkeypatch.setenv("QISKIT_IBM_TOKEN", "another-secret")
    assert call("status", "--json").json["name"] == "lab-a"
    monkeypatch.delenv("NEUROQGAN_ACCOUNT")
    assert call("status", "--json").json["others"] == ["lab-a", "lab-b"]
    unknown = call("status", "--account", "lab-c")
    assert unknown.code == 2
    assert "one of lab-a, lab-b" in unknown.err
    for arguments in (("remove", "--yes"), ("save", "--token-stdin", "--overwrite")):
        unsaid = call(*arguments, input="a-new-one")
        assert unsaid.code == 2
        assert "lab-a" in unsaid.err
    assert json.loads(file.read_text()) == written
    assert call("remove", "--yes", "--account", "lab-b").code == 0
    assert json.loads(file.read_text()) == {"lab-a": written["lab-a"]}


def test_a_second_account_does_not_take_the_place_of_the_first(call: Account, file: Path) -> None:
    write(file, first=entry())
    saved = call("save", "--token-stdin", "--account", "second", input="another-one")
    assert "first is used" in saved.out
    assert call("status", "--json").json["name"] == "first"
    assert call("save", "--token-stdin", "--account", "second", input=TOKEN).code == 2
    arguments = ("save", "--token-stdin", "--account", "second", "--overwrite", "--default")
    assert call(*arguments, input=TOKEN).code == 0
    assert call("status", "--json").json["name"] == "second"
    flags = {n: e.get("is_default_account") for n, e in json.loads(file.read_text()).items()}
    assert flags == {"first": None, "second": True}


def test_an_account_of_the_closed_channel(call: Account, file: Path) -> None:
    old = {"channel": "ibm_quantum", "token": TOKEN, "is_default_account": True}
    old |= {"instance": "hub/group/project", "url": "https://auth.example.org/api"}
    write(file, **{"default-ibm-quantum": old})
    alone = call("status")
    assert alone.code == 2
    for word in ("default-ibm-quantum", "closed in 2025", "account remove --account"):
        assert word in alone.err
    assert call("status", "--account", "default-ibm-quantum").code == 2
    write(file, **{"default-ibm-quantum": old, "good": entry()})
    shown = call("status")
    assert "Account     good" in shown.out
    assert "and is the default" in shown.out
    assert "hub/group" not in shown.out
    unsaid = call("remove", "--yes")
    assert unsaid.code == 2
    assert "try: neuroqgan account remove --account default-ibm-quantum\n" in unsaid.err
    assert call("save", "--token-stdin", "--overwrite", input=TOKEN).code == 0
    assert json.loads(file.read_text())["default-ibm-quantum"].get("is_default_account") is None
    assert call("remove", "--yes", "--channel", "ibm_quantum").code == 0
    assert list(json.loads(file.read_text())) == ["good"]


def test_replacing_an_account_of_the_closed_channel_drops_what_belongs_to_it(
    call: Account, file: Path
) -> None:
    old = {"channel": "ibm_quantum", "token": TOKEN, "instance": "hub/group/project"}
    write(file, old=old)
    arguments = ("save", "--token-stdin", "--overwrite", "--account", "old")
    assert "Dropped instance: hub/group/project" in call(*arguments, input=TOKEN).out
    assert call("status", "--json").json["channel"] == "ibm_quantum_platform"


@pytest.mark.parametrize(
    ("proxies", "word"),
    [
        ({"https": "http://me:hidden-word@x:1"}, "'https' instead of urls"),
        ({"urls": ["http://x:1"]}, "not a JSON object"),
        ({"urls": {"https": "hidden-word"}}, "a proxy for 'https' that is not a URL"),
        ({"urls": {"https": "http://1:7.0.0.1:1"}}, "a proxy for 'https' that is not a URL"),
        ({"username_ntlm": "me"}, "without the other"),
        ({"urls": {}, "port": 3}, "'port' beside urls"),
        ("http://x:1", "not a JSON object"),
    ],
)
def test_proxies_of_another_form(call: Account, file: Path, proxies: object, word: str) -> None:
    write(file, mine=entry(proxies=proxies))
    outcome = call("status")
    assert outcome.code == 2
    for text in (word, '{"urls": {"https": "http://host:port"}}', "mine", str(file)):
        assert text in outcome.err
    assert "hidden-word" not in outcome.err


@pytest.mark.parametrize(
    ("values", "word"),
    [({"url": "cloud"}, "URL"), ({"verify": "no"}, "verify"), ({"instance": 3}, "CRN")],
)
def test_other_parts_of_another_form(
    call: Account, file: Path, values: dict[str, object], word: str
) -> None:
    write(file, mine=entry(**values))
    outcome = call("status")
    assert outcome.code == 2
    assert word in outcome.err


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("QISKIT_IBM_CHANNEL", "ibm_quantum", "a channel that IBM has closed"),
        ("QISKIT_IBM_CHANNEL", "local", "does not name an IBM Quantum channel"),
        ("QISKIT_IBM_URL", "cloud", "is not a URL"),
    ],
)
def test_an_environment_that_cannot_be_used(
    call: Account, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, word: str
) -> None:
    monkeypatch.setenv("QISKIT_IBM_TOKEN", TOKEN)
    monkeypatch.setenv(variable, value)
    for arguments in (("status",), ("status", "--check")):
        outcome = call(*arguments)
        assert outcome.code == 2
        assert word in outcome.err
        assert f"unset {variable}" in outcome.err
        assert f"got: {variable}={value}" in outcome.err


def test_a_saved_account_logs_in_by_its_name(
    server: LoopbackService, call: Account, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = server.environment["QISKIT_IBM_URL"]
    good = entry(token="loopback-key", url=url)  # noqa: S106
    write(file, good=good, wrong=entry(url=url, is_default_account=True))
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_URL", "QISKIT_IBM_INSTANCE"):
        monkeypatch.delenv(name)
    assert call("status", "--check").code == 2
    shown = call("status", "--check", "--account", "good", "--json")
    assert shown.code == 0, shown.err
    assert shown.json["check"]["devices"] == 2


def test_status_looks_into_the_environment_first(server: LoopbackService, call: Account) -> None:
    shown = call("status", "--json").json
    assert (shown["source"], shown["instance"]) == ("environment", INSTANCE)
    assert server.requests == []
    server.set_usage(consumed=100, limit=600)
    checked = call("status", "--check", "--json").json["check"]
    assert checked == {
        "instance": INSTANCE,
        "plan": "open",
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
        "kind": "IBM device",
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
    assert "4 jobs waiting, active" in command("backends", "show", "ibm_brisbane").out
    wrong = command("backends", "show", "ibm_kyiv")
    assert wrong.code == 2
    assert "fake_kyiv" in wrong.err


def test_a_job_is_retrieved_with_the_account_that_it_was_sent_with(
    server: LoopbackService,
    command,
    tiny: Path,
    undrawn: None,
    file: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = server.environment["QISKIT_IBM_URL"]
    other = INSTANCE.replace("a/0000", "a/9999")
    accounts = {
        "lab-a": entry(token="loopback-key", url=url),  # noqa: S106
        "lab-b": entry(url=url, instance=other, is_default_account=True),
    }
    write(file, **accounts)
    for name in ("QISKIT_IBM_TOKEN", "QISKIT_IBM_URL", "QISKIT_IBM_INSTANCE"):
        monkeypatch.delenv(name)
    run = ("run", "--name", tiny.name, "--backend", "ibm_brisbane", "--samples", 20, "--yes")
    assert command(*run).code == 2
    sent = command(*run, "--account", "lab-a", "--json")
    assert "Account     lab-a; others: lab-b" in sent.err
    job = command("jobs", "show", "--json").json
    assert (job["account"], job["account_name"]) == ("a/0000", "lab-a")
    wrong = command("jobs", "status", "--account", "lab-b")
    assert wrong.code == 2
    while command("jobs", "status").code == 3:
        pass
    # Under another name it is found by its number.
    write(file, renamed=accounts["lab-a"], **{"lab-b": accounts["lab-b"]})
    assert command("jobs", "retrieve").code == 0


@pytest.mark.parametrize("name", ["", " "])
def test_an_empty_name_is_not_the_default_account(call: Account, file: Path, name: str) -> None:
    write(file, **{"lab-a": entry()})
    outcome = call("status", "--account", name)
    assert outcome.code == 2
    assert "the name is empty" in outcome.err


def test_hints_name_accounts_as_a_shell_reads_them(call: Account, file: Path) -> None:
    write(file, **{"lab of mine": entry()})
    assert "--account 'lab of mine'" in call("status", "--account", "lab of mime").err
