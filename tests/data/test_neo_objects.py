"""Neo: what it makes is read with equal counts, and it counts what we make alike."""

from __future__ import annotations

import numpy as np
import pytest

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

neo = pytest.importorskip("neo", reason="needs the extra neo")
pq = pytest.importorskip("quantities", reason="needs the extra neo")


def train(times: list[float], stop: float = 100.0, **more: object) -> object:
    """A spike train in milliseconds."""
    return neo.SpikeTrain(np.array(times) * pq.ms, t_stop=stop * pq.ms, **more)


def segment(*trains: object) -> object:
    made = neo.Segment()
    made.spiketrains.extend(trains)
    return made


@pytest.fixture
def raster() -> SpikeRaster:
    """Three trials, one of them silent, with a silent neuron."""
    spikes = np.random.default_rng(0).random((3, 40, 4)) < 0.2
    spikes[1] = False
    spikes[:, :, 2] = False
    return SpikeRaster(spikes, 0.015, ("u 9", "u 2", "quiet", "3"))


def test_blocks_give_the_raster_back(raster: SpikeRaster) -> None:
    block = raster.to_neo()
    assert [len(own.spiketrains) for own in block.segments] == [4, 4, 4]
    assert SpikeRaster.from_neo(block) == raster
    assert SpikeRaster.from_neo(block.segments) == raster
    assert SpikeRaster.from_neo(block.segments[2]) == raster.take(slice(2, 3))
    assert SpikeRaster.from_neo(list(block.segments[0].spiketrains), 0.015) == raster.take([0])
    counts = [[len(t) for t in own.spiketrains] for own in block.segments]
    assert counts == raster.spikes.sum(axis=1).tolist()


def test_units_are_converted() -> None:
    block = neo.Block()
    block.segments.append(
        segment(
            train([0.0, 20.0, 99.0], name="ms"),
            neo.SpikeTrain([0.02, 0.05] * pq.s, t_stop=0.1 * pq.s, name="s"),
            neo.SpikeTrain([30_000] * pq.us, t_stop=100_000 * pq.us, name="us"),
        )
    )
    for width in (0.02, 20 * pq.ms):
        raster = SpikeRaster.from_neo(block, width)
        assert raster.neuron_labels == ("ms", "s", "us")
        assert np.argwhere(raster.spikes[0]).tolist() == [[0, 0], [1, 0], [1, 1], [1, 2], [2, 1],
                                                          [4, 0]]  # fmt: skip


def test_times_count_from_the_start_of_their_segment() -> None:
    late = neo.SpikeTrain([5000.0, 5070.0] * pq.ms, t_start=5.0 * pq.s, t_stop=5.1 * pq.s)
    raster = SpikeRaster.from_neo([segment(train([20.0])), segment(late)], 0.02)
    assert np.argwhere(raster.spikes).tolist() == [[0, 1, 0], [1, 0, 0], [1, 3, 0]]
    assert raster.neuron_labels == ("0",)


def test_neurons_are_matched_by_name() -> None:
    raster = SpikeRaster.from_neo(
        [
            segment(train([1.0], name="b")),
            segment(train([30.0], name="a"), train([50.0], name="b")),
        ],
        0.02,
    )
    assert raster.neuron_labels == ("b", "a")
    assert np.argwhere(raster.spikes).tolist() == [[0, 0, 0], [1, 1, 1], [1, 2, 0]]


def test_names_that_do_not_tell_neurons_apart() -> None:
    trials = [segment(train([1.0], name="x"), train([30.0], name="x")) for _ in range(2)]
    with pytest.warns(RecordingWarning, match="labelled by their positions"):
        assert SpikeRaster.from_neo(trials, 0.02).neuron_labels == ("0", "1")
    with pytest.raises(RecordingError, match="of one neuron"):
        SpikeRaster.from_neo([segment(train([1.0])), segment(train([1.0]), train([2.0]))], 0.02)


def test_what_is_lost_is_said() -> None:
    with pytest.warns(RecordingWarning, match="1 of 3 spikes .* fell into a bin"):
        SpikeRaster.from_neo([train([1.0, 2.0, 50.0])], 0.02)
    with pytest.raises(RecordingError, match="several spikes"):
        SpikeRaster.from_neo([train([1.0, 2.0, 50.0])], 0.02, counts="refuse")
    with pytest.warns(RecordingWarning, match=r"1 of 2 spikes \(50 %\), at 0.1 s or later"):
        SpikeRaster.from_neo([train([1.0, 100.0])], 0.02)
    with pytest.warns(RecordingWarning, match="start or stop at different times"):
        short = SpikeRaster.from_neo([train([1.0]), train([30.0], stop=60.0)], 0.02)
    assert short.n_bins == 3
    trials = [segment(train([1.0])), segment(train([1.0], stop=60.0))]
    with pytest.warns(RecordingWarning, match="trials are not equally long"):
        assert SpikeRaster.from_neo(trials, 0.02).n_bins == 3


@pytest.mark.parametrize("source", [[], 5, "block", [[]]])
def test_what_holds_no_trains(source: object) -> None:
    with pytest.raises(RecordingError, match="holds no spike trains"):
        SpikeRaster.from_neo(source, 0.02)


def test_impossible_segments() -> None:
    other = neo.SpikeTrain([] * pq.s, t_start=5 * pq.s, t_stop=6 * pq.s)
    with pytest.raises(RecordingError, match="no time in common"):
        SpikeRaster.from_neo([train([1.0]), other], 0.02)
    with pytest.raises(RecordingError, match="segments without spike trains"):
        SpikeRaster.from_neo([segment(train([1.0], name="a")), segment()], 0.02)
    with pytest.raises(RecordingError, match="how wide bins are"):
        SpikeRaster.from_neo([train([1.0])])
