"""What the figures of an evaluation cannot say, and where they contradict each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neuroqgan.checks import shorten
from neuroqgan.evaluation import memorisation
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS
from neuroqgan.evaluation.comparison import ZERO
from neuroqgan.evaluation.conditional.lines import conditional_notes
from neuroqgan.evaluation.statistics.statistic_registry import STATISTICS, title_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neuroqgan.evaluation.findings import Findings

_FAR, _NEAR = 3.0, 1.5  # ratios
_HARDLY, _SURELY = 0.55, 0.6  # accuracies
_MOSTLY = 0.5
_MISSING = 0.15  # of recall or coverage
_FEW = 200
_MOST_NAMES = 10


def notes(findings: Findings) -> list[str]:
    """Return sentences on an evaluation; none if its figures speak for themselves."""
    return [
        *_on_windows(findings),
        *_on_activity(findings),
        *_on_the_floor(findings),
        *_on_the_judges(findings),
        *_on_what_is_missing(findings),
        *_on_memorisation(findings),
        *conditional_notes(findings.conditional),
    ]


def _on_windows(findings: Findings) -> Iterator[str]:
    most, numbers = findings.max_windows, (findings.n_generated, findings.n_reference)
    if most is not None:
        used = [f"{min(number, most):,} of {number:,}" for number in numbers]
        yield (
            f"{used[0]} generated and {used[1]} held-out windows were used, drawn at random; "
            "memorisation is judged against all training windows."
        )


def _on_activity(findings: Findings) -> Iterator[str]:
    found = findings.activity
    if found is None:
        return
    if found.held_out == 0:
        yield "The held-out windows contain no spikes, so there is nothing to judge against."
    if found.generated == 0:
        yield "No spikes were generated: covariances, intervals and memorisation are not judged."
        return
    if found.silent_neurons:
        silent = found.silent_neurons
        yield (
            f"{len(silent)} of {found.n_neurons} neurons never spike in the generated windows, "
            f"although they do in the recording: {shorten(silent, _MOST_NAMES)}."
        )
    ratios = [
        row.ratio
        for key, row in findings.statistics.items()
        if key in STATISTICS and STATISTICS[key].is_covariance
    ]
    if found.generated < found.held_out / 2 and any(ratio <= _NEAR for ratio in ratios):
        yield (
            f"Generated windows contain {found.generated:.2g} spikes on average, "
            f"held-out windows {found.held_out:.2g}. With so few spikes all covariances "
            "are close to zero, so their ratios mean little even if they are near 1."
        )


def _on_the_floor(findings: Findings) -> Iterator[str]:
    floors = [row.floor for row in findings.statistics.values() if row.floor == row.floor]
    if floors and all(floor <= ZERO for floor in floors):
        yield (
            "There are no ratios because the floor is zero: the windows that it comes from are "
            "the same as those that the raster is judged against."
        )


def _on_the_judges(findings: Findings) -> Iterator[str]:
    test = findings.c2st
    if test is None:
        yield _too_few_windows(findings)
        return
    if findings.c2st_floor is None:
        yield (
            f"C2ST has no floor: for that a judge needs {FEWEST_WINDOWS} real windows on each side."
        )
    tests = [verdict.test for verdict in findings.judges.values() if verdict.test is not None]
    lowest = min(tests, key=lambda found: found.accuracy, default=test)
    # Twice as far as the interval reaches, since predictions of one test are not independent.
    if lowest.accuracy + 2 * (lowest.high - lowest.accuracy) < 0.5:
        yield (
            f"A judge is wrong more often than by chance ({lowest.accuracy:.3f}). This "
            "happens when the same windows are on both sides: does the raster contain held-out "
            "windows, or copies of each other? If so, these figures say nothing about a generator."
        )
        return
    # Even exchanging windows between the two sides never brings them closer together.
    if findings.energy is not None and findings.energy.p_value >= 1:
        yield (
            "Generated windows are closer to the held-out ones than chance explains (energy "
            "distance, p = 1). This happens when the same windows are on both sides: does the "
            "raster contain held-out windows? If so, these figures say nothing about a generator."
        )
        return
    sees_no_difference = test.low <= 0.5 or test.accuracy < _HARDLY
    far = sorted(
        ((row.ratio, key) for key, row in findings.statistics.items() if row.ratio_low > _FAR),
        reverse=True,
    )
    if sees_no_difference and far:
        differing = ", ".join(f"{title_of(key)} {ratio:.0f} times" for ratio, key in far)
        yield (
            "No judge distinguishes generated from held-out windows well (C2ST "
            f"{test.accuracy:.3f}), but some statistics differ by far more than the floor: "
            f"{differing}. {_why(findings)}"
        )
    ratios = [row.ratio for row in findings.statistics.values() if row.ratio == row.ratio]
    if test.low > _SURELY and ratios and max(ratios) <= _NEAR:
        yield (
            f"No statistic differs by more than {_NEAR:g} times the floor, but generated windows "
            f"can still be distinguished from recorded ones (C2ST {test.accuracy:.3f}), by "
            "something that none of the statistics measures."
        )


def _on_what_is_missing(findings: Findings) -> Iterator[str]:
    found, real, active = findings.manifold, findings.manifold_floor, findings.activity
    few = min(findings.n_generated, findings.n_reference) < FEWEST_WINDOWS
    if found is None or real is None or few or (active is not None and active.generated == 0):
        return
    if min(found.recall - real.recall, found.coverage - real.coverage) < -_MISSING:
        yield (
            f"Kinds of windows are missing, or the same ones are generated over and over: recall "
            f"{found.recall:.2f} and coverage {found.coverage:.2f}, where real windows reach "
            f"{real.recall:.2f} and {real.coverage:.2f}."
        )


def _too_few_windows(findings: Findings) -> str:
    generated, real = findings.n_generated, findings.n_reference
    hints = []
    if generated < FEWEST_WINDOWS:
        hints.append(f"{FEWEST_WINDOWS} samples or more")
    if real < FEWEST_WINDOWS:
        hints.append("a longer recording, or shorter windows")
    return (
        f"No C2ST: judges need {FEWEST_WINDOWS} windows of each kind and got "
        f"{generated} generated and {real} real ones. Try: {', and '.join(hints)}."
    )


def _why(findings: Findings) -> str:
    found, test = findings.activity, findings.c2st
    if found is not None and min(found.generated_silent, found.held_out_silent) >= _MOSTLY:
        return (
            f"{found.generated_silent:.0%} of the generated and "
            f"{found.held_out_silent:.0%} of the held-out windows contain no spikes, "
            "so judges can only use the others."
        )
    if test is not None and test.n_samples < _FEW:
        return f"With {test.n_samples} windows of each kind it detects only large differences."
    return "Trust the ratios."


def _on_memorisation(findings: Findings) -> Iterator[str]:
    found = findings.activity
    if findings.floor_source != "training" or found is None or found.generated == 0:
        return
    near = findings.memorisation
    if near is None or near.memorised is None:
        n = 0 if near is None else near.n_compared or 0
        yield (
            f"Memorisation is not judged: {n} generated windows can be paired with a "
            f"held-out window that has as many spikes, and {memorisation.FEWEST_WINDOWS} pairs "
            "are needed."
        )
