"""Rasters on disk keep what their samples saw."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.load import load
from neuroqgan.data.reading import RecordingWarning
from neuroqgan.data.save import lost_in, save
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

_NAME = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), min_size=1, max_size=5)


def _raster(covariates: Covariates, n_samples: int = 5, n_bins: int = 3) -> SpikeRaster:
    spikes = np.random.default_rng(0).random((n_samples, n_bins, 4)) < 0.5
    seen = CovariateWindows.spread(covariates, n_samples, n_bins, seed=1)
    return SpikeRaster(spikes, 0.02, (), seen)


@st.composite
def _covariates(draw: st.DrawFn) -> Covariates:
    shape = [draw(st.integers(1, most)) for most in (4, 6, 3)]
    names = draw(
        st.lists(
            _NAME.map(str.strip).filter(bool), min_size=shape[2], max_size=shape[2], unique=True
        )
    )
    values = np.random.default_rng(draw(st.integers(0, 9))).standard_normal(shape)
    return Covariates(values, names, draw(st.sampled_from(["", "a file.csv"])))


@settings(max_examples=25, deadline=None)
@given(covariates=_covariates(), n_samples=st.integers(1, 4))
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, covariates: Covariates, n_samples: int
) -> None:
    path = tmp_path_factory.mktemp("round") / "raster.npz"
    raster = _raster(covariates, n_samples, covariates.n_bins)
    save(path, raster)
    again = load(path)
    assert again == raster
    assert again.covariates.covariates.source == covariates.source


def test_matlab_round_trip(tmp_path: Path) -> None:
    # A single column: MATLAB drops last axes of length one.
    values = np.random.default_rng(0).random((3, 7, 1))
    raster = _raster(Covariates(values, ["velocity"], "rig"))
    save(tmp_path / "raster.mat", raster)
    assert load(tmp_path / "raster.mat") == raster
    assert load(tmp_path / "raster.mat").covariates.covariates.source == "rig"


def test_the_time_in_the_trial_needs_no_values(tmp_path: Path) -> None:
    raster = _raster(trial_time(5000, 0.02))
    save(tmp_path / "raster.npz", raster)
    with np.load(tmp_path / "raster.npz") as stored:
        assert "covariates" not in stored
        assert stored["covariate_trial_bins"] == 5000
    assert load(tmp_path / "raster.npz") == raster
    # In bins that have another width, the time goes on with it.
    with pytest.warns(RecordingWarning, match="bin_width"):
        wider = load(tmp_path / "raster.npz", bin_width=0.04)
    assert wider.covariates.covariates == trial_time(5000, 0.04)


def test_parts_of_trials_see_the_same_part(tmp_path: Path) -> None:
    numbers = Covariates(np.arange(60).reshape(3, 20, 1))
    spikes = np.random.default_rng(0).random((3, 20, 4)) < 0.5
    raster = SpikeRaster(spikes, 0.02, (), CovariateWindows.whole_trials(numbers, 3))
    save(tmp_path / "raster.npz", raster)
    part = load(tmp_path / "raster.npz", start=0.1, stop=0.2, neurons=[1])
    assert np.array_equal(part.covariates.rows(), numbers.values[:, 5:10])


def test_formats_that_lose_them(tmp_path: Path) -> None:
    raster = _raster(trial_time(9, 0.02), n_bins=6)
    for suffix in (".csv", ".tsv", ".parquet", ".npy"):
        assert lost_in(f"a{suffix}", raster) == ("the bin width", "the covariates")
        assert lost_in(f"a{suffix}", raster.with_covariates(None)) == ("the bin width",)
        save(tmp_path / f"a{suffix}", raster)
        again = load(tmp_path / f"a{suffix}", bin_width=0.02)
        assert np.array_equal(again.spikes, raster.spikes)
        assert again.covariates is None
    assert lost_in("a.npz", raster) == lost_in("a.mat", raster) == ()


def _stored(path: Path) -> dict[str, np.ndarray]:
    save(path, _raster(Covariates(np.random.default_rng(0).random((2, 9, 1)), ["speed"], "rig")))
    with np.load(path) as stored:
        return dict(stored)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"covariates": np.zeros((2, 9, 1), np.float32)}, "not those that were written"),
        ({"covariate_names": np.array(["position"])}, "not those that were written"),
        ({"covariate_sha256": None}, "not those that were written"),
        ({"covariates": None}, "incomplete"),
        ({"covariate_starts": None}, "incomplete"),
        ({"covariate_starts": np.array(["a"] * 5)}, "incomplete"),
        ({"covariate_trials": np.full(5, np.nan)}, "incomplete"),
        ({"covariate_starts": np.zeros(0, int)}, "incomplete"),
    ],
)
def test_covariates_that_were_altered(
    tmp_path: Path, changed: dict[str, np.ndarray | None], problem: str
) -> None:
    arrays = {k: v for k, v in (_stored(tmp_path / "a.npz") | changed).items() if v is not None}
    np.savez_compressed(tmp_path / "b.npz", **arrays)
    with pytest.raises(RecordingError, match=problem):
        load(tmp_path / "b.npz")


def test_covariates_of_other_samples(tmp_path: Path) -> None:
    arrays = _stored(tmp_path / "a.npz")
    for name, values in (("covariate_starts", np.full(5, 8)), ("spikes", np.ones((4, 3, 4), bool))):
        np.savez_compressed(tmp_path / f"{name}.npz", **(arrays | {name: values}))
        with pytest.raises(RasterError, match="does not hold a raster"):
            load(tmp_path / f"{name}.npz")


def test_files_without_them_and_programs_that_do_not_know_them(tmp_path: Path) -> None:
    arrays = _stored(tmp_path / "a.npz")
    old = {name: arrays[name] for name in ("spikes", "bin_width", "axes")}
    np.savez_compressed(tmp_path / "old.npz", **old)
    assert load(tmp_path / "old.npz") == load(tmp_path / "a.npz").with_covariates(None)
    # An older neuroqgan takes the array of this name, whatever else there is.
    assert set(old) < set(arrays)
    # Of another array than the spikes nothing is known.
    np.savez(tmp_path / "more.npz", other=arrays["spikes"], **arrays)
    assert load(tmp_path / "more.npz", array="other").covariates is None
