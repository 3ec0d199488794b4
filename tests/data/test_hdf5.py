"""HDF5 files, as h5py and other programs write them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.save import save
from neuroqgan.errors import InputError, RecordingError
from neuroqgan.raster import SpikeRaster

RANDOM = np.random.default_rng(2)
SPIKES = RANDOM.random((7, 40, 5)) < 0.3


def train(n_spikes: int) -> np.ndarray:
    return np.sort(RANDOM.integers(0, 100, n_spikes)) * 0.01


@pytest.mark.usefixtures("parsed_here")
def test_what_h5py_writes_is_read_and_the_reverse(tmp_path: Path) -> None:
    labels = ("a", "µ", "c", "1.10", "e")
    raster = SpikeRaster(SPIKES, 0.025, labels)
    with h5py.File(tmp_path / "theirs.h5", "w") as file:
        made = file.create_dataset("session/spikes", data=SPIKES.astype("i2"), compression="gzip")
        made.attrs["bin_width"] = 0.025
        file["session/neuron_labels"] = labels
        file["session/lfp"] = np.ones(1000)
    assert load(tmp_path / "theirs.h5", array="session/spikes") == raster
    reading = read_path(tmp_path / "theirs.h5", ReadOptions())
    assert reading.raster == raster
    assert "session/spikes (7, 40, 5) read as 7 trials x 40 bins x 5 neurons." in reading.notes
    save(tmp_path / "ours.h5", raster)
    with h5py.File(tmp_path / "ours.h5") as file:
        assert file["spikes"].dtype == np.uint8
        assert np.array_equal(file["spikes"][()], SPIKES)
        assert file["bin_width"][()] == 0.025
        assert tuple(file["neuron_labels"].asstr()[()]) == labels
    assert load(tmp_path / "ours.h5") == raster
    first = (tmp_path / "ours.h5").read_bytes()
    save(tmp_path / "ours.h5", raster, overwrite=True)
    assert (tmp_path / "ours.h5").read_bytes() == first


def _vectors(file: h5py.File) -> None:
    for label, times in TRAINS.items():
        file[f"units/{label}"] = times


def _vectors_in_groups(file: h5py.File) -> None:
    for label, times in TRAINS.items():
        file[f"units/{label}/spike_times"] = times
        file[f"units/{label}/waveform"] = np.zeros((4, 30))
    file["units/depth"] = np.arange(3.0)
    file["lfp"] = RANDOM.normal(size=(500, 4))


def _ragged(file: h5py.File) -> None:
    made = file.create_dataset("spike_times", (3,), h5py.vlen_dtype(np.float64))
    for i, times in enumerate(TRAINS.values()):
        made[i] = times
    file["neuron_labels"] = list(TRAINS)


def _columns(file: h5py.File) -> None:
    file["spike_times"] = np.concatenate(list(TRAINS.values()))
    file["spike_clusters"] = np.repeat(list(TRAINS), [len(t) for t in TRAINS.values()]).astype("S9")


def _compound(file: h5py.File) -> None:
    table = np.zeros(sum(map(len, TRAINS.values())), [("time", "f8"), ("unit", "S9"), ("x", "i4")])
    table["time"] = np.concatenate(list(TRAINS.values()))
    table["unit"] = np.repeat(list(TRAINS), [len(t) for t in TRAINS.values()])
    file["events"] = table


TRAINS = {"unit_2": train(12), "unit_10": train(9), "unit_11": train(1)}


@pytest.mark.usefixtures("parsed_here")
@pytest.mark.parametrize("write", [_vectors, _vectors_in_groups, _ragged, _columns, _compound])
def test_ways_to_keep_spike_times(tmp_path: Path, write: Any) -> None:
    with h5py.File(tmp_path / "t.h5", "w") as file:
        write(file)
    reading = read_path(tmp_path / "t.h5", ReadOptions(bin_width=0.01, stop=1.0))
    found = reading.raster
    assert found.neuron_labels == tuple(TRAINS)
    for label, times in TRAINS.items():
        bins = np.flatnonzero(found.select([label]).spikes)
        assert bins.tolist() == sorted(set(np.round(times * 100).astype(int)))


@pytest.mark.usefixtures("parsed_here")
def test_vectors_that_are_no_spike_times(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["pupil"], file["speed"] = RANDOM.random(50), RANDOM.random(60)
    with pytest.raises(RecordingError, match="does not hold the spike times") as caught:
        load(tmp_path / "t.h5", bin_width=0.02)
    assert caught.value.got == "pupil, whose values do not"
    with h5py.File(tmp_path / "same.h5", "w") as file:
        file["x"], file["y"] = train(50), train(50)
    # Equally long vectors are time series, unless the user says otherwise.
    with pytest.raises(RecordingError, match="holds no spikes"):
        load(tmp_path / "same.h5", bin_width=0.02)
    assert load(tmp_path / "same.h5", bin_width=0.02, array="/").neuron_labels == ("x", "y")


@pytest.mark.usefixtures("parsed_here")
def test_nothing_is_read_from_other_files(tmp_path: Path) -> None:
    secret = tmp_path / "secret.h5"
    with h5py.File(secret, "w") as file:
        file["spikes"] = SPIKES
    (tmp_path / "raw").write_bytes(bytes(SPIKES.size))
    with h5py.File(tmp_path / "link.h5", "w") as file:
        file["spikes"] = h5py.ExternalLink("secret.h5", "spikes")
    with h5py.File(tmp_path / "soft.h5", "w") as file:
        file["there"] = h5py.ExternalLink("secret.h5", "/")
        file["spikes"] = h5py.SoftLink("/there/spikes")
    with h5py.File(tmp_path / "raw.h5", "w") as file:
        file.create_dataset(
            "spikes", SPIKES.shape, "u1", external=[(str(tmp_path / "raw"), 0, SPIKES.size)]
        )
    with h5py.File(tmp_path / "view.h5", "w") as file:
        layout = h5py.VirtualLayout(SPIKES.shape, "u1")
        layout[...] = h5py.VirtualSource(str(secret), "spikes", SPIKES.shape, "u1")
        file.create_virtual_dataset("spikes", layout)
    for name in ("link.h5", "soft.h5", "raw.h5", "view.h5"):
        with pytest.raises(RecordingError, match="neither an array|holds no spikes"):
            load(tmp_path / name, bin_width=0.02)


@pytest.mark.usefixtures("parsed_here")
def test_a_group_that_holds_itself(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "t.h5", "w") as file:
        inner = file.create_group("a/b")
        inner["again"] = file["a"]
        file["spikes"] = SPIKES
    assert load(tmp_path / "t.h5", bin_width=0.02).n_neurons == 5


def test_absurd_shapes_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file.create_dataset("spikes", (10**6, 10**6, 10**3), "f8", chunks=(64, 64, 1))
    assert (tmp_path / "t.h5").stat().st_size < 10_000
    with pytest.raises(RecordingError, match="does not fit into memory"):
        load(tmp_path / "t.h5", bin_width=0.02)
    # It is no obstacle to what is beside it.
    with h5py.File(tmp_path / "t.h5", "a") as file:
        file["good"] = SPIKES
    assert load(tmp_path / "t.h5", array="good", bin_width=0.02).n_neurons == 5


@pytest.mark.usefixtures("parsed_here")
def test_large_arrays_are_read_when_they_are_chosen(tmp_path: Path) -> None:
    large = RANDOM.random((9, 5_000, 40)) < 0.01
    with h5py.File(tmp_path / "t.h5", "w") as file:
        file["left"], file["right"] = large, ~large
        file.attrs["bin_width"] = 0.01
    found = load(tmp_path / "t.h5", array="left")
    assert np.array_equal(found.spikes, large)
    with pytest.raises(RecordingError, match="several arrays"):
        load(tmp_path / "t.h5")
    with h5py.File(tmp_path / "u.h5", "w") as file:
        for i in range(3):
            file[f"spikes/{i}"] = np.arange(200_000 + i) * 0.01
    assert load(tmp_path / "u.h5", bin_width=0.01).spikes.sum() == 600_003


@settings(max_examples=6, deadline=None)
@given(data=st.data())
def test_damage_is_an_error_or_what_it_says(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damage") / "t.h5"
    save(path, SpikeRaster(SPIKES, 0.02))
    raw = bytearray(path.read_bytes())
    for _ in range(3):
        place = data.draw(st.integers(0, len(raw) - 1))
        raw[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(raw)
    try:
        found = load(path, bin_width=0.02, axes="trials,bins,neurons")
    except InputError:
        return
    assert found.n_neurons == 5


def test_a_file_that_is_being_written(tmp_path: Path) -> None:
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        file["spikes"] = SPIKES
        file.flush()
        os.sync()
        with pytest.raises(RecordingError, match="cannot be read"):
            load(path, bin_width=0.02)
    assert load(path, bin_width=0.02).n_neurons == 5


def test_text_called_h5(tmp_path: Path) -> None:
    (tmp_path / "t.h5").write_text("time,neuron\n0.1,a\n")
    with pytest.raises(RecordingError, match="may be damaged"):
        load(tmp_path / "t.h5", bin_width=0.02)
