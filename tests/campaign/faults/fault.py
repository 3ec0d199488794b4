"""What goes wrong in a round."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from tests.campaign.events import Events
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World

Place = dict[str, Any]
"""Where and how a fault strikes, ready for JSON; all of it follows from the seed."""


class Fault:
    """One kind of fault; a class with other methods for what it does.

    Parts of it run in the process of the campaign (`order`, `meanwhile`, `lift`), and one, `arm`,
    in the process that it strikes.
    """

    name: ClassVar[str]
    strikes: ClassVar[frozenset[str]] = frozenset()
    """Names of the scenarios that it strikes; empty for all."""
    needs_database_server: ClassVar[bool] = False
    acts_earlier: ClassVar[bool] = False
    """Whether the struck process is that of the last release."""
    begins_earlier: ClassVar[bool] = False
    """Whether what has to be there before is made by the last release."""

    def missing(self, world: World) -> str | None:
        """Return what this machine lacks for it, in words, or None."""
        return None

    def fits(self, scenario: Scenario) -> bool:
        """Whether it can strike a scenario."""
        return not self.strikes or scenario.name in self.strikes

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        """Choose where it strikes.

        Parameters
        ----------
        chance
            The random numbers of this round.
        scenario
            What is struck.
        n_events, seconds
            Steps and seconds of the scenario when nothing goes wrong.
        """
        return {"at": chance.randrange(n_events)}

    def damage(self, home: Path, place: Place) -> None:
        """Before the struck process begins: change files."""

    def order(self, world: World, place: Place) -> None:
        """Before the struck process goes on: tell the service what to do."""

    def arm(self, home: Path, place: Place) -> Events | None:
        """In the struck process: return the steps to count, and what happens at one."""

    def meanwhile(self, world: World, pid: int, place: Place) -> None:
        """While the struck process works."""

    def lift(self, world: World, home: Path, place: Place) -> None:
        """After it has ended: put things in order that a user would put in order."""

    def environment(self, world: World, place: Place) -> Mapping[str, str]:
        """Return variables for the struck process."""
        return {}
