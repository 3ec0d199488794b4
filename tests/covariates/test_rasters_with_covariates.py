"""Rasters know what their samples saw."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster


@pytest.fixture
def raster() -> SpikeRaster:
    """Three trials of seven bins; the covariate is the number of spikes before the bin."""
    spikes = np.random.default_rng(1).random((3, 7, 4)) < 0.5
    before = np.cumsum(spikes.sum(2), axis=1)[..., None]
    covariates = Covariates(before, ["spikes so far"])
    return SpikeRaster(spikes, 0.02, (), CovariateWindows.whole_trials(covariates, 3))


def _steps(raster: SpikeRaster) -> np.ndarray:
    assert raster.covariates is not None
    return np.diff(raster.covariates.rows()[..., 0], axis=1)


def test_samples_and_windows_keep_theirs(raster: SpikeRaster) -> None:
    for part in (raster.take(np.array([2, 0, 2])), raster.take(slice(1, None)), raster.windows(3)):
        assert np.array_equal(_steps(part), part.spikes.sum(2)[:, 1:])
    assert raster.windows(3).covariates.starts.tolist() == [0, 3] * 3


def test_neurons_and_labels_change_nothing(raster: SpikeRaster) -> None:
    assert raster.select([0]).covariates == raster.covariates
    assert raster.with_labels("abcd").covariates == raster.covariates


def test_other_spikes_are_without(raster: SpikeRaster) -> None:
    assert raster.with_spikes(raster.spikes).covariates is None
    assert raster.with_covariates(None).covariates is None
    assert raster != raster.with_covariates(None)
    assert raster == raster.with_covariates(None).with_covariates(raster.covariates)


@pytest.mark.parametrize("wrong", [slice(0, 2), 6])
def test_covariates_of_other_samples_or_bins(raster: SpikeRaster, wrong: slice | int) -> None:
    own = raster.covariates
    other = own.take(wrong) if isinstance(wrong, slice) else own.stretch(0, wrong)
    with pytest.raises(RasterError, match="do not fit the raster") as caught:
        raster.with_covariates(other)
    assert caught.value.expected == "3 samples of 7 bins"
