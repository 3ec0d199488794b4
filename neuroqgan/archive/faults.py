"""What a check of a store finds, and what a check is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from neuroqgan.archive.store_view import StoreView


@dataclass(frozen=True)
class Repair:
    """What repairs a fault without losing anything.

    Parameters
    ----------
    plan
        What would be done, in words.
    act
        Does it, and returns in words what was done. It raises a `NeuroqganError` or `OSError` if
        that is not possible.
    """

    plan: str
    act: Callable[[], str]


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Parameters
    ----------
    kind
        What is wrong, in a word or two.
    subject
        Job, run or file.
    description
        What was found, in words.
    advice
        What a person can do; empty if `repair` does all.
    repair
        What repairs it; None if nothing does.
    is_wrong
        Whether something may be lost or is in the way; otherwise it is only worth knowing.
    """

    kind: str
    subject: str
    description: str
    advice: str = ""
    repair: Repair | None = None
    is_wrong: bool = True

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON."""
        return {
            "kind": self.kind,
            "subject": self.subject,
            "description": self.description,
            "advice": self.advice,
            "repair": None if self.repair is None else self.repair.plan,
            "wrong": self.is_wrong,
        }


@dataclass(frozen=True)
class StoreCheck:
    """One check.

    Parameters
    ----------
    name
        What it looks at, in a word or two.
    run
        Yields what is wrong.
    """

    name: str
    run: Callable[[StoreView], Iterator[Fault]]
