"""Columns of tables that the user names, or counts where nobody named them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from neuroqgan.cli import main
from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions
from neuroqgan.errors import RecordingError

SPIKES = [[[1, 0], [0, 0], [0, 1]], [[0, 1], [1, 0], [0, 0]]]
ROWS = [(0.005, "b7", 1), (0.025, "a", 1), (0.005, "a", 2), (0.015, "b7", 2)]


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame(ROWS, columns=["latency", "who", "presentation"])


CHOICE = {"time_column": "latency", "neuron_column": "who", "trial_column": "presentation"}


def expected() -> np.ndarray:
    return np.array(SPIKES, bool)[:, :, ::-1]


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_columns_are_chosen_by_name_or_position(
    tmp_path: Path, table: pd.DataFrame, suffix: str
) -> None:
    path = tmp_path / f"t{suffix}"
    if suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep={".csv": ",", ".tsv": "\t"}[suffix])
    with pytest.raises(RecordingError, match="lacks the column time and neuron") as caught:
        load(path, bin_width=0.01)
    assert caught.value.hint.startswith("`time_column = NAME` and `neuron_column = NAME`, or `axes")
    by_name = read_path(path, ReadOptions(bin_width=0.01, **CHOICE))
    assert np.array_equal(by_name.raster.spikes, expected())
    assert by_name.raster.neuron_labels == ("a", "b7")
    assert "The column 'latency' is taken as the time." in by_name.notes
    by_place = {"time_column": "0", "neuron_column": "1", "trial_column": "2"}
    assert load(path, bin_width=0.01, **by_place) == by_name.raster


def test_a_choice_precedes_usual_names(tmp_path: Path, table: pd.DataFrame) -> None:
    # Two columns could be the neuron, and `time` is something else.
    usual = table.assign(time=9.0, unit="x", cluster="y", trial=1)
    usual.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(RecordingError, match="several columns that could be the neuron") as caught:
        load(tmp_path / "t.csv", bin_width=0.01)
    assert caught.value.hint == "`neuron_column = unit`"
    assert np.array_equal(load(tmp_path / "t.csv", bin_width=0.01, **CHOICE).spikes, expected())


def test_the_unit_in_the_name_of_a_chosen_column(tmp_path: Path, table: pd.DataFrame) -> None:
    table = table.assign(latency_ms=table["latency"] * 1000)
    table.to_csv(tmp_path / "t.csv", index=False)
    choice = CHOICE | {"time_column": "latency_ms"}
    assert np.array_equal(load(tmp_path / "t.csv", bin_width=0.01, **choice).spikes, expected())
    with pytest.raises(RecordingError, match="another unit"):
        load(tmp_path / "t.csv", bin_width=0.01, time_unit="s", **choice)


@pytest.mark.parametrize(
    ("choice", "problem", "got"),
    [
        ({"time_column": "latenz"}, "no column 'latenz'", "latency, who, presentation"),
        ({"time_column": "3"}, "no column '3'", "latency, who, presentation"),
        (
            {"time_column": "who", "neuron_column": "who"},
            "cannot be two things",
            "`time_column = who`, `neuron_column = who`",
        ),
    ],
)
def test_choices_that_do_not_fit(
    tmp_path: Path, table: pd.DataFrame, choice: dict[str, str], problem: str, got: str
) -> None:
    table.to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(RecordingError, match=problem) as caught:
        load(tmp_path / "t.csv", bin_width=0.01, **choice)
    assert caught.value.got == got


@pytest.mark.parametrize("how", [{}, {"sep": ";", "decimal": ","}, {"sep": " ", "decimal": ","}])
def test_tables_without_names(tmp_path: Path, table: pd.DataFrame, how: dict[str, str]) -> None:
    numbered = table.assign(who=table["who"].map({"a": 2, "b7": 10}))
    numbered.to_csv(tmp_path / "t.csv", index=False, header=False, **how)
    choice = {"time_column": "0", "neuron_column": "1", "trial_column": "2"}
    reading = read_path(tmp_path / "t.csv", ReadOptions(bin_width=0.01, **choice))
    assert np.array_equal(reading.raster.spikes, expected())
    assert reading.raster.neuron_labels == ("2", "10")
    assert f"{tmp_path / 't.csv'} has no names of columns: its first row is read as data." in (
        reading.notes
    )
    if not how:
        with pytest.raises(RecordingError, match="lacks the column time and neuron") as caught:
            load(tmp_path / "t.csv", bin_width=0.01)
        assert caught.value.hint.endswith(
            "count them from 0: `time_column = 0` and `neuron_column = 1`"
        )


def test_names_that_are_positions(tmp_path: Path, table: pd.DataFrame) -> None:
    # As pandas writes a table whose columns nobody named.
    table.set_axis([0, 1, 2], axis=1).to_csv(tmp_path / "t.csv", index=False)
    choice = {"time_column": "0", "neuron_column": "1", "trial_column": "2"}
    assert np.array_equal(load(tmp_path / "t.csv", bin_width=0.01, **choice).spikes, expected())


def test_a_blank_within_a_label_is_no_separator(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("0.005,unit 4\n0.015,unit 5\n")
    raster = load(tmp_path / "t.csv", bin_width=0.01, time_column="0", neuron_column="1")
    assert raster.neuron_labels == ("unit 4", "unit 5")


def test_arrays_have_no_columns(tmp_path: Path, make_raster) -> None:
    np.savez(tmp_path / "r.npz", spikes=make_raster().spikes, bin_width=0.02)
    with pytest.raises(RecordingError, match="no columns to choose from"):
        load(tmp_path / "r.npz", time_column="time")
    times = np.empty(2, object)
    times[:] = [np.array([0.1]), np.array([0.2])]
    np.savez(tmp_path / "t.npz", spikes=times)
    with pytest.raises(RecordingError, match="no columns to choose from"):
        load(tmp_path / "t.npz", bin_width=0.1, neuron_column="neuron")
    with pytest.raises(RecordingError, match="is for files"):
        load("simulated", trial_column="trial")


def test_on_the_command_line(tmp_path: Path, table: pd.DataFrame) -> None:
    table.to_csv(tmp_path / "t.csv", index=False)
    command = ["data", "convert", str(tmp_path / "t.csv"), str(tmp_path / "t.npz")]
    done = CliRunner().invoke(main, [*command, "--bin-width", "0.01"])
    assert done.exit_code != 0
    assert "--time-column NAME and --neuron-column NAME" in done.output
    flags = ["--time-column", "latency", "--neuron-column", "who", "--trial-column", "presentation"]
    done = CliRunner().invoke(main, [*command, "--bin-width", "0.01", *flags])
    assert done.exit_code == 0, done.output
    assert np.array_equal(load(tmp_path / "t.npz").spikes, expected())
