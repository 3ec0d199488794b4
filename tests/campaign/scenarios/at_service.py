"""Jobs at a service: submitted, waited for, retrieved, cancelled, forgotten, recovered."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from tests.campaign.scenarios.scenario import Scenario
from tests.campaign.shell import BrokenError, Shell, pause

# The smallest device whose gates fit: seven qubits are planned in milliseconds.
DEVICE = "ibm_nairobi"
_FINAL = {"retrieved", "failed", "cancelled", "lost", "abandoned"}
_UNSENT = {"planned", "uncertain"}
_RUN = ("run", "--name", "mine", "--backend", DEVICE, "--samples", "8", "--yes")
_PATIENCE = 20.0


def _jobs(shell: Shell) -> list[dict[str, Any]]:
    shell.must("jobs", "list", "--json")
    found: list[dict[str, Any]] = json.loads(shell.said[-1]["stdout"])
    return found


def _settle(shell: Shell, home: Path) -> None:
    """Do what a user would who finds jobs in the list, until all have ended."""
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        jobs = _jobs(shell)
        if all(job["state"] in _FINAL for job in jobs):
            break
        shell("jobs", "recover")
        for job in _jobs(shell):
            if job["state"] in _UNSENT:
                shell("jobs", "recover", job["id"], "--submit")
            elif job["state"] not in _FINAL:
                shell("jobs", "status", job["id"])
                shell("jobs", "retrieve", job["id"])
        pause()
    else:
        raise BrokenError(f"stuck: {json.dumps(_jobs(shell))}\n{json.dumps(shell.said[-8:])}")
    for job in _jobs(shell):
        shell.must("jobs", "show", job["id"])
    shell.must("runs", "list")


def _settle_and_repeat(shell: Shell, home: Path) -> None:
    """Then ask for the same raster again, which must cost nothing."""
    _settle(shell, home)
    shell.until_done(*_RUN)
    if any(job["state"] not in _FINAL for job in _jobs(shell)):
        _settle(shell, home)
        shell.until_done(*_RUN)


def _submit(shell: Shell, home: Path) -> None:
    shell(*_RUN)


def _wait(shell: Shell, home: Path) -> None:
    shell(*_RUN, "--wait")


def _retrieve(shell: Shell, home: Path) -> None:
    shell("jobs", "retrieve")


def _submitted(shell: Shell, home: Path) -> None:
    # Without --wait a command ends once the job is sent.
    shell.must(*_RUN)


def _retrieved(shell: Shell, home: Path) -> None:
    shell.until_done(*_RUN, "--wait")


def _cancel(shell: Shell, home: Path) -> None:
    shell("jobs", "cancel", "latest")


def _cancel_and_settle(shell: Shell, home: Path) -> None:
    _settle(shell, home)
    # Cancelled or too late: either way the command says so and changes nothing else.
    shell("jobs", "cancel", "latest")
    _settle(shell, home)


def _forget(shell: Shell, home: Path) -> None:
    shell("jobs", "forget", "latest", "--yes")


def _forget_again(shell: Shell, home: Path) -> None:
    if _jobs(shell):
        shell.must("jobs", "forget", "latest", "--yes")
    if _jobs(shell):
        raise BrokenError("a job that was forgotten is still in the list")
    shell.must("runs", "list")


def _recover(shell: Shell, home: Path) -> None:
    shell("jobs", "recover")


def _bundle(shell: Shell, home: Path) -> None:
    shell("jobs", "bundle", "latest", "--output", str(home / "bundle.zip"))


def _bundle_again(shell: Shell, home: Path) -> None:
    shell.must("jobs", "bundle", "latest", "--output", str(home / "bundle.zip"), "--overwrite")
    shell.must("jobs", "verify", str(home / "bundle.zip"))
    _settle_and_repeat(shell, home)


SCENARIOS = (
    Scenario("submit", _submit, _settle_and_repeat, at_service=True),
    Scenario("wait", _wait, _settle_and_repeat, at_service=True),
    Scenario("retrieve", _retrieve, _settle_and_repeat, _submitted, at_service=True),
    Scenario("recover", _recover, _settle_and_repeat, _submitted, at_service=True),
    Scenario("cancel", _cancel, _cancel_and_settle, _submitted, at_service=True),
    Scenario("forget", _forget, _forget_again, _retrieved, at_service=True, forgets=True),
    Scenario("bundle", _bundle, _bundle_again, _retrieved, at_service=True),
)
