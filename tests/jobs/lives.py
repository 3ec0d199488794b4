"""A loopback service and a fork server beside it, for lives of jobs in processes of their own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuroqgan.testing import ServiceProcess
from tests.jobs.forks import ForkServer

# The smallest whose gates fit: seven qubits are planned in milliseconds.
DEVICE = "ibm_nairobi"


@pytest.fixture(scope="session")
def loopback() -> Iterator[ServiceProcess]:
    """A service in its own process."""
    with ServiceProcess([DEVICE], polls=1) as process:
        # More jobs than an instance on the Open Plan may run in a month.
        process.control("set_usage", {"limit": None})
        yield process


@pytest.fixture(scope="session")
def forks(
    loopback: ServiceProcess, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ForkServer]:
    """A fork server whose children know the service."""
    folder = tmp_path_factory.mktemp("forks")
    with ForkServer(loopback.environment, folder / "log") as server:
        # What a life and a user import, the parent of all has imported from then on.
        measure(server, folder, "first")
        report = folder / "user.json"
        server.run("user", home=str(folder), run="first", grace=0, report=str(report))
        server.preload(json.loads((folder / "first.json").read_text())["modules"])
        server.preload(json.loads(report.read_text())["modules"])
        yield server


def measure(forks: ForkServer, home: Path, run: str) -> tuple[float, int]:
    """Let a whole life pass; return its seconds and steps."""
    report = home / f"{run}.json"
    pid = forks.start("life", home=str(home), device=DEVICE, run=run, report=str(report))
    assert forks.await_begin(pid)
    forks.go(pid)
    assert forks.join(pid) == 0
    measured = json.loads(report.read_text())
    return measured["seconds"], len(measured["steps"])
