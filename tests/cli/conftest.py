"""A small trained run, made once, and a way to call commands."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from neuroqgan.cli import main
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.testing import FakeClock, LoopbackService
from tests.helpers import TRAINING


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code and both streams."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output."""
        return json.loads(self.out)


Command = Callable[..., Outcome]


def call(*arguments: object, input: str | None = None) -> Outcome:  # noqa: A002  # as click has it
    result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=input)
    outcome = Outcome(result.exit_code, result.stdout, result.stderr)
    assert result.exception is None or isinstance(result.exception, SystemExit), outcome
    return outcome


@pytest.fixture
def command() -> Command:
    """Call a command in this process."""
    return call


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four simulated neurons in a file."""
    path = tmp_path_factory.mktemp("recording") / "four.npz"
    save(path, simulate_population(4, 24, 160, seed=1))
    return path


@pytest.fixture(scope="session")
def _trained_home(tmp_path_factory: pytest.TempPathFactory, recording: Path) -> Path:
    home = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NEUROQGAN_HOME", str(home))
        outcome = call("train", "--data", recording, "--name", "tiny", *TRAINING, "--quiet")
    assert outcome.code == 0, outcome.err
    return home


@pytest.fixture
def tiny(_trained_home: Path, own_home: Path) -> Path:
    """The folder of a run ``tiny`` that is trained, in this test's own home."""
    shutil.copytree(_trained_home, own_home)
    return own_home / "runs" / "tiny"


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the pictures out, which take longer than all the rest."""
    monkeypatch.setattr("neuroqgan.runs.stages.draw_run", lambda *_: [])


@pytest.fixture
def with_page() -> None:
    """Let commands write the page of a run, which takes two seconds."""


@pytest.fixture(autouse=True)
def _without_page(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "with_page" not in request.fixturenames:
        monkeypatch.setattr("neuroqgan.cli.pages.draw_page", lambda path, *_: path)


@contextmanager
def serve(monkeypatch: pytest.MonkeyPatch, *devices: str) -> Iterator[LoopbackService]:
    """Start a service with these devices, and point the client to it without waiting times."""
    monkeypatch.setattr("time.sleep", FakeClock().sleep)
    with LoopbackService(devices=devices, draw="random", polls=0) as started:
        for name, value in started.environment.items():
            monkeypatch.setenv(name, value)
        yield started
