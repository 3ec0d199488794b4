from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuroqgan.errors import RasterError
from neuroqgan.raster import SpikeRaster

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 12), st.integers(1, 9))


@given(SHAPES.flatmap(lambda shape: arrays(bool, shape)))
def test_packing_round_trip(spikes: np.ndarray) -> None:
    raster = SpikeRaster(spikes, 0.02)
    packed = raster.packed()
    assert packed.size == -(-spikes.size // 8)
    assert SpikeRaster.from_packed(packed, spikes.shape, 0.02) == raster


@given(SHAPES.flatmap(lambda shape: arrays(bool, shape)), st.integers(1, 12))
def test_windows_keep_order_and_trials(spikes: np.ndarray, n_bins: int) -> None:
    raster = SpikeRaster(spikes, 0.02)
    if n_bins > raster.n_bins:
        with pytest.raises(RasterError, match="does not fit"):
            raster.windows(n_bins)
        return
    windows = raster.windows(n_bins)
    per_trial = raster.n_bins // n_bins
    for i in range(windows.n_samples):
        trial, start = divmod(i, per_trial)
        expected = spikes[trial, start * n_bins : (start + 1) * n_bins]
        assert np.array_equal(windows.spikes[i], expected)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float32])
def test_binary_values_of_any_type_are_spikes(dtype: type) -> None:
    raster = SpikeRaster(np.array([[[0, 1]]], dtype), 0.02)
    assert raster.spikes.dtype == bool
    assert raster.spikes.tolist() == [[[False, True]]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (np.zeros((2, 3)), "another shape"),
        (np.zeros((0, 3, 1)), "empty"),
        (np.full((1, 1, 1), 2), "binary"),
        (np.full((1, 1, 1), 0.5), "binary"),
        (np.full((1, 1, 1), np.nan), "NaN"),
        (np.full((1, 1, 1), "x"), "not numbers"),
    ],
)
def test_bad_spikes(values: np.ndarray, message: str) -> None:
    with pytest.raises(RasterError, match=message):
        SpikeRaster(values, 0.02)


@pytest.mark.parametrize(
    ("values", "hint"),
    [([2, 0, 1, 1], "counts > 0"), ([0.5, 0, 1, 1], "rates"), ([-1, 0, 2, 3], "rates")],
)
def test_what_to_do_with_other_values(values: list[float], hint: str) -> None:
    with pytest.raises(RasterError) as caught:
        SpikeRaster(np.array(values).reshape(1, 2, 2), 0.02)
    assert hint in caught.value.hint
    assert "of 4 values are neither 0 nor 1, such as" in caught.value.got


def test_long_choices_are_shortened() -> None:
    raster = SpikeRaster(np.zeros((1, 2, 4), bool), 0.02)
    for chosen in (range(4000), [*range(4)] * 1000):
        with pytest.raises(RasterError) as caught:
            raster.select(list(chosen))
        assert len(caught.value.got) < 60


@pytest.mark.parametrize("width", [0, -1, np.nan, np.inf])
def test_bad_bin_width(width: float) -> None:
    with pytest.raises(RasterError, match="bin width"):
        SpikeRaster(np.zeros((1, 1, 1), bool), width)


@pytest.mark.parametrize(
    ("neurons", "message"), [([], "No neuron"), ([4], "does not have"), ([1, 1], "twice")]
)
def test_bad_selection(neurons: list[int], message: str) -> None:
    with pytest.raises(RasterError, match=message):
        SpikeRaster(np.zeros((1, 2, 4), bool), 0.02).select(neurons)


def test_selection_keeps_the_order_asked_for() -> None:
    spikes = np.zeros((1, 2, 3), bool)
    spikes[0, 0, 2] = True
    raster = SpikeRaster(spikes, 0.02)
    assert raster.select([2, 0]).spikes[0, 0].tolist() == [True, False]
    assert raster.silent_neurons == (0, 1)


def test_packed_bytes_of_another_shape() -> None:
    with pytest.raises(RasterError, match="do not fit"):
        SpikeRaster.from_packed(np.zeros(3, np.uint8), (1, 1, 9), 0.02)


def test_rates_are_in_hertz() -> None:
    spikes = np.zeros((2, 10, 2), bool)
    spikes[0, :5, 1] = True
    raster = SpikeRaster(spikes, 0.02)
    assert np.allclose(raster.spike_probability, [0, 0.25])
    assert np.allclose(raster.rates_hz, [0, 12.5])
    assert raster.rates_hz.shape == (2,)


@settings(deadline=None)  # the first example imports pandas
@given(SHAPES.flatmap(lambda shape: arrays(bool, shape)))
def test_the_table_holds_every_spike(spikes: np.ndarray) -> None:
    labels = [f"unit_{n}" for n in range(spikes.shape[2])]
    frame = SpikeRaster(spikes, 0.5, tuple(labels)).to_frame()
    assert list(frame) == ["sample", "neuron", "bin", "time"]
    assert len(frame) == spikes.sum()
    again = np.zeros_like(spikes)
    again[frame["sample"], frame["bin"], [labels.index(label) for label in frame["neuron"]]] = True
    assert np.array_equal(again, spikes)
    assert np.allclose(frame["time"], (frame["bin"] + 0.5) * 0.5)


def test_how_a_raster_looks() -> None:
    raster = SpikeRaster(np.ones((1, 2, 1), bool), 0.02, ("<b>",))
    assert repr(raster) == "SpikeRaster(1 sample x 2 bins x 1 neuron, bin_width=0.02 s)"
    page = raster._repr_html_()
    assert page.count("<svg") == 1
    assert page.count("v5") == 2  # a tick per spike
    assert "50 to 50 Hz" in page
    large = SpikeRaster(np.ones((3, 5000, 200), bool), 0.02)._repr_html_()
    assert large.count("v5") == 200 * 30
    assert len(large) < 100_000


def test_other_spikes_of_the_same_neurons() -> None:
    raster = SpikeRaster(np.zeros((1, 2, 4), bool), 0.02, ("a", "b", "c", "d"))
    assert raster.with_spikes(np.ones((5, 9, 4), bool)).neuron_labels == raster.neuron_labels
    with pytest.raises(RasterError, match="another shape") as caught:
        raster.with_spikes(np.ones((5, 9, 3), bool))
    assert caught.value.expected == "(n_samples, n_bins, n_neurons), n_neurons = 4"
    assert caught.value.got == "(5, 9, 3)"
