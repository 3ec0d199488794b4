"""The unit of spike times: stated, contradicted, or doubted."""

from __future__ import annotations

import contextlib
import warnings
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neuroqgan.data.load import load
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.tables.table import rasterise
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

PATH = Path("spikes.csv")


def recorded(seconds: float = 30, rate: float = 5, n_neurons: int = 4) -> pd.DataFrame:
    """Poisson spikes at multiples of a thirty thousandth of a second."""
    random = np.random.default_rng(0)
    neuron = np.repeat(np.arange(n_neurons), random.poisson(rate * seconds, n_neurons))
    samples = random.integers(0, int(30_000 * seconds), len(neuron))
    return pd.DataFrame({"time": samples / 30_000, "neuron": neuron})


def read(table: pd.DataFrame, **options: Any) -> SpikeRaster:
    return rasterise(PATH, table, 0.02, ReadOptions(**options), []).raster


def in_unit(unit: str, seconds: float = 30, rate: float = 5) -> pd.DataFrame:
    table = recorded(seconds, rate)
    factor = {"s": 1, "ms": 1e3, "us": 1e6, "samples": 30_000}[unit]
    times = table["time"] * factor
    return table.assign(time=times.round().astype("int64") if unit == "samples" else times)


@pytest.mark.parametrize("unit", ["s", "ms", "us", "samples"])
def test_every_unit_gives_the_same_raster(unit: str) -> None:
    rate = {"sampling_rate": 30_000.0} if unit == "samples" else {}
    assert read(in_unit(unit), time_unit=unit, **rate) == read(recorded())


@pytest.mark.parametrize(
    ("unit", "name"),
    [
        ("ms", "time_ms"),
        ("ms", "Time (ms)"),
        ("ms", "spike_times_msec"),
        ("us", "time [us]"),
        ("us", "timestamps (µs)"),
        ("s", "time_s"),
        ("s", "spike_time"),
    ],
)
def test_the_unit_in_a_column_s_name_is_used(unit: str, name: str) -> None:
    table = in_unit(unit).rename(columns={"time": name})
    assert read(table) == read(recorded())
    stated = {"time_unit": unit} if name != "spike_time" else {}
    assert read(table, **stated) == read(recorded())
    if name != "spike_time":
        with pytest.raises(RecordingError, match="another unit") as caught:
            read(table, time_unit="samples", sampling_rate=30_000)
        assert caught.value.expected == f"{unit}, as the column {name!r} says"


def test_a_column_of_samples_needs_a_rate() -> None:
    table = in_unit("samples").rename(columns={"time": "spike_samples"})
    with pytest.raises(RecordingError, match="sampling rate is not known"):
        read(table)
    assert read(table, sampling_rate=30_000) == read(recorded())


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ({"time_unit": "samples"}, "sampling rate is not known"),
        ({"sampling_rate": 3e4}, "not in samples"),
        ({"time_unit": "ms", "sampling_rate": 3e4}, "not in samples"),
        ({"time_unit": "samples", "sampling_rate": float("nan")}, "not a rate"),
        ({"time_unit": "minutes"}, "unknown"),
        ({"counts": "add"}, "no such way"),
        ({"start": float("nan")}, "not a time"),
        ({"stop": float("inf")}, "not a time"),
        ({"axes": "trials,bins,neurons"}, "does not have these axes"),
        ({"array": "spikes"}, "no named arrays"),
    ],
)
def test_options_that_make_no_sense(tmp_path: Path, options: dict[str, Any], problem: str) -> None:
    recorded(1).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(RecordingError, match=problem):
        load(tmp_path / "t.parquet", bin_width=0.02, **options)


@pytest.mark.parametrize(
    ("taken", "seconds", "given", "likely"),
    [
        ("ms", 30, {}, "milliseconds: `time_unit = ms`"),
        ("us", 0.2, {}, "microseconds: `time_unit = us`"),
        ("samples", 1, {}, "sample numbers: `time_unit = samples` and `sampling_rate = 30000`"),
        ("s", 30, {"time_unit": "ms"}, "seconds: `time_unit = s`"),
    ],
)
def test_an_implausible_unit_is_doubted_and_the_likely_one_named(
    taken: str, seconds: float, given: dict[str, Any], likely: str
) -> None:
    # Short, since weeks of bins are made of it.
    table = in_unit(taken, seconds, rate=20)
    with pytest.warns(RecordingWarning, match="look like") as caught:
        read(table, **given)
    assert f"they look like {likely}" in str(caught[0].message)


def test_whole_numbers_are_doubted() -> None:
    table = recorded(400, rate=0.5)
    table["time"] = table["time"].round()
    with pytest.warns(RecordingWarning, match="all times are whole numbers, up to 399"):
        read(table)
    # Not if that is what they are said to be.
    with pytest.warns(RecordingWarning, match="given only to the nearest 1 s"):
        read(table, time_unit="s")


SESSIONS = {
    "cortex": (600.0, (0.5, 2, 8, 15), 1),
    "hippocampus": (900.0, (0.05, 0.2, 0.7, 0.1), 1),
    "interneurons": (120.0, (30, 60, 90), 1),
    "retina": (19.0, (1, 2, 4, 3, 2), 10),
    "reaches": (1.0, (5, 20, 10), 40),
    "evoked": (0.2, (10, 30), 100),
}


def session(name: str) -> pd.DataFrame:
    seconds, rates, n_trials = SESSIONS[name]
    random = np.random.default_rng(1)
    counts = random.poisson(np.multiply(rates, seconds), (n_trials, len(rates)))
    trial, neuron = (np.repeat(i.ravel(), counts.ravel()) for i in np.indices(counts.shape))
    times = random.uniform(0, seconds, counts.sum())
    return pd.DataFrame({"time": times, "neuron": neuron, "trial": trial})


@pytest.mark.parametrize("name", list(SESSIONS))
def test_ordinary_sessions_in_seconds_are_not_doubted(name: str) -> None:
    # Warnings are errors in tests.
    assert read(session(name)).spikes.any()


@pytest.mark.parametrize(
    ("unit", "per_second", "likely"),
    [
        ("ms", 1e3, "`time_unit = ms`"),
        ("us", 1e6, "`time_unit = us`"),
        ("samples", 30_000.0, "`time_unit = samples` and `sampling_rate = 30000`"),
        ("samples", 24_414.0625, "`time_unit = samples` and `sampling_rate = 30000`"),
    ],
)
@pytest.mark.parametrize("name", list(SESSIONS))
def test_sessions_in_other_units_are_doubted_and_theirs_is_named(
    name: str, unit: str, per_second: float, likely: str
) -> None:
    table = session(name)
    table["time"] *= per_second
    if unit == "samples":
        table["time"] = table["time"].round().astype("int64")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # Wide bins, since months of them are made of it; years do not fit into memory.
        with contextlib.suppress(RecordingError):
            rasterise(PATH, table, 60.0, ReadOptions(), [])
    assert any("look like" in str(one.message) and likely in str(one.message) for one in caught)


@pytest.mark.parametrize("rate", [0.2, 5, 120])
def test_plausible_recordings_are_not_doubted(rate: float) -> None:
    # Warnings are errors in tests.
    read(recorded(60, rate))


def test_what_does_not_fit_into_memory_is_refused_first(monkeypatch: pytest.MonkeyPatch) -> None:
    def free(n_bytes: float) -> None:
        memory = SimpleNamespace(available=int(n_bytes))
        monkeypatch.setattr("psutil.virtual_memory", lambda: memory)

    table = recorded(60)
    free(4 * 3000 * 61)
    read(table)
    free(4 * 3000 * 20)
    with pytest.warns(RecordingWarning, match="training on all of it can take"):
        read(table)
    free(4 * 3000 * 5)
    with pytest.raises(RecordingError, match="does not fit into memory") as caught:
        read(table)
    assert caught.value.got.startswith("1 x 2,999 x 4")
    # Beyond any machine: made first, it would have been a MemoryError.
    free(1e9)
    with (
        pytest.warns(RecordingWarning, match="they look like sample numbers"),
        pytest.raises(RecordingError, match="does not fit into memory") as caught,
    ):
        read(in_unit("samples", 1000, 10))
    assert "`time_unit = samples` and `sampling_rate = 30000`" in caught.value.hint


def test_dates_are_refused() -> None:
    table = recorded(1)
    table["time"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(table["time"], unit="s")
    with pytest.raises(RecordingError, match="dates in the column 'time'"):
        read(table)
