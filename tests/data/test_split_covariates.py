"""Covariates in the two parts of a recording."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.split import Split, split
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster


def _recording(n_trials: int, n_bins: int) -> tuple[SpikeRaster, Covariates]:
    """Spikes, and as covariates the number of the bin in the recording and its spikes."""
    spikes = np.random.default_rng(n_bins).random((n_trials, n_bins, 3)) < 0.4
    number = np.arange(n_trials * n_bins).reshape(n_trials, n_bins)
    values = np.stack([number, spikes.sum(2)], axis=-1)
    return SpikeRaster(spikes, 0.02), Covariates(values, ["number", "spikes"], "test")


def _rasters(parts: Split) -> list[SpikeRaster]:
    assert parts.held_out_trials is not None
    return [parts.train, parts.held_out, parts.trials, parts.held_out_trials]


@pytest.mark.parametrize("n_trials", [5, 6])
def test_every_window_and_trial_has_its_own(n_trials: int) -> None:
    recording, covariates = _recording(n_trials, 61)
    parts = split(recording, 4, covariates)
    assert parts.covariates == covariates
    for part, parity in zip(_rasters(parts), (0, 1, 0, 1), strict=True):
        rows = part.covariates.rows()
        assert np.array_equal(rows[..., 1], part.spikes.sum(2))
        assert np.all(rows[..., 0] // 61 % 2 == parity)
        assert np.all(np.diff(rows[..., 0], axis=1) == 1)


def test_places_are_trial_and_bin() -> None:
    recording, covariates = _recording(4, 61)
    parts = split(recording, 4, covariates)
    for part, (trials, starts) in (
        (parts.train, parts.train_places),
        (parts.held_out, parts.held_out_places),
    ):
        assert np.array_equal(part.covariates.rows()[:, 0, 0], 61 * trials + starts)


def test_blocks_of_a_single_trial() -> None:
    recording, covariates = _recording(1, 1003)
    parts = split(recording, 4, covariates)
    assert not parts.is_aligned
    for part in _rasters(parts):
        assert np.array_equal(part.covariates.rows()[..., 1], part.spikes.sum(2))
    # Two blocks end where the next begins.
    first, second = (part.covariates.rows()[0, :, 0] for part in _rasters(parts)[2:])
    assert second[0] == first[-1] + 1
    for wrong in (1000, 1004):
        values = np.zeros((wrong, 1))
        with pytest.raises(RasterError, match="do not fit") as caught:
            parts.with_covariates(Covariates(values))
        assert caught.value.expected == "1 trial of 1003 bins"
    with pytest.raises(RasterError, match="says nothing"):
        parts.with_covariates("trial-time")


def test_shared_ones_and_none() -> None:
    recording, _ = _recording(4, 60)
    parts = split(recording, 4)
    timed = parts.with_covariates("trial-time")
    assert timed.covariates == trial_time(60, 0.02)
    assert np.allclose(timed.train.covariates.rows()[:, 0, 0], 0.02 * parts.train_places[1])
    for none in (None, "none"):
        without = timed.with_covariates(none)
        assert without.covariates is None
        assert all(part.covariates is None for part in _rasters(without))


def test_recorded_ones_are_used_if_they_are_asked_for() -> None:
    recording, covariates = _recording(4, 60)
    carrying = recording.with_covariates(CovariateWindows.whole_trials(covariates, 4))
    parts = split(carrying, 4)
    assert parts.covariates is None
    assert all(part.covariates is None for part in _rasters(parts))
    assert parts.recorded == covariates
    asked = parts.with_covariates("none").with_covariates("recorded")
    assert asked.covariates == covariates
    assert np.array_equal(asked.train.covariates.rows()[..., 1], asked.train.spikes.sum(2))
    with pytest.raises(RasterError, match="carries no covariates"):
        split(recording, 4, "recorded")


def test_recorded_ones_of_a_single_trial() -> None:
    recording, covariates = _recording(1, 400)
    carrying = recording.with_covariates(CovariateWindows.whole_trials(covariates, 1))
    parts = split(carrying, 4, "recorded")
    for part in _rasters(parts):
        assert np.array_equal(part.covariates.rows()[..., 1], part.spikes.sum(2))


@pytest.mark.parametrize(
    ("shape", "hint"),
    [
        ((60, 2), "same part"),
        ((3, 61, 1), "same part"),
        ((2, 61), "transpose"),
        ((5, 61), "third axis"),
    ],
)
def test_covariates_of_other_trials(shape: tuple[int, ...], hint: str) -> None:
    parts = split(_recording(5, 61)[0], 4)
    with pytest.raises(RasterError, match="do not fit the recording") as caught:
        parts.with_covariates(Covariates(np.random.default_rng(0).random(shape)))
    assert hint in caught.value.hint
    assert caught.value.expected == "5 trials of 61 bins, or one for all"


def test_constant_columns() -> None:
    recording, _ = _recording(4, 60)
    values = np.random.default_rng(1).random((4, 60, 3))
    values[:, :, 1] = 2
    # Only in trials that are held out.
    values[::2, :, 2] = 3
    with pytest.raises(RasterError, match="never changes") as caught:
        split(recording, 4, Covariates(values, "abc"))
    assert caught.value.got == "b = 2, c = 3"


def test_what_is_no_choice(tmp_path: Path) -> None:
    recording, _ = _recording(4, 60)
    with pytest.raises(RecordingError, match="no file") as caught:
        split(recording, 4, "trial_time")
    assert "trial-time" in caught.value.expected
    with pytest.raises(RasterError, match="not covariates"):
        split(recording, 4, 3)  # type: ignore[arg-type]
    path = tmp_path / "speed.csv"
    path.write_text("speed\n" + "\n".join(map(str, range(60))))
    assert split(recording, 4, str(path)).covariates.names == ("speed",)
    assert split(recording, 4, path).covariates.source == "speed.csv"
