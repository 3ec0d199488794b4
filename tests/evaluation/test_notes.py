"""Every note, at both sides of the limit that decides about it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from neuroqgan.evaluation.activity import Activity
from neuroqgan.evaluation.c2st import TwoSampleTest
from neuroqgan.evaluation.comparison import StatisticComparison
from neuroqgan.evaluation.findings import Findings
from neuroqgan.evaluation.memorisation import Memorisation
from neuroqgan.evaluation.notes import notes

GOOD = StatisticComparison(error=0.02, floor=0.01, ratio=2.0, ratio_low=1.5, ratio_high=2.5)
ACTIVE = Activity(
    generated=9.0,
    held_out=10.0,
    generated_silent=0.1,
    held_out_silent=0.1,
    n_neurons=4,
    silent_neurons=(),
)
DISTANT = Memorisation(3.0, 3.0, 3.0, 3.0, 0.0, 0.0, 400, memorised=False)
FINE = Findings(
    statistics={"spike_probability": GOOD, "pair_covariance": GOOD},
    c2st=TwoSampleTest.of(0.58, 400),
    c2st_floor=TwoSampleTest.of(0.5, 400),
    memorisation=DISTANT,
    n_generated=400,
    n_reference=400,
    floor_source="training",
    activity=ACTIVE,
    seed=0,
)


def _ratio(**fields: float) -> dict[str, StatisticComparison]:
    return {"spike_probability": replace(GOOD, **fields), "pair_covariance": GOOD}


def test_good_figures_speak_for_themselves() -> None:
    assert notes(FINE) == []
    assert notes(replace(FINE, activity=None)) == []


def test_silence() -> None:
    (note,) = notes(replace(FINE, activity=replace(ACTIVE, held_out=0.0)))
    assert note.startswith("The held-out windows contain no spikes")
    (note,) = notes(replace(FINE, activity=replace(ACTIVE, generated=0.0), memorisation=None))
    assert note.startswith("No spikes were generated")


def test_silent_neurons_are_named() -> None:
    (note,) = notes(replace(FINE, activity=replace(ACTIVE, silent_neurons=("3", "8"))))
    assert note.startswith("2 of 4 neurons never spike")
    assert note.endswith(": 3, 8.")
    many = tuple(map(str, range(12)))
    (note,) = notes(replace(FINE, activity=replace(ACTIVE, silent_neurons=many)))
    assert note.endswith(": 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, ... (12 in all).")


@pytest.mark.parametrize(
    ("generated", "ratio", "key", "warned"),
    [
        (4.9, 1.5, "pair_covariance", True),
        (5.0, 1.5, "pair_covariance", False),
        (4.9, 1.51, "pair_covariance", False),
        (4.9, 1.5, "spike_probability", False),
        (4.9, 1.5, "unknown", False),
    ],
)
def test_covariances_of_few_spikes_mean_little(
    generated: float, ratio: float, key: str, warned: bool
) -> None:
    rows = FINE.statistics | {key: replace(GOOD, ratio=ratio)}
    sparse = replace(FINE, statistics=rows, activity=replace(ACTIVE, generated=generated))
    assert any("mean little" in note for note in notes(sparse)) == warned


def test_a_floor_of_zero() -> None:
    zero = replace(GOOD, floor=1e-12, ratio=math.nan, ratio_low=math.nan)
    nothing = replace(zero, floor=math.nan)
    (note,) = notes(replace(FINE, statistics={"a": zero, "b": nothing}))
    assert note.startswith("There are no ratios")
    for rows in ({"a": zero, "b": GOOD}, {"a": replace(zero, floor=2e-12)}, {"a": nothing}):
        assert notes(replace(FINE, statistics=rows)) == []


@pytest.mark.parametrize(
    ("generated", "real", "hints"),
    [
        (39, 400, "Try: 40 samples or more."),
        (400, 39, "Try: a longer recording, or shorter windows."),
        (39, 39, "Try: 40 samples or more, and a longer recording, or shorter windows."),
        (40, 39, "Try: a longer recording, or shorter windows."),
        (39, 40, "Try: 40 samples or more."),
    ],
)
def test_too_few_windows_for_the_classifier(generated: int, real: int, hints: str) -> None:
    few = replace(FINE, c2st=None, n_generated=generated, n_reference=real)
    (note,) = notes(few)
    assert f"got {generated} generated and {real} real ones. {hints}" in note


def test_too_few_windows_for_the_floor_of_the_classifier() -> None:
    (note,) = notes(replace(FINE, c2st_floor=None))
    assert note.startswith("C2ST has no floor")


def test_a_classifier_that_is_wrong_too_often() -> None:
    # Standard error 0.0177: the interval ends 0.035 above, and twice that is the limit.
    (note,) = notes(replace(FINE, c2st=TwoSampleTest.of(0.42, 400)))
    assert "wrong more often than by chance (0.420)" in note
    assert notes(replace(FINE, c2st=TwoSampleTest.of(0.44, 400))) == []


@pytest.mark.parametrize(
    ("accuracy", "n", "low", "contradicts"),
    [
        (0.52, 400, 3.1, True),
        (0.52, 400, 3.0, False),
        (0.549, 4000, 3.1, True),
        (0.55, 4000, 3.1, False),
        (0.6, 40, 3.1, True),  # the interval contains 0.5
        (0.6, 400, 3.1, False),
    ],
)
def test_statistics_that_contradict_the_classifier(
    accuracy: float, n: int, low: float, contradicts: bool
) -> None:
    rows = _ratio(ratio=4.4, ratio_low=low)
    found = replace(FINE, statistics=rows, c2st=TwoSampleTest.of(accuracy, n))
    said = [note for note in notes(found) if "No judge distinguishes" in note]
    assert len(said) == contradicts
    if said:
        assert f"(C2ST {accuracy:.3f})" in said[0]
        assert ": spike probability 4 times." in said[0]


def test_the_farthest_statistic_comes_first() -> None:
    rows = {
        key: replace(GOOD, ratio=ratio, ratio_low=4.0)
        for key, ratio in (("spike_probability", 5.0), ("pair_covariance", 7.0))
    }
    (note,) = notes(replace(FINE, statistics=rows, c2st=TwoSampleTest.of(0.5, 400)))
    assert "pair covariance 7 times, spike probability 5 times. Trust the ratios." in note


@pytest.mark.parametrize(
    ("generated_silent", "held_out_silent", "n", "reason"),
    [
        (0.5, 0.6, 400, "50% of the generated and 60% of the held-out windows contain no spikes"),
        (0.4, 0.6, 400, "Trust the ratios."),
        (0.6, 0.4, 400, "Trust the ratios."),
        (0.1, 0.1, 199, "With 199 windows of each kind it detects only large differences."),
        (0.1, 0.1, 200, "Trust the ratios."),
    ],
)
def test_why_the_classifier_sees_no_difference(
    generated_silent: float, held_out_silent: float, n: int, reason: str
) -> None:
    silent = replace(ACTIVE, generated_silent=generated_silent, held_out_silent=held_out_silent)
    rows = _ratio(ratio_low=3.1)
    test = TwoSampleTest.of(0.5, n)
    (note,) = notes(replace(FINE, statistics=rows, activity=silent, c2st=test))
    assert reason in note
    (note,) = notes(replace(FINE, statistics=rows, activity=None, c2st=test))
    assert ("large differences" in note) == (n < 200)


@pytest.mark.parametrize(
    ("accuracy", "ratio", "said"),
    [(0.8, 1.5, True), (0.8, 1.6, False), (0.63, 1.5, False), (0.64, 1.5, True)],
)
def test_a_difference_that_no_statistic_measures(accuracy: float, ratio: float, said: bool) -> None:
    # The lower end of the interval is 0.595 for 0.63, and 0.606 for 0.64.
    rows = {
        "spike_probability": replace(GOOD, ratio=ratio),
        "pair_covariance": replace(GOOD, ratio=math.nan),
    }
    found = notes(replace(FINE, statistics=rows, c2st=TwoSampleTest.of(accuracy, 400)))
    assert any("can still be distinguished from recorded ones" in note for note in found) == said
    without = {"pair_covariance": replace(GOOD, ratio=math.nan)}
    assert notes(replace(FINE, statistics=without, c2st=TwoSampleTest.of(0.8, 400))) == []


def test_memorisation_that_cannot_be_judged() -> None:
    for near, n in (
        (None, 0),
        (replace(DISTANT, memorised=None, n_compared=7), 7),
        (replace(DISTANT, memorised=None, n_compared=None), 0),
    ):
        (note,) = notes(replace(FINE, memorisation=near))
        assert note.startswith(f"Memorisation is not judged: {n} generated windows can be paired")
        assert "20 pairs" in note
        assert notes(replace(FINE, memorisation=near, floor_source="halves")) == []
        assert notes(replace(FINE, memorisation=near, activity=None)) == []
    assert notes(replace(FINE, memorisation=replace(DISTANT, memorised=True))) == []
