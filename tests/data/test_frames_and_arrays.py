"""Rasters from data frames and arrays that a script holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from neuroqgan.data.reading import RecordingWarning
from neuroqgan.errors import RasterError, RecordingError
from neuroqgan.raster import SpikeRaster


def silent_in_places() -> SpikeRaster:
    """Two trials, one of them silent, and neurons of which one is silent, in their own order."""
    spikes = np.zeros((2, 4, 3), dtype=bool)
    spikes[0, 1, 0] = spikes[0, 3, 2] = True
    return SpikeRaster(spikes, 0.05, ("b", "a", "c"))


def test_complete_tables_give_the_raster_back() -> None:
    raster = silent_in_places()
    assert SpikeRaster.from_frame(raster.to_frame(complete=True), 0.05) == raster


def test_tidy_tables_have_their_samples_as_trials() -> None:
    spikes = np.eye(3, dtype=bool)[:, :, np.newaxis]
    raster = SpikeRaster(np.concatenate([spikes, spikes[::-1]], axis=2), 0.05, ("a", "b"))
    again = SpikeRaster.from_frame(raster.to_frame(), 0.05, duration=0.15)
    assert again == raster


def test_columns_are_named() -> None:
    table = pd.DataFrame(
        {"time": [9.0, 9.0], "when": [0.01, 0.07], "cell": ["x", "y"], "sweep": [0, 1], "id": 1}
    )
    raster = SpikeRaster.from_frame(
        table, 0.02, time_column="when", neuron_column="cell", trial_column="sweep", duration=0.1
    )
    assert raster.neuron_labels == ("x", "y")
    assert np.argwhere(raster.spikes).tolist() == [[0, 0, 0], [1, 3, 1]]
    with pytest.raises(RecordingError, match="not a data frame"):
        SpikeRaster.from_frame([0.1, 0.2], 0.02)  # type: ignore[arg-type]
    with pytest.raises(RecordingError, match="no column 'nothing'"):
        SpikeRaster.from_frame(table, 0.02, time_column="nothing")


def test_tables_are_cropped_without_a_word_and_clipped_with_one() -> None:
    table = pd.DataFrame({"time": [0.01, 0.011, 0.07, 0.5], "neuron": 1})
    with pytest.warns(RecordingWarning, match="1 of 3 spikes") as caught:
        raster = SpikeRaster.from_frame(table, 0.02, duration=0.1)
    assert len(caught) == 1
    assert raster.n_bins == 5
    with pytest.raises(RecordingError, match="several spikes"):
        SpikeRaster.from_frame(table, 0.02, duration=0.1, counts="refuse")


def test_units_in_names_of_columns() -> None:
    for name in ("spike_time_ms", "when (ms)"):
        table = pd.DataFrame({name: [10.0, 70.0], "unit": [1, 2]})
        raster = SpikeRaster.from_frame(table, 0.02, time_column=name, duration=0.1)
        assert np.argwhere(raster.spikes).tolist() == [[0, 0, 0], [0, 3, 1]]


def test_a_continuous_array_is_cut_into_trials() -> None:
    array = np.arange(14).reshape(7, 2) % 3 == 0
    with pytest.warns(RecordingWarning, match="1 of 7 bins that do not fill a trial"):
        raster = SpikeRaster.from_array(array, 0.02, trial_bins=3, neuron_labels=("l", "r"))
    assert raster.neuron_labels == ("l", "r")
    assert np.array_equal(raster.spikes, array[:6].reshape(2, 3, 2))


def test_axes_of_arrays() -> None:
    array = np.arange(24).reshape(2, 3, 4) % 5 == 0
    turned = SpikeRaster.from_array(array, 0.02, axes="neurons,bins,trials")
    assert np.array_equal(turned.spikes, array.transpose(2, 1, 0))
    assert SpikeRaster.from_array(array, 0.02).spikes.shape == (2, 3, 4)
    assert SpikeRaster.from_array(array[0], 0.02).spikes.shape == (1, 3, 4)


def test_counts_in_arrays() -> None:
    counts = np.array([[0, 1], [2, 0], [3, 1]])
    with pytest.warns(RecordingWarning, match="3 of 7 spikes"):
        raster = SpikeRaster.from_array(counts, 0.02)
    assert np.array_equal(raster.spikes[0], counts > 0)
    with pytest.raises(RasterError, match="counts above one"):
        SpikeRaster.from_array(counts, 0.02, counts="refuse")


@pytest.mark.parametrize(
    ("array", "settings_given", "message"),
    [
        (np.zeros((2, 3, 4)), {"trial_bins": 3}, "cannot be cut"),
        (np.zeros((3, 4)), {"trial_bins": 4}, "cannot be cut"),
        (np.zeros((3, 4)), {"trial_bins": 0}, "cannot be cut"),
        (np.zeros((0, 4)), {}, "is empty"),
        (np.array([["a"]]), {}, "holds no numbers"),
        (np.full((3, 4), 0.5), {}, "not whole numbers"),
        (np.zeros(4), {}, "has 1 axes"),
    ],
)
def test_arrays_that_are_refused(
    array: np.ndarray, settings_given: dict[str, int], message: str
) -> None:
    with pytest.raises((RasterError, RecordingError), match=message):
        SpikeRaster.from_array(array, 0.02, **settings_given)  # type: ignore[arg-type]
