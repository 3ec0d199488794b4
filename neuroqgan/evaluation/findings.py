"""What is measured of a raster when it is judged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

# Their annotations are the schema of files, and so are needed where the package runs.
from neuroqgan.evaluation.activity import Activity  # noqa: TC001
from neuroqgan.evaluation.c2st import TwoSampleTest  # noqa: TC001
from neuroqgan.evaluation.comparison import StatisticComparison  # noqa: TC001
from neuroqgan.evaluation.conditional.conditional_evaluation import ConditionalEvaluation  # noqa: TC001
from neuroqgan.evaluation.energy import EnergyTest  # noqa: TC001
from neuroqgan.evaluation.judges.verdict import Verdict, former_verdict, worst_of
from neuroqgan.evaluation.manifold import Manifold  # noqa: TC001
from neuroqgan.evaluation.memorisation import Memorisation  # noqa: TC001
from neuroqgan.evaluation.suites.suite import SuiteResult  # noqa: TC001


@dataclass(frozen=True, repr=False)
class Findings:
    """How close a raster is to a recording, in figures; see `neuroqgan.judge`.

    Parameters
    ----------
    statistics
        Comparison by the key of the statistic.
    c2st
        Two-sample test of generated against held-out windows by the judge that distinguishes
        them best, see `worst`; None if there are too few to train a judge.
    c2st_floor
        The same of real against real windows: what that judge reaches without any difference to
        find; or None.
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
    judges
        What every judge found, by its key; empty in evaluations of versions before the panel.
    energy, energy_floor
        Permutation test of the energy distance of generated from held-out windows, and of real
        from real ones; None in evaluations of earlier versions.
    manifold, manifold_floor
        Precision, recall and coverage of generated windows among held-out ones, and of
        real among real ones; None in evaluations of earlier versions.
    suite
        Figures of a published benchmark, if they were asked for.
    max_windows
        How many windows of each kind were used at most, if there were more; else None.
    """

    statistics: dict[str, StatisticComparison]
    c2st: TwoSampleTest | None
    c2st_floor: TwoSampleTest | None
    memorisation: Memorisation | None
    n_generated: int
    n_reference: int
    floor_source: Literal["training", "halves"]
    activity: Activity | None = None
    seed: int | None = None
    conditional: ConditionalEvaluation | None = None
    judges: dict[str, Verdict] = field(default_factory=dict)
    energy: EnergyTest | None = None
    energy_floor: EnergyTest | None = None
    manifold: Manifold | None = None
    manifold_floor: Manifold | None = None
    suite: SuiteResult | None = None
    max_windows: int | None = None

    @property
    def worst(self) -> Verdict | None:
        """The verdict of the judge that distinguishes best; None if there are too few windows."""
        if self.judges:
            return worst_of(self.judges.values())
        return worst_of([former_verdict(self.c2st, self.c2st_floor)])
