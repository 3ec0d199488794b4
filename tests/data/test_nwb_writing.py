"""Rasters written as NWB: they come back as they were, and others can read them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neuroqgan.covariates import Covariates, CovariateWindows, trial_time
from neuroqgan.data.load import load, open_recording
from neuroqgan.data.nwb import contents
from neuroqgan.data.provenance import Provenance
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.save import lost_in, save, save_about
from neuroqgan.errors import InputError, RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

pytest.importorskip("pynwb", reason='pip install "neuroqgan[nwb]" for the tests of NWB')

from tests.data import nwb_files as lab

SYNTHETIC = Provenance(
    is_synthetic=True,
    facts={"run": "mine", "backend": "ibm_fez", "provider_jobs": "d1, d2", "seed": "3"},
)


@pytest.fixture(autouse=True, scope="module")
def no_process() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contents, "parse_apart", lab.parse_here)
        yield


@st.composite
def rasters(draw: st.DrawFn) -> SpikeRaster:
    shape = draw(st.tuples(st.integers(1, 4), st.integers(1, 9), st.integers(1, 4)))
    spikes = draw(hnp.arrays(bool, shape))
    letters = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=4)
    some = letters | st.integers(0, 99).map(str) | st.just("007")
    labels = draw(
        st.lists(some.filter(str.strip), min_size=shape[2], max_size=shape[2], unique=True)
    )
    width = draw(st.sampled_from([0.001, 0.02, 1 / 30, 1.0]))
    raster = SpikeRaster(spikes, width, tuple(labels))
    kind = draw(st.sampled_from(["none", "time", "columns"]))
    if kind == "none":
        return raster
    own = trial_time(shape[1] + 3, width)
    if kind == "columns":
        values = np.random.default_rng(0).standard_normal((3, shape[1] + 3, 2))
        own = Covariates(values, ("speed", "x [1]"), "rig.csv")
    return raster.with_covariates(CovariateWindows.spread(own, shape[0], shape[1], seed=1))


@settings(max_examples=6, deadline=None)
@given(raster=rasters())
def test_everything_comes_back(
    tmp_path_factory: pytest.TempPathFactory, raster: SpikeRaster
) -> None:
    path = tmp_path_factory.mktemp("nwb") / "raster.nwb"
    save_about(path, raster, SYNTHETIC)
    assert lost_in(path, raster) == ()
    found = open_recording(path, ReadOptions())
    assert found.raster == raster
    assert found.about == SYNTHETIC


def _raster(n_samples: int = 6, width: float = 0.02) -> SpikeRaster:
    spikes = np.random.default_rng(0).random((n_samples, 16, 4)) < 0.3
    spikes[:, :, 2] = False
    own = Covariates(np.arange(40).reshape(2, 20, 1) % 2, ("light",), "rig")
    seen = CovariateWindows.spread(own, n_samples, 16, seed=0)
    return SpikeRaster(spikes, width, ("left", "7", "silent", "b c"), seen)


def test_pynwb_reads_the_spikes_the_trials_and_where_they_come_from(tmp_path: Path) -> None:
    from pynwb import NWBHDF5IO, validate

    raster, path = _raster(), tmp_path / "raster.nwb"
    save_about(path, raster, SYNTHETIC)
    with NWBHDF5IO(path, "r") as reader:
        nwbfile = reader.read()
        starts, stops = nwbfile.trials["start_time"][:], nwbfile.trials["stop_time"][:]
        assert nwbfile.units["unit_name"][:].tolist() == ["left", "7", "silent", "b c"]
        for neuron in range(4):
            train = nwbfile.units["spike_times"][neuron]
            counts = [
                np.histogram(train, start + 0.02 * np.arange(17))[0]
                for start, stop in zip(starts, stops, strict=True)
            ]
            assert np.array_equal(np.array(counts), raster.spikes[:, :, neuron])
        assert np.allclose(stops - starts, 0.32)
        assert "Synthetic spikes" in nwbfile.session_description
        table = nwbfile.analysis["neuroqgan"].to_dataframe().set_index("key")["value"]
        assert table["synthetic"] == "yes"
        assert table["provider_jobs"] == "d1, d2"
        assert table["software"].startswith("neuroqgan ")
        seen = nwbfile.processing["behavior"]["covariates"]
        assert np.array_equal(seen.data[:], raster.covariates.rows().ravel())
    assert not validate(path=str(path))


@pytest.mark.parametrize(("n_samples", "width"), [(6, 0.02), (1, 0.005)])
def test_the_inspector_has_nothing_to_say(tmp_path: Path, n_samples: int, width: float) -> None:
    inspector = pytest.importorskip("nwbinspector", reason="nwbinspector, of the extra test")
    path = tmp_path / "raster.nwb"
    save_about(path, _raster(n_samples, width), SYNTHETIC)
    found = list(inspector.inspect_nwbfile(nwbfile_path=path))
    assert [f"{message.importance.name}: {message.message}" for message in found] == []


def test_only_what_a_laboratory_knows_is_missing_from_recordings(tmp_path: Path) -> None:
    inspector = pytest.importorskip("nwbinspector", reason="nwbinspector, of the extra test")
    path = tmp_path / "recording.nwb"
    save(path, _raster())
    names = {found.check_function_name for found in inspector.inspect_nwbfile(nwbfile_path=path)}
    assert names == {"check_experimenter_exists", "check_institution", "check_subject_exists"}
    # Times in bins wider than 20 ms are as coarse as they are.
    save_about(path, _raster(width=0.05), SYNTHETIC, overwrite=True)
    names = {found.check_function_name for found in inspector.inspect_nwbfile(nwbfile_path=path)}
    assert names == {"check_units_resolution_is_valid"}


def test_a_raster_can_be_read_as_any_session(tmp_path: Path) -> None:
    raster, path = _raster(), tmp_path / "raster.nwb"
    save(path, raster)
    assert load(path, bin_width=0.02) == raster
    assert load(path, units="7,left").neuron_labels == ("7", "left")
    assert load(path, start=0.1, stop=0.2).n_bins == 5
    coarse = load(path, bin_width=0.08)
    expected = raster.spikes.reshape(6, 4, 4, 4).any(axis=2)
    assert np.array_equal(coarse.spikes, expected)
    assert load(path, bin_width=0.02, epochs="trials") == raster.with_covariates(None)
    assert load(path, covariates=["light"]) == raster


def test_a_changed_file_never_gives_other_spikes(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "raster.nwb"
    save(path, _raster())
    whole = path.read_bytes()
    with h5py.File(path, "r") as file:
        second = file["units/spike_times"][1]
        keys = [text.decode() for text in file["analysis/neuroqgan/key"][:]]
    for dataset, row, value in (
        ("units/spike_times", 0, 0.123),
        ("units/spike_times", 0, 1e6),
        ("units/spike_times", 0, second),
        ("analysis/neuroqgan/value", keys.index("n_samples"), "-3"),
        ("analysis/neuroqgan/value", keys.index("bin_width"), "wide"),
        ("analysis/neuroqgan/value", keys.index("n_bins"), "9" * 12),
    ):
        path.write_bytes(whole)
        with h5py.File(path, "r+") as file:
            file[dataset][row] = value
        with pytest.raises(RecordingError, match="was changed since|fit into memory") as caught:
            load(path)
        assert caught.value.hint


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch) -> None:
    import os

    path = tmp_path / "raster.nwb"
    save(path, _raster())
    before = path.read_bytes()
    with pytest.raises(InputError, match="exists already"):
        save(path, _raster(3))

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Exception, match="cannot be written"):
        save(path, _raster(3), overwrite=True)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_labels_that_hdf5_cannot_hold_are_refused(tmp_path: Path) -> None:
    raster = SpikeRaster([[[1, 0]]], 0.02, ("a\0b", "c"))
    with pytest.raises(RasterError, match="cannot hold"):
        save(tmp_path / "raster.nwb", raster)
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    (tmp_path / "session.nwb").write_bytes(b"something")
    for act in (
        lambda: load(tmp_path / "session.nwb"),
        lambda: save(tmp_path / "n.nwb", _raster()),
    ):
        with pytest.raises(RecordingError, match="not installed") as caught:
            act()
        assert 'pip install "neuroqgan[nwb]"' in caught.value.hint
