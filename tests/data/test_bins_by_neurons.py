"""Tables with one row per bin and one column per neuron."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import Reading, ReadOptions, RecordingWarning
from neuroqgan.errors import InputError, RecordingError

SPIKES = np.random.default_rng(4).random((3, 30, 4)) < 0.3
SPIKES[:, :, 2] = False
LABELS = ("unit_10", "unit_2", "silent", "µ")


def read(path: Path, **options: Any) -> Reading:
    return read_path(path, ReadOptions(bin_width=0.02, axes="bins,neurons", **options))


def table(trials: bool = True) -> pd.DataFrame:
    if not trials:
        return pd.DataFrame(SPIKES[0].astype(int), columns=pd.Index(LABELS))
    rows = pd.DataFrame(SPIKES.reshape(-1, 4).astype(int), columns=pd.Index(LABELS))
    return rows.assign(trial=np.repeat([1, 2, 10], 30), bin=np.tile(np.arange(30), 3))


@pytest.mark.parametrize(
    ("name", "how"),
    [("t.csv", {}), ("t.csv", {"sep": ";", "decimal": ","}), ("t.tsv", {"sep": "\t"})],
)
def test_one_trial(tmp_path: Path, name: str, how: dict[str, str]) -> None:
    table(trials=False).astype(float).to_csv(tmp_path / name, index=False, **how)
    reading = read(tmp_path / name)
    assert np.array_equal(reading.raster.spikes, SPIKES[:1])
    assert reading.raster.neuron_labels == LABELS
    assert "The table (30, 4) read as 1 trial x 30 bins x 4 neurons." in reading.notes
    with pytest.raises(RecordingError, match="lacks the column") as caught:
        load(tmp_path / name, bin_width=0.02)
    assert "`axes = bins,neurons` for one row per bin" in caught.value.hint


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
@pytest.mark.parametrize("names", [{}, {"trial": "presentation", "bin": "t (s)"}])
def test_trials(tmp_path: Path, suffix: str, names: dict[str, str]) -> None:
    path = tmp_path / f"t{suffix}"
    # In any order: trials and bins say where a row belongs.
    shuffled = table().sample(frac=1, random_state=0).rename(columns=names)
    shuffled.to_csv(path, index=False) if suffix == ".csv" else shuffled.to_parquet(path)
    chosen = {"trial_column": "presentation", "time_column": "t (s)"} if names else {}
    reading = read(path, **chosen)
    assert np.array_equal(reading.raster.spikes, SPIKES)
    assert reading.raster.neuron_labels == LABELS
    assert any("not read as neurons: trial, " in note for note in reading.notes)


def test_a_matrix_without_names(tmp_path: Path) -> None:
    for name, delimiter in (("t.txt", " "), ("t.csv", ",")):
        np.savetxt(tmp_path / name, SPIKES[0], delimiter=delimiter)
        reading = read(tmp_path / name)
        assert np.array_equal(reading.raster.spikes, SPIKES[:1])
        assert reading.raster.has_default_labels
        assert any("its first row is read as data" in note for note in reading.notes)
    # Numbers that differ are labels, as sorters give.
    table(trials=False).set_axis([3, 7, 12, 40], axis=1).to_csv(tmp_path / "n.csv", index=False)
    assert read(tmp_path / "n.csv").raster.neuron_labels == ("3", "7", "12", "40")


def test_counts(tmp_path: Path) -> None:
    (2 * table(trials=False)).to_csv(tmp_path / "t.csv", index=False)
    with pytest.warns(RecordingWarning, match="each counts as one"):
        assert np.array_equal(read(tmp_path / "t.csv").raster.spikes, SPIKES[:1])
    with pytest.raises(InputError, match="counts above one"):
        read(tmp_path / "t.csv", counts="refuse")


@pytest.mark.parametrize(
    ("change", "options", "problem"),
    [
        (lambda t: t, {"axes": "neurons,bins"}, "does not have these axes"),
        (lambda t: t, {"axes": "trials,bins,neurons"}, "does not have these axes"),
        (lambda t: t, {"neuron_column": "µ"}, "no column of .* holds all neurons"),
        (lambda t: t, {"trial_column": "presentation"}, "no column 'presentation'"),
        (lambda t: t.assign(µ="x"), {}, "does not hold numbers"),
        (lambda t: t.assign(µ=0.5), {}, "not whole numbers"),
        (lambda t: t[:-1], {}, "different numbers of bins"),
        (lambda t: t[t["bin"] != 4], {}, "missing or double"),
    ],
)
def test_what_is_no_such_table(
    tmp_path: Path, change: Any, options: dict[str, str], problem: str
) -> None:
    change(table()).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(InputError, match=problem):
        load(tmp_path / "t.csv", **({"bin_width": 0.02, "axes": "bins,neurons"} | options))
