"""Two versions on one store: a command of an earlier release, in the home of this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.campaign.faults.fault import Fault
from tests.campaign.faults.kills import KillAtStep

if TYPE_CHECKING:
    from tests.campaign.world import World


class EarlierVersion(Fault):
    """The struck command is that of the last release; it works or refuses."""

    name = "earlier version"
    acts_earlier = True

    def missing(self, world: World) -> str | None:
        return None if world.earlier is not None else "the history of the repository"


class KilledEarlierVersion(EarlierVersion, KillAtStep):
    """The struck command is that of the last release, and it is killed."""

    name = "killed earlier version"


class EarlierStore(KillAtStep):
    """Jobs of the last release, whose tables are changed by a command that is killed."""

    name = "store of an earlier version"
    strikes = frozenset({"retrieve", "recover", "cancel", "forget", "bundle"})
    begins_earlier = True
    missing = EarlierVersion.missing
