"""The table of a campaign: rounds of every fault, and what did not hold.

``python -m tests.campaign.summary LOG...`` prints that of the logs of several campaigns.
"""

from __future__ import annotations

import json
import signal
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import click

from tests.campaign.rounds import Outcome

_KINDS = ("LOST", "TWICE", "ALTERED", "HALF", "LEFT", "BROKEN", "HANGS")


def table(outcomes: Iterable[Outcome], missing: dict[str, str]) -> str:
    """Return the table as text."""
    rounds: Counter[str] = Counter()
    ended: dict[str, Counter[bool]] = {}
    found: dict[str, Counter[str]] = {}
    for outcome in outcomes:
        rounds[outcome.fault] += 1
        ended.setdefault(outcome.fault, Counter())[outcome.ended == -signal.SIGKILL] += 1
        kinds = found.setdefault(outcome.fault, Counter())
        kinds.update({_kind(violation) for violation in outcome.violations})
    head = ["fault", "rounds", "killed", *(kind.lower() for kind in _KINDS), "other"]
    lines = [
        [
            fault,
            n,
            ended[fault][True],
            *(found[fault][kind] for kind in _KINDS),
            found[fault]["other"],
        ]
        for fault, n in rounds.items()
    ]
    sums = [sum(line[i] for line in lines) for i in range(1, len(head))]  # type: ignore[misc]
    rows = [head, *lines, ["all", *sums]]
    width = max(len(str(row[0])) for row in rows)
    text = [f"{row[0]!s:{width}}" + "".join(f"{value!s:>9}" for value in row[1:]) for row in rows]
    return "\n".join(
        [*text, *(f"NOT TRIED: {fault}, for want of {why}" for fault, why in missing.items())]
    )


def _kind(violation: str) -> str:
    kind = violation.partition(":")[0]
    return kind if kind in _KINDS else "other"


if __name__ == "__main__":
    lines = [line for name in sys.argv[1:] for line in Path(name).read_text().splitlines()]
    click.echo(table([Outcome(**json.loads(line)) for line in lines], {}))
