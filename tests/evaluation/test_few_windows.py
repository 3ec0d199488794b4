"""Judging by few windows, by sparse ones, and by none with a spike."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from neuroqgan.errors import CheckpointError, RasterError
from neuroqgan.evaluation.c2st import FEWEST_WINDOWS, TwoSampleTest
from neuroqgan.evaluation.comparison import compare
from neuroqgan.evaluation.evaluation import Evaluation
from neuroqgan.evaluation.judge import judge
from neuroqgan.evaluation.judges.boosted_trees import TREES_ON_COUNTS
from neuroqgan.evaluation.judges.panel import Pair, ask_panel
from neuroqgan.evaluation.memorisation import nearest_training_distance
from neuroqgan.evaluation.model_row import ModelRow
from neuroqgan.raster import SpikeRaster

COVARIANCES = (
    "pair_covariance",
    "autocovariance",
    "lag1_cross_covariance",
    "triplet_correlation",
)


def _silent(n_samples: int, n_bins: int = 8, n_neurons: int = 4) -> SpikeRaster:
    return SpikeRaster(np.zeros((n_samples, n_bins, n_neurons), bool), 0.02)


def test_judges_give_no_number_of_too_few_windows(make_raster) -> None:
    real = make_raster(200, seed=1)
    assert ask_panel(Pair(_silent(FEWEST_WINDOWS - 1), real)) == {}
    assert ask_panel(Pair(real, _silent(FEWEST_WINDOWS - 1))) == {}


@pytest.mark.parametrize("n_windows", [FEWEST_WINDOWS, 100])
def test_with_the_fewest_windows_trees_tell_silence_and_equality(make_raster, n_windows) -> None:
    told, same = [], []
    judges = {"trees": TREES_ON_COUNTS}
    for seed in range(6):
        real = make_raster(n_windows, 16, seed=2 * seed)
        silent = Pair(_silent(n_windows, 16), real)
        told.append(ask_panel(silent, judges=judges, seed=seed)["trees"])
        other = make_raster(n_windows, 16, seed=2 * seed + 1)
        same.append(ask_panel(Pair(other, real), judges=judges, seed=seed)["trees"])
    assert min(test.low for test in told) > 0.7
    # Six intervals of 95 %; that two of them miss has a probability of 3 %.
    assert sum(test.low > 0.5 or test.high < 0.5 for test in same) < 2


def test_the_interval_is_wilsons() -> None:
    # Newcombe, Statist. Med. 17, 857 (1998), table I: 0 of 20.
    test = TwoSampleTest.of(0.0, 10)
    assert (test.low, test.high) == pytest.approx((0, 0.1611), abs=5e-5)
    # The binomial standard error of 30 out of 40 predictions.
    assert TwoSampleTest.of(0.75, 20).std == pytest.approx((0.75 * 0.25 / 40) ** 0.5)
    assert TwoSampleTest.of(1.0, 20).high == 1
    assert TwoSampleTest.of(1.0, 20).low < 0.93
    assert TwoSampleTest.of(0.0, 20).low == 0


def test_few_windows_are_said(make_raster) -> None:
    evaluation = judge(
        make_raster(20), make_raster(50, seed=1), make_raster(50, seed=2), n_bootstrap=5
    )
    assert evaluation.c2st is None
    assert evaluation.c2st_floor is not None
    values = json.loads(json.dumps(evaluation.to_dict(), allow_nan=False))
    assert values["c2st"] is None
    assert values["c2st_needs"] == FEWEST_WINDOWS
    assert any("need 40 windows" in note and "got 20 generated" in note for note in values["notes"])
    assert Evaluation.from_dict(values) == evaluation
    row = ModelRow.of("mine", evaluation)
    assert row.cells()[-2] == "-"
    again = ModelRow.from_dict(json.loads(json.dumps(row.to_dict(), allow_nan=False)))
    assert again.cells() == row.cells()
    halves = judge(make_raster(50), make_raster(60, seed=1), n_bootstrap=2)
    assert halves.c2st is not None
    assert halves.c2st_floor is None
    assert any("no floor" in note for note in halves.to_dict()["notes"])


def test_a_floor_of_one_window_is_refused(make_raster) -> None:
    with pytest.raises(RasterError, match="too few"):
        judge(make_raster(20), make_raster(20, seed=1), make_raster(1, seed=2))


def test_a_raster_without_spikes_has_no_merits(make_raster) -> None:
    evaluation = judge(_silent(50), make_raster(60, seed=1), make_raster(60, seed=2), n_bootstrap=5)
    assert evaluation.memorisation is None
    for name in (*COVARIANCES, "inter_spike_interval"):
        assert np.isnan(evaluation.statistics[name].ratio), name
    assert evaluation.statistics["spike_probability"].ratio > 3
    notes = evaluation.to_dict()["notes"]
    assert any("No spikes were generated" in note for note in notes)
    assert not any("emoris" in note and "paired" in note for note in notes)


def test_neurons_that_never_change_have_no_covariance(make_raster) -> None:
    held_out, training = make_raster(40, seed=1), make_raster(40, seed=2)
    constant = SpikeRaster(np.broadcast_to([True, False, True, False], (40, 8, 4)), 0.02)
    rows = compare(constant, held_out, training, n_bootstrap=2)
    assert all(np.isnan(rows[name].ratio) for name in COVARIANCES)
    assert rows["inter_spike_interval"].ratio > 1
    notes = judge(constant, held_out, training, n_bootstrap=2).to_dict()["notes"]
    assert any("2 of 4 neurons never spike" in note and "1, 3" in note for note in notes)


def test_nothing_to_compare_is_not_an_error_of_zero(make_raster) -> None:
    one = [make_raster(20, 1, 1, seed=i) for i in range(3)]
    rows = compare(*one, n_bootstrap=2)
    for name in COVARIANCES:
        assert np.isnan(rows[name].error), name
    assert rows["spike_probability"].error >= 0


def test_a_silent_recording_and_a_floor_of_the_same_windows(make_raster) -> None:
    raster = make_raster(40, rate=0.3)
    notes = judge(raster, _silent(40), _silent(40), n_bootstrap=2).to_dict()["notes"]
    assert any("held-out windows contain no spikes" in note for note in notes)
    real = make_raster(40, seed=1)
    shuffled = real.take(np.random.default_rng(0).permutation(40))
    again = judge(raster, real, shuffled, n_bootstrap=2)
    assert all(np.isnan(row.ratio) for row in again.statistics.values())
    assert any("same as those" in note for note in again.to_dict()["notes"])


def test_a_sparser_generator_has_not_memorised(make_raster) -> None:
    training, held_out = make_raster(400, seed=1), make_raster(400, seed=2)
    # Fresh spikes at half the rate are closer to any training window, since they are fewer.
    thin = nearest_training_distance(make_raster(400, rate=0.15, seed=3), training, held_out)
    assert thin is not None
    assert thin.memorised is False
    assert thin.generated_mean == pytest.approx(thin.held_out_mean, rel=0.15)
    # Windows of one spike are in every recording.
    sparse = [make_raster(300, rate=0.03, seed=i) for i in range(3)]
    single = nearest_training_distance(*sparse)
    assert single is not None
    assert single.memorised is False
    assert single.copied_fraction > 0.3


def test_memorising_is_found_out_and_needs_enough_windows(make_raster) -> None:
    training, held_out = make_raster(200, seed=1), make_raster(200, seed=2)
    copies = nearest_training_distance(training, training, held_out)
    assert copies is not None
    assert copies.memorised is True
    few = nearest_training_distance(training.take(slice(0, 10)), training, held_out)
    assert few is not None
    assert few.memorised is None
    none = nearest_training_distance(_silent(30), training, held_out)
    assert none is None
    # Not one held-out window has so many spikes.
    full = SpikeRaster(~_silent(30).spikes, 0.02)
    assert nearest_training_distance(full, training, held_out) is None
    assert any("paired" in n for n in judge(full, held_out, training).to_dict()["notes"])


def test_a_verdict_that_other_figures_contradict_says_so() -> None:
    random = np.random.default_rng(0)

    def mostly_silent(rate: float, n: int = 400) -> SpikeRaster:
        spikes = random.random((n, 8, 4)) < rate
        active = random.permutation(n) < 20
        return SpikeRaster(spikes & active[:, None, None], 0.02)

    held_out, training = mostly_silent(0.3), mostly_silent(0.3)
    evaluation = judge(mostly_silent(0.9), held_out, training)
    assert evaluation.c2st is not None
    assert evaluation.c2st.accuracy < 0.55
    note = next(note for note in evaluation.to_dict()["notes"] if "No judge distinguishes" in note)
    ratio = evaluation.statistics["spike_probability"].ratio
    assert f"spike probability {ratio:.0f} times" in note
    assert "contain no spikes" in note
    fair = judge(mostly_silent(0.3), held_out, training)
    assert not any("No judge distinguishes" in note for note in fair.to_dict()["notes"])


def test_a_classifier_that_sees_more_than_the_statistics_says_so(make_raster) -> None:
    evaluation = judge(*(make_raster(40, seed=i) for i in range(3)), n_bootstrap=2)
    near = {name: replace(row, ratio=1.2) for name, row in evaluation.statistics.items()}
    told = replace(evaluation, statistics=near, judges={}, c2st=TwoSampleTest.of(0.8, 400))
    assert any("none of the statistics measures" in note for note in told.to_dict()["notes"])
    for other in (
        replace(told, c2st=TwoSampleTest.of(0.52, 400)),
        replace(
            told,
            statistics=near | {"spike_probability": replace(near["spike_probability"], ratio=2)},
        ),
    ):
        assert not any(
            "none of the statistics measures" in note for note in other.to_dict()["notes"]
        )


OLD = {
    "statistics": {
        "spike_probability": {
            "error": 0.1,
            "floor": 0.0,
            "ratio": None,
            "ratio_low": None,
            "ratio_high": None,
        }
    },
    "c2st": {"accuracy": 0.5, "std": 0.08, "n_samples": 20},
    "c2st_floor": {"accuracy": 0.52, "std": 0.01, "n_samples": 600},
    "memorisation": {
        "generated_median": 3.0,
        "held_out_median": 4.0,
        "copied_fraction": 0.1,
        "held_out_copied_fraction": 0.0,
        "memorised": False,
    },
    "n_generated": 20,
    "n_reference": 600,
    "floor_source": "training",
    "raster": "aer-seed0-20.npz",
}


def test_evaluations_of_version_0_1_are_read() -> None:
    evaluation = Evaluation.from_dict(OLD)
    assert evaluation.c2st is None
    assert evaluation.c2st_floor is not None
    assert evaluation.c2st_floor.low < 0.5 < evaluation.c2st_floor.high
    assert evaluation.memorisation is not None
    assert evaluation.memorisation.generated_mean == 3
    assert evaluation.activity is None
    assert Evaluation.from_dict(evaluation.to_dict()).to_dict() == evaluation.to_dict()


@pytest.mark.parametrize("key", ["statistics", "c2st", "memorisation", "n_generated"])
def test_a_damaged_evaluation_says_so(key: str) -> None:
    for damaged in ({k: v for k, v in OLD.items() if k != key}, OLD | {key: "x"}):
        if key == "n_generated" and damaged.get(key) == "x":
            continue
        with pytest.raises(CheckpointError, match="damaged"):
            Evaluation.from_dict(damaged)


def test_the_held_out_windows_themselves_are_no_merit(make_raster) -> None:
    real, training = make_raster(100, 16, seed=1), make_raster(100, 16, seed=2)
    same = judge(real, real, training, n_bootstrap=5).to_dict()["notes"]
    assert "closer to the held-out ones than chance explains" in " ".join(same)
    other = judge(make_raster(100, 16, seed=3), real, training, n_bootstrap=5).to_dict()["notes"]
    assert "chance explains" not in " ".join(other)
