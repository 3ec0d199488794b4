"""elephant: it counts spikes alike, with its own rule for edges, and gives its bins back."""

from __future__ import annotations

from contextlib import nullcontext

import numpy as np
import pytest

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster

conversion = pytest.importorskip("elephant.conversion", reason="needs the extra elephant")
neo = pytest.importorskip("neo", reason="needs the extra elephant")
pq = pytest.importorskip("quantities", reason="needs the extra elephant")

# About elephant's own calls.
pytestmark = pytest.mark.filterwarnings("ignore:The 'copy' argument in Quantity")


def train(times: list[float], stop: float = 100.0) -> object:
    """A spike train in milliseconds."""
    return neo.SpikeTrain(np.array(times) * pq.ms, t_stop=stop * pq.ms)


@pytest.fixture
def raster() -> SpikeRaster:
    spikes = np.random.default_rng(0).random((3, 40, 4)) < 0.2
    spikes[1] = False
    spikes[:, :, 2] = False
    return SpikeRaster(spikes, 0.015, ("u 9", "u 2", "quiet", "3"))


def test_elephant_counts_alike() -> None:
    rng = np.random.default_rng(1)
    times = [np.sort(rng.choice(2000, 60, replace=False)) * 1.0 for _ in range(5)]
    trains = [train(own, stop=2000.0) for own in times]
    for width in (1.0, 5.0, 12.5, 20.0):
        binned = conversion.BinnedSpikeTrain(trains, bin_size=width * pq.ms)
        expected = binned.to_bool_array().T[np.newaxis]
        has_more = binned.to_array().max() > 1
        with pytest.warns(RecordingWarning) if has_more else nullcontext():
            ours = SpikeRaster.from_neo(trains, width * pq.ms)
        with pytest.warns(RecordingWarning) if has_more else nullcontext():
            theirs = SpikeRaster.from_elephant(binned)
        assert np.array_equal(ours.spikes, expected)
        assert theirs == ours


def test_elephant_and_back(raster: SpikeRaster) -> None:
    made = raster.to_elephant()
    counts = [trial.get_num_of_spikes(axis=1).ravel().tolist() for trial in made]
    assert counts == raster.spikes.sum(axis=1).tolist()
    again = SpikeRaster.from_elephant(made, neuron_labels=raster.neuron_labels)
    assert again == raster


def test_counts_of_elephant() -> None:
    binned = conversion.BinnedSpikeTrain([train([1.0, 2.0, 50.0])], bin_size=20 * pq.ms)
    with pytest.warns(RecordingWarning, match="1 of 3 spikes"):
        assert SpikeRaster.from_elephant(binned).spikes.sum() == 2
    with pytest.raises(RasterError, match="above one"):
        SpikeRaster.from_elephant(binned, counts="refuse")


def test_trials_of_elephant_that_do_not_fit() -> None:
    def binned(*trains: object, width: float = 20.0) -> object:
        return conversion.BinnedSpikeTrain(list(trains), bin_size=width * pq.ms)

    one = binned(train([1.0]))
    with pytest.raises(RecordingError, match="different widths"):
        SpikeRaster.from_elephant([one, binned(train([1.0]), width=10.0)])
    with pytest.raises(RecordingError, match="different numbers of neurons"):
        SpikeRaster.from_elephant([one, binned(train([1.0]), train([2.0]))])
    with pytest.raises(RecordingError, match="not binned spike trains"):
        SpikeRaster.from_elephant([1, 2])
    with pytest.raises(RecordingError, match="not binned spike trains"):
        SpikeRaster.from_elephant(5)
    with pytest.warns(RecordingWarning, match="the shortest, 3 bins"):
        assert SpikeRaster.from_elephant([one, binned(train([1.0], stop=60.0))]).n_bins == 3
