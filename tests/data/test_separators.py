"""Tables as people, spreadsheets and other programs write them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import Reading, ReadOptions, RecordingWarning
from neuroqgan.data.save import save
from neuroqgan.errors import InputError, RecordingError
from neuroqgan.raster import SpikeRaster


@pytest.fixture
def table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    times = random.integers(0, 30_000, 40) / 30_000
    return pd.DataFrame({"time": times, "neuron": random.permutation(40) % 4, "trial": 0})


def read(path: Path) -> Reading:
    return read_path(path, ReadOptions(bin_width=0.001))


def expected(table: pd.DataFrame, folder: Path) -> SpikeRaster:
    table.to_parquet(folder / "same.parquet")
    return read(folder / "same.parquet").raster


@pytest.mark.parametrize(
    ("name", "how", "note"),
    [
        ("t.csv", {}, ""),
        ("t.csv", {"sep": ";", "decimal": ","}, "decimal commas"),
        ("t.csv", {"sep": ";"}, "separated by semicolons"),
        ("t.csv", {"sep": "\t"}, "separated by tabs"),
        ("t.tsv", {"sep": "\t"}, "separated by tabs"),
        ("t.txt", {"sep": " "}, "separated by blanks"),
        ("t.txt", {"sep": "|"}, "separated by bars"),
        ("t.CSV", {"encoding": "utf-8-sig"}, ""),
        ("t.csv", {"encoding": "utf-16"}, ""),
        ("t.csv", {"encoding": "utf-16-le"}, ""),
        ("t.csv", {"quoting": 1}, ""),
        ("t.csv", {"lineterminator": "\r\n"}, ""),
        ("t.csv", {"lineterminator": "\r"}, ""),
        ("t.csv.gz", {}, ""),
        ("t.csv.bz2", {}, ""),
        ("t.csv.xz", {}, ""),
        ("t.tsv.gz", {"sep": "\t"}, "separated by tabs"),
        ("t.csv", {"columns": ["trial", "neuron", "time"]}, ""),
    ],
)
def test_ways_to_write_a_table(
    tmp_path: Path, table: pd.DataFrame, name: str, how: dict[str, Any], note: str
) -> None:
    table.to_csv(tmp_path / name, index=False, **how)
    reading = read(tmp_path / name)
    assert reading.raster == expected(table, tmp_path)
    said = [line for line in reading.notes if "already held a spike" not in line]
    assert (note in " ".join(said)) if note else not said


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace(",", ", "),
        lambda text: text.replace(",", " , "),
        lambda text: "sep=,\n" + text,
        lambda text: "sep=;\r\n" + text.replace(",", ";"),
        lambda text: "# made by hand\n#\n\n" + text,
        lambda text: text + "\n\n",
        lambda text: text + ",,\n,,\n",
        lambda text: text.replace("time", "TIME").replace("trial", "Trial"),
        lambda text: text.replace("\n", ",\n"),
    ],
)
def test_habits_of_people(tmp_path: Path, table: pd.DataFrame, change: Any) -> None:
    (tmp_path / "t.csv").write_text(change(table.to_csv(index=False)), newline="")
    assert read(tmp_path / "t.csv").raster == expected(table, tmp_path)


def test_old_code_pages(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("time,neuron\n0.1,Zürich\n0.2,µ\n".encode("cp1252"))
    reading = read(tmp_path / "t.csv")
    assert reading.raster.neuron_labels == ("Zürich", "µ")
    assert "Windows-1252" in reading.notes[0]


@pytest.mark.parametrize("name", ["Neuron", "unit", "Unit_ID", "cluster", "cluster id"])
def test_other_names_of_columns_are_told(tmp_path: Path, table: pd.DataFrame, name: str) -> None:
    table.rename(columns={"neuron": name}).to_csv(tmp_path / "t.csv", index=False)
    reading = read(tmp_path / "t.csv")
    assert reading.raster == expected(table, tmp_path)
    assert f"The column {name!r} is taken as the neuron." in reading.notes


@pytest.mark.parametrize(
    ("text", "problem", "part"),
    [
        ("time,unit,cluster\n1,1,1\n", "several columns that could be the neuron", "'unit', 'clu"),
        ("time,time,neuron\n1,1,1\n", "several columns that could be the time", "'time', 'time'"),
        ("0.1,2\n0.2,3\n", "lacks the column time and neuron", "a first row of numbers"),
        ("time;cell\n1;1\n", "lacks the column neuron", "time, cell"),
        (
            "time,neuron\n0,123,4\n0,5,4\n",
            "more values than there are columns",
            "3 values in row 1",
        ),
        ("time,neuron\n0.1,4\n0.1,4,5,6,7\n", "damaged", "line"),
        ("time;neuron\n1.000,5;3\n", "times that are not finite numbers", "'1.000,5' in row 1"),
        ("time,neuron\n00:01.5,3\n", "times that are not finite numbers", "'00:01.5' in row 1"),
        ("time,neuron\n1_000,3\n", "times that are not finite numbers", "'1_000' in row 1"),
        (
            "time,neuron\n0.1,3\ninf,3\n",
            "times that are not finite numbers",
            "'inf' in row 2, the only",
        ),
        ('time,neuron\n0.1,"3\n', "damaged", "EOF"),
        ("# nothing\n\n", "lacks the column time and neuron", "no columns"),
        ("time,neuron\n,\n,\n", "no spikes", "blank"),
    ],
)
def test_tables_that_cannot_be_understood(
    tmp_path: Path, text: str, problem: str, part: str
) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(RecordingError, match=problem) as caught:
        read(tmp_path / "t.csv")
    assert part in caught.value.got
    assert "np." not in str(caught.value)


def test_lists_of_times(tmp_path: Path, table: pd.DataFrame) -> None:
    lists = table.groupby("neuron")["time"].apply(list).reset_index()
    lists.to_parquet(tmp_path / "lists.parquet")
    assert read(tmp_path / "lists.parquet").raster == expected(table, tmp_path)
    # As pynwb's units.to_dataframe() writes it: the labels are the index, and one never fires.
    lists.loc[len(lists)] = [7, []]
    units = lists.rename(columns={"neuron": "id", "time": "spike_times"}).set_index("id")
    units.to_parquet(tmp_path / "units.parquet")
    found = read(tmp_path / "units.parquet").raster
    assert found.neuron_labels == ("0", "1", "2", "3", "7")
    assert found.silent_neurons == (4,)
    # Lists beside lists are not guessed at.
    lists.assign(neuron=lists["time"]).to_parquet(tmp_path / "two.parquet")
    with pytest.raises(RecordingError, match="lists in the column 'neuron'"):
        read(tmp_path / "two.parquet")
    # Single precision survives the list.
    edges = [np.array([3, 29], "float32") * np.float32(0.02), np.zeros(0, "float32")]
    pd.DataFrame({"time": edges, "neuron": ["a", "b"]}).to_parquet(tmp_path / "f.parquet")
    raster = load(tmp_path / "f.parquet", bin_width=0.02)
    assert np.argwhere(raster.spikes[0]).tolist() == [[3, 0], [29, 0]]


def test_excel(tmp_path: Path, table: pd.DataFrame) -> None:
    pytest.importorskip("openpyxl")
    labelled = table.assign(neuron=table["neuron"].map({0: "NA", 1: "01", 2: 1, 3: 2.0}))
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        labelled.to_excel(book, index=False, sheet_name="Spikes")
        labelled.to_excel(book, index=False, sheet_name="Other")
    reading = read(tmp_path / "t.xlsx")
    assert reading.raster.neuron_labels == ("01", "1", "2", "NA")
    same = expected(table, tmp_path)
    assert np.array_equal(reading.raster.select(["NA"]).spikes[..., 0], same.spikes[..., 0])
    assert "only the first of 2 sheets, 'Spikes'" in reading.notes[0]


def test_excel_without_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"PK")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(RecordingError, match="not installed") as caught:
        read(tmp_path / "t.xlsx")
    assert caught.value.hint == 'pip install "neuroqgan[excel]", or export the data as .csv'


def test_excel_is_not_written(tmp_path: Path, make_raster: Any) -> None:
    with pytest.raises(RecordingError, match="but not write one") as caught:
        save(tmp_path / "t.xlsx", make_raster())
    assert caught.value.hint == str(tmp_path / "t.csv")


@pytest.mark.parametrize(("suffix", "module"), [(".gz", gzip), (".bz2", bz2), (".xz", lzma)])
def test_compressed_tables_are_read_to_the_end(
    tmp_path: Path, table: pd.DataFrame, suffix: str, module: Any, monkeypatch: Any
) -> None:
    path = tmp_path / f"t.csv{suffix}"
    whole = module.compress(table.to_csv(index=False).encode())
    path.write_bytes(whole[:-20])
    with pytest.raises(RecordingError, match="damaged"):
        read(path)
    raster = SpikeRaster(np.eye(3, dtype=bool)[None], 0.001)
    save(path, raster, overwrite=True)
    assert module.decompress(path.read_bytes()).startswith(b'"trial"')
    assert read(path).raster == raster
    # A small file can unpack to anything.
    path.write_bytes(module.compress(b"time,neuron\n" + b"0.1,a\n" * 50_000))
    monkeypatch.setattr("neuroqgan.data.compression.available_bytes", lambda: 40_000)
    monkeypatch.setattr("neuroqgan.data.untrusted.memory.free_bytes", lambda: 40_000)
    with pytest.raises(RecordingError, match="does not fit into memory"):
        read(path)


@settings(max_examples=150, deadline=None)
@given(lines=st.lists(st.text("0123456789.,;\t |\"'#=-e\r", max_size=12), max_size=6))
@example(lines=[",,,"])
@example(lines=["e309"])
def test_any_text_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    path = tmp_path_factory.mktemp("text") / "t.csv"
    path.write_text("\n".join(["time,neuron", *lines]), newline="")
    try:
        raster = read_path(path, ReadOptions(bin_width=0.1, start=0.0, stop=5.0)).raster
    except InputError:
        return
    assert raster.n_bins == 50


def test_commas_that_could_mark_thousands_are_doubted(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text('time_ms,neuron\n"1,100",a\n"2,500",b\n12,c\n')
    with pytest.warns(RecordingWarning, match=r"1,100 is 1\.100"):
        load(path, bin_width=0.02)
    for text in ('time,neuron\n"0,100",a\n"2,500",b\n', "time;neuron\n1,100;a\n2,500;b\n"):
        path.write_text(text)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            load(path, bin_width=0.02)
