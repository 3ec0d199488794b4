from __future__ import annotations

from pathlib import Path

import pytest

from neuroqgan.data.load import load
from neuroqgan.data.save import save
from neuroqgan.errors import RecordingError


@pytest.mark.parametrize(
    ("name", "kind", "way"),
    [
        ("times.pkl", "pickled Python objects", "pickle.load(open('times.pkl', 'rb'))"),
        ("raw.dat", "raw samples", "spike_times.npy"),
        ("cells.ns5", "Blackrock", "neo.get_io('cells.ns5')"),
        ("cells.nex5", "NeuroExplorer", "neo.get_io('cells.nex5')"),
        ("all.zip", "an archive", "unpack it first"),
        ("what.xyz", ".xyz", "columns time and neuron"),
        ("nothing", "without a suffix", "columns time and neuron"),
    ],
)
def test_formats_that_are_not_read(tmp_path: Path, name: str, kind: str, way: str) -> None:
    (tmp_path / name).write_bytes(b"something")
    with pytest.raises(RecordingError, match="does not know") as caught:
        load(tmp_path / name)
    assert kind in caught.value.got
    assert way in caught.value.hint
    assert "rename the file" not in str(caught.value)


def test_formats_that_are_not_written(tmp_path: Path, make_raster) -> None:
    with pytest.raises(RecordingError, match="does not know") as caught:
        save(tmp_path / "session.pkl", make_raster())
    assert caught.value.hint.endswith("session.npz")
