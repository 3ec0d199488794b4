"""Zarr stores of both versions, as folders and in zip archives."""

from __future__ import annotations

import json
import os
import pickle
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.save import save
from neuroqgan.errors import InputError, RecordingError
from neuroqgan.raster import SpikeRaster

zarr = pytest.importorskip(
    "zarr", "3", reason='needs the extra zarr: pip install "neuroqgan[zarr]"'
)

RANDOM = np.random.default_rng(3)
SPIKES = RANDOM.random((7, 40, 5)) < 0.3
LABELS = ("a", "µ", "c", "1.10", "e")
RASTER = SpikeRaster(SPIKES, 0.025, LABELS)


@pytest.mark.parametrize("version", [2, 3])
def test_what_zarr_writes_is_read(tmp_path: Path, version: int) -> None:
    root = zarr.open_group(tmp_path / "theirs.zarr", mode="w", zarr_format=version)
    root.create_array("session/spikes", data=SPIKES.astype("i2"), chunks=(3, 11, 2))
    root["session"].attrs["bin_width"] = 0.025
    with warnings.catch_warnings():
        # Of zarr, about texts in version 3.
        warnings.simplefilter("ignore")
        root["session/neuron_labels"] = np.array(LABELS)
        reading = read_path(tmp_path / "theirs.zarr", ReadOptions())
    assert reading.raster == RASTER
    assert "session/spikes (7, 40, 5) read as 7 trials x 40 bins x 5 neurons." in reading.notes
    # Known by its content where its name does not say it.
    (tmp_path / "theirs.zarr").rename(tmp_path / "session 1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert load(tmp_path / "session 1") == RASTER


def test_a_single_array(tmp_path: Path) -> None:
    zarr.save(tmp_path / "r.zarr", SPIKES)
    assert np.array_equal(load(tmp_path / "r.zarr", bin_width=0.02).spikes, SPIKES)


def test_zarr_reads_what_is_written(tmp_path: Path) -> None:
    save(tmp_path / "ours.zarr", RASTER)
    save(tmp_path / "ours.zarr.zip", RASTER)
    for store in (tmp_path / "ours.zarr", zarr.storage.ZipStore(tmp_path / "ours.zarr.zip")):
        root = zarr.open(store, mode="r")
        assert np.array_equal(root["spikes"][...], SPIKES)
        assert root["spikes"].dtype == np.uint8
        assert root.attrs["bin_width"] == 0.025
        assert tuple(root.attrs["neuron_labels"]) == LABELS
    assert load(tmp_path / "ours.zarr") == load(tmp_path / "ours.zarr.zip") == RASTER
    # As zip -r packs it, with its own folder.
    shutil.make_archive(str(tmp_path / "packed.zarr"), "zip", tmp_path, "ours.zarr")
    assert load(tmp_path / "packed.zarr.zip") == RASTER


@pytest.mark.parametrize("suffix", [".zarr", ".zarr.zip"])
def test_what_samples_saw_is_kept(tmp_path: Path, suffix: str) -> None:
    values = RANDOM.random((2, 40, 1))
    seen = CovariateWindows.spread(Covariates(values, ["speed"], "rig"), 7, 40, seed=1)
    raster = RASTER.with_covariates(seen)
    save(tmp_path / f"r{suffix}", raster)
    assert load(tmp_path / f"r{suffix}") == raster


def test_damage_in_what_is_not_wanted(tmp_path: Path) -> None:
    root = zarr.open_group(tmp_path / "t.zarr", mode="w", zarr_format=2)
    for name in ("spikes", "other"):
        root.create_array(name, data=SPIKES, chunks=SPIKES.shape)
    (tmp_path / "t.zarr" / "other" / "0.0.0").write_bytes(b"damage")
    found = load(tmp_path / "t.zarr", bin_width=0.025, axes="trials,bins,neurons")
    assert np.array_equal(found.spikes, SPIKES)
    with pytest.raises(RecordingError, match="may be damaged"):
        load(tmp_path / "t.zarr", bin_width=0.025, array="other")


def test_spike_times_by_neuron(tmp_path: Path) -> None:
    root = zarr.open_group(tmp_path / "t.zarr", mode="w")
    trains = {"unit_2": [0.01, 0.05], "unit_10": [0.03], "unit_11": [0.01, 0.03, 0.07]}
    for label, times in trains.items():
        root.create_array(f"units/{label}/spike_times", data=np.array(times))
    found = load(tmp_path / "t.zarr", bin_width=0.02)
    assert {n: np.flatnonzero(found.select([n]).spikes).tolist() for n in trains} == {
        "unit_2": [0, 2],
        "unit_10": [1],
        "unit_11": [0, 1, 3],
    }


def test_only_stores_are_replaced_and_only_if_asked(tmp_path: Path) -> None:
    save(tmp_path / "r.zarr", RASTER)
    other = RASTER.with_spikes(~SPIKES)
    with pytest.raises(InputError, match="exists already"):
        save(tmp_path / "r.zarr", other)
    assert load(tmp_path / "r.zarr") == RASTER
    save(tmp_path / "r.zarr", other, overwrite=True)
    assert load(tmp_path / "r.zarr") == other
    (tmp_path / "mine.zarr").mkdir()
    (tmp_path / "mine.zarr" / "thesis.txt").write_text("years of work")
    with pytest.raises(InputError, match="a folder of other things"):
        save(tmp_path / "mine.zarr", RASTER, overwrite=True)
    assert (tmp_path / "mine.zarr" / "thesis.txt").read_text() == "years of work"
    (tmp_path / "file.zarr").write_text("x")
    with pytest.raises(InputError, match="exists already"):
        save(tmp_path / "file.zarr", RASTER, overwrite=True)
    with pytest.raises(RecordingError, match="is a file"):
        load(tmp_path / "file.zarr")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file.zarr", "mine.zarr", "r.zarr"]


def test_a_failed_write_leaves_the_old_store(tmp_path: Path, monkeypatch) -> None:
    save(tmp_path / "r.zarr", RASTER)
    written = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if path.parent.name == "spikes":
            raise OSError(28, "No space left on device")
        return written(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(Exception, match="cannot be written"):
        save(tmp_path / "r.zarr", RASTER.with_spikes(~SPIKES), overwrite=True)
    monkeypatch.undo()
    assert load(tmp_path / "r.zarr") == RASTER
    assert [path.name for path in tmp_path.iterdir()] == ["r.zarr"]


class Touch:
    """Pickled, it makes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (self.path,)


@pytest.mark.parametrize("codecs", [["vlen-utf8", "pickle"], ["pickle"], ["msgpack2"]])
def test_codecs_that_run_code_are_refused(
    tmp_path: Path, codecs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # As releases of numcodecs before 2026 do.
    monkeypatch.setattr("numcodecs.pickles.ALLOW_UNSAFE_PICKLE_DECODE", True, raising=False)
    made = tmp_path / "code was run"
    folder = tmp_path / "t.zarr"
    zarr.save(folder, SPIKES, zarr_format=2)
    metadata = json.loads((folder / ".zarray").read_text())
    metadata |= {"dtype": "|O", "filters": [{"id": codec} for codec in codecs], "compressor": None}
    metadata |= {"shape": [1], "chunks": [1], "fill_value": ""}
    (folder / ".zarray").write_text(json.dumps(metadata))
    (folder / "0").write_bytes(pickle.dumps(Touch(made)))
    with pytest.raises(RecordingError, match="is not read|may be damaged"):
        load(folder, bin_width=0.02, array="array")
    assert not made.exists()


def test_absurd_shapes_are_refused_before_memory_is_taken(tmp_path: Path) -> None:
    folder = tmp_path / "t.zarr"
    zarr.create_array(folder, shape=(10**6, 10**6, 10**3), chunks=(1000, 1000, 10), dtype="f8")
    with pytest.raises(RecordingError, match="is not read"):
        load(folder, bin_width=0.02)
    shutil.rmtree(folder)
    zarr.create_array(folder, shape=(10**6, 10**6, 10**3), chunks=(10**6, 10**6, 10**3), dtype="f8")
    with pytest.raises(RecordingError, match="does not fit into memory"):
        load(folder, bin_width=0.02)


def test_parts_that_are_missing_are_told(tmp_path: Path) -> None:
    folder = tmp_path / "t.zarr"
    root = zarr.open_group(folder, mode="w", zarr_format=2)
    root.create_array("spikes", data=SPIKES, chunks=(1, 40, 5))
    (folder / "spikes" / "3.0.0").unlink()
    with pytest.warns(RecordingWarning, match="1 of 7 chunks of spikes are not there"):
        found = load(folder, bin_width=0.02, axes="trials,bins,neurons")
    assert not found.spikes[3].any()


@pytest.mark.parametrize("name", ["zarr.json", ".zarray", "c", "0.0.0"])
def test_damage_is_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "r.zarr"
    if name in ("zarr.json", "c"):
        zarr.save(folder, SPIKES)
    else:
        save(folder, RASTER)
    victim = next(
        path for path in sorted(folder.rglob(f"{name}*")) if path.is_file() or name == "c"
    )
    victim = next(path for path in victim.rglob("*") if path.is_file()) if name == "c" else victim
    victim.write_bytes(victim.read_bytes()[:-9])
    with pytest.raises(RecordingError, match="may be damaged"):
        load(folder, bin_width=0.02)


def test_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zarr", None)
    for use in (lambda: load(tmp_path / "r.zarr"), lambda: save(tmp_path / "r.zarr.zip", RASTER)):
        with pytest.raises(RecordingError, match="package for this format is not") as caught:
            use()
        assert caught.value.hint == 'pip install "neuroqgan[zarr]", or export the data as .csv'
