"""What `load` takes: neurons in every way, options by keyword, names and paths."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neuroqgan as nq
from neuroqgan.errors import ConfigError, InputError, RasterError, RecordingError


@pytest.fixture
def path(tmp_path: Path, make_raster) -> Path:
    file = tmp_path / "r.npz"
    nq.save(file, make_raster().with_labels(["a", "b", "c", "3"]))
    return file


@pytest.mark.parametrize(
    ("neurons", "labels"),
    [
        (None, ("a", "b", "c", "3")),
        (slice(0, 2), ("a", "b")),
        (slice(None, None, -2), ("3", "b")),
        ([2, 0], ("c", "a")),
        (np.array([3, 1]), ("3", "b")),
        (range(1, 3), ("b", "c")),
        (["c", "a"], ("c", "a")),
        (["3"], ("3",)),
        ([3], ("3",)),
        (np.array([True, False, False, True]), ("a", "3")),
        ("1:3", ("b", "c")),
        ("3", ("3",)),
    ],
)
def test_neurons_are_chosen_in_many_ways(path: Path, neurons: object, labels: tuple) -> None:
    whole, found = nq.load(path), nq.load(path, neurons=neurons)
    assert found.neuron_labels == labels
    for n, label in enumerate(labels):
        position = whole.neuron_labels.index(label)
        assert np.array_equal(found.spikes[..., n], whole.spikes[..., position])


@pytest.mark.parametrize(
    ("neurons", "error", "message"),
    [
        ([], RasterError, "No neuron"),
        (slice(4, None), RasterError, "No neuron"),
        ([4], RasterError, "does not have these neurons"),
        ([-1], RasterError, "does not have these neurons"),
        ([1, 1], RasterError, "twice"),
        (["d"], RasterError, "does not have these units"),
        (np.array([True, False]), RasterError, "neurons has another shape"),
        ("0:9", ConfigError, "does not have these neurons"),
        ("a:b", ConfigError, "cannot be read"),
    ],
)
def test_neurons_that_cannot_be_chosen(
    path: Path, neurons: object, error: type[InputError], message: str
) -> None:
    with pytest.raises(error, match=message):
        nq.load(path, neurons=neurons)
    with pytest.raises(TypeError):
        nq.load(path, neurons=[0.5])


def test_a_path_is_never_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RecordingError, match="does not know"):
        nq.load(Path("simulated"))
    assert nq.load("simulated").n_neurons == 8


def test_options_are_keywords(tmp_path: Path) -> None:
    np.save(tmp_path / "r.npy", np.ones((3, 50), bool))
    raster = nq.load(tmp_path / "r.npy", axes="neurons,bins", bin_width=0.1, stop=2.0)
    assert raster.spikes.shape == (1, 20, 3)
    with pytest.raises(TypeError):
        nq.load(tmp_path / "r.npy", bin_widths=0.1)


@pytest.mark.parametrize(
    "name", ["x" * 300 + ".npz", "x" * 5000, "a\0b.npz", "\ud800.npz", "~" * 300]
)
def test_names_that_no_file_can_have(name: str, make_raster) -> None:
    for door in (nq.load, nq.load_covariates, lambda name: nq.save(name, make_raster())):
        with pytest.raises(InputError, match="No file can have"):
            door(name)
    with pytest.raises(InputError, match="No file can have"):
        nq.load(Path(name))
