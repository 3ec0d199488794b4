"""A store of the first release, whose tables are changed when it is opened."""

from __future__ import annotations

import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

from tests.campaign.scenarios.scenario import Scenario
from tests.campaign.shell import BrokenError, Shell
from tests.jobs.forks import ROOT

_RELEASED = ROOT / "tests" / "jobs" / "released"
_FILE = "first_schema.sqlite"


def write_earlier_store(folder: Path) -> None:
    """Write a database of the very first schema with the jobs of a released store."""
    from alembic import command
    from alembic.config import Config
    from sqlalchemy import create_engine

    import neuroqgan.jobs.database

    path = folder / _FILE
    config = Config()
    place = Path(neuroqgan.jobs.database.__file__).parent / "migrations"
    config.set_main_option("script_location", str(place))
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
    engine.dispose()
    with closing(sqlite3.connect(path)) as now, closing(sqlite3.connect(":memory:")) as released:
        released.executescript((_RELEASED / "jobs.sql").read_text())
        for table in ("jobs", "job_events"):
            columns = ", ".join(row[1] for row in now.execute(f"PRAGMA table_info({table})"))
            rows = released.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608
            marks = ", ".join("?" * len(rows[0]))
            into = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
            now.executemany(into, rows)
        now.commit()


def _released(shell: Shell, home: Path) -> None:
    for path in home.glob("jobs.sqlite*"):
        path.unlink()
    shutil.copyfile(home.parent / "template" / _FILE, home / "jobs.sqlite")
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
