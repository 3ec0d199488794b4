"""What is measured of a raster when it is judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from neuroqgan.evaluation.activity import Activity
    from neuroqgan.evaluation.c2st import TwoSampleTest
    from neuroqgan.evaluation.comparison import StatisticComparison
    from neuroqgan.evaluation.conditional.conditional_evaluation import ConditionalEvaluation
    from neuroqgan.evaluation.memorisation import Memorisation


@dataclass(frozen=True, repr=False)
class Findings:
    """How close a raster is to a recording, in figures; see `neuroqgan.judge`.

    Parameters
    ----------
    statistics
        Comparison by the key of the statistic.
    c2st
        Classifier two-sample test of generated against held-out windows; None if there are too
        few to train a classifier.
    c2st_floor
        The same of real against real windows: what the classifier reaches without any difference
        to find; or None.
    memorisation
        Distances to the training windows; None if there are none, or nothing to compare.
    n_generated, n_reference
        Number of generated and of held-out windows.
    floor_source
        Which real windows the floor comes from: ``training`` or ``halves``.
    activity
        Spikes of generated and of held-out windows; None in evaluations of version 0.1.
    seed
        Seed of the judgement; None in evaluations of version 0.1.
    conditional
        What is measured given covariates; None if the windows carry none.
    """

    statistics: dict[str, StatisticComparison]
    c2st: TwoSampleTest | None
    c2st_floor: TwoSampleTest | None
    memorisation: Memorisation | None
    n_generated: int
    n_reference: int
    floor_source: str
    activity: Activity | None = None
    seed: int | None = None
    conditional: ConditionalEvaluation | None = None
