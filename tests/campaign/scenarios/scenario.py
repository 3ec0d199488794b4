"""What a user does in a round of the campaign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.shell import Shell

Step = Callable[[Shell, Path], None]


def nothing(shell: Shell, home: Path) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Scenario:
    """Commands in three parts, each of which runs in a process of its own.

    Parameters
    ----------
    name
        In the table of results.
    act
        What a fault strikes. The paths of all files follow from the home.
    mend
        What a user does afterwards, until everything is as if nothing had happened.
    prepare
        What has to be there before.
    outputs
        Patterns below the home: files whose content has to be that of an undisturbed round.
    at_service
        Whether the service holds jobs of it.
    forgets
        Whether the record of its job is deleted on purpose.
    """

    name: str
    act: Step
    mend: Step
    prepare: Step = nothing
    outputs: tuple[str, ...] = ()
    at_service: bool = False
    forgets: bool = False
