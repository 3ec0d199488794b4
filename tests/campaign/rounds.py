"""One round: a home, a scenario, a fault, what a user does then, and the invariants."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import threading
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from tests.campaign.faults.fault import Fault, Place
from tests.campaign.invariants import Evidence, bits_before, check, read_rows
from tests.campaign.scenarios.scenario import Scenario, nothing
from tests.campaign.scenarios.scenario_registry import SCENARIOS
from tests.campaign.stored_files import digest, leftovers
from tests.campaign.world import World
from tests.jobs.forks import ForkServer

_LONGEST = 300.0
_LATER = 2 * 86400.0
# What every version knows, of the settings of the run in the template; the others are defaults.
_SETTINGS = ("data", "bins", "covariates", "preset", "steps", "batch", "shots ", "seed", "name")


@dataclass(frozen=True)
class Undisturbed:
    """A scenario in which nothing goes wrong."""

    n_events: int
    seconds: float
    expected: dict[str, list[str]]


@dataclass
class Outcome:
    """What became of a round."""

    number: int
    fault: str
    scenario: str
    place: Place
    ended: int | None = None
    """Exit code of the process that was struck, negative if a signal ended it."""
    violations: list[str] = field(default_factory=list)
    seconds: float = 0.0
    said: list[Any] = field(default_factory=list)


class Rounds:
    """Runs rounds in a world.

    Parameters
    ----------
    world
        An open world.
    seed
        Decides, with the number of a round, where its fault strikes.
    scenarios
        Names of those that are struck.
    keep
        Whether homes of rounds with violations are kept.
    """

    def __init__(
        self, world: World, seed: int, scenarios: Collection[str], *, keep: bool = False
    ) -> None:
        self._world, self._seed, self._keep = world, seed, keep
        self._scenarios = [SCENARIOS[name] for name in scenarios]
        self._undisturbed: dict[tuple[str, bool], Undisturbed] = {}
        self._modules: set[str] = set()

    def run(self, number: int, fault: Fault) -> Outcome:
        """Run a round; the same seed, number and fault choose the same place."""
        chance = Random(f"{self._seed} {number} {fault.name}")
        scenario = chance.choice(self.fitting(fault))
        known = self.undisturbed(scenario, postgres=fault.needs_database_server)
        place = fault.draw(chance, scenario, known.n_events, known.seconds)
        began = time.monotonic()
        outcome = Outcome(number, fault.name, scenario.name, place)
        with self._home(number, fault, place) as (home, variables):
            self._round(outcome, home, variables, scenario, fault, known)
            outcome.seconds = time.monotonic() - began
            if outcome.violations and self._keep:
                kept = self._world.root / "kept" / str(number)
                shutil.copytree(home, kept, symlinks=True)
                (kept / "outcome.json").write_text(json.dumps(vars(outcome), indent=1))
        return outcome

    def fitting(self, fault: Fault) -> list[Scenario]:
        """Return the scenarios that a fault can strike."""
        return [scenario for scenario in self._scenarios if fault.fits(scenario)]

    def undisturbed(self, scenario: Scenario, *, postgres: bool = False) -> Undisturbed:
        """Return how a scenario goes if nothing goes wrong; tried once."""
        key = (scenario.name, postgres)
        if key not in self._undisturbed:
            # The first time it imports and compiles.
            for _ in range(2):
                self._undisturbed[key] = self._whole(scenario, postgres=postgres)
        return self._undisturbed[key]

    def _whole(self, scenario: Scenario, *, postgres: bool) -> Undisturbed:
        fault = Fault()
        fault.name, fault.needs_database_server = "none", postgres  # type: ignore[misc]
        outcome = Outcome(-1, "none", scenario.name, {})
        with self._home(-1, fault, {}) as (home, variables):
            report = self._round(outcome, home, variables, scenario, fault, None)
            self._world.preload(sorted(self._modules))
            self._modules.clear()
            if outcome.violations:
                raise RuntimeError(f"{scenario.name}: {outcome.violations}")
            expected = {pattern: digest(home, pattern) for pattern in scenario.outputs}
            for pattern, found in expected.items():
                assert found, f"{scenario.name} makes no {pattern}"
        return Undisturbed(max(1, len(report["events"])), report["seconds"], expected)

    @contextlib.contextmanager
    def _home(self, number: int, fault: Fault, place: Place) -> Iterator[tuple[Path, Any]]:
        world = self._world
        below = world.small_disk if place.get("small_disk") else world.root
        assert below is not None
        home = below / f"home-{number}"
        shutil.copytree(world.template / "home", home)
        with contextlib.ExitStack() as stack:
            stack.callback(shutil.rmtree, home, ignore_errors=True)
            variables = {}
            if fault.needs_database_server:
                variables["NEUROQGAN_DATABASE_URL"] = stack.enter_context(world.database())
            yield home, variables

    def _round(
        self,
        outcome: Outcome,
        home: Path,
        variables: dict[str, str],
        scenario: Scenario,
        fault: Fault,
        known: Undisturbed | None,
    ) -> dict[str, Any]:
        world, place = self._world, outcome.place
        world.forget_served()
        database = variables.get("NEUROQGAN_DATABASE_URL")
        if scenario.prepare is not nothing:
            self._part(outcome, self._first(fault, home), "prepare", home, scenario, variables)
        before = (
            (read_rows(home, database), bits_before(home)) if _has(home, database) else ([], {})
        )
        fault.damage(home, place)
        forks = world.earlier if fault.acts_earlier and world.earlier else world.forks
        report = self._act(outcome, forks, home, scenario, fault, variables)
        fault.lift(world, home, place)
        # Users come back later; what was left behind then is left by nobody who lives.
        when = time.time() - _LATER
        for path in leftovers(home):
            os.utime(path, (when, when))
        self._part(outcome, world.forks, "mend", home, scenario, variables)
        evidence = Evidence(
            home,
            database,
            world.served(),
            before,
            {} if known is None else known.expected,
            forgets=scenario.forgets,
            lied=bool(place.get("lies")),
        )
        outcome.violations += check(evidence)
        return report

    def _first(self, fault: Fault, home: Path) -> ForkServer:
        """Return who makes what has to be there before."""
        if not fault.begins_earlier or self._world.earlier is None:
            return self._world.forks
        for path in home.glob("jobs.sqlite*"):
            path.unlink()
        # It refuses settings that it does not know.
        config = home / "runs" / "mine" / "config.toml"
        lines = config.read_text().splitlines(keepends=True)
        config.write_text("".join(line for line in lines if line.startswith(_SETTINGS)))
        return self._world.earlier

    def _act(
        self,
        outcome: Outcome,
        forks: ForkServer,
        home: Path,
        scenario: Scenario,
        fault: Fault,
        variables: dict[str, str],
    ) -> dict[str, Any]:
        given = self._given(home, scenario, variables)
        if fault.name != "none":
            given |= {"fault": fault.name, "place": outcome.place}
        pid = forks.start("tests.campaign.child:act", **given)
        if forks.await_begin(pid):
            fault.order(self._world, outcome.place)
            forks.go(pid)
            fault.meanwhile(self._world, pid, outcome.place)
        return self._ended(outcome, forks, pid, "act", given["report"])

    def _part(
        self,
        outcome: Outcome,
        forks: ForkServer,
        part: str,
        home: Path,
        scenario: Scenario,
        variables: dict[str, str],
    ) -> None:
        given = self._given(home, scenario, variables)
        pid = forks.start(f"tests.campaign.child:{part}", **given)
        self._ended(outcome, forks, pid, part, given["report"])

    def _given(self, home: Path, scenario: Scenario, variables: dict[str, str]) -> dict[str, Any]:
        report = self._world.root / "report.json"
        report.unlink(missing_ok=True)
        return {
            "home": str(home),
            "scenario": scenario.name,
            "report": str(report),
            "variables": variables,
        }

    def _ended(
        self, outcome: Outcome, forks: ForkServer, pid: int, part: str, report: str
    ) -> dict[str, Any]:
        late = threading.Event()

        def end() -> None:
            late.set()
            forks.kill(pid)

        watch = threading.Timer(_LONGEST, end)
        watch.daemon = True
        watch.start()
        code = forks.join(pid)
        watch.cancel()
        path = Path(report)
        told: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        self._modules.update(told.get("modules", ()))
        outcome.ended = code if part == "act" else outcome.ended
        outcome.said.append({part: code, "said": told.get("said"), "events": told.get("events")})
        if late.is_set():
            outcome.violations.append(f"HANGS: {part} took more than {_LONGEST:.0f} s")
        elif told.get("problem"):
            outcome.violations.append(f"BROKEN: {part}: {told['problem']}")
        elif code and (part != "act" or code > 0):
            outcome.violations.append(f"BROKEN: {part} ended with {code}; see the log")
        return told


def _has(home: Path, database: str | None) -> bool:
    """Whether there are tables yet."""
    if database is None:
        return (home / "jobs.sqlite").exists()
    import psycopg

    with psycopg.connect(database) as connection:
        found = connection.execute("SELECT to_regclass('jobs')").fetchone()
    return found is not None and found[0] is not None
