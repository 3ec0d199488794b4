"""Recordings too large to be written out: the same spikes, in little memory."""

from __future__ import annotations

import copy
import tracemalloc
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neuroqgan as nq
from neuroqgan.data.times import binning
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster
from neuroqgan.raster.sparse_raster import SparseRaster


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Seven neurons in three trials of two seconds, some spikes twice in a bin."""
    random = np.random.default_rng(0)
    n = 300
    rows = {"time": 2 * random.random(n), "neuron": random.integers(0, 7, n)}
    rows |= {"trial": random.integers(0, 3, n)}
    path = tmp_path / "spikes.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_a_sparse_raster_is_the_raster(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dense = nq.load(table, bin_width=0.02)
    assert type(dense) is SpikeRaster
    monkeypatch.setattr(binning, "LARGE", 1)
    sparse = nq.load(table, bin_width=0.02)
    assert isinstance(sparse, SparseRaster)
    assert sparse.spike_probability.tolist() == dense.spike_probability.tolist()
    assert sparse.silent_neurons == dense.silent_neurons
    assert repr(sparse) == repr(dense)
    assert sparse.beginning(9) == dense.beginning(9)
    assert nq.load(table, neurons="2,0", bin_width=0.02) == dense.select([2, 0])
    assert nq.load(table, units="5", bin_width=0.02) == dense.select(["5"])
    assert "spikes" not in vars(sparse)
    assert sparse == dense
    assert sparse.windows(10) == dense.windows(10)
    assert sparse.with_labels(list("abcdefg")) == dense.with_labels(list("abcdefg"))
    assert copy.deepcopy(sparse) == dense


def test_few_neurons_of_many_take_little_memory(tmp_path: Path) -> None:
    n_spikes = 100_000
    rows = {"time": np.linspace(0, 3600, n_spikes), "neuron": np.arange(n_spikes) % 100}
    path = tmp_path / "hour.parquet"
    pd.DataFrame(rows).to_parquet(path)
    nq.load(path, neurons="0", bin_width=1.0, time_unit="s")
    tracemalloc.start()
    raster = nq.load(path, neurons="0:3", bin_width=0.001, time_unit="s")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert raster.spikes.shape == (1, 3_600_001, 3)
    # All neurons would take 360 MB, these take 11 MB.
    assert peak < 60e6


def test_all_neurons_of_a_recording_that_does_not_fit_are_refused(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binning, "LARGE", 1)
    monkeypatch.setattr("neuroqgan.data.times.plausibility.free_bytes", lambda: 20_000)
    with pytest.raises(RecordingError, match="does not fit into memory"):
        nq.load(table, bin_width=0.02)
    assert nq.load(table, neurons="1", bin_width=0.02).n_neurons == 1
