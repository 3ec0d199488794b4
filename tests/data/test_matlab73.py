"""MATLAB files of version 7.3, which are HDF5."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy
from scipy import io, sparse

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions
from neuroqgan.errors import RecordingError
from tests.data.matlab73 import save

pytestmark = pytest.mark.usefixtures("parsed_here")

RANDOM = np.random.default_rng(5)
SPIKES = RANDOM.random((7, 40, 5)) < 0.3


def trains(n_neurons: int, n_trials: int | None = None) -> np.ndarray:
    """Cells of spike times; the first neuron is silent."""
    cells = np.empty((n_neurons, n_trials or 1), object)
    for index in np.ndindex(cells.shape):
        times = np.sort(RANDOM.integers(0, 100, 0 if index[0] == 0 else 9 + index[0])) * 0.01
        cells[index] = times[:, None]
    return cells


@pytest.mark.parametrize(
    "variables",
    [
        {"spikes": SPIKES, "bin_width": 0.02},
        {"spikes": SPIKES.astype(float), "bin_width": 0.02, "animal": "μ-17", "notes": [1.0, "a"]},
        {"spikes": SPIKES.astype("uint8"), "bin_width": 0.02, "nothing": np.zeros((0, 0))},
        {"data": {"raster": SPIKES.astype("int16"), "bin_width": 0.02}},
        {"spikes": SPIKES, "bin_width": "20 ms", "neuron_labels": ["a", "b", "µ", "d", "e5"]},
        {"spikes": sparse.csc_array(SPIKES[0].astype(float)), "bin_width": 0.02},
        {"spikes": sparse.csc_array(np.zeros((40, 5))), "bin_width": 0.02},
    ],
)
def test_both_ages_of_matlab_are_read_alike(tmp_path: Path, variables: dict[str, Any]) -> None:
    save(tmp_path / "new.mat", variables)
    io.savemat(tmp_path / "old.mat", variables)
    options: dict[str, Any] = {} if "spikes" in variables else {"array": "data.raster"}
    new = read_path(tmp_path / "new.mat", ReadOptions(**options))
    old = read_path(tmp_path / "old.mat", ReadOptions(**options))
    assert new.raster == old.raster
    assert new.raster.n_neurons == 5
    assert [note.replace("new.mat", "old.mat") for note in new.notes] == list(old.notes)


@pytest.mark.parametrize("is_struct", [False, True])
@pytest.mark.parametrize("n_trials", [None, 4])
def test_cells_of_spike_times(tmp_path: Path, is_struct: bool, n_trials: int | None) -> None:
    cells = trains(3, n_trials)
    held = {"times": cells, "UID": np.array([4.0, 8.0, 15.0])} if is_struct else cells
    save(tmp_path / "new.mat", {"spikes": held, "bin_width": 0.02, "lfp": np.ones((9, 1))})
    io.savemat(tmp_path / "old.mat", {"spikes": held, "bin_width": 0.02})
    new, old = load(tmp_path / "new.mat"), load(tmp_path / "old.mat")
    assert new == old
    assert new.silent_neurons == (0,)
    assert new.n_samples == (n_trials or 1)
    assert new.spikes.sum() > 12
    assert new.neuron_labels == (("4", "8", "15") if is_struct else ("0", "1", "2"))


def test_cells_of_trials_within_cells_of_neurons(tmp_path: Path) -> None:
    cells = trains(2, 3)
    nested = [row[np.newaxis] for row in cells]
    save(tmp_path / "nested.mat", {"spikes": nested})
    save(tmp_path / "flat.mat", {"spikes": cells})
    assert load(tmp_path / "nested.mat", bin_width=0.02) == load(
        tmp_path / "flat.mat", bin_width=0.02
    )


def test_arrays_of_structures(tmp_path: Path) -> None:
    cells = trains(3)
    units = tuple({"times": cells[i, 0], "quality": "good"} for i in range(3))
    save(tmp_path / "units.mat", {"units": units})
    save(tmp_path / "cells.mat", {"spikes": cells})
    assert load(tmp_path / "units.mat", bin_width=0.02) == load(
        tmp_path / "cells.mat", bin_width=0.02
    )


def test_vectors_that_are_columns(tmp_path: Path) -> None:
    columns = {
        "spike_times": np.array([[0.01], [0.03], [0.05], [0.01]]),
        "spike_clusters": np.array([[3, 3, 8, 8]], "uint16"),
        "trial": np.array([[1.0], [1.0], [1.0], [2.0]]),
    }
    save(tmp_path / "new.mat", columns | {"fs": 30000.0})
    io.savemat(tmp_path / "old.mat", columns | {"fs": 30000.0})
    new = read_path(tmp_path / "new.mat", ReadOptions(bin_width=0.02))
    assert new.raster == load(tmp_path / "old.mat", bin_width=0.02)
    assert new.raster.neuron_labels == ("3", "8")
    assert np.argwhere(new.raster.spikes).tolist() == [[0, 0, 0], [0, 1, 0], [0, 2, 1], [1, 0, 1]]
    assert any("read as a table with one row per spike" in note for note in new.notes)


def test_axes_are_those_that_matlab_shows(tmp_path: Path) -> None:
    # size(spikes) in MATLAB is 5 x 40 x 7, neurons first.
    save(tmp_path / "r.mat", {"spikes": SPIKES.transpose(2, 1, 0), "bin_width": 0.02})
    reading = read_path(tmp_path / "r.mat", ReadOptions(axes="neurons,bins,trials"))
    assert np.array_equal(reading.raster.spikes, SPIKES)
    assert "spikes (5, 40, 7) read as 7 trials x 40 bins x 5 neurons." in reading.notes


def test_what_is_neither_spikes_nor_numbers(tmp_path: Path) -> None:
    save(tmp_path / "r.mat", {"spikes": [np.ones((3, 4)), "text"], "other": [{"a": 1.0}]})
    with pytest.raises(RecordingError, match="neither an array of numbers nor spike times"):
        load(tmp_path / "r.mat", bin_width=0.02)


def test_a_file_that_matlab_itself_wrote() -> None:
    # Of SciPy's own tests, where they are installed.
    path = Path(scipy.__file__).parent / "io/matlab/tests/data/testhdf5_7.4_GLNX86.mat"
    if not path.is_file():
        pytest.skip("this build of SciPy comes without its test data")
    with pytest.raises(RecordingError, match="holds no spikes") as caught:
        load(path, bin_width=0.02)
    assert caught.value.got == "testdouble (1, 9) float64"
