"""``python -m tests.campaign``: faults of every kind, thousands of times."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from itertools import count
from pathlib import Path

import click

from tests.campaign.faults.fault import Fault
from tests.campaign.faults.fault_registry import FAULTS
from tests.campaign.rounds import Outcome, Rounds
from tests.campaign.scenarios.scenario_registry import SCENARIOS
from tests.campaign.summary import table
from tests.campaign.world import World


def main() -> int:
    """Run rounds until the time or their number is over; 1 if anything did not hold."""
    parser = argparse.ArgumentParser("python -m tests.campaign", description=__doc__)
    parser.add_argument("--hours", type=float, default=None, help="stop after this time")
    parser.add_argument("--rounds", type=int, default=None, help="stop after so many rounds")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first round")
    parser.add_argument("--only", choices=FAULTS, default=None, metavar="FAULT")
    parser.add_argument(
        "--scenarios", nargs="+", choices=SCENARIOS, default=list(SCENARIOS), metavar="SCENARIO"
    )
    parser.add_argument("--keep", action="store_true", help="keep homes of rounds that fail")
    parser.add_argument("--log", type=Path, help="append a line of JSON per round to this file")
    given = parser.parse_args()
    if given.hours is None and given.rounds is None:
        given.rounds = len(FAULTS) * 2
    # So that servers and mounts go, however this process is asked to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    root = Path(tempfile.mkdtemp(prefix="neuroqgan-campaign-"))
    root.chmod(0o711)
    outcomes: list[Outcome] = []
    missing: dict[str, str] = {}
    try:
        with World(root, use_postgres=given.only in (None, "lost PostgreSQL")) as world:
            chosen = [FAULTS[given.only]] if given.only else list(FAULTS.values())
            missing = {one.name: why for one in chosen if (why := one.missing(world))}
            rounds = Rounds(world, given.seed, given.scenarios, keep=given.keep)
            chosen = [fault for fault in chosen if rounds.fitting(fault)]
            _campaign(given, rounds, chosen, missing, outcomes)
    except KeyboardInterrupt:
        pass
    finally:
        if given.keep and (root / "kept").exists():
            click.echo(f"Kept: {root / 'kept'}, and what was said on the way in {root / 'log'}")
        else:
            shutil.rmtree(root, ignore_errors=True)
        click.echo(table(outcomes, missing))
    return int(any(outcome.violations for outcome in outcomes))


def _campaign(
    given: argparse.Namespace,
    rounds: Rounds,
    chosen: list[Fault],
    missing: dict[str, str],
    outcomes: list[Outcome],
) -> None:
    end = None if given.hours is None else time.monotonic() + 3600 * given.hours
    for number in count(given.first):
        if given.rounds is not None and number >= given.first + given.rounds:
            return
        if end is not None and time.monotonic() > end:
            return
        fault = chosen[number % len(chosen)]
        if fault.name in missing:
            continue
        outcome = rounds.run(number, fault)
        outcomes.append(outcome)
        if given.log is not None:
            line = {key: value for key, value in vars(outcome).items() if key != "said"}
            with given.log.open("a") as file:
                file.write(json.dumps(line) + "\n")
        if outcome.violations:
            again = f"--only {fault.name!r} --seed {given.seed} --first {number} --rounds 1 --keep"
            click.echo(
                f"\nround {number}, {fault.name}, {outcome.scenario}, {json.dumps(outcome.place)}"
            )
            click.echo(f"  again: python -m tests.campaign {again}")
            for violation in outcome.violations:
                click.echo(f"  {violation[:1500]}")


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    sys.exit(main())
