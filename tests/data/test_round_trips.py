"""Every format that is written keeps what it says, and is converted to every other one."""

from __future__ import annotations

import shutil
import warnings
from dataclasses import replace
from functools import cache, partial
from itertools import product
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import io

from neuroqgan.cli import main
from neuroqgan.covariates import Covariates, CovariateWindows
from neuroqgan.data.formats.format import COVARIATES, LABELS, WIDTH
from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.save import lost_in, save
from neuroqgan.data.sources import find_format, formats
from neuroqgan.errors import InputError
from neuroqgan.raster import SpikeRaster

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")),
    min_size=1,
    max_size=6,
)
ODD = st.sampled_from(["01", "1", "1.0", "NA", "-1", "a,b", 'say "a"', "µ;x", "#3", "神経", "ünit"])
# A process is started for every file.
SLOW = {".mat", ".h5"}
SUFFIXES = [entry.suffixes[0] for entry in formats() if entry.is_writable]


def needs_package(suffix: str) -> None:
    """Skip the test loudly if a format's package is not installed."""
    made = find_format(Path(f"raster{suffix}"))
    if made.requires:
        reason = f'needs the extra {made.extra}: pip install "neuroqgan[{made.extra}]"'
        pytest.importorskip(made.requires, reason=reason)


@st.composite
def rasters(draw: st.DrawFn) -> SpikeRaster:
    shape = draw(st.tuples(st.integers(1, 3), st.integers(1, 6), st.integers(1, 4)))
    labels = draw(st.lists(ODD | TEXT, min_size=shape[2], max_size=shape[2], unique=True))
    spikes = draw(hnp.arrays(bool, shape))
    spikes[:, :, draw(st.integers(0, shape[2])) :] = False  # silent neurons
    width = draw(st.sampled_from([0.001, 0.02, 0.025, 1 / 3, 0.1]))
    raster = SpikeRaster(spikes, width, draw(st.sampled_from([(), tuple(labels)])))
    if draw(st.booleans()):
        own = Covariates(draw(hnp.arrays("f4", (2, shape[1] + 1, 1), elements=st.integers(-3, 3))))
        trials, starts = np.arange(shape[0]) % 2, np.arange(shape[0]) % 2
        raster = raster.with_covariates(CovariateWindows(own, trials, starts, shape[1]))
    return raster


def check(path: Path, raster: SpikeRaster) -> None:
    """Write, read, and compare what the format does not say it loses."""
    loses = find_format(path).loses
    save(path, raster, overwrite=True)
    width = raster.bin_width if WIDTH in loses else None
    axes = "trials,bins,neurons" if LABELS in loses else None
    found = load(path, bin_width=width, axes=axes)
    assert np.array_equal(found.spikes, raster.spikes)
    assert found.bin_width == raster.bin_width
    expected = raster
    if LABELS in loses:
        expected = expected.with_labels([str(n) for n in range(raster.n_neurons)])
    if COVARIATES in loses:
        expected = expected.with_covariates(None)
    assert found == expected
    assert set(lost_in(path, raster)) <= set(loses)


SILENT = SpikeRaster(np.zeros((1, 1, 2), bool), 0.02, ("b", "a"))
BLANK = SpikeRaster(np.zeros((1, 1, 1), bool), 0.02, (" ",))


@pytest.mark.parametrize("suffix", sorted({*SUFFIXES, ".csv.gz"} - SLOW))
@settings(max_examples=8, deadline=None)
@given(raster=rasters())
@example(raster=SILENT)
@example(raster=BLANK)
def test_formats_keep_what_they_say(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, raster: SpikeRaster
) -> None:
    needs_package(suffix)
    check(tmp_path_factory.mktemp("trip") / f"raster{suffix}", raster)


@pytest.mark.parametrize("suffix", sorted(SLOW))
@settings(max_examples=2, deadline=None)
@given(raster=rasters())
@example(raster=SILENT)
def test_formats_that_are_parsed_elsewhere_keep_what_they_say(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, raster: SpikeRaster
) -> None:
    check(tmp_path_factory.mktemp("trip") / f"raster{suffix}", raster)


def convert(source: Path, target: Path, raster: SpikeRaster) -> str:
    """Convert a file, and return what was said."""
    loses = find_format(source).loses
    flags = ["--bin-width", f"{raster.bin_width}"] if WIDTH in loses else []
    flags += ["--axes", "trials,bins,neurons"] if LABELS in loses else []
    command = ["data", "convert", str(source), str(target), *flags]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    return done.output


def check_conversions(folder: Path, pairs: list[tuple[str, str]]) -> None:
    spikes = np.random.default_rng(0).random((3, 30, 4)) < 0.2
    spikes[:, :, 1] = spikes[1] = False
    raster = SpikeRaster(spikes, 0.025, ("unit_2", "unit_10", "µ", "a b"))
    for before, after in pairs:
        needs_package(before)
        needs_package(after)
        source, target = folder / f"a{before}", folder / f"b{after}"
        save(source, raster, overwrite=True)
        said = convert(source, target, raster)
        lost = find_format(target).loses
        for what, words in ((WIDTH, "the bin width"), (LABELS, "the labels of neurons")):
            is_lost = what in lost and not (what == LABELS and LABELS in find_format(source).loses)
            assert (words in said) == is_lost, (before, after, said)
        width = raster.bin_width if WIDTH in lost else None
        axes = "trials,bins,neurons" if LABELS in lost else None
        found = load(target, bin_width=width, axes=axes)
        assert np.array_equal(found.spikes, raster.spikes), (before, after)
        has_labels = LABELS not in {*lost, *find_format(source).loses}
        assert (found.neuron_labels == raster.neuron_labels) == has_labels, (before, after)
        for path in (source, target):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@pytest.mark.usefixtures("parsed_here")
def test_every_format_is_converted_to_the_next(tmp_path: Path) -> None:
    check_conversions(tmp_path, list(zip(SUFFIXES, [*SUFFIXES[1:], SUFFIXES[0]], strict=True)))


@pytest.mark.slow
def test_every_format_is_converted_to_every_other(tmp_path: Path) -> None:
    check_conversions(tmp_path, list(product(SUFFIXES, SUFFIXES)))


@pytest.mark.usefixtures("parsed_here")
def test_covariates_that_are_lost_are_told(tmp_path: Path) -> None:
    own = Covariates(np.arange(6, dtype="f4")[None, :, None], ("speed",))
    windows = CovariateWindows(own, np.zeros(2, int), np.array([0, 2]), 4)
    raster = SpikeRaster(np.ones((2, 4, 3), bool), 0.02).with_covariates(windows)
    save(tmp_path / "r.npz", raster)
    said = convert(tmp_path / "r.npz", tmp_path / "r.csv", raster)
    assert "does not store the bin width and the covariates" in said
    assert "does not store" not in convert(tmp_path / "r.npz", tmp_path / "r.h5", raster)
    assert load(tmp_path / "r.h5") == raster


@cache
def _counts() -> np.ndarray:
    counts = np.random.default_rng(1).poisson(0.3, (8, 40, 5))
    counts[0, 0, 0] = 3
    return counts


def _times(suffix: str, path: Path) -> None:
    trial, bins, neuron = np.repeat(np.argwhere(_counts()), _counts()[_counts() > 0], axis=0).T
    table = pd.DataFrame({"time": (bins + 0.5) * 0.02, "neuron": neuron, "trial": trial})
    if suffix == ".parquet":
        table.to_parquet(path)
    else:
        table.to_csv(path, index=False, sep="\t" if suffix == ".tsv" else ",")


def _zarr(path: Path) -> None:
    import zarr

    zarr.save_group(path, spikes=_counts())
    zarr.open_group(path, mode="a").attrs["bin_width"] = 0.02


def _h5(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file["spikes"], file["bin_width"] = _counts(), 0.02


WRITERS: dict[str, Any] = {
    ".npz": lambda path: np.savez(path, spikes=_counts(), bin_width=0.02),
    ".npy": lambda path: np.save(path, _counts()),
    ".mat": lambda path: io.savemat(path, {"spikes": _counts(), "bin_width": 0.02}),
    ".h5": _h5,
    ".zarr": _zarr,
    ".csv": partial(_times, ".csv"),
    ".tsv": partial(_times, ".tsv"),
    ".parquet": partial(_times, ".parquet"),
}


@pytest.mark.usefixtures("parsed_here")
@pytest.mark.parametrize("suffix", list(WRITERS))
def test_counts_above_one_are_told_or_refused(tmp_path: Path, suffix: str) -> None:
    needs_package(suffix)
    path = tmp_path / f"counts{suffix}"
    WRITERS[suffix](path)
    given = ReadOptions(
        bin_width=0.02, axes="trials,bins,neurons" if suffix == ".npy" else None, stop=0.8
    )
    n_lost = int(_counts().sum() - np.count_nonzero(_counts()))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RecordingWarning)
        reading = read_path(path, given)
    said = [*reading.notes, *(str(one.message) for one in caught)]
    assert any(f"{n_lost:,} of {_counts().sum():,} spikes" in line for line in said)
    assert np.array_equal(reading.raster.spikes, _counts() > 0)
    with pytest.raises(InputError, match="above one|several spikes of a neuron"):
        read_path(path, replace(given, counts="refuse"))
