"""Spikes on the edges of bins, whatever type and unit their times have."""

from __future__ import annotations

import warnings
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neuroqgan.data.load import load
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.tables.table import rasterise
from neuroqgan.errors import RecordingError

PATH = Path("spikes.csv")
WIDTHS = st.sampled_from([0.001, 0.005, 0.01, 0.0128, 0.02, 0.025, 1 / 30, 0.1, 0.25, 1 / 3])
UNITS = st.sampled_from([("s", 1.0), ("ms", 1e3), ("us", 1e6), ("samples", 30_000.0)])
BINS = st.lists(st.integers(0, 9_000), min_size=1, max_size=20, unique=True).map(sorted)


def bins_of(times: object, width: float) -> list[int]:
    table = pd.DataFrame({"time": times, "neuron": "a"})
    with warnings.catch_warnings():
        # A neuron that fires so rarely is a doubt about the unit, which is no matter here.
        warnings.simplefilter("ignore", RecordingWarning)
        reading = rasterise(PATH, table, width, ReadOptions(start=0.0), [])
    return [int(k) for k in np.flatnonzero(reading.raster.spikes[0, :, 0])]


@settings(max_examples=40)
@given(bins=BINS, width=WIDTHS, dtype=st.sampled_from(["float32", "float64"]))
def test_floats_on_edges(bins: list[int], width: float, dtype: str) -> None:
    rounded = (np.array(bins) * width).astype(dtype)
    # Where neighbouring numbers are further apart than that, edges cannot be told from others.
    assert np.spacing(rounded[-1]) < width / 2
    assert bins_of(rounded, width) == bins
    computed = np.array(bins, dtype) * np.dtype(dtype).type(width)
    if 2 * np.spacing(rounded[-1]) < 0.01 * width:
        assert bins_of(computed, width) == bins


@settings(max_examples=60)
@given(
    bins=BINS,
    width=WIDTHS,
    unit=UNITS,
    start=st.sampled_from([0.0, 0.1, 1 / 3, 1234.5]),
    order=st.sampled_from(["edge first", "unit first", "in steps"]),
)
@example(bins=[3], width=0.1, unit=("ms", 1e3), start=0.0, order="unit first")
@example(bins=[29], width=0.02, unit=("s", 1.0), start=0.0, order="edge first")
def test_edges_in_every_unit_and_from_any_start(
    bins: list[int], width: float, unit: tuple[str, float], start: float, order: str
) -> None:
    name, per_second = unit
    k = np.array(bins)
    if order == "edge first":
        times = (start + k * width) * per_second
    elif order == "unit first":
        times = start * per_second + k * (width * per_second)
    else:
        steps = np.cumsum(np.full(bins[-1] + 1, width * per_second)) - width * per_second
        times = start * per_second + steps[k]
    rate = per_second if name == "samples" else None
    options = ReadOptions(start=start, time_unit=name, sampling_rate=rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        table = pd.DataFrame({"time": times, "neuron": "a"})
        raster = rasterise(PATH, table, width, options, []).raster
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == bins
    assert raster.n_bins == bins[-1] + 1


@settings(max_examples=40)
@given(bins=BINS, width=WIDTHS, unit=UNITS, before=st.sampled_from([3e-6, 1e-3, 0.5]))
def test_a_time_is_on_an_edge_within_a_millionth_of_a_bin(
    bins: list[int], width: float, unit: tuple[str, float], before: float
) -> None:
    name, per_second = unit
    rate = per_second if name == "samples" else None
    table = pd.DataFrame({"time": (np.array(bins) + 1 - before) * width * per_second})
    options = ReadOptions(start=0.0, time_unit=name, sampling_rate=rate)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RecordingWarning)
        raster = rasterise(PATH, table.assign(neuron="a"), width, options, []).raster
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == bins


@settings(max_examples=40)
@given(bins=BINS, width=WIDTHS, dtype=st.sampled_from(["float32", "float64"]))
def test_floats_well_before_edges(bins: list[int], width: float, dtype: str) -> None:
    times = ((np.array(bins) + 0.97) * width).astype(dtype)
    if np.spacing(times[-1]) < 0.02 * width:
        assert bins_of(times, width) == bins


@settings(max_examples=40)
@given(bins=BINS, width=WIDTHS, decimals=st.integers(4, 9), single=st.booleans())
@example(bins=[236, 1972], width=1 / 30, decimals=4, single=True)
@example(bins=[1, 5650], width=1 / 30, decimals=5, single=False)
def test_texts_on_edges(bins: list[int], width: float, decimals: int, single: bool) -> None:
    edges = np.array(bins) * width
    if single and np.spacing(np.float32(edges[-1])) < width / 2:
        texts = [str(value) for value in edges.astype(np.float32)]
        assert bins_of(texts, width) == bins
    texts = [f"{edge:.{decimals}f}" for edge in edges]
    if 0.5 * 10**-decimals <= 0.01 * width:
        assert bins_of(texts, width) == bins


@settings(max_examples=40)
@given(
    samples=st.lists(st.integers(0, 2**36), min_size=1, max_size=20),
    rate=st.sampled_from([20_000, 24_414.0625, 30_000]),
    n_bins=st.sampled_from([1, 7, 50, 1000]),
    dtype=st.sampled_from(["int64", "uint64", "float64"]),
)
def test_sample_numbers_are_exact(samples: list[int], rate: float, n_bins: int, dtype: str) -> None:
    # As wide as they need to be for the raster to stay small.
    width = Fraction(max(samples) + 1) / Fraction(rate) / n_bins
    width = max(Fraction(1, 50), Fraction(round(width * 1000), 1000))
    expected = sorted({int(n / Fraction(rate) // width) for n in samples})
    times = np.array(samples, dtype)
    table = pd.DataFrame({"time": times, "neuron": "a"})
    options = ReadOptions(start=0.0, time_unit="samples", sampling_rate=rate)
    with warnings.catch_warnings():
        # Long recordings and wide bins are what is asked for here.
        warnings.simplefilter("ignore")
        reading = rasterise(PATH, table, float(width), options, [])
    assert np.flatnonzero(reading.raster.spikes[0, :, 0]).tolist() == expected


def test_every_sample_around_an_edge() -> None:
    # Bins of 20 s at 30 kHz: a sample is less than the millionth of a bin that is rounding.
    near = np.array([599_999, 600_000, 600_001])
    options = ReadOptions(start=0.0, time_unit="samples", sampling_rate=30_000)
    for n, k in zip(near, (0, 1, 1), strict=True):
        table = pd.DataFrame({"time": [n], "neuron": "a"})
        with pytest.warns(match="Bins are 20 s wide"):
            reading = rasterise(PATH, table, 20.0, options, [])
        assert reading.raster.n_bins == k + 1


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_durations_have_their_own_unit(unit: str, tmp_path: Path) -> None:
    per_second = {"s": 1, "ms": 1000, "us": 10**6, "ns": 10**9}[unit]
    numbers = (np.arange(1, 38, 2) * per_second).astype("int64")
    table = pd.DataFrame({"time": numbers.astype(f"timedelta64[{unit}]"), "neuron": "a"})
    table.to_parquet(tmp_path / "t.parquet")
    raster = load(tmp_path / "t.parquet", bin_width=0.5)
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == list(range(2, 76, 4))
    with pytest.raises(RecordingError, match="durations"):
        load(tmp_path / "t.parquet", bin_width=0.5, time_unit="ms")


def test_spikes_that_share_a_bin_are_counted(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("time,neuron\n0.001,a\n0.002,a\n0.003,b\n0.019,a\n0.02,a\n")
    table = pd.read_csv(tmp_path / "t.csv")
    notes = rasterise(PATH, table, 0.02, ReadOptions(), []).notes
    assert any("2 of 5 spikes (40 %) fell into a bin" in note for note in notes)
    with pytest.raises(RecordingError, match="several spikes of a neuron in one bin") as caught:
        load(tmp_path / "t.csv", bin_width=0.02, counts="refuse")
    assert "2 of 5" in caught.value.got
    assert load(tmp_path / "t.csv", bin_width=0.001, counts="refuse").n_bins == 21


def test_start_and_stop_crop_every_trial(tmp_path: Path) -> None:
    rows = "".join(f"{t},{n},{k}\n" for k in (0, 1) for n, t in (("a", 0.5), ("b", 1.03), ("a", 2)))
    (tmp_path / "t.csv").write_text("time,neuron,trial\n" + rows)
    table = pd.read_csv(tmp_path / "t.csv")
    reading = rasterise(PATH, table, 0.1, ReadOptions(start=0.53, stop=1.95), [])
    assert reading.raster.spikes.shape == (2, 14, 2)
    assert np.argwhere(reading.raster.spikes).tolist() == [[0, 5, 1], [1, 5, 1]]
    assert any("4 of 6 spikes" in note and "left out" in note for note in reading.notes)
    # Silence up to the stop is what the user says.
    assert load(tmp_path / "t.csv", bin_width=0.1, stop=3.0).n_bins == 30
    with pytest.raises(RecordingError, match="no whole bin"):
        load(tmp_path / "t.csv", bin_width=0.1, start=1.0, stop=1.05)


def test_times_before_zero(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("time,neuron\n-0.25,a\n0.1,b\n0.31,b\n")
    with pytest.raises(RecordingError, match="before the start") as caught:
        load(tmp_path / "t.csv", bin_width=0.1)
    assert caught.value.got == "-0.25 s in row 1, the only such row, the earliest at -0.25 s"
    assert "`start = -0.25`" in caught.value.hint
    raster = load(tmp_path / "t.csv", bin_width=0.1, start=-0.25)
    assert np.argwhere(raster.spikes[0]).tolist() == [[0, 0], [3, 1], [5, 1]]
    assert load(tmp_path / "t.csv", bin_width=0.1, start=0.0).n_bins == 4


def test_late_first_spikes_are_told(tmp_path: Path) -> None:
    times = np.random.default_rng(0).uniform(0, 30, 200) + 600
    pd.DataFrame({"time": times, "neuron": 1}).to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(RecordingWarning, match=r"first 600\.\d of 6\d\d.* s.*`start = 600` "):
        raster = load(tmp_path / "t.csv", bin_width=0.1)
    assert raster.n_bins == 6300
    assert load(tmp_path / "t.csv", bin_width=0.1, start=600.0).n_bins == 300


@pytest.mark.parametrize("origin", [0.0, 9e5])
def test_times_coarser_than_bins_are_told(origin: float) -> None:
    times = np.round(np.random.default_rng(0).uniform(0, 9, 60), 2)
    # Two decimals, or float32 numbers that are 62 ms apart.
    written = (times + origin).astype("float32") if origin else times.astype(str)
    table = pd.DataFrame({"time": written, "neuron": np.arange(60) % 3})
    with pytest.warns(RecordingWarning, match="too coarse for bins"):
        rasterise(PATH, table, 0.005, ReadOptions(start=origin), [])
