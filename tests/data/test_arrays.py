"""Arrays of spikes in bins: axes, values, bin widths, the stretch that is kept."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import io

from neuroqgan.data.arrays.axes import STATED, oriented, parse_axes
from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.save import save
from neuroqgan.data.simulate import simulate_population
from neuroqgan.errors import InputError, RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

# Trials x bins x neurons, of unlike rates.
SPIKES = np.random.default_rng(0).random((6, 200, 4)) < [0.05, 0.1, 0.2, 0.4]


def _saved(folder: Path, values: Any, **others: Any) -> Path:
    path = folder / "r.npz"
    np.savez(path, spikes=values, **others)
    return path


@given(order=st.permutations(["trials", "bins", "neurons"]))
def test_axes_in_any_order(order: list[str]) -> None:
    values = SPIKES.transpose([STATED.split(",").index(axis) for axis in order])
    turned, note = oriented(Path("r.npz"), "spikes", values, given=",".join(order))
    assert np.array_equal(turned, SPIKES)
    assert note == (f"spikes {values.shape} read as 6 trials x 200 bins x 4 neurons.")


def test_two_axes(tmp_path: Path) -> None:
    path = _saved(tmp_path, SPIKES[0].T, bin_width=0.02)
    assert np.array_equal(load(path, axes="neurons,bins").spikes[0], SPIKES[0])
    # MATLAB drops a last axis of length one.
    found = read_path(path, ReadOptions(axes="neurons,time,trials"))
    assert found.raster.spikes.shape == (1, 200, 4)
    assert "read as 1 trial x 200 bins x 4 neurons" in found.notes[0]
    for wrong in ("neurons", "neurons,neurons", "bins,trials", "a,b,c", ""):
        with pytest.raises(RecordingError, match="meaning of the axes"):
            load(path, axes=wrong)
    assert parse_axes(" Trial, unit,BIN ", "") == ("trials", "neurons", "bins")
    path = _saved(tmp_path, SPIKES, bin_width=0.02)
    with pytest.raises(RecordingError, match="does not have the axes bins,neurons"):
        load(path, axes="bins,neurons")


@pytest.mark.parametrize(
    ("values", "problem", "hint"),
    [
        (SPIKES[0].T, "4 bins of 200 neurons: transposed?", "`axes = neurons,bins`, or"),
        (SPIKES.transpose(0, 2, 1), "4 bins of 200 neurons", "`axes = trials,neurons,bins`, or"),
        (SPIKES.transpose(2, 0, 1), "6 bins of 200 neurons", "`axes = neurons,trials,bins`, or"),
        (SPIKES.transpose(1, 2, 0), "4 bins of 6 neurons", "`axes = bins,neurons,trials`, or"),
    ],
)
def test_more_neurons_than_bins(tmp_path: Path, values: Any, problem: str, hint: str) -> None:
    path = _saved(tmp_path, values, bin_width=0.02)
    with pytest.raises(RecordingError) as caught:
        load(path)
    assert problem in caught.value.problem
    assert hint in caught.value.hint
    as_it_is = STATED if values.ndim == 3 else "bins,neurons"
    assert f"`axes = {as_it_is}` if that is right" in caught.value.hint
    assert load(path, axes=as_it_is).n_neurons == values.shape[-1]


def test_the_order_of_matlab(tmp_path: Path) -> None:
    turned = SPIKES.transpose(2, 1, 0)
    io.savemat(tmp_path / "r.mat", {"spikes": turned})
    hint = "`axes = neurons,bins,trials`; if it is right, `axes = trials,bins,neurons`"
    with pytest.warns(RecordingWarning, match=hint):
        load(tmp_path / "r.mat", bin_width=0.02)
    # Rates tell, in any file.
    with pytest.warns(RecordingWarning, match="rates differ much more along the first axis"):
        load(_saved(tmp_path, turned, bin_width=0.02))
    # Where all rates are alike, only the kind of file does.
    alike = np.random.default_rng(0).random((4, 300, 6)) < 0.2
    assert load(_saved(tmp_path, alike, bin_width=0.02)).n_samples == 4
    io.savemat(tmp_path / "r.mat", {"spikes": alike})
    with pytest.warns(RecordingWarning, match="MATLAB arrays are often"):
        load(tmp_path / "r.mat", bin_width=0.02)
    assert load(tmp_path / "r.mat", bin_width=0.02, axes=STATED).n_samples == 4


def test_rasters_of_few_bins_are_read_as_they_were_written(tmp_path: Path) -> None:
    raster = SpikeRaster(np.random.default_rng(0).random((40, 8, 20)) < 0.3, 0.02)
    for suffix in (".npz", ".mat"):
        save(tmp_path / f"r{suffix}", raster)
        assert load(tmp_path / f"r{suffix}") == raster
    # As version 0.1 wrote them: without their axes.
    np.savez_compressed(tmp_path / "r.npz", spikes=raster.spikes, bin_width=np.float64(0.02))
    with pytest.warns(RecordingWarning, match="8 bins of 20 neurons"):
        assert load(tmp_path / "r.npz") == raster


def test_the_axes_that_a_file_states(tmp_path: Path) -> None:
    path = _saved(tmp_path, SPIKES.transpose(2, 1, 0), bin_width=0.02, axes="neurons,bins,trials")
    assert np.array_equal(load(path).spikes, SPIKES)
    with pytest.warns(RecordingWarning, match="says that its axes are neurons,bins,trials"):
        assert load(path, axes=STATED).n_samples == 4


def test_counts_are_clipped_and_said_or_refused(tmp_path: Path) -> None:
    counts = np.zeros((60, 3), np.uint8)
    counts[::2] = 1
    counts[0, 0], counts[7, 1] = 3, 2
    path = _saved(tmp_path, counts, bin_width=0.02)
    said = r"2 of 91 bins with spikes hold more than one, up to 3; each counts as one, and 3 of 94 "
    with pytest.warns(RecordingWarning, match=said):
        found = load(path)
    assert np.array_equal(found.spikes[0], counts > 0)
    with pytest.raises(RasterError, match="counts above one") as caught:
        load(path, counts="refuse")
    assert "2 of 91 bins" in caught.value.got
    with pytest.raises(RecordingError, match="no such way"):
        load(path, counts="klip")
    # A mask of 0 and 255 is no count of 255 spikes.
    path = _saved(tmp_path, np.where(counts > 0, 255, 0), bin_width=0.02)
    with pytest.warns(RecordingWarning, match="every value of spikes is 0 or 255"):
        assert load(path, counts="refuse") == found
    counts[3] = (200, 150, 0)
    with pytest.warns(RecordingWarning, match="are these really counts"):
        load(_saved(tmp_path, counts, bin_width=0.02))


@pytest.mark.parametrize(
    ("bad", "problem", "got"),
    [
        (np.nan, "NaN", "1 NaN"),
        (np.inf, "infinite", "1 of 120"),
        (-1.0, "negative", "1 of 120 values, down to -1"),
        (0.5, "not whole numbers", "1 of 120 values, such as 0.5"),
    ],
)
def test_values_that_are_no_spikes(tmp_path: Path, bad: float, problem: str, got: str) -> None:
    values = np.zeros((30, 4))
    values[3, 2] = bad
    np.save(tmp_path / "r.npy", values)
    with pytest.raises(RasterError, match=problem) as caught:
        load(tmp_path / "r.npy", bin_width=0.02)
    assert "r.npy" in caught.value.problem
    assert got in caught.value.got
    assert "clip" not in caught.value.hint


@pytest.mark.parametrize(
    "values",
    [
        np.sort(np.random.default_rng(0).integers(0, 10**6, 500))[:, None],
        np.sort(np.random.default_rng(0).random(50)) * 30,
        np.stack([np.arange(40) * 7, np.arange(40) % 3], axis=1),
        np.stack([np.arange(40) % 3, np.arange(40) * 0.5]),
    ],
)
def test_spike_times_are_not_clipped(tmp_path: Path, values: Any) -> None:
    with pytest.raises(RecordingError, match="looks like spike times") as caught:
        load(_saved(tmp_path, values, bin_width=0.02))
    assert "one row per spike" in caught.value.hint
    assert "clip" not in caught.value.hint


@pytest.mark.parametrize(
    ("stored", "options", "width", "note"),
    [
        (0.02, {}, 0.02, None),
        (np.float32(0.02), {"bin_width": 0.02}, 0.02, None),
        (20, {"time_unit": "ms"}, 0.02, "Bins are 0.02 s wide: 20 ms"),
        (600, {"time_unit": "samples", "sampling_rate": 30000}, 0.02, "600 samples"),
        (20, {"bin_width": 0.02}, 0.02, "20, is assumed to be in ms: 0.02 s"),
        (20000, {"bin_width": 0.02}, 0.02, "is assumed to be in us"),
        ("0.02", {}, 0.02, "the text '0.02'"),
        ("20 ms", {}, 0.02, "the text '20 ms'"),
        (np.full(600, 0.02), {}, 0.02, "600 values, all 0.02"),
        ("fine", {"bin_width": 0.02}, 0.02, "has the text 'fine' as bin_width; 0.02 s is used"),
        (np.linspace(0.01, 0.02, 5), {"bin_width": 0.02}, 0.02, "5 values, from 0.01 to 0.02"),
    ],
)
def test_bin_widths(
    tmp_path: Path, stored: Any, options: dict[str, Any], width: float, note: str | None
) -> None:
    found = read_path(_saved(tmp_path, SPIKES, bin_width=stored), ReadOptions(**options))
    assert found.raster.bin_width == pytest.approx(width, rel=1e-6)
    assert len(found.notes) == (1 if note is None else 2)
    assert note is None or note in found.notes[1]


def test_bin_widths_that_are_doubtful(tmp_path: Path) -> None:
    path = _saved(tmp_path, SPIKES, bin_width=20)
    # One warning, and not another one for every raster that is made of it.
    with pytest.warns(RecordingWarning) as caught:
        assert load(path).bin_width == 20
    assert len(caught) == 1
    assert "`time_unit = ms` or `bin_width = 0.02`" in str(caught[0].message)
    with pytest.warns(RecordingWarning, match=r"`time_unit = us` or `bin_width = 0\.02`"):
        load(_saved(tmp_path, SPIKES, bin_width=20000))
    with pytest.warns(RecordingWarning, match="makes bins of 2e-05 s"):
        load(_saved(tmp_path, SPIKES, bin_width=0.00002))
    path = _saved(tmp_path, SPIKES, bin_width=0.02)
    with pytest.warns(RecordingWarning, match=r"are 0\.02 s wide; `bin_width = 0\.01` is used"):
        assert load(path, bin_width=0.01).bin_width == 0.01


@pytest.mark.parametrize(
    ("stored", "options", "problem"),
    [
        ("fine", {}, "is not a number"),
        (np.linspace(0.01, 0.02, 5), {}, "is not a number"),
        (np.zeros(0), {}, "is not a number"),
        (-0.02, {}, "is not a duration"),
        (np.nan, {}, "is not a number|is not a duration"),
        (600, {"time_unit": "samples"}, "the sampling rate is not known"),
        (600, {"sampling_rate": 30000}, "not in samples"),
        (600, {"time_unit": "minutes"}, "unit of the spike times is unknown"),
    ],
)
def test_bin_widths_that_are_none(
    tmp_path: Path, stored: Any, options: dict[str, Any], problem: str
) -> None:
    path = _saved(tmp_path, SPIKES, bin_width=stored)
    with pytest.raises(RecordingError, match=problem) as caught:
        load(path, **options)
    assert "nan" not in caught.value.got or str(stored) == "nan"
    np.save(tmp_path / "r.npy", SPIKES)
    with pytest.raises(RecordingError, match="`time_unit = ms` has no effect"):
        load(tmp_path / "r.npy", bin_width=0.02, time_unit="ms")


def test_a_stretch_of_every_trial(tmp_path: Path) -> None:
    path = _saved(tmp_path, SPIKES, bin_width=0.02)
    whole = read_path(path, ReadOptions(start=1.0, stop=3.0))
    assert np.array_equal(whole.raster.spikes, SPIKES[:, 50:150])
    assert whole.notes[1:] == ("Kept 1 to 3 s of every trial: 100 of 200 bins.",)
    rounded = read_path(path, ReadOptions(start=1.005))
    assert np.array_equal(rounded.raster.spikes, SPIKES[:, 50:])
    assert "`start = 1.005` lies within a bin of 0.02 s: 1 s is used." in rounded.notes
    for start, stop in ((-1, None), (3, 1), (1, 1), (None, 4.1), (5, None), (np.nan, None)):
        with pytest.raises(RecordingError, match="do not contain this part"):
            load(path, start=start, stop=stop)


def test_silent_ends_of_all_trials(tmp_path: Path) -> None:
    spikes = SPIKES.copy()
    spikes[:, :50] = False
    with pytest.warns(RecordingWarning, match=r"first 50 of 200 bins \(1 s\).* `start = 1` leaves"):
        load(_saved(tmp_path, spikes, bin_width=0.02))
    spikes = SPIKES.copy()
    spikes[:, 150:] = False
    with pytest.warns(RecordingWarning, match=r"last 50 of 200 bins \(1 s\).* `stop = 3` leaves"):
        load(_saved(tmp_path, spikes, bin_width=0.02))
    # What is offered leaves nothing to warn of.
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        load(tmp_path / "r.npz", stop=3)


def test_trials_that_were_filled_up(tmp_path: Path) -> None:
    spikes = simulate_population(n_neurons=8, n_trials=10, n_bins=400, seed=3).spikes.copy()
    for trial in range(5):
        spikes[trial, 150 + 20 * trial :] = False
    with pytest.warns(RecordingWarning, match="5 of 10 trials .* fall silent before the others"):
        load(_saved(tmp_path, spikes, bin_width=0.02))


@pytest.mark.parametrize("seed", range(3))
def test_usual_recordings_give_no_warning(tmp_path: Path, seed: int) -> None:
    raster = simulate_population(n_neurons=6, n_trials=20, n_bins=100, seed=seed)
    np.save(tmp_path / "r.npy", raster.spikes)
    assert load(tmp_path / "r.npy", bin_width=0.02) == raster.with_covariates(None)


@pytest.mark.parametrize(
    "values", [np.array(["a", "b"]), np.zeros((0, 3)), np.ones((3, 4), complex), np.ones((2,) * 4)]
)
def test_arrays_of_other_kinds(tmp_path: Path, values: Any) -> None:
    with pytest.raises(InputError, match="does not hold numbers|holds no value|has 4 axes"):
        load(_saved(tmp_path, values, bin_width=0.02))


def test_a_width_of_seconds_that_the_user_repeats_is_doubted(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    np.savez(path, spikes=np.eye(5)[np.newaxis], bin_width=20)
    with pytest.warns(RecordingWarning, match="If it is 20 ms"):
        load(path, bin_width=20)


def test_bytes_in_the_order_of_other_machines(tmp_path: Path) -> None:
    times, neurons = np.array([0.01, 0.03, 0.05]), np.array([0, 1, 1])
    for name, order in (("ours", "="), ("theirs", ">")):
        table = {"time": times.astype(f"{order}f8"), "neuron": neurons.astype(f"{order}i4")}
        np.savez(tmp_path / f"{name}.npz", **table)
    theirs = load(tmp_path / "theirs.npz", bin_width=0.02)
    assert theirs == load(tmp_path / "ours.npz", bin_width=0.02)
    assert theirs.neuron_labels == ("0", "1")
