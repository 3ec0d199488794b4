"""Clocks that jump, by seconds or by decades, and files from the past and the future."""

from __future__ import annotations

import datetime as dt
import os
import sys
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from tests.campaign.events import Events
from tests.campaign.faults.fault import Fault, Place

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario

_DAY = 86400.0
_YEAR = 365.25 * _DAY
# To 1971 and to 2199, by summer time, by what a virtual machine may have slept.
_JUMPS = (-55 * _YEAR, 173 * _YEAR, -3600.0, 3600.0, -_DAY, 40 * _DAY, -90.0, 90.0)


class ClockJump(Fault):
    """The clock of the system is set while a command runs."""

    name = "clock jump"

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        return {
            "at": chance.randrange(n_events),
            "seconds": chance.choice(_JUMPS),
            "files": chance.random() < 0.5,
        }

    def damage(self, home: Path, place: Place) -> None:
        if place["files"]:
            when = time.time() + place["seconds"]
            for path in home.rglob("*"):
                os.utime(path, (when, when))

    def arm(self, home: Path, place: Place) -> Events:
        return Events(home, place["at"], lambda _: set_clock(place["seconds"]))


def set_clock(seconds: float) -> None:
    """Move the time of day in this process; time that only goes on stays as it is."""
    by = dt.timedelta(seconds=seconds)

    class AnyTime(type):
        """Times that were made before, or by others, are times as well."""

        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, dt.datetime)

    class Shifted(dt.datetime, metaclass=AnyTime):
        """The time of a clock that was set."""

        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Any:
            return dt.datetime.now(tz) + by

    real = time.time
    time.time = lambda: real() + seconds
    for name, module in list(sys.modules.items()):
        if name.startswith("neuroqgan.") and (vars(module).get("datetime") is dt.datetime):
            module.datetime = Shifted  # type: ignore[attr-defined]
