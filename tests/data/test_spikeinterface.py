"""SpikeInterface: its sortings are read with equal counts, and it counts what we make alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

core = pytest.importorskip("spikeinterface.core", reason="needs the extra spikeinterface")

RATE = 30_000.0


pytestmark = pytest.mark.filterwarnings("ignore:The extractor is not serializable")


def sorting(*segments: dict[str, list[int]]) -> object:
    units = [{unit: np.array(times, dtype=np.int64) for unit, times in own.items()}
             for own in segments]  # fmt: skip
    return core.NumpySorting.from_unit_dict(units, sampling_frequency=RATE)


@pytest.fixture
def raster() -> SpikeRaster:
    spikes = np.random.default_rng(0).random((3, 40, 4)) < 0.2
    spikes[1] = False
    spikes[:, :, 2] = False
    spikes[:, -1] = False
    return SpikeRaster(spikes, 0.015, ("u 9", "u 2", "quiet", "3"))


def test_sortings_give_the_raster_back(raster: SpikeRaster) -> None:
    made = raster.to_spikeinterface()
    assert SpikeRaster.from_spikeinterface(made) == raster
    counts = [
        [len(made.get_unit_spike_train(label, segment_index=k)) for label in made.unit_ids]
        for k in range(3)
    ]
    assert counts == raster.spikes.sum(axis=1).tolist()


def test_saved_sortings_give_the_raster_back(raster: SpikeRaster, tmp_path: Path) -> None:
    raster.to_spikeinterface().save(folder=tmp_path / "sorting")
    assert SpikeRaster.from_spikeinterface(core.load(tmp_path / "sorting")) == raster


def test_segments_are_trials_and_sample_numbers_exact() -> None:
    made = sorting({"5": [0, 599, 600], "a": []}, {"5": [2999], "a": [1800]})
    with pytest.warns(RecordingWarning, match="fell into a bin"):
        raster = SpikeRaster.from_spikeinterface(made, 0.02, duration=0.1)
    assert raster.neuron_labels == ("5", "a")
    assert np.argwhere(raster.spikes).tolist() == [[0, 0, 0], [0, 1, 0], [1, 3, 1], [1, 4, 0]]
    with pytest.raises(RecordingError, match="several spikes"):
        SpikeRaster.from_spikeinterface(made, 0.02, duration=0.1, counts="refuse")


def test_the_recording_says_how_long_segments_are() -> None:
    made, recording = core.generate_ground_truth_recording(
        durations=[2.0, 1.0], num_units=3, num_channels=4, seed=0
    )[::-1]
    made.register_recording(recording)
    with pytest.warns(RecordingWarning, match="All are cut to 1 s"):
        raster = SpikeRaster.from_spikeinterface(made, 0.001)
    assert raster.spikes.shape == (2, 1000, 3)
    rate = int(made.sampling_frequency)
    for k in range(2):
        for n, unit in enumerate(made.unit_ids):
            frames = made.get_unit_spike_train(unit, segment_index=k, end_frame=rate)
            assert np.array_equal(
                np.flatnonzero(raster.spikes[k, :, n]), np.unique(frames * 1000 // rate)
            )


def test_what_is_refused(raster: SpikeRaster) -> None:
    with pytest.raises(RecordingError, match="how wide bins are"):
        SpikeRaster.from_spikeinterface(sorting({"5": [1]}))
    with pytest.raises(RecordingError, match="not a sorting"):
        SpikeRaster.from_spikeinterface(5, 0.02)
    with pytest.raises(RecordingError, match="has no units"):
        SpikeRaster.from_spikeinterface(sorting({"5": [1]}).select_units([]), 0.02)
    with pytest.raises(RasterError, match="too narrow"):
        raster.to_spikeinterface(sampling_rate=100.0)


@pytest.fixture
def saved(raster: SpikeRaster, tmp_path: Path) -> Path:
    made = raster.to_spikeinterface()
    made.set_property("quality", ["good", "noise", "mua", "good"])
    made.set_property("depth", np.array([10.0, 20.0, 30.0, 40.0]))
    made.set_property("notes", np.array([None, "x", None, "y"], dtype=object))
    made.save(folder=tmp_path / "sorting")
    return tmp_path / "sorting"


def test_saved_folders(saved: Path, raster: SpikeRaster) -> None:
    reading = read_path(saved, ReadOptions())
    assert reading.raster == raster.select(["u 9", "quiet", "3"])
    assert "3 segments as trials" in reading.notes[0]
    assert any("since their quality is noise (u 2)" in note for note in reading.notes)
    assert load(saved, units="u 9,u 2,quiet,3") == raster
    good = load(saved, units='quality == "good" and depth > 20')
    assert good == raster.select(["3"])
    with pytest.warns(RecordingWarning, match="`bin_width = 0.03` is used"):
        wide = load(saved, bin_width=0.03, start=0.06, stop=0.3)
    spikes = core.load(saved).to_spike_vector()
    bins = spikes["sample_index"] // 900
    kept = (bins >= 2) & (bins < 10) & (spikes["unit_index"] != 1)
    expected = {tuple(map(int, row)) for row in zip(
        spikes["segment_index"][kept], bins[kept] - 2,
        np.array([0, -1, 1, 2])[spikes["unit_index"][kept]], strict=True)}  # fmt: skip
    assert {tuple(row) for row in np.argwhere(wide.spikes).tolist()} == expected


def test_saved_folders_of_others(tmp_path: Path) -> None:
    made = core.generate_sorting(num_units=4, durations=[3.0, 3.0], seed=1)
    made.save(folder=tmp_path / "sorting")
    raster = load(tmp_path / "sorting", bin_width=0.001, stop=2.5)
    rate = int(made.sampling_frequency)
    for k in range(2):
        for n, unit in enumerate(made.unit_ids):
            frames = made.get_unit_spike_train(unit, segment_index=k, end_frame=int(2.5 * rate))
            expected = np.unique(frames * 1000 // rate)
            assert np.array_equal(np.flatnonzero(raster.spikes[k, :, n]), expected)


def test_damaged_folders(saved: Path) -> None:
    with pytest.raises(RecordingError, match="another sampling rate"):
        load(saved, sampling_rate=20_000)
    with pytest.raises(RecordingError, match="in another unit"):
        load(saved, time_unit="ms")
    info = saved / "numpysorting_info.json"
    text = info.read_text()
    info.write_text(text.replace('"num_segments": 3', '"num_segments": 2'))
    with pytest.raises(RecordingError, match="does not belong to"):
        load(saved)
    for wrong in ("[]", "{}", text.replace("30000.0", "NaN"), text.replace("u 2", "u 9")):
        info.write_text(wrong)
        with pytest.raises(RecordingError, match="does not describe a sorting"):
            load(saved)
    info.write_text("{")
    with pytest.raises(RecordingError, match="may be damaged"):
        load(saved)
    info.write_text(text)
    (saved / "spikes.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(RecordingError, match="may be damaged"):
        load(saved)


def test_sortings_that_were_changed_since(raster: SpikeRaster, tmp_path: Path) -> None:
    """Notes of an earlier raster are no reason to lose spikes."""
    later = sorting({"5": [100, 40_000], "a": [900]})
    later.annotate(bin_width=0.02, n_bins=5)
    expected = [[0, 0, 0], [0, 1, 1], [0, 66, 0]]
    assert np.argwhere(SpikeRaster.from_spikeinterface(later).spikes).tolist() == expected
    later.save(folder=tmp_path / "later")
    assert np.argwhere(load(tmp_path / "later").spikes).tolist() == expected
