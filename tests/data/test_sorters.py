"""Folders of Kilosort and phy: what their tables say, and that nothing in them is executed."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions, RecordingWarning
from neuroqgan.data.sorters.params_file import literals, sampling_rate
from neuroqgan.errors import ConfigError, RasterError, RecordingError

PARAMS = """
dat_path = ['raw.dat']
n_channels_dat = 385
dtype = 'int16'
offset = 0
sample_rate = 25000.
hp_filtered = False
"""
GROUPS = "cluster_id\tgroup\n2\tgood\n5\tmua\n7\tnoise\n9\tgood\n"
INFO = (
    "cluster_id\tAmplitude\tKSLabel\tdepth\tgroup\tn_spikes\n"
    "2\t10.5\tgood\t300\tgood\t3\n5\t7\tmua\t450\tmua\t2\n7\t1\tmua\t\tnoise\t1\n"
    "9\t3\tgood\t10\tgood\t0\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four clusters, one of them noise, one without spikes; 25 kHz."""
    # Bins of 10 ms are 250 samples wide.
    np.save(tmp_path / "spike_times.npy", np.array([0, 250, 499, 500, 760, 1249], np.uint64))
    np.save(tmp_path / "spike_clusters.npy", np.array([2, 5, 2, 7, 2, 5], np.int32))
    (tmp_path / "params.py").write_text(PARAMS)
    (tmp_path / "cluster_group.tsv").write_text(GROUPS)
    return tmp_path


def read(folder: Path, **options: object) -> object:
    return read_path(folder, ReadOptions(bin_width=0.01, **options))  # type: ignore[arg-type]


def test_noise_is_left_out_and_silent_clusters_are_kept(folder: Path) -> None:
    reading = read(folder)
    raster = reading.raster
    assert raster.neuron_labels == ("2", "5", "9")
    assert [np.flatnonzero(train).tolist() for train in raster.spikes[0].T] == [
        [0, 1, 3],
        [1, 4],
        [],
    ]
    said = " ".join(reading.notes)
    assert "25000 per second, as params.py says" in said
    assert "1 of 4 units left out, since their group is noise (7)" in said
    assert "1 unit without spikes kept as silent neuron (9)" in said
    assert "group (good: 2, mua: 1, noise: 1)" in said
    assert load(folder / "spike_times.npy", bin_width=0.01) == raster


@pytest.mark.parametrize(
    ("units", "labels"),
    [
        ('group == "good"', ("2", "9")),
        ('group != "good"', ("5", "7")),
        ('group in ["good", "mua"] and depth >= 300', ("2", "5")),
        ("Amplitude > 2 and not n_spikes == 0", ("2", "5")),
        ("cluster_id >= 7", ("7", "9")),
        ("7,2", ("7", "2")),
    ],
)
def test_units_are_chosen_by_what_tables_say(
    folder: Path, units: str, labels: tuple[str, ...]
) -> None:
    (folder / "cluster_info.tsv").write_text(INFO)
    if units == "cluster_id >= 7":
        raster = load(folder, bin_width=0.01, units=units)
    else:
        raster = read(folder, units=units).raster
    assert raster.neuron_labels == labels
    everything = read(folder, units="2,5,7,9").raster
    assert np.array_equal(raster.spikes, everything.select(labels).spikes[:, : raster.n_bins])


def test_choices_that_cannot_be(folder: Path) -> None:
    with pytest.raises(RecordingError, match="No unit of") as caught:
        read(folder, units='group == "excellent"')
    assert "good: 2, mua: 1, noise: 1" in caught.value.got
    with pytest.raises(ConfigError, match="no column quality"):
        read(folder, units='quality == "good"')
    with pytest.raises(RasterError, match="does not have these units"):
        read(folder, units="2,3")
    (folder / "cluster_group.tsv").write_text(
        "cluster_id\tgroup\n" + "".join(f"{n}\tnoise\n" for n in (2, 5, 7))
    )
    with pytest.raises(RecordingError, match="are noise"):
        read(folder)


def test_what_a_column_says_itself_comes_before_the_summary(folder: Path) -> None:
    (folder / "cluster_info.tsv").write_text(INFO.replace("mua\t2", "noise\t2"))
    assert read(folder).raster.neuron_labels == ("2", "5", "9")


def test_labels_of_kilosort_alone(folder: Path) -> None:
    (folder / "cluster_group.tsv").unlink()
    (folder / "cluster_KSLabel.tsv").write_text("cluster_id\tKSLabel\n2\tgood\n5\tmua\n8\tmua\n")
    assert read(folder).raster.neuron_labels == ("2", "5", "7", "8")
    assert read(folder, units='KSLabel == "good"').raster.neuron_labels == ("2",)
    assert read(folder, units='KSLabel == ""').raster.neuron_labels == ("7",)


def test_without_tables_all_clusters_are_read(folder: Path) -> None:
    (folder / "cluster_group.tsv").unlink()
    reading = read(folder)
    assert reading.raster.neuron_labels == ("2", "5", "7")
    assert any("including noise" in note for note in reading.notes)


def test_amplitudes_of_merged_clusters_are_no_neurons(folder: Path) -> None:
    """Kilosort's tables keep clusters that phy has merged since."""
    (folder / "cluster_Amplitude.tsv").write_text("cluster_id\tAmplitude\n0\t5\n2\t3\n")
    assert read(folder).raster.neuron_labels == ("2", "5", "9")


def test_damaged_tables(folder: Path) -> None:
    (folder / "cluster_group.tsv").write_bytes(b"\xff\xfe\x00cluster")
    with pytest.raises(RecordingError, match="may be damaged"):
        read(folder)
    (folder / "cluster_group.tsv").write_text("something\telse\n1\t2\n")
    assert read(folder).raster.neuron_labels == ("2", "5", "7")
    (folder / "cluster_group.tsv").write_text("cluster_id\tgroup\nx\tgood\n2\n\n7\tnoise\textra\n")
    assert read(folder).raster.neuron_labels == ("2", "5")


def test_rates(folder: Path) -> None:
    with pytest.warns(RecordingWarning, match="says 25000 samples per second"):
        raster = read(folder, sampling_rate=50_000.0).raster
    assert raster.n_bins == 3
    assert read(folder, time_unit="samples", sampling_rate=25_000.0).raster == read(folder).raster
    (folder / "params.py").write_text("sample_rate = 'fast'")
    with pytest.raises(RecordingError, match="in samples"):
        read(folder)


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.mkdir('{made}')\nsample_rate = 25000.",
        "sample_rate = __import__('os').mkdir('{made}')",
        "sample_rate = 25000.\n[__import__('os').mkdir('{made}') for _ in (1,)]",
        "x = (lambda: __import__('os').mkdir('{made}'))()\nsample_rate = 30e3 / 1",
        "class sample_rate:\n    __import__('os').mkdir('{made}')",
    ],
)
def test_parameters_are_never_executed(folder: Path, text: str) -> None:
    made = folder / "made"
    (folder / "params.py").write_text(text.replace("{made}", str(made)))
    with contextlib.suppress(RecordingError):
        read(folder)
    assert not made.exists()


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("sample_rate=3e4", 30_000.0),
        ("sample_rate = 24414.0625 # Hz", 24_414.0625),
        ("sample_rate = -1", None),
        ("sample_rate = True", None),
        ("sample_rate = 1e999", None),
        ("sample_rate = 2 * 15000", None),
        ("sample_rate = (", None),
        ("a.sample_rate = 3", None),
        ("(" * 5000, None),
        ("x = 1\n" * 50_000 + "sample_rate = 3", None),
        ("\0", None),
    ],
)
def test_sampling_rates_of_parameters(tmp_path: Path, text: str, rate: float | None) -> None:
    path = tmp_path / "params.py"
    path.write_text(text)
    assert sampling_rate(path) == rate
    assert sampling_rate(tmp_path / "nothing.py") is None


def test_literals(tmp_path: Path) -> None:
    path = tmp_path / "params.py"
    path.write_text(PARAMS)
    assert literals(path) == {
        "dat_path": ["raw.dat"],
        "n_channels_dat": 385,
        "dtype": "int16",
        "offset": 0,
        "sample_rate": 25_000.0,
        "hp_filtered": False,
    }
