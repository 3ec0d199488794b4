"""Databases that cannot be reached for a while: SQLite locked, PostgreSQL cut off."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.campaign.events import Events
from tests.campaign.faults.fault import Fault, Place

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World

_PATIENCE = 0.2


class LockedDatabase(Fault):
    """Another program holds SQLite's lock for longer than a command waits, or for less."""

    name = "locked SQLite"
    strikes = frozenset({"submit", "wait", "retrieve", "recover", "cancel", "forget", "simulate"})

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {"at": chance.randrange(n_events), "seconds": chance.choice((0.1, 0.6))}

    def arm(self, home: Path, place: Place) -> Events:
        from neuroqgan.jobs import database

        # A minute in earnest, which the lock would have to outlast.
        database._BUSY_SECONDS = _PATIENCE  # type: ignore[assignment]

        def lock(_: str) -> None:
            ready = threading.Event()
            threading.Thread(target=hold, args=(ready,), daemon=True).start()
            ready.wait()

        def hold(ready: threading.Event) -> None:
            with (
                suppress(sqlite3.Error),
                closing(sqlite3.connect(home / "jobs.sqlite", timeout=0)) as connection,
            ):
                with suppress(sqlite3.Error):
                    connection.execute("BEGIN EXCLUSIVE")
                ready.set()
                time.sleep(place["seconds"])
            ready.set()

        return Events(home, place["at"], lock)


class LostPostgres(Fault):
    """The server ends all connections, once or from one moment on."""

    name = "lost PostgreSQL"
    strikes = frozenset({"submit", "wait", "retrieve", "recover", "cancel", "forget", "simulate"})
    needs_database_server = True

    def missing(self, world: World) -> str | None:
        return None if world.postgres is not None else "a PostgreSQL server (.ci/postgres)"

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {"at": chance.randrange(n_events), "lasting": chance.random() < 0.3}

    def arm(self, home: Path, place: Place) -> Events:
        import psycopg

        url = os.environ["NEUROQGAN_DATABASE_URL"]

        def cut(_: str) -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )

        return Events(home, place["at"], cut, lasting=place["lasting"])
