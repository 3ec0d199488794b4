"""Files that Neo reads, and those that it must not be asked to."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neuroqgan.data.formats import neo_files
from neuroqgan.data.load import load, read_path
from neuroqgan.data.reading import ReadOptions
from neuroqgan.data.sources import find_format, readable
from neuroqgan.errors import RecordingError
from neuroqgan.raster import SpikeRaster

neo_io = pytest.importorskip("neo.io", reason="needs the extra neo")
pq = pytest.importorskip("quantities", reason="needs the extra neo")
pytest.importorskip("nixio", reason="needs the extra neo")


@pytest.fixture
def raster() -> SpikeRaster:
    spikes = np.random.default_rng(0).random((2, 40, 3)) < 0.2
    spikes[:, :, 1] = False
    return SpikeRaster(spikes, 0.015, ("u 9", "quiet", "3"))


@pytest.fixture
def nix(raster: SpikeRaster, tmp_path: Path) -> Path:
    path = tmp_path / "session.nix"
    file = neo_io.NixIO(str(path), "ow")
    file.write_block(raster.to_neo())
    file.close()
    return path


def test_a_file_that_neo_wrote(nix: Path, raster: SpikeRaster) -> None:
    reading = read_path(nix, ReadOptions())
    assert reading.raster == raster
    assert "read by neo.io.NixIO" in reading.notes[0]
    assert "2 segments as trials" in reading.notes[0]
    file = neo_io.NixIO(str(nix), "ro")
    assert SpikeRaster.from_neo(file.read_block()) == raster
    file.close()


@pytest.mark.usefixtures("parsed_here")
def test_options_of_a_file(nix: Path, raster: SpikeRaster) -> None:
    part = load(nix, start=0.03, stop=0.3)
    assert np.array_equal(part.spikes, raster.spikes[:, 2:20])
    with pytest.raises(RecordingError, match="several spikes"):
        load(nix, bin_width=0.06, counts="refuse")
    with pytest.raises(RecordingError, match="in another unit than the one given"):
        load(nix, time_unit="ms")


@pytest.mark.usefixtures("parsed_here")
def test_lazy_readers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neo's own example, made up by a class like those for formats of acquisition systems."""
    monkeypatch.setitem(neo_files.CLASSES, ".fake", ("BlackrockIO", "ExampleIO"))
    reading = neo_files.read(tmp_path / "x.fake", ReadOptions(bin_width=0.02))
    segments = neo_io.ExampleIO("x.fake").read_block().segments
    expected = [[len(train) for train in segment.spiketrains] for segment in segments]
    assert reading.raster.neuron_labels == ("unit0", "unit1", "unit2")
    assert reading.raster.spikes.sum(axis=1).tolist() == expected


@pytest.mark.usefixtures("parsed_here")
@pytest.mark.parametrize("suffix", sorted(neo_files.CLASSES))
@pytest.mark.parametrize("content", [b"\0" * 300, b"garbage" * 100])
def test_damage(tmp_path: Path, suffix: str, content: bytes, capfd) -> None:
    path = tmp_path / f"session{suffix}"
    path.write_bytes(content)
    with pytest.raises(RecordingError, match="cannot be read by Neo|holds no spike trains"):
        load(path, bin_width=0.02)
    assert capfd.readouterr() == ("", "")


def test_a_reader_that_dies_is_a_damaged_file(
    nix: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "dying.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(neo_files, "CHILD", "dying")
    with pytest.raises(RecordingError, match="may be damaged") as caught:
        load(nix, bin_width=0.02)
    assert "ended by signal 11" in caught.value.got


def test_classes_that_could_run_code_are_never_asked() -> None:
    classes = {name for names in neo_files.CLASSES.values() for name in names}
    assert all(hasattr(neo_io, name) for name in classes)
    # Pickles, expressions that are evaluated, and programs that are downloaded or loaded.
    assert not classes & {"PickleIO", "PhyIO", "ElphyIO", "Plexon2IO", "NeurosharectypesIO"}
    others = [suffix for suffix in readable() if suffix not in neo_files.CLASSES]
    assert not set(neo_files.CLASSES) & set(others)
    assert find_format(Path("x.NEV")) is neo_files.NEO_FILE


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "block.pkl"
    neo_io.PickleIO(str(path)).write_block(SpikeRaster([[[1]]], 0.02).to_neo())
    with pytest.raises(RecordingError, match="does not know") as caught:
        load(path, bin_width=0.02)
    assert "pickled" in caught.value.got
