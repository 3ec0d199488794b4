"""A rule of the service, and what it says of a job that breaks it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from neuroqgan.testing.rules.submitted_job import Submission

NOT_VALID = 1002
"""IBM's code for a job that its validation refuses, where no other code is known."""


@dataclass(frozen=True)
class Rule:
    """A rule of the service.

    Parameters
    ----------
    name
        In a few words.
    problem
        Returns what is wrong with a job, or None.
    solution
        What IBM advises.
    code
        IBM's code for it.
    state
        What becomes of the job: it fails, or is cancelled.
    """

    name: str
    problem: Callable[[Submission], str | None]
    solution: str
    code: int = NOT_VALID
    state: Literal["Failed", "Cancelled"] = "Failed"


@dataclass(frozen=True)
class Refusal:
    """What the service says of a job that breaks a rule."""

    rule: Rule
    problem: str

    @property
    def reason(self) -> str:
        """The text, worded as the service words its own."""
        link = f"https://ibm.biz/error_codes#{self.rule.code}"
        return f"Job not valid. '{self.problem} -- {self.rule.solution} -- {link}'"
