"""What a check finds, and what a check is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class Level(StrEnum):
    """How bad a finding is."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True)
class Finding:
    """One thing that a check found.

    Parameters
    ----------
    level
        How bad it is: a problem keeps something from working, a warning may.
    said
        What was found, in words.
    advice
        What to do; empty if there is nothing to do.
    """

    level: Level
    said: str
    advice: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return the fields, ready for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Scope:
    """What checks may do.

    Parameters
    ----------
    online
        Whether to ask the service of an account.
    """

    online: bool = False


@dataclass(frozen=True)
class Check:
    """One check.

    Parameters
    ----------
    name
        What it looks at, in a word or two.
    run
        Yields what it finds.
    """

    name: str
    run: Callable[[Scope], Iterator[Finding]]


def ok(said: str, advice: str = "") -> Finding:
    """Return a finding that all is well."""
    return Finding(Level.OK, said, advice)


def warning(said: str, advice: str) -> Finding:
    """Return a finding that may cause trouble."""
    return Finding(Level.WARNING, said, advice)


def problem(said: str, advice: str) -> Finding:
    """Return a finding that keeps something from working."""
    return Finding(Level.PROBLEM, said, advice)
