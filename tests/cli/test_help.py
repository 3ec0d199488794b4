from __future__ import annotations

import platform
import re
import subprocess
import sys
from importlib import metadata

import click
import pytest

import neuroqgan
from neuroqgan.cli import main


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [path]
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += _commands(command, (*path, name))
        else:
            found.append((*path, name))
    return found


def test_the_commands_are_those_promised() -> None:
    assert {" ".join(path) for path in _commands(main)} == {
        "",
        "run",
        "train",
        "evaluate",
        "report",
        "runs",
        "runs list",
        "runs pretrained",
        "runs show",
        "runs remove",
        "data",
        "data list",
        "data show",
        "data fetch",
        "data convert",
        "data simulate",
        "circuits",
        "circuits show",
        "circuits export",
        "config",
        "config show",
        "completion",
        "doctor",
        "explain",
        "campaign",
        "backends",
        "backends list",
        "backends show",
        "account",
        "account save",
        "account list",
        "account status",
        "account remove",
        "jobs",
        "jobs list",
        "jobs show",
        "jobs status",
        "jobs watch",
        "jobs retrieve",
        "jobs cancel",
        "jobs recover",
        "jobs export",
        "jobs bundle",
        "jobs verify",
        "jobs forget",
        "jobs import",
        "sweep",
        "store",
        "store check",
        "store repair",
        "store export",
        "store import",
    }


@pytest.mark.parametrize("path", _commands(main), ids=" ".join)
def test_every_help_page_teaches_by_example(command, path: tuple[str, ...]) -> None:
    outcome = command(*path, "--help")
    assert outcome.code == 0
    assert f"neuroqgan {' '.join(path)}".strip() in outcome.out
    lines = outcome.out.splitlines()
    assert any(re.fullmatch("  (Example.*|.*:)", line) for line in lines)
    assert any(re.fullmatch(" {6}neuroqgan .*", line) for line in lines)
    assert "\\b" not in outcome.out
    assert all(len(line) <= 96 for line in outcome.out.splitlines())


def test_every_flag_of_the_main_command(command) -> None:
    page = command("run", "--help").out
    for flag in (
        "data",
        "neurons",
        "bins",
        "bin-width",
        "samples",
        "seed",
        "name",
        "preset",
        "gradient",
        "shots",
        "steps",
        "config",
        "output",
        "json",
        "quiet",
        "debug",
    ):
        assert f"--{flag}" in page


def test_wrong_usage(command) -> None:
    for arguments in (["rnu"], ["run", "--dta", "x"], ["runs", "show"], ["run", "--bins", "many"]):
        outcome = command(*arguments)
        assert outcome.code == 2
        assert "Try 'main" in outcome.err or "Error" in outcome.err
        assert "Traceback" not in outcome.err


@pytest.mark.parametrize("flag", ["-V", "--version"])
def test_the_version(command, flag: str) -> None:
    first, python, *others = command(flag).out.splitlines()
    assert first == f"neuroqgan, version {neuroqgan.__version__}"
    assert python.startswith(f"Python {platform.python_version()} on ")
    found = dict(line.split(" ", 1) for line in others)
    assert found == {name: metadata.version(name) for name in found}
    assert {"numpy", "torch", "qiskit", "qiskit-aer", "qiskit-ibm-runtime"} <= set(found)


def test_versions_of_what_is_not_installed(command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neuroqgan.versions.DECISIVE", ("no-such-thing",))
    assert command("--version").out.splitlines()[2:] == ["no-such-thing is not installed"]


def test_versions_are_not_imported() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from neuroqgan.cli import main; "
        "assert CliRunner().invoke(main, ['--version']).exit_code == 0; "
        "print([m for m in ('torch', 'qiskit', 'numpy', 'numba') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_command_has_short_help(command) -> None:
    for path in _commands(main):
        assert command(*path, "-h").out == command(*path, "--help").out


@pytest.mark.parametrize(
    ("error", "told", "hint"),
    [
        (KeyError("x"), "Internal error: KeyError: 'x'\n", "--debug"),
        (ValueError(), "Internal error: ValueError\n", "--version"),
        (ValueError("first\nsecond"), "Internal error: ValueError: first\n", "--debug"),
        (ValueError("of a-long-secret"), "Internal error: ValueError: of ***\n", "--debug"),
        (ValueError("at s3://me:hunter2@host/"), "at s3://me:***@host/\n", "--debug"),
        (MemoryError(), "Error: There is not enough memory", "fewer samples"),
        (
            OSError(28, "No space left on device", "/x"),
            "Error: No space left on device: /x",
            "space on the disk",
        ),
    ],
)
def test_errors_that_nobody_raised_on_purpose(
    command, monkeypatch: pytest.MonkeyPatch, error: Exception, told: str, hint: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setenv("QISKIT_IBM_TOKEN", "a-long-secret")
    monkeypatch.setattr("neuroqgan.backends.names.snapshot_qubits", fail)
    monkeypatch.setattr("neuroqgan.backends.ibm.account.has_account", lambda: False)
    outcome = command("backends", "list")
    assert outcome.code == 1
    assert told in outcome.err
    assert hint in outcome.err
    assert "Traceback" not in outcome.err
    debugged = command("backends", "list", "--debug").err
    assert "Traceback" in debugged
    assert "a-long-secret" not in debugged
    assert "hunter2" not in debugged
