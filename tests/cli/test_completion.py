"""Completion of commands and values: by click, and by the shells that are installed."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.shell_completion import get_completion_class

from neuroqgan.backends.names import snapshots
from neuroqgan.cli import completed_values, main
from neuroqgan.cli.completion import SHELLS
from neuroqgan.models.presets import preset_names
from neuroqgan.runs.pretrained import available
from tests.cli.conftest import Command


def _suggested(*words: str) -> list[str]:
    """Return what is suggested for the last word; an empty one asks for everything."""
    shell = get_completion_class("bash")
    assert shell is not None
    found = shell(main, {}, "neuroqgan", "_NEUROQGAN_COMPLETE")
    items = found.get_completions(list(words[:-1]), words[-1])
    return [f"({item.type})" if item.type != "plain" else str(item.value) for item in items]


@pytest.fixture
def kept(own_home: Path) -> Path:
    """A home with two runs, a folder that is none, and a job store with two jobs."""
    for name in ("mine", "movie", ".new-mine"):
        folder = own_home / "runs" / name
        folder.mkdir(parents=True)
        (folder / "config.toml").touch()
    (own_home / "runs" / "half").mkdir()
    with sqlite3.connect(own_home / "jobs.sqlite") as database:
        database.execute("CREATE TABLE jobs (id TEXT, backend TEXT, state TEXT, created TEXT)")
        rows = [("3f2a" * 8, "aer", "retrieved", "1"), ("76f7193c" * 4, "ibm_fez", "queued", "2")]
        database.executemany("INSERT INTO jobs VALUES (?, ?, ?, ?)", rows)
    database.close()
    return own_home


def test_values_that_are_known(kept: Path) -> None:
    assert _suggested("runs", "show", "") == ["mine", "movie"]
    assert _suggested("runs", "show", "mo") == ["movie"]
    assert _suggested("run", "--name", "") == ["mine", "movie"]
    assert _suggested("jobs", "show", "") == ["76f7193c", "3f2a3f2a", "latest"]
    assert _suggested("jobs", "retrieve", "3") == ["3f2a3f2a"]
    assert _suggested("run", "--data", "s") == ["(file)", "simulated", "salamander"]
    assert _suggested("data", "show", "si") == ["(file)", "simulated"]
    assert _suggested("run", "--covariates", "n") == ["(file)", "none"]
    assert _suggested("run", "--gradient", "sp") == ["spsa"]
    assert _suggested("run", "--dynamical-decoupling", "Xp") == ["XpXm"]
    assert _suggested("run", "--neurons", "") == []
    assert _suggested("jobs", "list", "--state", "que") == ["queued"]
    assert _suggested("report", "mine", "mo") == ["movie"]
    assert "tensorboard" in _suggested("train", "--tracker", "t")
    assert _suggested("run", "--preset", "") == list(preset_names())
    assert _suggested("run", "--pretrained", "") == sorted({one.name for one in available()})
    assert _suggested("backends", "show", "fake_br") == [
        "fake_brisbane",
        "fake_brooklyn",
        "fake_brussels",
    ]
    assert "--sample-seed" in _suggested("run", "--samp")
    assert _suggested("da") == ["data"]


def test_all_snapshots_are_completed() -> None:
    """They are read off the folders of the client, which takes no import of it."""
    suggested = _suggested("run", "--backend", "fake_")
    assert suggested == sorted(snapshots())
    assert _suggested("run", "--backend", "a") == ["aer"]


def test_saved_accounts_are_completed(tmp_path: Path) -> None:
    assert _suggested("run", "--account", "") == []
    file = tmp_path / ".qiskit" / "qiskit-ibm.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"lab": {}, "mine": {}}))
    assert _suggested("run", "--account", "l") == ["lab"]
    assert _suggested("account", "remove", "--account", "") == ["lab", "mine"]
    file.write_text("{")
    assert _suggested("run", "--account", "") == []


def test_a_store_that_cannot_be_read_suggests_nothing(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kept / "jobs.sqlite").write_bytes(b"no database" * 100)
    assert _suggested("jobs", "show", "") == []
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", "postgresql://somewhere/else")
    assert _suggested("jobs", "show", "") == []


def _context(command: click.Command) -> click.Context:
    return click.Context(command, **main.context_settings)


def test_names_in_the_tables_are_those_of_parameters() -> None:
    """A parameter that is renamed must not lose its completion in silence."""
    commands = dict(completed_values._commands(main))
    # With its settings, since click keeps the option for help that the first context asked for.
    found = {
        path: {str(parameter.name) for parameter in part.get_params(_context(part))}
        for path, part in commands.items()
    }
    assert set(completed_values.OF_GENERATED) <= set().union(*found.values())
    for path, name in completed_values.BY_COMMAND:
        assert name in found[path]


def test_completing_imports_nothing_heavy(kept: Path) -> None:
    code = (
        "import sys; from click.shell_completion import get_completion_class as shell; "
        "from neuroqgan.cli import main; found = shell('bash')(main, {}, 'n', 'v'); "
        "[found.get_completions(a, '') for a in (['run', '--backend'], ['run', '--preset'], "
        "['run', '--data'], ['run', '--pretrained'], ['jobs', 'show'], ['runs', 'show'], "
        "['run', '--account'], ['run', '--covariates'])]; "
        "heavy = ('torch', 'qiskit', 'numba', 'pandas', 'matplotlib', 'sqlalchemy'); "
        "print([m for m in heavy if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell(command: Command, shell: str) -> None:
    outcome = command("completion", shell)
    assert outcome.code == 0
    assert "_NEUROQGAN_COMPLETE" in outcome.out
    assert f"{shell}_complete" in outcome.out
    assert command("completion", shell, "--json").json["script"].startswith(outcome.out[:20])


def test_an_unknown_shell(command: Command) -> None:
    outcome = command("completion", "tcsh")
    assert outcome.code == 2
    assert "bash" in outcome.err


_IN_SHELL = {
    "bash": """
        source ./script
        COMP_WORDS=(neuroqgan runs show m) COMP_CWORD=3
        _neuroqgan_completion neuroqgan
        printf '%s\\n' "${COMPREPLY[@]}"
        complete -p neuroqgan >/dev/null || echo "not registered"
    """,
    "zsh": """
        compdef() { registered=$2 }
        compadd() { print -rl -- ${(P)@[-1]} }
        source ./script
        words=(neuroqgan runs show m) CURRENT=4
        _neuroqgan_completion
        [[ $registered == neuroqgan ]] || echo "not registered"
    """,
    "fish": """
        source ./script
        complete --do-complete 'neuroqgan runs show m'
    """,
}


@pytest.mark.parametrize("shell", _IN_SHELL)
def test_in_the_shell_itself(command: Command, kept: Path, tmp_path: Path, shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"NOT TESTED: {shell} is not installed")
    (tmp_path / "script").write_text(command("completion", shell).out)
    ours = tmp_path / "bin" / "neuroqgan"
    ours.parent.mkdir()
    code = "from neuroqgan.cli import main; main(prog_name='neuroqgan')"
    ours.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    ours.chmod(0o755)
    done = subprocess.run(
        [program, "-c", f'export PATH="{ours.parent}:$PATH"\n{_IN_SHELL[shell]}'],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == ["mine", "movie"], done.stderr
