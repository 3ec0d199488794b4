"""All judges by key, in the order in which they are reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.errors import ConfigError
from neuroqgan.evaluation.judges import boosted_trees, nearest_neighbours, network

if TYPE_CHECKING:
    from neuroqgan.evaluation.judges.kind import Judge

JUDGES: dict[str, Judge] = {}
"""The registry; see `register_judge`."""

FORMER_JUDGE = "trees_on_counts"
"""The judge that is nearest to the only one of versions before the panel."""


def register_judge(judge: Judge) -> None:
    """Add a judge, which then has its say in every evaluation.

    Raises
    ------
    ConfigError
        If there is one of that key.
    """
    if judge.key in JUDGES:
        raise ConfigError(
            f"There is already a judge {judge.key!r}.", expected="a new key", got=repr(judge.key)
        )
    JUDGES[judge.key] = judge


for _judge in (
    boosted_trees.TREES,
    boosted_trees.TREES_ON_COUNTS,
    network.NETWORK,
    nearest_neighbours.NEAREST_NEIGHBOURS,
):
    register_judge(_judge)


def judge_title(key: str) -> str:
    """Return the title of a judge, or the key itself if the judge is not known here."""
    return JUDGES[key].title if key in JUDGES else key
