# ruff: noqa: PD011  # values of covariates, not of pandas
"""Covariates from files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.covariates.files import FORMATS, load_covariates, read_covariates
from neuroqgan.data.save import save
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

SHARED = np.random.default_rng(0).random((12, 2)).astype(np.float32)
OWN = np.random.default_rng(1).random((3, 12, 2)).astype(np.float32)
NAMES = ("speed", "position")


def _table(values: np.ndarray) -> pd.DataFrame:
    """One row per bin, in random order if there are trials."""
    if values.ndim == 2:
        return pd.DataFrame(values, columns=NAMES)
    table = pd.DataFrame(values.reshape(-1, 2), columns=NAMES)
    table.insert(0, "bin", np.tile(np.arange(12), 3))
    table.insert(0, "trial", np.repeat(["t1", "t2", "t10"], 12))
    return table.sample(frac=1, random_state=0)


def _write(path: Path, values: np.ndarray) -> None:
    if path.suffix == ".npy":
        np.save(path, values)
    elif path.suffix == ".npz":
        np.savez(path, anything=values, names=NAMES)
    elif path.suffix == ".parquet":
        _table(values).to_parquet(path)
    else:
        separator = "\t" if ".tsv" in path.name else ","
        _table(values).to_csv(path, sep=separator, index=False)


@pytest.mark.parametrize("suffix", FORMATS)
@pytest.mark.parametrize("values", [SHARED, OWN], ids=["shared", "own"])
def test_every_format_gives_the_same(tmp_path: Path, suffix: str, values: np.ndarray) -> None:
    path = tmp_path / f"covariates{suffix}"
    _write(path, values)
    found = read_covariates(str(path))
    names = ("column 0", "column 1") if suffix == ".npy" else NAMES
    assert found.covariates == Covariates(values, names)
    assert found.covariates.source == path.name
    shape = "12 bins x 2 columns" if values is SHARED else "3 trials x 12 bins x 2 columns"
    assert shape in found.notes[-1]
    second = load_covariates(path, columns=[names[1]])
    assert np.array_equal(second.values[..., 0], found.covariates.values[..., 1])
    assert second.names == names[1:]


def test_arrays_that_are_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, speed=OWN[..., 0], light=SHARED[:, 1], bin_width=0.02, who="me")
    found = read_covariates(path)
    assert found.covariates.names == ("speed", "light")
    assert np.array_equal(found.covariates.values[..., 0], OWN[..., 0])
    assert np.array_equal(found.covariates.values[2, :, 1], SHARED[:, 1])
    assert found.notes[-1] == f"{path}: not covariates, and not read: bin_width, who."
    # Those that are not asked for are not read.
    assert load_covariates(path, columns="light").is_shared
    assert load_covariates(path, array="light").names == ("light",)


def test_one_array_of_several(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, x=SHARED, y=OWN, columns=NAMES)
    with pytest.raises(RecordingError, match="do not fit each other") as caught:
        load_covariates(path)
    assert caught.value.got == "x (12, 2), y (3, 12, 2)"
    assert load_covariates(path, array="y") == Covariates(OWN, NAMES)
    with pytest.raises(RecordingError, match="no array 'z'"):
        load_covariates(path, array="z")


def test_covariates_of_a_raster(tmp_path: Path) -> None:
    seen = CovariateWindows.whole_trials(Covariates(OWN, NAMES), 3)
    raster = SpikeRaster(OWN > 0.5, 0.02)
    save(tmp_path / "with.npz", raster.with_covariates(seen))
    save(tmp_path / "without.npz", raster)
    assert load_covariates(tmp_path / "with.npz") == seen.covariates
    assert load_covariates(tmp_path / "with.npz", columns=["speed"]).names == ("speed",)
    with pytest.raises(RecordingError, match="carries no covariates"):
        load_covariates(tmp_path / "without.npz")


@pytest.mark.parametrize(
    ("values", "problem", "got"),
    [
        (np.full((4, 2), np.nan), "8 values", "nan, first in bin 0, column 0"),
        (np.full((2, 3, 1), -np.inf), "6 values", "-inf, first in trial 0, bin 0, column 0"),
        (np.full((4, 2), 1e300), "8 values", "1e+300, first"),
        (np.full((4, 2), "x"), "does not hold numbers", "<U1"),
        (np.zeros((2, 500)), "too many columns", "(2, 500)"),
        (np.zeros((2, 2, 2, 2)), "wrong shape", "(2, 2, 2, 2)"),
        (np.zeros((0, 2)), "wrong shape", "(0, 2)"),
    ],
)
def test_arrays_that_are_no_covariates(
    tmp_path: Path, values: np.ndarray, problem: str, got: str
) -> None:
    path = tmp_path / "a.npy"
    np.save(path, values)
    with pytest.raises(RecordingError, match=problem) as caught:
        load_covariates(path)
    assert got in caught.value.got


@pytest.mark.parametrize(
    ("text", "problem", "got"),
    [
        ("a,b\n1,2\n3,\n", "column b .* 1 value", "nan, first in row 1"),
        ("a,b\n1,2\n3,NA\n", "column b .* 1 value", "nan"),
        ("a,b\n1,2\n3,left\n", "column b .* does not hold numbers", "'left' in row 2"),
        ("a, a\n1,2\n", "distinct names", "a more than once"),
        ("a,\n1,2\n", "distinct names", "''"),
        ("0.5,1\n1,2\n", "does not name its columns", "0.5, 1"),
        ("a,b\n", "no bins", "without rows"),
        ("a,b\n1,2,3\n", "more values than there are columns", "3 values"),
        ("trial,bin\n1,2\n", "no columns but", "trial, bin"),
        ("trial,a\n1,2\n1,3\n2,3\n", "different numbers of bins", "1 row in trial 2, 2 in trial 1"),
        ("trial,a\n1,2\n,3\n", "without a trial", "row 2"),
        ("bin,a\n0,1\n1,1\n3,1\n", "missing or double", "3 after 1"),
        ("bin,a\n0,1\n1,1\n1,1\n", "missing or double", "1 after 1"),
        ("time,a\n0,1\n0.02,1\n0.04,1\n0.07,1\n", "missing or double", "0.07 after 0.04"),
        ("trial,bin,a\n1,0,1\n1,1,1\n2,0,1\n2,2,1\n", "missing or double", "2 after 0 of trial 2"),
    ],
)
def test_tables_that_are_no_covariates(tmp_path: Path, text: str, problem: str, got: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    with pytest.raises(RecordingError, match=problem) as caught:
        load_covariates(path)
    assert got in caught.value.got


def test_columns_that_sort_rows_are_covariates_if_they_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("time,speed\n0.04,3\n0,1\n0.02,2\n")
    found = read_covariates(path)
    assert found.covariates.values.ravel().tolist() == [1, 2, 3]
    assert f"{path}: rows are sorted by time." in found.notes
    assert f"{path}: not read as covariates: time." in found.notes
    named = load_covariates(path, columns=["speed", "time"])
    assert np.allclose(named.values[0], [[1, 0], [2, 0.02], [3, 0.04]])


@pytest.mark.parametrize(
    "text",
    [
        "running speed (cm/s);lick\n0,5;True\n1,5;False\n",
        "running speed (cm/s)\tlick\n0.5\ttrue\n1.5\tfalse\n",
        "# from the rig\nrunning speed (cm/s),lick\n0.5,1\n1.5,0\n",
        '"running speed (cm/s)"|lick\n0.5|1\n1.5|0\n',
    ],
)
def test_how_tables_are_written(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    found = load_covariates(path)
    assert found.names == ("running speed (cm/s)", "lick")
    assert found.values[0].tolist() == [[0.5, 1], [1.5, 0]]


def test_tables_of_one_column_and_of_blanks(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("running speed\n1\n2\n")
    with pytest.raises(RecordingError):
        load_covariates(path)  # two names, one value
    path.write_text("speed lick\n1 0\n2 1\n")
    assert load_covariates(path).names == ("speed", "lick")
    path.write_text("speed\n1\n2\n")
    assert load_covariates(path).values.ravel().tolist() == [1, 2]


def test_columns_of_parquet(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    table = pd.DataFrame({"n": [1, 2], "lick": [True, False], "side": ["l", "r"]})
    table["gaps"] = pd.array([1, None], "Int64")
    table["when"] = pd.to_timedelta([1, 2], "s")
    table.to_parquet(path)
    assert load_covariates(path, columns=["lick", "n"]).values[0].tolist() == [[1, 1], [0, 2]]
    for column, problem in (("side", "numbers"), ("gaps", "1 value"), ("when", "numbers")):
        with pytest.raises(RecordingError, match=problem):
            load_covariates(path, columns=[column])


@pytest.mark.parametrize("columns", [[], ["x"], ["speed", "speed"]])
@pytest.mark.parametrize("suffix", [".npz", ".csv"])
def test_columns_that_are_not_there(tmp_path: Path, suffix: str, columns: list[str]) -> None:
    path = tmp_path / f"a{suffix}"
    _write(path, SHARED)
    with pytest.raises(RecordingError) as caught:
        load_covariates(path, columns=columns)
    assert caught.value.expected == "one or more of its columns: speed, position"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match="no file"):
        load_covariates(tmp_path / "a.csv")
    with pytest.raises(RecordingError, match="no file"):
        load_covariates(tmp_path)
    for name, problem in (
        ("a.txt", "not read from"),
        ("a.npz", "damaged"),
        ("a.npy", "damaged"),
        ("a.parquet", "damaged"),
    ):
        (tmp_path / name).write_bytes(b"PK\3\4 nothing of the kind")
        with pytest.raises(RecordingError, match=problem):
            load_covariates(tmp_path / name)
    np.savez(tmp_path / "texts.npz", who=["me"])
    with pytest.raises(RecordingError, match="holds no covariates"):
        load_covariates(tmp_path / "texts.npz")
    np.savez(tmp_path / "names.npz", x=SHARED, names=["speed"])
    with pytest.raises(RecordingError, match="distinct names"):
        load_covariates(tmp_path / "names.npz")
    for suffix in (".npy", ".csv", ".parquet"):
        _write(tmp_path / f"b{suffix}", SHARED)
        with pytest.raises(RecordingError, match="no named arrays"):
            load_covariates(tmp_path / f"b{suffix}", array="x")
