"""Services that fail, are slow, or lie; sometimes the process is killed as well."""

from __future__ import annotations

import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, ClassVar

from neuroqgan.testing import Fault as Answer
from neuroqgan.testing.misfits import MISFITS
from tests.campaign.events import Events
from tests.campaign.faults.fault import Fault, Place
from tests.campaign.faults.kills import die

if TYPE_CHECKING:
    from tests.campaign.scenarios.scenario import Scenario
    from tests.campaign.world import World

Order = tuple[str, Answer]

_SUBMIT, _LIST, _JOB, _RESULT = (
    "POST /jobs",
    "GET /jobs",
    "GET /jobs/{id}",
    "GET /jobs/{id}/results",
)
_ROUTES = (
    *(_SUBMIT, _SUBMIT, _SUBMIT, _LIST, _JOB, _RESULT, "GET /jobs/{id}/metrics"),
    *("POST /identity/token", "GET /backends", "GET /backends/{name}/properties"),
    *("GET /instances/usage", "POST /jobs/{id}/cancel"),
)
_FAILURES = (
    *(Answer.DROP_BEFORE, Answer.DROP_AFTER, Answer.MALFORMED, Answer.MALFORMED_BEFORE),
    *(Answer.status(500), Answer.status(503), Answer.status_after(500), Answer.status_after(502)),
    *(Answer.status_after(504), Answer.status(429, retry_after=0.01), Answer.status(404)),
)
_NO_SUCH = "d0000000000000000000"
_LIES: tuple[Order, ...] = (
    (_SUBMIT, Answer.edited("id", _NO_SUCH)),
    (_SUBMIT, Answer.edited("id", "removed")),
    (_SUBMIT, Answer.edited("id", 7)),
    (_SUBMIT, Answer.edited("", [])),
    *((_JOB, Answer.edited("state.status", state)) for state in ("Queued", "Running", "Completed")),
    *((_JOB, Answer.edited("state.status", state)) for state in ("Failed", "Cancelled", "Gone")),
    (_JOB, Answer.edited("id", _NO_SUCH)),
    (_JOB, Answer.edited("state", "removed")),
    (_LIST, Answer.edited("jobs", [])),
    (_LIST, Answer.edited("jobs.0.id", _NO_SUCH)),
    (_LIST, Answer.edited("jobs.0.tags", [])),
    (_LIST, Answer.edited("", {})),
    *((_RESULT, Answer.misfit(what)) for what in MISFITS),
    (_RESULT, Answer.MALFORMED),
    (_RESULT, Answer.status(404)),
    (_RESULT, Answer.edited("", {})),
)
"""Wrong ids, states that go backwards, results that are cut short."""


class BadServer(Fault):
    """What all services have in common that do not do as they should."""

    choices: ClassVar[tuple[Order, ...]]

    def fits(self, scenario: Scenario) -> bool:
        return scenario.at_service

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        n_orders = chance.choice((1, 1, 2, 3))
        orders = [chance.choice(self.choices) for _ in range(n_orders)]
        return {
            "orders": [
                {"route": route, "fault": answer.to_json(), "skip": chance.choice((0, 0, 1))}
                for route, answer in orders
            ],
            "at": chance.randrange(n_events) if chance.random() < 0.4 else None,
        }

    def order(self, world: World, place: Place) -> None:
        for order in place["orders"]:
            world.service.faults.order(
                order["route"], Answer.parse(order["fault"]), skip=order["skip"]
            )

    def arm(self, home: Path, place: Place) -> Events | None:
        return None if place["at"] is None else Events(home, place["at"], die)

    def lift(self, world: World, home: Path, place: Place) -> None:
        world.service.faults.clear()
        # What is under way at the service arrives, before a user looks.
        time.sleep(sum(order["fault"]["seconds"] for order in place["orders"]))


class FailingServer(BadServer):
    """5xx before or after the work was done, dropped connections, answers cut short."""

    name = "failing server"
    choices = tuple((route, answer) for route in _ROUTES for answer in _FAILURES)


class SlowServer(BadServer):
    """Answers that come late, or work that is done late."""

    name = "slow server"
    choices = tuple(
        (route, answer)
        for route in _ROUTES
        for answer in (Answer.slow(0.15), Answer.slow_before(0.15))
    )


class LyingServer(BadServer):
    """Answers that are well-formed and wrong."""

    name = "lying server"
    choices = _LIES

    def draw(self, chance: Random, scenario: Scenario, n_events: int, seconds: float) -> Place:
        place: dict[str, Any] = super().draw(chance, scenario, n_events, seconds)
        # Of a wrong id the truth can be found out; of a wrong state or result nobody can.
        return place | {"lies": any(order["route"] in (_JOB, _RESULT) for order in place["orders"])}
