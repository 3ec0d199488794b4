from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import io, sparse

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.data.sources import formats, names
from neuroqgan.errors import InputError, RecordingError, StorageError
from neuroqgan.raster import SpikeRaster

# A process is started for every file.
SLOW = {".mat", ".h5", ".nwb"}
FILES = {entry.suffixes[0]: entry for entry in formats() if entry.kind == "file"}


def needs_package(suffix: str) -> None:
    """Skip the test loudly if a format's package is not installed."""
    made = FILES[suffix]
    if made.requires:
        reason = f'needs the extra {made.extra}: pip install "neuroqgan[{made.extra}]"'
        pytest.importorskip(made.requires, reason=reason)


@pytest.mark.parametrize("suffix", sorted(SLOW))
@settings(max_examples=3, deadline=None)
@given(noise=st.binary(min_size=1, max_size=200))
def test_noise_is_no_file_of_slow_formats(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, noise: bytes
) -> None:
    needs_package(suffix)
    path = tmp_path_factory.mktemp("noise") / f"raster{suffix}"
    path.write_bytes(noise)
    with pytest.raises(RecordingError):
        load(path, bin_width=0.02)


@pytest.mark.parametrize("suffix", sorted({*FILES, ".csv.gz"} - SLOW))
@settings(max_examples=40, deadline=None)  # the first example imports a library
@given(noise=st.binary(min_size=1, max_size=200))
def test_noise_is_refused_in_our_own_words(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, noise: bytes
) -> None:
    path = tmp_path_factory.mktemp("noise") / f"raster{suffix}"
    path.write_bytes(noise)
    with pytest.raises(InputError):
        load(path, bin_width=0.02)


@pytest.mark.parametrize("suffix", [suffix for suffix, made in FILES.items() if made.is_writable])
def test_a_truncated_file_is_refused(tmp_path: Path, make_raster, suffix: str) -> None:
    needs_package(suffix)
    path = tmp_path / f"raster{suffix}"
    save(path, make_raster())
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RecordingError, match="damaged|cannot be read|incomplete|without a neuron"):
        load(path, bin_width=0.02)


def test_matlab_matrices_of_bins_and_neurons(tmp_path: Path) -> None:
    spikes = np.random.default_rng(0).random((40, 5)) < 0.3
    for name, values in (("dense", spikes.astype(float)), ("sparse", sparse.csc_array(spikes * 1))):
        path = tmp_path / f"{name}.mat"
        io.savemat(path, {"data": values, "subject": "s1", "rate": 20.0})
        found = load(path, bin_width=0.02)
        assert np.array_equal(found.spikes[0], spikes)


def test_the_array_has_to_be_found_or_named(tmp_path: Path) -> None:
    first, second = np.zeros((30, 4), bool), np.ones((30, 5), bool)
    path = tmp_path / "two.npz"
    np.savez(path, left=first, right=second, bin_width=0.01)
    with pytest.raises(RecordingError, match="several arrays") as caught:
        load(path)
    assert "left (30, 4)" in caught.value.got
    assert "`array = left`" in caught.value.hint
    assert load(path, array="right").n_neurons == 5
    with pytest.raises(RecordingError, match="no array 'middle'") as caught:
        load(path, array="middle")
    assert "right (30, 5)" in caught.value.got
    np.savez(path, text=np.array(["a"]))
    with pytest.raises(RecordingError, match="no spikes"):
        load(path)


def test_arrays_of_objects_are_not_unpickled(tmp_path: Path) -> None:
    path = tmp_path / "objects.npz"
    np.savez(path, spikes=np.array([{"a": 1}, None], dtype=object))
    with pytest.raises(RecordingError):
        load(path, bin_width=0.02)


def test_the_bin_width_comes_from_the_file_or_the_user(tmp_path: Path, make_raster) -> None:
    save(tmp_path / "r.npy", make_raster())
    with pytest.raises(RecordingError, match="how wide"):
        load(tmp_path / "r.npy")
    for wrong in (0.0, -0.02, float("inf"), float("nan")):
        with pytest.raises(RecordingError, match="not a duration"):
            load(tmp_path / "r.npy", bin_width=wrong)


def test_spike_times_on_the_edges_of_bins(tmp_path: Path) -> None:
    path = tmp_path / "spikes.csv"
    times = [0.0, 0.58, 0.579999, 0.06]
    pd.DataFrame({"time": times, "neuron": ["b", "b", "a", "a"]}).to_csv(path, index=False)
    raster = load(path, bin_width=0.02)
    assert raster.spikes.shape == (1, 30, 2)
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == [3, 28]
    assert np.flatnonzero(raster.spikes[0, :, 1]).tolist() == [0, 29]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("time,cell\n1,2\n", "lacks the column neuron"),
        ("time,neuron\n", "no spikes"),
        ("time,neuron\nsoon,1\n", "times that are not finite numbers"),
        ("time,neuron\n-1,1\n", "before the start"),
        ("time,neuron\n1,\n", "without a neuron"),
        ("time,neuron,trial\n1,1,\n", "without a trial"),
        ("time,neuron\n1e12,1\n", "does not fit into memory"),
    ],
)
def test_unfit_tables(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "spikes.csv"
    path.write_text(text)
    with pytest.raises(RecordingError, match=problem):
        load(path, bin_width=0.02)


def test_files_that_are_not_there_or_not_files(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no file"):
        load(tmp_path / "missing.npz")
    (tmp_path / "folder.npz").mkdir()
    with pytest.raises(RecordingError, match="is a folder"):
        load(tmp_path / "folder.npz")
    (tmp_path / "empty.npz").touch()
    with pytest.raises(RecordingError, match="is empty"):
        load(tmp_path / "empty.npz")


def test_nothing_is_overwritten_unasked(tmp_path: Path, make_raster) -> None:
    path = tmp_path / "r.npz"
    save(path, make_raster(seed=1))
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        save(path, make_raster(seed=2))
    assert path.read_bytes() == before
    save(path, make_raster(seed=2), overwrite=True)
    assert load(path) == make_raster(seed=2)


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, make_raster, monkeypatch) -> None:
    import os

    path = tmp_path / "r.npz"
    save(path, make_raster(seed=1))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageError, match="cannot be written") as caught:
        save(path, make_raster(seed=2), overwrite=True)
    assert "No space left" in caught.value.got
    assert load(path) == make_raster(seed=1)
    assert list(tmp_path.iterdir()) == [path]


def test_recordings_by_name(tmp_path: Path, make_raster, monkeypatch) -> None:
    assert set(names()) == {"simulated", "salamander"}
    assert load("simulated").n_neurons == 8
    with pytest.raises(RecordingError, match="no such name"):
        load("simulatd")
    with pytest.raises(RecordingError, match="has not been downloaded"):
        load("salamander")
    with pytest.raises(RecordingError, match="no named arrays"):
        load("simulated", array="spikes")
    for key, value in {"bin_width": 0.5, "axes": "bins,neurons", "align_to": "go"}.items():
        with pytest.raises(RecordingError, match="is for files"):
            load("simulated", **{key: value})
    assert load("simulated", bin_width=0.02, start=1, stop=3).n_bins == 100
    save(tmp_path / "r.npz", make_raster())
    monkeypatch.chdir(tmp_path)
    assert load("r.npz") == make_raster()


def test_a_bit_that_flips_in_a_parquet_file_never_gives_other_spikes(tmp_path: Path) -> None:
    path = tmp_path / "r.parquet"
    raster = SpikeRaster(np.random.default_rng(0).random((3, 20, 3)) < 0.3, 0.02, ("a", "b", "c"))
    save(path, raster)
    whole = path.read_bytes()
    # The data come first; only their pages are checked.
    end = whole.index(b"ARROW:schema") // 2
    for at in range(4, end, 37):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
        try:
            found = load(path, bin_width=0.02)
        except RecordingError:
            continue
        assert found == raster
