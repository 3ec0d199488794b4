"""A store of the first release, whose tables are changed when it is opened."""

from __future__ import annotations

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from tests.campaign.scenarios.scenario import Scenario
from tests.campaign.shell import BrokenError, Shell
from tests.jobs.forks import ROOT

_RELEASED = ROOT / "tests" / "jobs" / "released"


def _released(shell: Shell, home: Path) -> None:
    with closing(sqlite3.connect(home / "jobs.sqlite")) as connection:
        connection.executescript((_RELEASED / "jobs.sql").read_text())
    with zipfile.ZipFile(_RELEASED / "payloads.zip") as payloads:
        payloads.extractall(home / "jobs")


def _list(shell: Shell, home: Path) -> None:
    shell("jobs", "list")


def _list_all(shell: Shell, home: Path) -> None:
    shell.must("jobs", "list", "--json")
    found = {job["id"] for job in json.loads(shell.said[-1]["stdout"])}
    wanted = set(json.loads((_RELEASED / "about.json").read_text())["jobs"].values())
    if not wanted <= found:
        raise BrokenError(f"jobs {wanted - found} of the earlier version are gone")
    for job in wanted:
        shell.must("jobs", "show", job)


SCENARIOS = (Scenario("migrate", _list, _list_all, _released),)
