"""What a judge found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.evaluation.c2st import TwoSampleTest  # noqa: TC001  # of the schema of files
from neuroqgan.evaluation.judges.judge_registry import FORMER_JUDGE, judge_title

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Verdict:
    """How well a judge distinguishes generated from held-out windows.

    Parameters
    ----------
    judge
        Its key, see `neuroqgan.evaluation.judges.judge_registry.JUDGES`.
    test
        Of generated against held-out windows; None if there are too few.
    floor
        The same of real against real windows: what the judge reaches without any difference to
        find; None if there are too few.
    """

    judge: str
    test: TwoSampleTest | None
    floor: TwoSampleTest | None

    @property
    def title(self) -> str:
        """Name of the judge in words."""
        return judge_title(self.judge)

    @property
    def accuracy(self) -> float:
        """Share of unseen windows that are classified correctly; NaN if there are too few."""
        return float("nan") if self.test is None else self.test.accuracy


def worst_of(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the verdict of the judge that distinguishes best, or None without any accuracy."""
    known = [verdict for verdict in verdicts if verdict.test is not None]
    return max(known, key=lambda verdict: verdict.accuracy, default=None)


def former_verdict(test: TwoSampleTest | None, floor: TwoSampleTest | None) -> Verdict:
    """Return the verdict of the only judge of versions before the panel."""
    return Verdict(FORMER_JUDGE, test, floor)


def verdicts_of(
    tests: dict[str, TwoSampleTest], floors: dict[str, TwoSampleTest]
) -> dict[str, Verdict]:
    """Return a verdict by judge; both may lack judges, or be empty."""
    keys: dict[str, Any] = {**tests, **floors}
    return {key: Verdict(key, tests.get(key), floors.get(key)) for key in keys}
