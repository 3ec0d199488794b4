"""A format is one module and one line, whoever adds it."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from neuroqgan.cli import main
from neuroqgan.data import sources
from neuroqgan.data.load import load
from neuroqgan.data.save import lost_in, save
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

# Spikes as characters, a line per trial and neuron; and the same as a folder with a file per trial.
MODULE = """
from pathlib import Path

import numpy as np

from neuroqgan.data.arrays.bin_width import bin_width_of
from neuroqgan.data.formats.format import WIDTH, FileFormat, FolderFormat
from neuroqgan.data.reading import Reading
from neuroqgan.raster import SpikeRaster


def _raster(path, trials, options):
    width, notes = bin_width_of(path, None, options)
    spikes = [[[c == "|" for c in line] for line in text.split()] for text in trials]
    return Reading(SpikeRaster(np.array(spikes).transpose(0, 2, 1), width), notes)


def read(path, options):
    return _raster(path, path.read_text().split("\\n\\n"), options)


def write(handle, raster):
    def line(row):
        return "".join("|" if spike else "." for spike in row)

    trials = ["\\n".join(map(line, trial.T)) for trial in raster.spikes]
    handle.write("\\n\\n".join(trials).encode())


def read_folder(path, options):
    return _raster(path, [file.read_text() for file in sorted(path.glob("*.trial"))], options)


TICKS = FileFormat(
    title="a tick file", suffixes=(".ticks",), read=read, write=write, loses=(WIDTH,)
)
FOLDER = FolderFormat(title="a tick folder", suffixes=(".tickdir",), read=read_folder)
"""


@pytest.fixture
def ticks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install a package with the two formats."""
    site = tmp_path / "site"
    (site / "ticks-1.0.dist-info").mkdir(parents=True)
    (site / "ticks.py").write_text(MODULE)
    (site / "ticks-1.0.dist-info" / "METADATA").write_text("Name: ticks\nVersion: 1.0\n")
    (site / "ticks-1.0.dist-info" / "entry_points.txt").write_text(
        f"[{sources.FORMAT_GROUP}]\nticks = ticks:TICKS\ntickdir = ticks:FOLDER\n"
    )
    monkeypatch.syspath_prepend(str(site))
    yield
    sys.modules.pop("ticks", None)


@pytest.mark.usefixtures("ticks")
def test_a_format_of_another_package_is_as_good_as_ours(tmp_path: Path, make_raster) -> None:
    path, raster = tmp_path / "r.ticks", make_raster()
    save(path, raster)
    assert load(path, bin_width=0.02) == raster
    assert lost_in(path, raster) == ("the bin width",)
    assert ".ticks" in sources.readable()
    assert ".ticks" in sources.writable()
    with pytest.raises(RecordingError, match="how wide"):
        load(path)
    done = CliRunner().invoke(main, ["data", "show", str(path), "--bin-width", "0.02"])
    assert done.exit_code == 0, done.output
    assert "neurons            4" in done.output
    assert ".ticks" in CliRunner().invoke(main, ["data", "list"]).output


@pytest.mark.usefixtures("ticks")
def test_a_format_may_be_a_folder(tmp_path: Path) -> None:
    folder = tmp_path / "session.tickdir"
    folder.mkdir()
    (folder / "1.trial").write_text("|..|\n.||.\n")
    (folder / "2.trial").write_text("....\n|..|\n")
    raster = load(folder, bin_width=0.01)
    assert raster.spikes.shape == (2, 4, 2)
    assert raster.spikes[0, :, 0].tolist() == [True, False, False, True]
    with pytest.raises(RecordingError, match="not write one"):
        save(folder, raster)


def test_one_line_registers_a_module_of_our_own(
    tmp_path: Path, make_raster, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_ticks.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sources, "_FORMATS", (*sources._FORMATS, "own_ticks:TICKS"))
    save(tmp_path / "r.ticks", make_raster())
    assert load(tmp_path / "r.ticks", bin_width=0.02) == make_raster()
    sys.modules.pop("own_ticks")


def test_every_module_of_a_format_is_registered_once() -> None:
    """A format that is written and forgotten in the list would never be used."""
    folder = Path(sources.__file__).parent / "formats"
    helpers = {"__init__", "format", "unreadable"}
    modules = {path.stem for path in folder.glob("*.py")} - helpers
    listed = [target.partition(":")[0].rpartition(".")[2] for target in sources._FORMATS]
    assert sorted(listed) == sorted(modules)


def test_no_two_formats_claim_a_suffix() -> None:
    suffixes = sources.readable()
    assert len(set(suffixes)) == len(suffixes)
    assert set(sources.writable()) < set(suffixes)


def test_an_entry_point_that_is_no_format_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "broken-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[{sources.FORMAT_GROUP}]\nbroken = math:pi\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(RecordingError, match="entry point broken does not provide a format"):
        sources.formats()


def test_the_folder_of_a_spike_sorter(tmp_path: Path) -> None:
    folder = tmp_path / "sorted"
    folder.mkdir()
    times = np.array([30, 90, 3000, 6000, 8970])
    np.save(folder / "spike_times.npy", times)
    np.save(folder / "spike_clusters.npy", np.array([4, 7, 4, 4, 7]))
    (folder / "params.py").write_text("sample_rate = 30000.\n")
    options = {"time_unit": "samples", "sampling_rate": 30000, "bin_width": 0.01}
    raster = load(folder, **options)
    assert raster.neuron_labels == ("4", "7")
    assert np.flatnonzero(raster.spikes[0, :, 0]).tolist() == [0, 10, 20]
    assert raster == load(folder / "spike_times.npy", **options)
    assert raster == load(folder, bin_width=0.01)
    with pytest.raises(RecordingError, match="no named arrays"):
        load(folder, array="spikes", **options)


def test_a_folder_of_nothing_known(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    with pytest.raises(RecordingError, match="does not recognise as a recording"):
        load(tmp_path / "notes", bin_width=0.02)


def test_text_that_is_compressed_gives_the_same_bytes_each_time(tmp_path: Path) -> None:
    raster = SpikeRaster(np.eye(3, dtype=bool)[np.newaxis], 0.02)
    for name in ("a.csv.gz", "b.csv.gz"):
        save(tmp_path / name, raster)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.csv.gz", "b.csv.gz"))
    assert first == second
    assert first[:2] == b"\x1f\x8b"
