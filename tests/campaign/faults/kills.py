"""SIGKILL: at a random moment, and at every step that leaves something behind."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

from tests.campaign.events import Events
from tests.campaign.faults.fault import Fault, Place

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World


def die(_: str) -> None:
    """End this process as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


class KillAtMoment(Fault):
    """Killed at any moment of its life."""

    name = "kill at a random moment"

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {"after": chance.uniform(0.0, 1.2 * seconds)}

    def meanwhile(self, world: World, pid: int, place: Place) -> None:
        time.sleep(place["after"])
        world.forks.kill(pid)


class KillAtStep(Fault):
    """Killed before or after a rename, an fsync, a commit, a request."""

    name = "kill at a step"

    def arm(self, home: Path, place: Place) -> Events:
        return Events(home, place["at"], die)


class InterruptedMigration(KillAtStep):
    """Killed while the tables of an earlier version are changed."""

    name = "interrupted migration"
    strikes = frozenset({"migrate"})
