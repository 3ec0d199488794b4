"""Trials of tables: their time zero, their length, and those without spikes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.reading import Reading, ReadOptions, RecordingWarning
from neuroqgan.data.split import split
from neuroqgan.data.tables.table import rasterise
from neuroqgan.data.times.numbers import roundest
from neuroqgan.errors import RecordingError

PATH = Path("spikes.csv")
WIDTH = 0.02


def trials(
    lengths: list[float], rate: float = 5, n_neurons: int = 4, seed: int = 0, quiet: float = 0
) -> pd.DataFrame:
    """Poisson spikes in trials of these lengths; nothing in the first ``quiet`` seconds."""
    random = np.random.default_rng(seed)
    rows = [
        (time, neuron, k)
        for k, length in enumerate(lengths)
        for neuron in range(n_neurons)
        for time in random.uniform(quiet, length, random.poisson(rate * (length - quiet)))
    ]
    return pd.DataFrame(rows, columns=["time", "neuron", "trial"])


def read(table: pd.DataFrame, **options: float) -> tuple[Reading, str]:
    """Return what is read, and all warnings and notes in one text."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        reading = rasterise(PATH, table, WIDTH, ReadOptions(**options), [])  # type: ignore[arg-type]
    return reading, " | ".join([*(str(w.message) for w in caught), *reading.notes])


@pytest.mark.parametrize("origin", [0.0, 3600.0, 1234.5])
@pytest.mark.parametrize(("period", "length"), [(4.0, 4.0), (5.0, 2.0), (2.5, 2.0)])
def test_session_time_at_a_regular_period(origin: float, period: float, length: float) -> None:
    own = trials([length] * 20, rate=20)
    session = own.assign(time=own["time"] + origin + period * own["trial"])
    expected, said = read(own)
    assert "session" not in said
    found, said = read(session)
    assert "never overlap" in said
    assert f"every {period:g} s" in said
    assert found.raster == expected.raster


def test_session_time_with_a_trial_in_which_nobody_fires() -> None:
    own = trials([4.0] * 12, rate=20)
    own = own[own["trial"] != 5]
    found, said = read(own.assign(time=own["time"] + 4.0 * own["trial"]))
    assert found.raster.n_samples == 12
    assert not found.raster.spikes[5].any()
    assert found.raster == read(own)[0].raster
    assert "every 4 s" in said


def test_irregular_session_time_begins_with_the_first_spike() -> None:
    random = np.random.default_rng(3)
    own = trials([2.0] * 15, rate=20)
    starts = np.cumsum(random.uniform(2, 9, 15))
    session = own.assign(time=own["time"] + starts[own["trial"]])
    found, said = read(session)
    assert "first spike" in said
    assert 95 <= found.raster.n_bins <= 100
    assert found.raster.spikes[:, 0].any(axis=1).all()
    # With the starts in the file, it is exact.
    stated = session.assign(trial_start=starts[session["trial"]])
    with_starts, said = read(stated)
    assert "counted from trial_start" in said
    assert with_starts.raster == read(own)[0].raster
    # Starts of zero are how to say that times are as they should be.
    kept, said = read(session.assign(trial_start=0.0))
    assert "session" not in said
    assert kept.raster.n_bins > 1000


def test_times_that_count_from_trial_start_already() -> None:
    own = trials([4.0] * 8)
    starts = 4.5 * np.arange(8)
    stated = own.assign(trial_start=starts[own["trial"]], trial_end=starts[own["trial"]] + 4)
    found, said = read(stated)
    assert "trial_start is not used" in said
    assert found.raster.n_bins == 200
    assert np.array_equal(found.raster.spikes[:, :199], read(own)[0].raster.spikes[:, :199])


@pytest.mark.parametrize("seed", range(4))
def test_trials_that_do_overlap_stay(seed: int) -> None:
    # A burst at another time of each trial, and few trials: apart only by chance.
    random = np.random.default_rng(seed)
    bursts = [(random.uniform(0, 9) + 0.01 * i, i % 2, k) for k in range(6) for i in range(9)]
    table = pd.DataFrame(bursts, columns=["time", "neuron", "trial"])
    table.loc[len(table)] = [9.9, 0, 0]
    table.loc[len(table)] = [0.1, 0, 0]
    for own in (table, trials([3.0] * 10, rate=0.3, seed=seed), trials([3.0, 3.0], seed=seed)):
        _, said = read(own)
        assert "session" not in said


def test_trials_of_unequal_length_are_cut_to_the_shortest() -> None:
    lengths = [2.0, 12.0, 4.0, 12.0, 3.0, 12.0, 2.5, 12.0]
    found, said = read(trials(lengths))
    assert 90 <= found.raster.n_bins <= 100
    assert "not equally long" in said
    assert "of the recording is left out" in said
    assert found.raster.spikes.mean() / WIDTH == pytest.approx(5, rel=0.15)
    whole, said = read(trials(lengths), stop=12.0)
    assert whole.raster.n_bins == 600
    assert "not equally long" not in said


@pytest.mark.parametrize("seed", range(6))
def test_trials_of_equal_length_are_not_cut(seed: int) -> None:
    random = np.random.default_rng(seed)
    sparse = trials([6.0] * 10, rate=0.5, seed=seed)
    slow = trials([6.0] * 2, rate=20, n_neurons=1, seed=seed)
    # A response to something at the start of each trial, and hardly anything after it.
    evoked = trials([6.0] * 20, rate=0.1, seed=seed)
    early = trials([0.3] * 20, rate=60, seed=seed + 1)
    # Up and down states of about a second.
    states = trials([6.0] * 20, rate=15, seed=seed)
    is_up = np.sin(2 * np.pi * (states["time"] / 2 + random.random(20)[states["trial"]])) > 0
    for table in (sparse, slow, pd.concat([evoked, early]), states[is_up]):
        _, said = read(table)
        assert "not equally long" not in said


def test_stated_ends_of_trials() -> None:
    table = trials([3.0, 4.0, 5.0])
    ends = np.array([3.0, 4.0, 5.0])[table["trial"]]
    found, said = read(table.assign(trial_end=ends))
    assert found.raster.n_bins == 150
    assert "not equally long" in said
    found, said = read(table.assign(trial_end=6.0))
    assert found.raster.n_bins == 300
    assert "not equally long" not in said
    assert read(table.assign(trial_end=6.0), start=1.0, stop=4.0)[0].raster.n_bins == 150
    with pytest.raises(RecordingError, match="after the end of their trial"):
        read(table.assign(trial_end=3.0))
    with pytest.raises(RecordingError, match="not the same in all rows"):
        read(table.assign(trial_end=10 + table["time"]))


def test_a_silent_trial_keeps_its_place_and_the_parity_of_later_ones() -> None:
    table = trials([8.0] * 10, rate=20)
    whole = split(read(table)[0].raster, 16)
    gap = table[table["trial"] != 4]
    found, said = read(gap, stop=8.0)
    assert "4; kept as silent trials" in said
    assert found.raster.n_samples == 10
    # Trials 5 to 9 are trained on and held out as before, and not the other way round.
    parts = split(found.raster, 16)
    assert np.array_equal(parts.held_out.spikes, whole.held_out.spikes)


@pytest.mark.parametrize(
    ("labels", "n_trials"),
    [
        (["3", "4", "6", "7"], 5),
        (["10", "20", "30"], 3),  # these numbers count something else
        (["a", "b", "d"], 3),
        (["1.5", "2.5", "4.5"], 3),
        (["01", "02", "04"], 4),
        (["1.0", "2.0", "4.0"], 4),  # as pandas writes numbers of which one was missing
        (["trial_9", "trial_11", "trial_12"], 4),
        (["day1_1", "day1_2", "day1_4"], 3),
    ],
)
def test_which_trials_are_missing(
    tmp_path: Path, labels: list[str], n_trials: int, make_table: Callable[[list[str]], str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text(make_table(labels))
    assert load(path, bin_width=WIDTH).n_samples == n_trials


@pytest.fixture
def make_table() -> Callable[[list[str]], str]:
    def make(labels: list[str]) -> str:
        rows = [f"{0.1 * i + 0.01},{i % 2},{k}\n" for k in labels for i in range(5)]
        return "time,neuron,trial\n" + "".join(rows)

    return make


def test_a_silent_trial_that_can_hardly_be_one_is_doubted() -> None:
    table = trials([8.0] * 10, rate=20)
    with pytest.warns(RecordingWarning, match="number the trials without gaps"):
        rasterise(PATH, table[table["trial"] != 4], WIDTH, ReadOptions(stop=8.0), [])


def test_round_numbers() -> None:
    assert roundest(9.93, 10.02) == 10
    assert roundest(0.0498, 0.0502) == 0.05
    assert roundest(-0.2, 0.01) == 0
    assert roundest(1234.4, 1234.53) == 1234.5
    assert roundest(1 / 3, 1 / 3) == 1 / 3


def test_trials_that_do_not_begin_with_the_first_are_said() -> None:
    table = trials([8.0] * 10, rate=20)
    _, said = read(table[table["trial"] >= 3])
    assert "trials are numbered from 3" in said
    assert "numbered from" not in read(table)[1]
    assert "numbered from" not in read(table.assign(trial=table["trial"] + 1))[1]


@pytest.mark.parametrize("column", ["trial_start", "trial_end", "start"])
def test_starts_and_ends_that_are_no_times_are_refused(column: str) -> None:
    own = trials([4.0] * 6, rate=20)
    session = own.assign(time=own["time"] + 4 * own["trial"])
    dates = pd.Timestamp("2024-01-01") + pd.to_timedelta(4 * session["trial"], unit="s")
    for values in (dates, dates.astype(str), "stimulus"):
        with pytest.raises(RecordingError, match="are not times"):
            read(session.assign(**{column: values}))
    # An empty column says nothing.
    found, said = read(session.assign(**{column: np.nan}))
    assert "counted from the start of each trial" in said
    assert found.raster.n_bins == 200


def test_a_start_that_is_missing_for_some_trials_is_refused() -> None:
    table = trials([4.0] * 6, rate=20)
    start = (10.0 * table["trial"]).where(table["trial"] != 3)
    with pytest.raises(RecordingError, match="where some of its trials start"):
        read(table.assign(time=table["time"] + 10 * table["trial"], trial_start=start))


def test_ends_in_session_time_without_starts() -> None:
    own = trials([4.0] * 6, rate=20)
    expected, _ = read(own, stop=4.0)
    later = {"time": own["time"] + 4 * own["trial"], "trial_end": 4.0 + 4 * own["trial"]}
    found, said = read(own.assign(**later))
    assert "counted from the start of each trial" in said
    assert found.raster == expected.raster
    unequal, said = read(trials([4.0, 6.0, 8.0]).assign(trial_end=lambda t: 4.0 + 2 * t["trial"]))
    assert "session" not in said
    assert unequal.raster.n_bins == 200


def test_starts_in_another_unit_than_the_times_are_doubted() -> None:
    own = trials([4.0] * 6, rate=20)
    session = own.assign(time=own["time"] + 4 * own["trial"])
    for factor in (0.001, 1000):
        _, said = read(session.assign(trial_start=factor * 4 * session["trial"]))
        assert "Is trial_start in another unit" in said
    _, said = read(session.assign(trial_start=4 * session["trial"]))
    assert "another unit" not in said


def test_trials_with_all_spikes_at_once_have_no_rate() -> None:
    table = pd.DataFrame(
        {"time": [0.1, 0.1, 5.1, 5.1, 10.2], "neuron": 0, "trial": [0, 0, 1, 1, 2]}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        read(table)


def test_trials_numbered_anew_in_every_block_are_doubted() -> None:
    own = trials([4.0] * 10, rate=20)
    session = own.assign(time=own["time"] + 4 * own["trial"], trial=own["trial"] % 5)
    _, said = read(session)
    assert "no spike of any neuron for 16" in said
    assert "number them consecutively" in said
    _, said = read(own)
    assert "midst" not in said
    paused = trials([4.0], rate=20)
    both = pd.concat([paused, paused.assign(time=paused["time"] + 100)])
    _, said = read(both)
    assert "If the recording paused" in said
    _, said = read(both, start=100.0)
    assert "paused" not in said
