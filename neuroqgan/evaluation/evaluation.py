"""An evaluation: the figures of a judged raster, printed, stored and read again."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from neuroqgan.errors import CheckpointError
from neuroqgan.evaluation.activity import Activity
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS, TwoSampleTest
from neuroqgan.evaluation.comparison import StatisticComparison
from neuroqgan.evaluation.conditional.conditional_evaluation import ConditionalEvaluation
from neuroqgan.evaluation.energy import EnergyTest
from neuroqgan.evaluation.findings import Findings
from neuroqgan.evaluation.judges.verdict import Verdict
from neuroqgan.evaluation.manifold import Manifold
from neuroqgan.evaluation.memorisation import Memorisation
from neuroqgan.evaluation.notes import notes
from neuroqgan.evaluation.statistics.statistic_registry import current_key
from neuroqgan.evaluation.suites.suite import SuiteResult, SuiteRow
from neuroqgan.evaluation.table import as_html, as_text
from neuroqgan.schemas import checked

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, repr=False)
class Evaluation(Findings):
    """How close a raster is to a recording.

    Printed, it is a table; `notes` say what the figures cannot. The fields are those of
    `neuroqgan.evaluation.findings.Findings`.

    Examples
    --------
    >>> import numpy as np
    >>> from neuroqgan import SpikeRaster, judge
    >>> random = np.random.default_rng(0)
    >>> windows = [SpikeRaster(random.random((50, 8, 3)) < 0.2, 0.02) for _ in range(3)]
    >>> evaluation = judge(*windows, n_bootstrap=10)
    >>> evaluation == Evaluation.from_dict(evaluation.to_dict())
    True
    >>> str(evaluation).splitlines()[0].split()
    ['statistic', 'error', 'floor', 'ratio', '95', '%', 'interval']
    """

    @property
    def notes(self) -> list[str]:
        """Sentences on what the figures cannot say; see `neuroqgan.evaluation.notes`."""
        return notes(self)

    def __str__(self) -> str:
        return as_text(self)

    def __repr__(self) -> str:
        ratios = [row.ratio for row in self.statistics.values() if math.isfinite(row.ratio)]
        words = [f"{self.n_generated:,} windows"]
        if self.worst is not None:
            words.append(f"C2ST {self.worst.accuracy:.3f}")
        if ratios:
            words.append(f"ratios {min(ratios):.2g} to {max(ratios):.2g}")
        return f"Evaluation({', '.join(words)})"

    def _repr_html_(self) -> str:
        return as_html(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; what is not a number becomes None.

        Besides the fields there are ``c2st_judge``, the judge whose accuracy ``c2st`` is,
        ``c2st_needs``, the number of windows of each kind that a C2ST needs, and `notes`.
        """
        cleaned: dict[str, Any] = _without_nan(asdict(self))
        given = None if self.conditional is None else self.conditional.to_dict()
        return cleaned | {
            "conditional": given,
            "c2st_judge": None if self.worst is None else self.worst.judge,
            "c2st_needs": FEWEST_WINDOWS,
            "notes": self.notes,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Evaluation:
        """Undo `to_dict`; other keys are ignored.

        Evaluations of version 0.1 are read too, without a C2ST that was made from too few
        windows; statistics that were renamed since get their present keys. Those of versions
        before the panel of judges have the C2ST of a single one.

        Raises
        ------
        CheckpointError
            If fields are missing or of the wrong type.
        """
        try:
            return checked(cls, cls._of(values))
        except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError) as error:
            raise CheckpointError(
                "The stored evaluation is damaged.",
                expected="the figures that neuroqgan evaluate writes",
                got=f"{type(error).__name__}: {error}",
                hint="judge the raster again with: neuroqgan evaluate RUN",
            ) from error

    @classmethod
    def _of(cls, values: dict[str, Any]) -> Evaluation:
        memorisation, found = values["memorisation"], values.get("activity")
        return cls(
            statistics={
                current_key(key): StatisticComparison(
                    **{part: _figure(value) for part, value in row.items()}
                )
                for key, row in values["statistics"].items()
            },
            c2st=_two_sample_test(values["c2st"]),
            c2st_floor=_two_sample_test(values["c2st_floor"]),
            memorisation=None if memorisation is None else Memorisation.from_dict(memorisation),
            n_generated=values["n_generated"],
            n_reference=values["n_reference"],
            floor_source=values["floor_source"],
            activity=None
            if found is None
            else Activity(**found | {"silent_neurons": tuple(found["silent_neurons"])}),
            seed=values.get("seed"),
            conditional=None
            if values.get("conditional") is None
            else ConditionalEvaluation.from_dict(values["conditional"]),
            judges={
                key: Verdict(key, _two_sample_test(row["test"]), _two_sample_test(row["floor"]))
                for key, row in values.get("judges", {}).items()
            },
            energy=_read(EnergyTest, values.get("energy")),
            energy_floor=_read(EnergyTest, values.get("energy_floor")),
            manifold=_read(Manifold, values.get("manifold")),
            manifold_floor=_read(Manifold, values.get("manifold_floor")),
            suite=_suite(values.get("suite")),
            max_windows=values.get("max_windows"),
        )


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


_Figures = TypeVar("_Figures")


def _read(kind: Callable[..., _Figures], values: dict[str, Any] | None) -> _Figures | None:
    """Make an object of figures, those that were not numbers again NaN."""
    if values is None:
        return None
    return kind(**{key: _figure(value) for key, value in values.items()})


def _figure(value: object) -> float:
    """Return a figure as `Evaluation.to_dict` writes it: a number, or None for what is none."""
    if value is None:
        return math.nan
    if not isinstance(value, int | float) or math.isinf(value):
        raise ValueError(f"{str(value)[:40]} in the place of a number")
    return float(value)


def _suite(values: dict[str, Any] | None) -> SuiteResult | None:
    if values is None:
        return None
    rows = {
        key: SuiteRow(*(_figure(row[part]) for part in ("value", "floor")))
        for key, row in values["rows"].items()
    }
    return SuiteResult(values["suite"], rows)


def _two_sample_test(values: dict[str, Any] | None) -> TwoSampleTest | None:
    """Read a test of any version: standard error and interval follow from the accuracy."""
    if values is None or values["n_samples"] < FEWEST_WINDOWS:
        return None
    return TwoSampleTest.of(float(values["accuracy"]), values["n_samples"])
