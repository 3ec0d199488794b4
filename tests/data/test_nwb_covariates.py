"""Time series of NWB files in the bins of trials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.load import load, open_recording
from neuroqgan.data.nwb import contents
from neuroqgan.data.nwb.contents import Series
from neuroqgan.data.nwb.resampling import in_bins
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.save import save
from neuroqgan.data.split import split
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

from tests.data import nwb_files as lab

WINDOW: dict[str, Any] = {"bin_width": 0.02, "align_to": "stimulus_onset", "before": 0.2}
WINDOW["after"] = 1.8


@pytest.fixture(autouse=True)
def no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "parse_apart", lab.parse_here)


@pytest.fixture(scope="module")
def onsets() -> np.ndarray:
    nwbfile = lab.new_file()
    return lab.add_trials(nwbfile)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_trials(nwbfile)
    lab.add_series(nwbfile)
    return lab.write_file(tmp_path_factory.mktemp("nwb") / "session.nwb", nwbfile)


def _series(times: Any, values: Any) -> Series:
    rows = np.asarray(values, float).reshape(len(times), -1)
    return Series("behavior/x", rows, np.asarray(times, float), "cm", 1)


def _binned(times: Any, values: Any, starts: Any = (0.0,), n_bins: int = 4) -> np.ndarray:
    found, _ = in_bins(Path("f.nwb"), _series(times, values), np.array(starts), n_bins, 0.1)
    return found[..., 0]


def test_conversion_offset_and_the_mean_of_every_bin(session: Path, onsets: np.ndarray) -> None:
    raster = load(session, covariates=["running_speed"], **WINDOW)
    own = raster.covariates.covariates
    assert own.names == ("running_speed",)
    known = onsets[np.isfinite(onsets)]
    assert own.values.shape == (11, 100, 1)
    # Samples every 10 ms are their own time in hundredths, halved, less three.
    for trial, onset in enumerate(known):
        for k in (0, 37, 99):
            begin = onset - 0.2 + 0.02 * k
            samples = np.arange(np.ceil(begin * 100 - 1e-7), np.ceil((begin + 0.02) * 100 - 1e-7))
            assert own.values[trial, k, 0] == pytest.approx(0.5 * samples.mean() - 3, abs=1e-4)


def test_irregular_timestamps_are_interpolated_and_that_is_said(
    session: Path, onsets: np.ndarray
) -> None:
    found = open_recording(session, ReadOptions(covariates=["position"], **WINDOW))
    own = found.raster.covariates.covariates
    assert own.names == ("position[0]", "position[1]")
    centres = onsets[np.isfinite(onsets)][:, None] - 0.19 + 0.02 * np.arange(100)
    # The position is the time itself, so between samples it is at most a bin away.
    assert np.abs(own.values[..., 0] - centres).max() < 0.0101
    assert np.array_equal(own.values[..., 1], -own.values[..., 0])
    assert any("are interpolated, across gaps of up to 0.0" in note for note in found.notes)


def test_names_of_series_and_columns(session: Path) -> None:
    full = "processing/behavior/Position/position"
    for names, columns in (
        ([full], (f"{full}[0]", f"{full}[1]")),
        (["Position/position[1]", "running_speed"], ("Position/position[1]", "running_speed")),
        ("all", ("position[0]", "position[1]", "running_speed")),
    ):
        found = load(session, covariates=names, **WINDOW).covariates.covariates.names
        assert sorted(found) == sorted(columns)
    for name, problem in (("speed", "no time series of numbers"), ("position[2]", "no column 2")):
        with pytest.raises(RecordingError, match=problem):
            load(session, covariates=[name], **WINDOW)
    said = "\n".join(open_recording(session, ReadOptions(**WINDOW)).notes)
    assert "processing/behavior/running_speed (4000, 100 Hz, cm/s)" in said


def test_recorded_covariates_train_like_any_others(session: Path) -> None:
    raster = load(session, covariates="all", **WINDOW)
    parts = split(raster, n_bins=10, covariates="recorded")
    assert parts.covariates is not None
    assert parts.covariates.n_trials == 11
    # A name stands for all of its columns.
    assert parts.covariates.select(["position"]).names == ("position[0]", "position[1]")


def test_a_session_without_trials_has_covariates_too(tmp_path: Path) -> None:
    nwbfile = lab.new_file()
    lab.add_units(nwbfile)
    lab.add_series(nwbfile)
    path = lab.write_file(tmp_path / "free.nwb", nwbfile)
    raster = load(path, bin_width=0.1, stop=30.0, covariates=["running_speed"])
    parts = split(raster, n_bins=8, covariates="recorded")
    assert raster.covariates.covariates.values.shape == (1, 300, 1)
    assert parts.n_trials * parts.trials.n_bins <= 300


def test_means_lines_and_edges() -> None:
    # Samples on an edge belong to the later bin; the third bin is on the line between neighbours.
    assert _binned([0.0, 0.05, 0.1, 0.35], [1, 3, 5, 10])[0].tolist() == [2, 5, 8, 10]
    big = 1e9 + np.arange(40) % 2
    assert np.allclose(_binned(np.arange(40) / 100, big)[0], 1e9 + 0.5, rtol=0, atol=1e-6)
    # Out of order, and with values that are no numbers.
    values = [10, 3, np.nan, 1, 5]
    assert _binned([0.35, 0.05, 0.06, 0.0, 0.1], values)[0].tolist() == [2, 5, 8, 10]


def test_long_gaps_and_missing_ends_are_errors_that_say_where() -> None:
    times = np.concatenate([np.arange(0, 2, 0.02), np.arange(4, 6, 0.02)])
    starts = (0.5, 2.5)
    assert _binned(times, times, starts[:1], 10).shape == (1, 10)
    with pytest.raises(RecordingError, match="a long gap") as caught:
        _binned(times, times, starts, 10)
    assert "2.02 s without a sample around 2.55 s, in trial 1, which begins at 2.5 s" in (
        caught.value.got
    )
    for start in (-0.5, 5.5, 100.0):
        with pytest.raises(RecordingError, match="does not cover the trials"):
            _binned(times, times, (start,), 10)
    # Half a sample beyond the ends is no lack of samples.
    assert _binned(times, times, (5.0,), 10).shape == (1, 10)
    with pytest.raises(RecordingError, match="does not cover") as nothing:
        _binned([0.0, 1.0], [np.nan, np.nan])
    assert "no sample that is a number" in nothing.value.got


def test_other_files_have_no_time_series(tmp_path: Path) -> None:
    (tmp_path / "r.csv").write_text("time,neuron\n0.1,1\n0.2,2\n")
    with pytest.raises(RasterError, match="carries no covariates"):
        load(tmp_path / "r.csv", bin_width=0.02, covariates=["speed"])
    own = Covariates(np.arange(12).reshape(1, 6, 2), ("left", "right"))
    raster = SpikeRaster(np.ones((3, 6, 2)), 0.02, (), CovariateWindows.whole_trials(own, 3))
    save(tmp_path / "r.npz", raster)
    found = load(tmp_path / "r.npz", covariates=["left"])
    assert found == raster.with_covariates(CovariateWindows.whole_trials(own.select(["left"]), 3))
    assert load(tmp_path / "r.npz", covariates="all") == raster
    with pytest.raises(RasterError, match="no column speed"):
        load(tmp_path / "r.npz", covariates=["speed"])
