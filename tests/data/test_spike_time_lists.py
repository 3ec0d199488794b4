"""Spike times that are no table: pickled lists, and the files of sorters."""

from __future__ import annotations

import io
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.times.trains import trains_of
from neuroqgan.data.untrusted.unpickle import RefusedError, unpickle
from neuroqgan.errors import RecordingError

TIMES = [np.array([0.01, 0.05]), np.array([]), np.array([0.03])]


def _objects(*members: Any) -> np.ndarray:
    array = np.empty(len(members), object)
    for i, member in enumerate(members):
        array[i] = member
    return array


@pytest.mark.parametrize(
    "members",
    [
        TIMES,
        [list(times) for times in TIMES],
        [times.reshape(-1, 1) for times in TIMES],
        [times.astype(">f8") for times in TIMES],
        [[np.float64(0.01), 0.05], (), [0.03]],
    ],
)
def test_a_list_of_spike_times_per_neuron(tmp_path: Path, members: Any) -> None:
    np.save(tmp_path / "r.npy", _objects(*members), allow_pickle=True)
    np.savez(tmp_path / "r.npz", units=_objects(*members), bin_width=0.02)
    for path, width in ((tmp_path / "r.npy", 0.02), (tmp_path / "r.npz", None)):
        found = read_path(path, ReadOptions(bin_width=width))
        assert found.raster.spikes[0].T.tolist() == [
            [True, False, True],
            [False, False, False],
            [False, True, False],
        ]
        assert "read as spike times: 3 spikes of 3 neurons in 1 trial" in found.notes[0]


def test_a_dictionary_keeps_its_labels(tmp_path: Path) -> None:
    np.save(tmp_path / "r.npy", {"b": TIMES[0], "a": TIMES[2]}, allow_pickle=True)
    found = load(tmp_path / "r.npy", bin_width=0.02)
    assert found.neuron_labels == ("b", "a")
    assert found.spikes[0, :, 0].tolist() == [True, False, True]


def test_trials_within_neurons(tmp_path: Path) -> None:
    np.save(tmp_path / "r.npy", _objects([TIMES[0], TIMES[1]], [TIMES[2], TIMES[2]]))
    found = load(tmp_path / "r.npy", bin_width=0.02)
    assert np.argwhere(found.spikes).tolist() == [[0, 0, 0], [0, 1, 1], [0, 2, 0], [1, 1, 1]]
    np.save(tmp_path / "r.npy", _objects([TIMES[0], TIMES[1]], [TIMES[2]]))
    with pytest.raises(RecordingError, match="not spike times"):
        load(tmp_path / "r.npy", bin_width=0.02)


def test_times_that_are_none(tmp_path: Path) -> None:
    np.save(tmp_path / "r.npy", _objects(np.array([0.1, np.nan]), TIMES[0]))
    with pytest.raises(RecordingError, match="times that are not finite numbers"):
        load(tmp_path / "r.npy", bin_width=0.02)
    np.save(tmp_path / "r.npy", _objects(np.array([]), np.array([])))
    with pytest.raises(RecordingError, match="has no spikes"):
        load(tmp_path / "r.npy", bin_width=0.02)


class _Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("suffix", [".npy", ".npz"])
def test_a_pickle_runs_nothing(tmp_path: Path, suffix: str) -> None:
    path, made = tmp_path / f"r{suffix}", tmp_path / "made"
    members = _objects(TIMES[0], _Malicious(made))
    if suffix == ".npy":
        np.save(path, members, allow_pickle=True)
    else:
        np.savez(path, spikes=members)
    with pytest.raises(RecordingError, match="could run code") as caught:
        load(path, bin_width=0.02)
    assert f"{os.mkdir.__module__}.mkdir" in caught.value.got
    assert not made.exists()


@pytest.mark.parametrize(
    "text",
    [
        b"cnumpy\nload\n(Vr.npy\ntR.",
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000000\ntVb\ntR.",
        b"cnumpy\nndarray\n}Vx\nI1\nsb.",
        b"cnumpy\ndtype\n(VO,O\ntR.",
        b"c__builtin__\neval\n(V1\ntR.",
        b"\x80\x02r\xff\xff\xff\x7f.",
        b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x00.",
    ],
)
def test_crafted_pickles(text: bytes) -> None:
    try:
        found = unpickle(io.BytesIO(text))
    except (RefusedError, pickle.UnpicklingError, ValueError, IndexError, EOFError):
        return
    assert trains_of(found) is None


@pytest.mark.filterwarnings("ignore::neuroqgan.data.reading.RecordingWarning")  # other times
@given(noise=st.binary(max_size=60), cut=st.integers(0, 400))
def test_damaged_pickles(tmp_path_factory: pytest.TempPathFactory, noise: bytes, cut: int) -> None:
    path = tmp_path_factory.mktemp("pickle") / "r.npy"
    np.save(path, _objects(*TIMES), allow_pickle=True)
    whole = path.read_bytes()
    # Behind the header, which says that objects follow.
    path.write_bytes(whole[: 128 + cut] + noise + whole[128 + cut + len(noise) :])
    try:
        load(path, bin_width=0.02)
    except RecordingError:
        return


def test_a_pickle_of_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    held: list[Any] = [1.0]
    for _ in range(60):
        held = [held, held]
    with pytest.raises(RefusedError):
        unpickle(io.BytesIO(pickle.dumps(held, protocol=4)))
    held = []
    held.append(held)
    with pytest.raises(RefusedError):
        unpickle(io.BytesIO(pickle.dumps(held, protocol=4)))
    monkeypatch.setattr("neuroqgan.data.times.trains.available_bytes", lambda: 10**6)
    with pytest.raises(MemoryError):
        trains_of([np.zeros(1000)] * 1000)


@pytest.fixture
def sorter(tmp_path: Path) -> Path:
    """The files of a sorter: columns of sample numbers and clusters."""
    np.save(tmp_path / "spike_times.npy", np.array([[30], [600], [1250], [1800]], np.uint64))
    np.save(tmp_path / "spike_clusters.npy", np.array([10, 2, 10, 2], np.int32))
    return tmp_path / "spike_times.npy"


def test_the_files_of_a_sorter(sorter: Path) -> None:
    options = ReadOptions(bin_width=0.02, time_unit="samples", sampling_rate=30000)
    found = read_path(sorter, options)
    assert found.raster.neuron_labels == ("2", "10")
    assert found.raster.spikes[0].T.tolist() == [
        [False, True, False, True],
        [True, False, True, False],
    ]
    assert "including noise" in found.notes[1]


def test_whole_numbers_need_their_unit(sorter: Path) -> None:
    with pytest.raises(RecordingError, match="in samples") as caught:
        load(sorter, bin_width=0.02)
    assert "`time_unit = samples` and `sampling_rate = 30000`" in caught.value.hint


def test_seconds_of_a_sorter(tmp_path: Path) -> None:
    np.save(tmp_path / "spikes.times.npy", np.array([0.01, 0.03]))
    with pytest.raises(RecordingError, match="does not say which neuron each") as caught:
        load(tmp_path / "spikes.times.npy", bin_width=0.02)
    assert "spikes.clusters.npy" in caught.value.expected
    np.save(tmp_path / "spikes.clusters.npy", np.array([1, 0]))
    found = load(tmp_path / "spikes.times.npy", bin_width=0.02)
    assert found.spikes[0].tolist() == [[False, True], [True, False]]
    np.save(tmp_path / "spikes.clusters.npy", np.array([1, 0, 0]))
    with pytest.raises(RecordingError, match="does not belong to"):
        load(tmp_path / "spikes.times.npy", bin_width=0.02)
