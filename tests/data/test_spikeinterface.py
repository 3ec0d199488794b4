"""SpikeInterface: its sortings are read with equal counts, and it counts what we make alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.reading import RecordingWarning
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
    with pytest.raises(RecordingError, match="no sorting"):
        SpikeRaster.from_spikeinterface(5, 0.02)
    with pytest.raises(RecordingError, match="has no units"):
        SpikeRaster.from_spikeinterface(sorting({"5": [1]}).select_units([]), 0.02)
    with pytest.raises(RasterError, match="too narrow"):
        raster.to_spikeinterface(sampling_rate=100.0)
