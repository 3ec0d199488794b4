"""Labels of neurons: text from the file to the raster, and back."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroqgan.data.load import load
from neuroqgan.data.neurons import choice_notes, choose_neurons
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.save import save
from neuroqgan.data.tables.spike_table import spike_table
from neuroqgan.data.tables.table import rasterise
from neuroqgan.data.times.labels import natural_key
from neuroqgan.errors import ConfigError, RasterError, RecordingError
from neuroqgan.raster import SpikeRaster


def read_text(folder: Path, text: str, suffix: str = ".csv") -> SpikeRaster:
    path = folder / f"spikes{suffix}"
    path.write_text(text, encoding="utf-8")
    return load(path, bin_width=0.1)


@pytest.mark.parametrize(
    ("labels", "order"),
    [
        (["unit_10", "unit_2", "unit_100", "unit_1"], ["unit_1", "unit_2", "unit_10", "unit_100"]),
        (["10", "9", "-3", "100"], ["-3", "9", "10", "100"]),
        (["1.10", "1.1", "1.9"], ["1.1", "1.10", "1.9"]),
        (["01", "1", "2"], ["01", "1", "2"]),
        (["NA", "nan", "None", "null", "a"], ["a", "NA", "nan", "None", "null"]),
        (["1e3", "900", "True"], ["900", "1e3", "True"]),
        (["b", "a 2", "a 10"], ["a 2", "a 10", "b"]),
    ],
)
def test_labels_are_text_in_natural_order(
    tmp_path: Path, labels: list[str], order: list[str]
) -> None:
    # The n-th label has a spike in bin n alone.
    rows = "".join(f"{0.1 * n:.2f},{label}\n" for n, label in enumerate(labels))
    raster = read_text(tmp_path, "time,neuron\n" + rows)
    assert list(raster.neuron_labels) == order
    for n, label in enumerate(labels):
        chosen = choose_neurons(raster, units=label)
        assert np.flatnonzero(chosen.spikes).tolist() == [n]


def test_labels_that_are_equal_as_numbers_are_told() -> None:
    table = pd.DataFrame({"time": ["0", "1"], "neuron": ["1.1", "1.10"]})
    notes = rasterise(Path("t.csv"), table, 0.1, ReadOptions(), []).notes
    assert any("1.1, 1.10 are different neurons" in note for note in notes)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (np.array([3.0, 10.0, 7.0]), ("3", "7", "10")),
        (np.array([3, 10, 7], "uint8"), ("3", "7", "10")),
        (np.array([1.5, 10.0, 7.0]), ("1.5", "7", "10")),
        (np.array([0.1, 0.2, 0.3], "float32"), ("0.1", "0.2", "0.3")),
        (pd.array([3, 10, 7], "Int64"), ("3", "7", "10")),
        (pd.Categorical(["b", "c", "a"]), ("a", "b", "c")),
        (np.array([b"u10", b"u2", b"u1"], object), ("u1", "u2", "u10")),
    ],
)
def test_labels_of_typed_columns(tmp_path: Path, values: object, labels: tuple[str, ...]) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"time": [0.1, 0.2, 0.3], "neuron": values}).to_parquet(path)
    assert load(path, bin_width=0.1).neuron_labels == labels


def test_noise_of_spike_sorters_keeps_its_label(tmp_path: Path) -> None:
    text = "time,cluster\n" + "".join(f"{0.1 * k:.1f},{k % 4 - 1}\n" for k in range(20))
    with pytest.warns(RecordingWarning, match="5 spikes belong to the neuron -1"):
        raster = read_text(tmp_path, text)
    assert raster.neuron_labels == ("-1", "0", "1", "2")
    assert np.flatnonzero(raster.select(["0"]).spikes).tolist() == [1, 5, 9, 13, 17]


def test_positions_say_which_units_they_are(tmp_path: Path) -> None:
    raster = read_text(tmp_path, "time,neuron\n" + "".join(f"0.1,{n}\n" for n in (0, 1, 3, 4, 8)))
    assert choice_notes(raster, "0:2") == ()
    assert choice_notes(raster, None) == ()
    (note,) = choice_notes(raster, "3")
    assert "by position: 4." in note
    with pytest.raises(ConfigError) as caught:
        choose_neurons(raster, neurons="8")
    assert caught.value.hint.startswith("`units = 8")


def test_rows_without_a_label_or_a_time(tmp_path: Path) -> None:
    for text in ("time,neuron\n0.1,a\n0.2,\n", "time,neuron\n0.1,a\n0.2, \n"):
        with pytest.raises(RecordingError, match="without a neuron") as caught:
            read_text(tmp_path, text)
        assert caught.value.got == "none in row 2, the only such row"
    end = "trial,time,neuron,trial_end\n0,0.1,a,1\n"
    for row, problem in (
        ("0,0.2,,1\n", "without a neuron"),
        ("0,,a,1\n", "not finite numbers"),
        (",0.2,a,\n", "without a trial"),
        (",0.2,,\n", "without a neuron"),
    ):
        with pytest.raises(RecordingError, match=problem):
            read_text(tmp_path, end + row)
    # Only a complete table, with the ends of trials, names what is silent.
    with pytest.raises(RecordingError, match="not finite numbers"):
        read_text(tmp_path, "time,neuron\n0.1,a\n,b\n")
    silent = read_text(tmp_path, end + "1,,,1\n,,b,\n\n")
    assert silent.spikes.shape == (2, 10, 2)
    assert silent.neuron_labels == ("a", "b")
    assert silent.silent_neurons == (1,)


LABELS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    min_size=1,
    max_size=6,
)


def test_what_a_table_says() -> None:
    spikes = np.zeros((3, 4, 3), bool)
    spikes[0, 1, 0] = spikes[2, 0, 2] = True
    table = spike_table(SpikeRaster(spikes, 0.5, ("a", "b", "c")))
    assert table.to_csv(index=False).splitlines() == [
        "trial,time,neuron,trial_end",
        "0,0.75,a,2.0",
        "2,0.25,c,2.0",
        "1,,,2.0",
        ",,b,",
    ]


def test_an_empty_label_is_not_written(tmp_path: Path) -> None:
    raster = SpikeRaster(np.ones((1, 2, 2), bool), 0.1, ("a", ""))
    with pytest.raises(RasterError, match="without a label"):
        save(tmp_path / "t.csv", raster)
    assert list(tmp_path.iterdir()) == []


def test_other_bins_than_those_written(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    raster = SpikeRaster(random.random((3, 25, 4)) < 0.2, 0.02)
    save(tmp_path / "t.csv", raster)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wide = load(tmp_path / "t.csv", bin_width=0.04)
    # The last bin would be half as long: its rate would be wrong.
    pairs = raster.spikes[:, :24].reshape(3, 12, 2, 4).any(axis=2)
    assert np.array_equal(wide.spikes, pairs)


@given(labels=st.lists(LABELS, max_size=8))
def test_any_labels_have_an_order(labels: list[str]) -> None:
    backwards = labels[::-1]
    assert sorted(labels, key=natural_key) == sorted(backwards, key=natural_key)


@pytest.mark.parametrize(
    ("units", "chosen"),
    [
        ("a,b", ["a,b"]),
        ("3, a,b ,x", ["3", "a,b", "x"]),
        ("3,x, y", ["3", "x", " y"]),
        ("p,q", ["p", "q"]),
    ],
)
def test_units_with_commas_and_blanks_in_their_labels(units: str, chosen: list[str]) -> None:
    raster = SpikeRaster(np.eye(7)[np.newaxis], 0.1, ("3", "a,b", "x", " y", "p", "q", "p,q"))
    assert list(choose_neurons(raster, units=units).neuron_labels) == chosen


def test_labels_in_archives_are_read_as_text(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    spikes = np.eye(3)[np.newaxis]
    for labels, expected in (
        (np.array([b"a", b"b", "\u00fc".encode()]), ("a", "b", "\u00fc")),
        (np.array(["a ", "a", "b"]), ("a ", "a", "b")),
        (np.array(["a ", "b ", "c "]), ("a", "b", "c")),
    ):
        np.savez(path, spikes=spikes, bin_width=0.02, neuron_labels=labels)
        assert load(path).neuron_labels == expected
    np.savez(path, spikes=spikes, bin_width=0.02, neuron_labels=np.array(["a", 1, None], object))
    with pytest.warns(RecordingWarning, match="holds Python objects and is not read"):
        load(path)


def test_labels_beside_lists_of_times_in_archives(tmp_path: Path) -> None:
    path = tmp_path / "r.npz"
    times = np.array([[0.1, 0.2], [0.3]], dtype=object)
    np.savez(path, spikes=times, bin_width=0.02, neuron_labels=["x", "y"])
    assert load(path).neuron_labels == ("x", "y")
    np.savez(path, spikes=times, bin_width=0.02, neuron_labels=["x", "y", "z"])
    with pytest.warns(RecordingWarning, match="3 labels for 2 neurons"):
        assert load(path).has_default_labels
