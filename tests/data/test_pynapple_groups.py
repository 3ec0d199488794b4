"""pynapple: its groups are read with equal counts, and it counts what we make alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

nap = pytest.importorskip("pynapple", reason="needs the extra pynapple")

ONE = nap.IntervalSet(0, 1)
EPOCHS = nap.IntervalSet([0, 10.0], [1.0, 11.0])


@pytest.fixture
def raster() -> SpikeRaster:
    spikes = np.random.default_rng(0).random((3, 40, 4)) < 0.2
    spikes[1] = False
    spikes[:, :, 2] = False
    return SpikeRaster(spikes, 0.015, ("u 9", "u 2", "quiet", "3"))


def test_groups_give_the_raster_back(raster: SpikeRaster) -> None:
    group = raster.to_pynapple()
    assert list(group["neuron_label"]) == list(raster.neuron_labels)
    assert SpikeRaster.from_pynapple(group) == raster
    counts = np.stack([group.count(0.015, ep=epoch).values for epoch in group.time_support])
    assert np.array_equal(counts, raster.spikes)


def test_numbers_are_keys(raster: SpikeRaster) -> None:
    assert list(raster.with_labels(("2", "7", "10", "11")).to_pynapple().index) == [2, 7, 10, 11]
    for labels in (("7", "2", "10", "11"), ("01", "2", "3", "4"), ("-1", "2", "3", "4")):
        labelled = raster.with_labels(labels)
        assert list(labelled.to_pynapple().index) == [0, 1, 2, 3]
        assert SpikeRaster.from_pynapple(labelled.to_pynapple()) == labelled


@pytest.mark.parametrize("width", [0.001, 0.0125, 0.02])
def test_pynapple_counts_alike(width: float) -> None:
    rng = np.random.default_rng(2)
    times = {n: nap.Ts(np.sort(rng.choice(4999, 80, replace=False)) / 1000) for n in (4, 2, 9)}
    group = nap.TsGroup(times, time_support=nap.IntervalSet(0, 5))
    epochs = nap.IntervalSet([0.5, 2.0, 3.7], [1.5, 3.0, 4.7])
    theirs = np.stack([group.count(width, ep=epoch).values for epoch in epochs])
    if theirs.max() > 1:
        with pytest.warns(RecordingWarning, match="fell into a bin"):
            raster = SpikeRaster.from_pynapple(group, width, epochs=epochs)
    else:
        raster = SpikeRaster.from_pynapple(group, width, epochs=epochs, counts="refuse")
    assert raster.neuron_labels == ("2", "4", "9")
    # The intervals of pynapple hold their ends, our bins do not.
    at_end = [any((own.t == end).any() for own in group.values()) for end in epochs.end]
    last = -1 if any(at_end) else None
    assert np.array_equal(raster.spikes[:, :last], theirs[:, :last] > 0)


def test_trials_are_the_time_support() -> None:
    group = nap.TsGroup(
        [nap.Ts([0.05, 10.55]), nap.Ts([10.0], time_support=EPOCHS)], time_support=EPOCHS
    )
    raster = SpikeRaster.from_pynapple(group, 0.1)
    assert np.argwhere(raster.spikes).tolist() == [[0, 0, 0], [1, 0, 1], [1, 5, 0]]


def test_the_last_spike_of_a_default_time_support_is_reported() -> None:
    group = nap.TsGroup([nap.Ts([0.0, 0.25, 1.0])])
    with pytest.warns(RecordingWarning, match="1 of 3 spikes .* after the last whole bin"):
        raster = SpikeRaster.from_pynapple(group, 0.1)
    assert raster.n_bins == 10


def test_labels_that_are_not_distinct_are_no_labels() -> None:
    group = nap.TsGroup(
        {key: nap.Ts([0.1], time_support=ONE) for key in (5, 6)}, time_support=ONE,
        metadata={"neuron_label": ["x", "x"]},
    )  # fmt: skip
    assert SpikeRaster.from_pynapple(group, 0.1).neuron_labels == ("5", "6")


def test_what_is_refused() -> None:
    group = nap.TsGroup([nap.Ts([0.1, 0.9])], time_support=ONE)
    with pytest.raises(RecordingError, match="how wide bins are"):
        SpikeRaster.from_pynapple(group)
    with pytest.raises(RecordingError, match="no spike in the trial"):
        SpikeRaster.from_pynapple(group, 0.1, epochs=nap.IntervalSet(5, 6))
    with pytest.raises(RecordingError, match="where trials are"):
        SpikeRaster.from_pynapple(group, 0.1, epochs=[1.0, 2.0])
    with pytest.raises(RecordingError, match="ends before it begins"):
        SpikeRaster.from_pynapple(group, 0.1, epochs=[[2.0, 1.0]])
    with pytest.raises(RecordingError, match="not spike times of pynapple"):
        SpikeRaster.from_pynapple(nap.Ts([0.1, 0.2]), 0.1)


def test_saved_groups(raster: SpikeRaster, tmp_path: Path) -> None:
    raster.to_pynapple().save(tmp_path / "group.npz")
    reading = read_path(tmp_path / "group.npz", ReadOptions())
    assert reading.raster == raster
    assert "3 intervals of its time support as trials" in reading.notes[0]
    part = load(tmp_path / "group.npz", start=0.03, stop=0.3)
    assert np.array_equal(part.spikes, raster.spikes[:, 2:20])


def test_saved_groups_of_others(tmp_path: Path) -> None:
    """Whole numbers as keys, metadata of Python objects, which are not opened, a silent neuron."""
    group = nap.TsGroup(
        {3: nap.Ts([0.05, 0.15]), 12: nap.Ts([0.5, 0.91]), 4: nap.Ts([], time_support=ONE)},
        time_support=ONE,
        metadata={"area": np.array(["CA1", None, "CA3"], dtype=object)},
    )
    group.save(tmp_path / "group.npz")
    raster = load(tmp_path / "group.npz", bin_width=0.1)
    assert raster.neuron_labels == ("3", "4", "12")
    assert np.array_equal(raster.spikes[0], group.count(0.1).values > 0)
    with pytest.raises(RecordingError, match="how wide"):
        load(tmp_path / "group.npz")
    with pytest.raises(RecordingError, match="in another unit"):
        load(tmp_path / "group.npz", bin_width=0.1, time_unit="ms")


def test_other_files_of_pynapple(tmp_path: Path) -> None:
    path = tmp_path / "other.npz"
    values = np.arange(6.0).reshape(3, 2)
    for held in (nap.Ts([0.1, 0.2]), nap.TsdFrame(t=[0, 1, 2], d=values), EPOCHS):
        held.save(path)
        with pytest.raises(RecordingError, match=f"holds a {type(held).__name__} of pynapple"):
            load(path, bin_width=0.1)


def test_counts_of_pynapple(tmp_path: Path, raster: SpikeRaster) -> None:
    path = tmp_path / "counts.npz"
    raster.take([0]).to_pynapple().count(0.015).save(path)
    with pytest.raises(RecordingError, match="holds a TsdFrame") as caught:
        load(path, bin_width=0.015)
    assert caught.value.hint == "`array = d` if its values are spikes in bins"
    assert np.array_equal(load(path, bin_width=0.015, array="d").spikes[0], raster.spikes[0])


def test_damaged_groups(tmp_path: Path, raster: SpikeRaster) -> None:
    path = tmp_path / "group.npz"
    raster.to_pynapple().save(path)
    arrays = dict(np.load(path, allow_pickle=True))
    np.savez(path, **arrays | {"index": np.zeros(3, int)})
    with pytest.raises(RecordingError, match="which neuron each spike belongs to"):
        load(path, bin_width=0.1)
    del arrays["t"]
    np.savez(path, **arrays)
    with pytest.raises(RecordingError, match="may be damaged"):
        load(path, bin_width=0.1)
