"""Escape sequences in files, names, records and answers of a service never reach a screen."""

from __future__ import annotations

import io
import json
import sqlite3
import unicodedata
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from neuroqgan.cli import main
from neuroqgan.covariates import Covariates
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import RecordingError
from neuroqgan.escaping.console import SafeConsole
from neuroqgan.escaping.printable import one_line, printable
from neuroqgan.raster import SpikeRaster
from neuroqgan.testing import LoopbackService
from tests.cli.conftest import serve
from tests.helpers import TRAINING

DEVICE = "ibm_montreal"
HOSTILE = "\x1b[31m[bold]:skull:\x9b2J\x07\x08\r\u202e\u200b\u2028"
SPELLED = r"\x1b[31m"


def _leaves(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _leaves(command, (*path, name))
        else:
            yield (*path, name)


@given(st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu", "So"])))
def test_nothing_is_left_that_moves_hides_or_turns(text: str) -> None:
    shown = printable(text)
    kinds = {unicodedata.category(character) for character in shown if character not in "\n\t"}
    assert not kinds & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert printable(shown) == shown
    assert len(one_line(text).splitlines()) <= 1


def test_text_that_is_seen_stays() -> None:
    text = "Müller 神経 ±3 µs → 5\u00a0Hz\n\tא"
    assert printable(text) == text


class _Session:
    """Calls commands and remembers what each of them showed."""

    def __init__(self) -> None:
        self.called: set[tuple[str, ...]] = set()
        self.spelled = 0
        self.bad: list[str] = []

    def __call__(self, *arguments: object) -> str:
        words = [str(argument) for argument in arguments]
        result = CliRunner().invoke(main, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), words
        text = result.output + result.stderr
        assert "Internal error" not in text, (words, text)
        self.called |= {leaf for leaf in _leaves(main) if tuple(words[: len(leaf)]) == leaf}
        self.spelled += SPELLED in text
        if printable(text) != text:
            self.bad.append(" ".join(words))
        return result.stdout


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackService]:
    """A service of one device."""
    with serve(monkeypatch, DEVICE) as started:
        yield started


@pytest.mark.slow
@pytest.mark.usefixtures("undrawn", "with_page")
def test_no_command_shows_an_escape_sequence(
    service: LoopbackService, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    drawn = simulate_population(4, 24, 160, seed=1)
    names = tuple(f"{i}{HOSTILE}" for i in range(4))
    raster = SpikeRaster(drawn.spikes, drawn.bin_width, names)
    recording, odd = tmp_path / "four.npz", tmp_path / f"odd{HOSTILE}.npz"
    save(recording, raster)
    save(odd, raster)
    values = np.arange(160 * 24).reshape(-1) % 7
    columns = "\n".join([f'"light{HOSTILE}"'.replace("\r", ""), *map(str, values)])
    (tmp_path / "light.csv").write_text(columns, encoding="utf-8", newline="")
    config = tmp_path / f"c{HOSTILE}.toml"
    config.write_text(f"preset = {json.dumps(HOSTILE)}\n{json.dumps('x' + HOSTILE)} = 1\n")
    call = _Session()
    call("data", "list")
    call("data", "show", recording)
    call("data", "show", odd)
    call("data", "show", recording, "--neurons", f"9{HOSTILE}")
    call("data", "show", HOSTILE)
    call("data", "convert", odd, tmp_path / f"n{HOSTILE}.csv")
    call("data", "convert", odd, tmp_path / "there" / HOSTILE)
    call("data", "simulate", f"s{HOSTILE}.npz", "--n-neurons", "3", "--trials", "4")
    call("data", "fetch", HOSTILE)
    call("train", "--data", recording, "--name", HOSTILE, *TRAINING)
    call("train", "--config", config)
    call("config", "show", "--config", config)
    call("config", "show", "--data", odd)
    call("train", "--data", odd, "--name", "tiny", *TRAINING)
    call("train", "--data", odd, "--covariates", "light.csv", "--name", "seen", *TRAINING)
    call("run", "--config", config)
    call("run", "--name", "tiny", "--backend", "exact", "--samples", "40")
    call("run", "--name", "tiny", "--backend", f"fake_{HOSTILE}", "--samples", "40")
    call("evaluate", odd, "--against", recording)
    call("evaluate", odd, "--against", recording, "--units", HOSTILE)
    call("explain", "tiny", "--samples", "200")
    call("report", "tiny", "--output", "page.html")
    call("report", f"a{HOSTILE}")
    call("runs", "list")
    call("runs", "show", "tiny")
    call("runs", "show", HOSTILE)
    call("runs", "pretrained")
    call("circuits", "show", "tiny")
    call("circuits", "export", "tiny", f"out{HOSTILE}")
    call("campaign", HOSTILE)
    call("backends", "list")
    call("backends", "show", DEVICE)
    call("backends", "show", HOSTILE)
    call("account", "list")
    call("account", "status", "--account", HOSTILE)
    call("account", "save", "--account", HOSTILE, "--token-stdin")
    call("account", "remove", "--account", HOSTILE)
    call("doctor")
    call("completion", "bash")
    call("completion", HOSTILE)
    service.state.auto = False
    send = ("run", "--name", "tiny", "--backend", DEVICE, "--samples", "10", "--yes")
    made = json.loads(call(*send, "--json"))
    remote = made["jobs"][0]["provider_id"]
    service.fail(remote, f"broken{HOSTILE}")
    call("jobs", "status")
    call("jobs", "retrieve")
    call("jobs", "show", "latest")
    call("jobs", "bundle", "latest")
    with sqlite3.connect(own_home / "jobs.sqlite") as store:
        store.execute(
            "update jobs set run = run || ?, provider_id = ?, account = ?, owner = ?,"
            "account_name = ?, session = ?, client = ?",
            (HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, json.dumps({"qiskit": HOSTILE})),
        )
        store.execute("update job_events set note = ?", (HOSTILE,))
    for name in ("list", "watch", "recover"):
        call("jobs", name)
    call("jobs", "show", "latest")
    call("jobs", "status", "latest")
    call("jobs", "export", "latest", f"e{HOSTILE}.npz")
    call("jobs", "verify", f"{HOSTILE}.zip")
    call("jobs", "import", HOSTILE)
    call("jobs", "cancel", "latest")
    call("jobs", "forget", "latest", "--yes")
    call("sweep", config)
    call("store", "check")
    call("store", "repair")
    call("store", "export", f"store{HOSTILE}.zip")
    call("store", "import", f"other{HOSTILE}.zip")
    monkeypatch.setenv("NEUROQGAN_ACCOUNT", HOSTILE)
    call("jobs", "list")
    monkeypatch.setenv("NEUROQGAN_DATABASE_URL", f"oracle{HOSTILE}://x")
    call("jobs", "list")
    call("runs", "remove", "tiny", "--yes")
    assert call.called == set(_leaves(main))
    assert not call.bad
    assert call.spelled > 20, call.spelled
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert SPELLED in page
    assert not set(HOSTILE) - set("[31m2Jbold]:sku") & set(page)


def test_bytes_that_are_no_text_are_refused() -> None:
    result = CliRunner().invoke(main, ["jobs", "list", "--run", "\udcff"])
    assert result.exit_code == 2
    assert "'\\udcff'" in result.stderr


def test_objects_and_messages_are_printed_escaped(recwarn: pytest.WarningsRecorder) -> None:
    covariates = Covariates(np.zeros((1, 4, 1)), (f"light{HOSTILE}",))
    error = RecordingError(f"odd{HOSTILE}", got=f"{HOSTILE}\n  try: rm -rf /", hint="none")
    warnings.warn(f"odd{HOSTILE}", RecordingWarning, stacklevel=1)
    console = SafeConsole(file=io.StringIO(), width=60)
    console.print(Table(f"head{HOSTILE}"), Text(HOSTILE), f"[/x]{HOSTILE}")
    shown = [repr(covariates), str(error), str(recwarn[0].message), console.file.getvalue()]
    assert [printable(text) for text in shown] == shown
    assert all(SPELLED in text for text in shown)
    # Nothing that was given passes for a line of the error.
    assert [line[:6] for line in str(error).splitlines()] == [
        "odd\\x1",
        "  got:",
        "      ",
        "  try:",
    ]
