"""The whole judgement of a raster: statistics, two-sample test, memorisation."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from neuroqgan.errors import CheckpointError, RasterError
from neuroqgan.evaluation.activity import Activity, activity
from neuroqgan.evaluation.c2st import (
    FEWEST_WINDOWS,
    TwoSampleTest,
    classifier_two_sample_test,
)
from neuroqgan.evaluation.comparison import StatisticComparison, compare
from neuroqgan.evaluation.memorisation import Memorisation, nearest_training_distance
from neuroqgan.evaluation.verdict import notes

if TYPE_CHECKING:
    from neuroqgan.raster import SpikeRaster

_FEWEST_WINDOWS = 8


@dataclass(frozen=True)
class Evaluation:
    """How close a raster is to a recording.

    Parameters
    ----------
    statistics
        Comparison by the name of the statistic.
    c2st
        Generated against held-out windows, or None if there are too few to train a classifier.
    c2st_floor
        Real against real windows: the result of the classifier if there is no difference; or None.
    memorisation
        Distances to the training windows, or None if there are none, or nothing to compare.
    n_generated, n_reference
        Windows of each kind.
    floor_source
        Which real windows the floor comes from: ``training`` or ``halves``.
    activity
        Spikes of each kind; None in evaluations of version 0.1.
    seed
        Of the judgement; None in evaluations of version 0.1.
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

    def to_dict(self) -> dict[str, Any]:
        """Return the fields, ready for JSON; what is not a number becomes None.

        Besides the fields there are ``c2st_needs``, the number of windows of each kind that a C2ST
        needs, and ``notes``, see `neuroqgan.evaluation.verdict.notes`.
        """
        cleaned: dict[str, Any] = _without_nan(asdict(self))
        return cleaned | {"c2st_needs": FEWEST_WINDOWS, "notes": notes(self)}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Evaluation:
        """Undo `to_dict`; other keys are left aside.

        Evaluations of version 0.1 are read too. A C2ST that they hold of too few windows is left
        out.

        Raises
        ------
        CheckpointError
            If fields are missing or of another kind.
        """
        try:
            return cls._read(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise CheckpointError(
                "The stored evaluation is damaged.",
                expected="the figures that neuroqgan evaluate writes",
                got=f"{type(error).__name__}: {error}",
                hint="judge the raster again with: neuroqgan evaluate RUN",
            ) from error

    @classmethod
    def _read(cls, values: dict[str, Any]) -> Evaluation:
        memorisation, found = values["memorisation"], values.get("activity")
        return cls(
            statistics={
                name: StatisticComparison(
                    **{k: math.nan if v is None else float(v) for k, v in row.items()}
                )
                for name, row in values["statistics"].items()
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
        )


def judge(
    generated: SpikeRaster,
    held_out: SpikeRaster,
    training: SpikeRaster | None = None,
    *,
    seed: int = 0,
    n_bootstrap: int = 100,
) -> Evaluation:
    """Judge generated windows against held-out real ones.

    Parameters
    ----------
    generated
        What is judged.
    held_out
        Real windows that the generator was not trained on.
    training
        Real windows that it was trained on; they give the floor. Without them the floor comes
        from the odd against the even windows of ``held_out``, which is larger, as halves are
        noisier than wholes.
    seed
        Seed of bootstrap, classifier and choices of windows.
    n_bootstrap
        Resamplings for the intervals.

    Raises
    ------
    RasterError
        If the rasters differ in bins, neurons or bin width.
    RasterError
        If there are fewer than eight windows of a kind.
    """
    _check(generated, held_out)
    if training is not None:
        _check(generated, training)
        reference, floor = held_out, training
    else:
        reference, floor = held_out.take(slice(0, None, 2)), held_out.take(slice(1, None, 2))
    return Evaluation(
        statistics=compare(generated, reference, floor, n_bootstrap=n_bootstrap, seed=seed),
        c2st=classifier_two_sample_test(generated, held_out, seed=seed),
        c2st_floor=classifier_two_sample_test(floor, reference, seed=seed),
        memorisation=None
        if training is None
        else nearest_training_distance(generated, training, held_out, seed=seed),
        n_generated=generated.n_samples,
        n_reference=held_out.n_samples,
        floor_source="halves" if training is None else "training",
        activity=activity(generated, held_out),
        seed=seed,
    )


def _check(generated: SpikeRaster, real: SpikeRaster) -> None:
    for what, mine, theirs in (
        ("neurons", generated.n_neurons, real.n_neurons),
        ("bins a window", generated.n_bins, real.n_bins),
    ):
        if mine != theirs:
            raise RasterError(
                f"The rasters differ in {what}.",
                expected=f"{mine} {what}, as generated",
                got=str(theirs),
                hint=f"--neurons 0:{mine}"
                if what == "neurons"
                else f"raster.windows({mine}) cuts a longer one",
            )
    if not math.isclose(generated.bin_width, real.bin_width, rel_tol=1e-9):
        raise RasterError(
            "The rasters differ in bin width.",
            expected=f"{generated.bin_width:g} s, as generated",
            got=f"{real.bin_width:g} s",
        )
    if min(generated.n_samples, real.n_samples) < _FEWEST_WINDOWS:
        raise RasterError(
            "There are too few windows to judge by.",
            expected=f"{_FEWEST_WINDOWS} windows or more of each kind",
            got=f"{generated.n_samples} generated, {real.n_samples} real",
            hint="1000 samples, or a longer recording",
        )


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _two_sample_test(values: dict[str, Any] | None) -> TwoSampleTest | None:
    """Read a test of any version: the interval follows from the accuracy."""
    if values is None or values["n_samples"] < FEWEST_WINDOWS:
        return None
    return TwoSampleTest.of(float(values["accuracy"]), values["n_samples"])
