"""Files that would take far more memory or time than they are worth, and bytes without meaning."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import neuroqgan as nq
from neuroqgan.data.tables import separators
from neuroqgan.data.untrusted.archive import checked
from neuroqgan.data.untrusted.memory import LIMIT
from neuroqgan.errors import ConfigError, RasterError, RecordingError
from neuroqgan.raster import SpikeRaster


@pytest.fixture
def a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(LIMIT, "0.001")


@pytest.mark.usefixtures("a_megabyte")
def test_an_array_beyond_the_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.npz"
    np.savez_compressed(path, spikes=np.zeros((1, 2_000_000, 1), bool), bin_width=0.001)
    assert path.stat().st_size < 10_000
    with pytest.raises(RecordingError, match="is too large") as caught:
        nq.load(path)
    assert LIMIT in caught.value.hint
    monkeypatch.setenv(LIMIT, "0.01")
    assert nq.load(path).n_bins == 2_000_000


def test_bins_that_are_taken_for_neurons(tmp_path: Path) -> None:
    np.savez(tmp_path / "r.npz", spikes=np.zeros((1, 3, 1_000_001), bool), bin_width=0.001)
    with pytest.raises(RecordingError, match="more neurons than anybody") as caught:
        nq.load(tmp_path / "r.npz", axes="trials,bins,neurons")
    assert "axes" in caught.value.hint
    assert nq.load(tmp_path / "r.npz", axes="trials,neurons,bins").n_neurons == 3


@pytest.mark.usefixtures("a_megabyte")
@pytest.mark.filterwarnings("ignore::neuroqgan.data.reading.RecordingWarning")
def test_spike_times_whose_raster_is_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("time,neuron\n0.5,a\n3000,b\n")
    with pytest.raises(RecordingError, match="too large as a raster"):
        nq.load(path, bin_width=0.001)


@pytest.mark.usefixtures("a_megabyte")
def test_a_table_of_a_few_bytes_for_many_rows(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    n_rows = 100_000
    pd.DataFrame({"time": np.ones(n_rows), "neuron": np.ones(n_rows, np.int8)}).to_parquet(path)
    with pytest.raises(RecordingError, match="The table in .* is too large"):
        nq.load(path, bin_width=0.1)
    with pytest.raises(RecordingError, match="The table in .* is too large"):
        nq.load_covariates(path)


@pytest.mark.parametrize("said", ["0", "-1", "much", "nan", "inf"])
def test_a_limit_that_is_none(
    said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, make_raster
) -> None:
    nq.save(tmp_path / "r.npz", make_raster())
    monkeypatch.setenv(LIMIT, said)
    with pytest.raises(ConfigError, match=LIMIT):
        nq.load(tmp_path / "r.npz")


@pytest.mark.parametrize(
    ("cell", "problem"),
    [("XFD900000", "is too large|does not fit"), ("A1048577", "no sheet"), ("ZZZ1", "no sheet")],
)
def test_a_cell_at_the_far_end_of_a_sheet(
    tmp_path: Path, cell: str, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import openpyxl

    monkeypatch.setenv(LIMIT, "1")
    book = openpyxl.Workbook()
    for row in (("time", "neuron"), (0.5, "a"), (0.7, "b")):
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    path = tmp_path / "t.xlsx"
    path.write_bytes(buffer.getvalue())
    assert nq.load(path, bin_width=0.1).n_neurons == 2
    with zipfile.ZipFile(buffer) as whole, zipfile.ZipFile(path, "w") as changed:
        for name in whole.namelist():
            content = whole.read(name)
            if name.endswith("sheet1.xml"):
                more = f'<row><c r="{cell}" t="n"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", more.encode())
            changed.writestr(name, content)
    with pytest.raises(RecordingError, match=f"(?s){problem}"):
        nq.load(path, bin_width=0.1)


def test_more_columns_than_any_table_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(separators, "_MOST_COLUMNS", 50)
    path = tmp_path / "t.csv"
    path.write_text(",".join(map(str, range(60))) + "\n")
    with pytest.raises(RecordingError, match="too many columns"):
        nq.load(path, bin_width=0.1)


def test_a_name_of_a_column_that_is_long(tmp_path: Path) -> None:
    # Which took a minute, as its regular expression went back to every blank.
    path = tmp_path / "t.csv"
    path.write_text("_" * 100_000 + ",neuron\n1,2\n")
    with pytest.raises(RecordingError, match="lacks the column time"):
        nq.load(path, bin_width=0.1)


def test_what_is_within_labels(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pd.DataFrame({"time": [0.1, 0.2], "neuron": [{"a": 1}, {"a": 2}]}).to_parquet(path)
    with pytest.raises(RecordingError, match="has a dict in the column 'neuron'"):
        nq.load(path, bin_width=0.1)


def test_bytes_that_are_no_booleans_and_no_characters() -> None:
    checked(np.array([True, False]))
    checked(np.array(["a", "é", "\U0001f600"]))
    checked(np.array(["a"], ">U1"))
    with pytest.raises(ValueError, match="up to 2"):
        checked(np.array([0, 2], np.uint8).view(bool))
    for code in (0x110000, 0xD800):
        with pytest.raises(ValueError, match="not characters"):
            checked(np.array([65, code], np.uint32).view("<U2"))


def test_labels_that_cannot_be_shown() -> None:
    with pytest.raises(RasterError, match="not a text"):
        SpikeRaster(np.ones((1, 2, 1), bool), 0.02, ("\ud800",))
