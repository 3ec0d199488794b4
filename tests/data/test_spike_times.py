"""Rasters from lists of spike times."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

from_times = SpikeRaster.from_spike_times


def ones(raster: SpikeRaster) -> list[list[int]]:
    """The trial, bin and neuron of every spike."""
    return np.argwhere(raster.spikes).tolist()


def test_one_session_by_label() -> None:
    raster = from_times({"b": [0.03], 7: [], "a": np.array([0.0, 0.05])}, 0.02, duration=0.1)
    assert raster.neuron_labels == ("b", "7", "a")
    assert raster.spikes.shape == (1, 5, 3)
    assert ones(raster) == [[0, 0, 2], [0, 1, 0], [0, 2, 2]]
    assert raster.silent_neurons == (1,)


def test_without_a_duration_the_last_spike_decides() -> None:
    assert from_times([[0.01], [0.19]], 0.02).n_bins == 10


def test_trials_of_a_session() -> None:
    trains = [[0.5, 1.0, 1.51, 2.499], [2.5]]
    raster = from_times(trains, 0.5, trials=[[0.5, 1.5], [1.5, 2.5]])
    assert ones(raster) == [[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]]


def test_windows_around_events_may_overlap() -> None:
    raster = from_times([[0.95, 1.05, 1.45]], 0.1, trials=[1.0, 1.5], start=-0.1, duration=0.2)
    assert ones(raster) == [[0, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_trials_of_their_own() -> None:
    trains = {"a": [[0.01], [], [0.03]], "b": [[], [], [0.05]]}
    raster = from_times(trains, 0.02, start=0.02, duration=0.06)
    assert raster.spikes.shape == (3, 3, 2)
    assert ones(raster) == [[2, 0, 0], [2, 1, 1]]


def test_unequal_trials_are_cut_and_that_is_said() -> None:
    with pytest.warns(RecordingWarning, match="All are cut to 1 s"):
        raster = from_times([[0.2, 1.9]], 0.1, trials=[[0, 2], [2, 3]])
    assert raster.spikes.shape == (2, 10, 1)


def test_spikes_that_share_a_bin() -> None:
    trains = [[0.001, 0.002, 0.09], [0.05]]
    with pytest.warns(RecordingWarning, match=r"1 of 4 spikes \(25 %\) fell into a bin"):
        assert from_times(trains, 0.02, duration=0.1).spikes.sum() == 3
    with pytest.raises(RecordingError, match="several spikes of a neuron"):
        from_times(trains, 0.02, duration=0.1, counts="refuse")


def test_spikes_after_the_last_whole_bin_are_reported() -> None:
    with pytest.warns(RecordingWarning, match=r"1 of 2 spikes \(50 %\), at 0.1 s or later"):
        raster = from_times([[0.01, 0.105]], 0.02, duration=0.11)
    assert raster.n_bins == 5


def test_units_of_time() -> None:
    seconds = from_times([[0.25, 0.5]], 0.05, duration=1)
    assert from_times([[250, 500]], 0.05, duration=1, time_unit="ms") == seconds
    samples = from_times([[7500, 15000]], 0.05, duration=1, time_unit="samples",
                         sampling_rate=30_000)  # fmt: skip
    assert samples == seconds
    with pytest.raises(RecordingError, match="sampling rate is not known"):
        from_times([[7500]], 0.05, time_unit="samples")
    with pytest.raises(RecordingError, match="not in samples"):
        from_times([[7500]], 0.05, sampling_rate=30_000)


def test_whole_numbers_of_one_neuron_say_nothing_of_another() -> None:
    """Whole sample numbers are exact; a time just before an edge is not, and lies on it."""
    raster = from_times([[1, 2], [0.58 - 1e-8]], 0.02, duration=3)
    assert np.flatnonzero(raster.spikes[0, :, 1]).tolist() == [29]


def test_numbers_that_look_like_milliseconds_are_doubted() -> None:
    times = np.arange(0, 60_000, 500) + 0.25
    with pytest.warns(RecordingWarning, match="look like milliseconds: `time_unit = ms`"):
        from_times([times], 0.02)


def test_trials_and_spikes_on_different_clocks() -> None:
    with pytest.raises(RecordingError, match="no spike in any trial") as caught:
        from_times([[100.0, 900.0]], 0.02, trials=[[0, 1], [2, 3]])
    assert "from 100 to 900 s" in caught.value.got


@pytest.mark.parametrize(
    ("trains", "message"),
    [
        ([], "no neuron"),
        (5, "a value of type int"),
        ("times", "a value of type str"),
        ([["a", "b"]], "something else for the neuron '0'"),
        ({"x": 3}, "something else for the neuron 'x'"),
        ({1: [0.1], "1": [0.2]}, "the same as texts"),
    ],
)
def test_what_is_no_spike_times(trains: object, message: str) -> None:
    with pytest.raises(RecordingError, match="no spike times") as caught:
        from_times(trains, 0.02)  # type: ignore[arg-type]
    assert message in caught.value.got


@pytest.mark.parametrize(
    ("settings_given", "message"),
    [
        ({"trials": [0.0, 1.0]}, "not how long they are"),
        ({"trials": [[1.0, 0.5]]}, "ends before it begins"),
        ({"trials": []}, "does not say where trials are"),
        ({"duration": -1.0}, "do not describe a stretch"),
        ({"start": np.nan}, "do not describe a stretch"),
    ],
)
def test_impossible_trials(settings_given: dict[str, object], message: str) -> None:
    with pytest.raises(RecordingError, match=message):
        from_times([[0.1, 0.2]], 0.02, **settings_given)  # type: ignore[arg-type]


def test_other_refusals() -> None:
    with pytest.raises(RecordingError, match="not finite numbers"):
        from_times([[0.1, np.nan]], 0.02)
    with pytest.raises(RecordingError, match="different numbers of trials"):
        from_times([[[0.1], [0.2]], [[0.1]]], 0.02)
    with pytest.raises(RecordingError, match="those of trials already"):
        from_times([[[0.1], [0.2]]], 0.02, trials=[[0, 1]])
    with pytest.raises(RecordingError, match="not a duration"):
        from_times([[0.1]], 0.0)
    with pytest.raises(RecordingError, match="before the start"):
        from_times([[-0.1, 0.2]], 0.02)


@settings(max_examples=30, deadline=None)
@given(
    bins=st.lists(st.integers(0, 999), min_size=1, max_size=20, unique=True).map(sorted),
    width=st.sampled_from([0.001, 0.005, 0.0128, 0.02, 1 / 30, 0.1]),
    origin=st.sampled_from([0.0, 0.1, 12.7, 3600.05, -3.3]),
    dtype=st.sampled_from(["float64", "samples"]),
)
def test_edges_are_exact_wherever_the_trial_begins(
    bins: list[int], width: float, origin: float, dtype: str
) -> None:
    """A spike on an edge belongs to the later bin, one sample before it to the earlier."""
    if dtype == "samples":
        rate = 30_000
        exact = Fraction(width).limit_denominator(10**6)
        begin = Fraction(origin).limit_denominator(10**6) * rate
        edges = [begin + k * exact * rate for k in bins]
        times = [int(-(-edge // 1)) for edge in edges]
        expected = sorted({int((t - begin) / (exact * rate)) for t in times})
        given_unit = {"time_unit": "samples", "sampling_rate": rate}
    else:
        times, expected, given_unit = [origin + k * width for k in bins], bins, {}
    raster = from_times([times], width, trials=[origin], duration=1000 * width, **given_unit)  # type: ignore[arg-type]
    assert raster.n_bins == 1000
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == expected
